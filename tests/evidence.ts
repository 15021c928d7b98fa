// What gateways said during the tests: logs, metrics, states, errors, traces. `npm test` looks through it for secrets.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Kinds of evidence; each test process writes one file of each. */
export type EvidenceKind = "log" | "metrics" | "state" | "answer" | "trace" | "store";

/** Files stop growing here: what is said over and over says nothing new, bytes for each process and kind. */
const LIMIT = 20_000_000;

/** Keeps a text that Fairlead put out. Does nothing outside of `npm test`. */
export function keepEvidence(kind: EvidenceKind, text: string): void {
  write(kind, text.endsWith("\n") ? text : `${text}\n`);
}

/** Names secrets that must be in no evidence: keys, tokens, words of prompts. At least 12 characters each. */
export function plantSecrets(...secrets: readonly string[]): void {
  for (const secret of secrets) {
    if (secret.length < 12 || /\s/.test(secret))
      throw new Error("a planted secret has 12 characters or more, no blanks");
    write("secrets", `${secret}\n`);
  }
}

/** Keeps what the admin address of a running gateway tells: metrics, state, and the last requests with their traces. */
export async function keepAdmin(adminUrl: string, headers: { readonly [name: string]: string } = {}): Promise<void> {
  if (process.env.FAIRLEAD_EVIDENCE === undefined) return;
  for (const [kind, path] of [
    ["metrics", "/metrics"],
    ["state", "/api/state"],
    ["trace", "/api/requests"],
  ] as const) {
    const answer = await fetch(adminUrl + path, { headers }).catch(() => undefined);
    if (answer !== undefined) keepEvidence(kind, await answer.text());
  }
}

function write(kind: string, text: string): void {
  const folder = process.env.FAIRLEAD_EVIDENCE;
  if (folder === undefined) return;
  const own = (globalThis as { [WRITTEN]?: Map<string, number> })[WRITTEN] ?? new Map<string, number>();
  (globalThis as { [WRITTEN]?: Map<string, number> })[WRITTEN] = own;
  const before = own.get(kind) ?? 0;
  if (before > LIMIT) return;
  own.set(kind, before + text.length);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}-${kind}.txt`), text);
}

/** How much this process wrote of each kind. */
const WRITTEN = Symbol.for("fairlead.evidence-written");
