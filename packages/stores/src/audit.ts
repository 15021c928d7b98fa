// The audit log: append-only, and chained by hashes so that a change of the past shows.

import { createHash } from "node:crypto";
import type { Json } from "./json.ts";

/** What happened. Never holds a secret. */
export interface AuditEvent {
  /** Unix milliseconds. */
  readonly at: number;
  /** Who did it: `key:…`, `user:…`, `service:…`, `cli`, `gateway`. */
  readonly actor: string;
  /** What was done, such as `key.create`. */
  readonly action: string;
  /** What it was done to, such as `key:k_12ab34cd`. */
  readonly subject: string;
  readonly project?: string | undefined;
  /** The address that it came from. */
  readonly from?: string | undefined;
  readonly detail?: Json | undefined;
}

/** An event in the log. */
export interface AuditEntry extends AuditEvent {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  /** Hash of the entry before, 64 zeros for the first. */
  readonly previous: string;
  /** `auditHash` of this entry. */
  readonly hash: string;
}

/** Appends and reads. Rejects with a StoreError. Nothing can be changed or removed. */
export interface Audit {
  append(event: AuditEvent): Promise<AuditEntry>;
  /** Entries after a number, at most `limit`, default and bound 1,000. */
  entries(after?: number, limit?: number): Promise<readonly AuditEntry[]>;
}

/** The hash before the first entry. */
export const AUDIT_BEGINNING = "0".repeat(64);

/** SHA-256 in hex over the entry's fields and the hash before it, as JSON with a fixed order of fields. */
export function auditHash(seq: number, previous: string, event: AuditEvent): string {
  const { at, actor, action, subject, project = null, from = null, detail = null } = event;
  const text = JSON.stringify([seq, previous, at, actor, action, subject, project, from, sorted(detail)]);
  return createHash("sha256").update(text).digest("hex");
}

/** The number of the first entry that does not follow from the one before, or undefined when the chain holds. */
export function auditBreak(
  entries: readonly AuditEntry[],
  before: { readonly seq: number; readonly hash: string } = { seq: 0, hash: AUDIT_BEGINNING },
): number | undefined {
  let last = before;
  for (const entry of entries) {
    const holds =
      entry.seq === last.seq + 1 &&
      entry.previous === last.hash &&
      entry.hash === auditHash(entry.seq, last.hash, entry);
    if (!holds) return entry.seq;
    last = entry;
  }
  return undefined;
}

/** Stores may order an object's keys anew. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}
