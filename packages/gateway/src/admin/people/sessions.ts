// Sessions of people: kept in the store under digests, of one exact shape, ended by time or by hand.

import { type Runtime, secretBytes } from "@fairlead/runtime";
import { type Records, StoreError } from "@fairlead/stores";
import { z } from "zod";
import { SCOPES } from "../../identity/scopes.ts";
import { digestOf } from "../../identity/secret-text.ts";
import type { Known } from "../services.ts";

const KIND = "session";
/** Without the store a session that it told of lately still counts for so long, milliseconds. */
const REMEMBERED_MS = 900_000;
const MAX_REMEMBERED = 1_000;

/** What is kept. Anything of another shape, an empty object included, is nobody's session. */
const SessionRecord = z
  .strictObject({
    actor: z.string().regex(/^(?:user|key):[^\p{Cc}]{1,200}$|^cli$/u),
    kind: z.enum(["local", "key", "person"]),
    project: z.string().min(1).optional(),
    scopes: z.array(z.enum(SCOPES)).min(1),
    csrf: z.string().min(20),
    begun_at: z.number().int().positive().optional(),
    expires_at: z.number().int().positive(),
    credential: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    granted_by: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    rule: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  })
  .refine(({ kind, credential }) => (kind === "person") === (credential === undefined))
  .refine((one) => (one.kind === "person") === (one.granted_by !== undefined));
type SessionRecord = z.infer<typeof SessionRecord>;

/** A session that counts. */
export interface Session extends Known {
  /** Goes into forms, and must come back with them. */
  readonly csrf: string;
  /** Digest of the key that it began with, which must still count; undefined for a person of the identity provider. */
  readonly credential?: string | undefined;
}

/** The sessions. Methods reject with a StoreError. */
export class Sessions {
  readonly #rt: Runtime;
  readonly #records: Records;
  readonly #lifeMs: number;
  readonly #rules: string | undefined;
  readonly #endedAt: (actor: string) => number | undefined;
  readonly #seen = new Map<string, { readonly record: SessionRecord; readonly at: number }>();

  /**
   * @param rules digest of the rules that say what people may: a session of other rules does not count
   * @param endedAt when all sign-ins of a person were ended, Unix milliseconds
   */
  constructor(
    rt: Runtime,
    records: Records,
    lifeMs: number,
    rules: string | undefined,
    endedAt: (actor: string) => number | undefined = () => undefined,
  ) {
    this.#rt = rt;
    this.#records = records;
    this.#lifeMs = lifeMs;
    this.#rules = rules;
    this.#endedAt = endedAt;
  }

  /** Begins a session, of a key when its digest is given; its id is new, whatever the browser brought. Returns the id, which exists nowhere else. */
  async begin(who: Known, credential?: string): Promise<string> {
    const id = token(this.#rt);
    const now = Math.floor(this.#rt.clock.wall());
    const expiresAt = now + this.#lifeMs;
    const { actor, project, scopes, rule } = who;
    const value = SessionRecord.parse({
      actor,
      kind: who.kind,
      ...(project === undefined ? {} : { project }),
      scopes,
      ...(rule === undefined ? {} : { rule }),
      csrf: token(this.#rt),
      begun_at: now,
      expires_at: expiresAt,
      ...(credential === undefined ? { granted_by: this.#rules } : { credential }),
    });
    await this.#records.write([{ kind: KIND, id: digestOf(id), value, expect: 0, expiresAt }]);
    return id;
  }

  /** Whose session an id is; undefined when it is nobody's. */
  async find(id: string): Promise<Session | undefined> {
    if (!/^[\w-]{43}$/.test(id)) return undefined;
    const digest = digestOf(id);
    const record = await this.#read(digest);
    if (record === undefined || record.expires_at <= this.#rt.clock.wall()) return undefined;
    // What rules gave goes with them.
    if (record.kind === "person" && record.granted_by !== this.#rules) return undefined;
    const ended = record.kind === "person" ? this.#endedAt(record.actor) : undefined;
    if (ended !== undefined && (record.begun_at ?? 0) <= ended) return undefined;
    const { actor, kind, project, scopes, csrf, credential, rule } = record;
    return { actor, kind, project, scopes, csrf, credential, rule };
  }

  /** Ends it, on all instances. */
  async end(id: string): Promise<void> {
    const digest = digestOf(id);
    this.#seen.delete(digest);
    await this.#records.write([{ kind: KIND, id: digest, value: undefined, expect: "any" }]);
  }

  async #read(digest: string): Promise<SessionRecord | undefined> {
    const now = this.#rt.clock.now();
    const seen = this.#seen.get(digest);
    this.#seen.delete(digest);
    try {
      const found = await this.#records.get(KIND, digest);
      const read = SessionRecord.safeParse(found?.value);
      if (!read.success) return undefined;
      this.#seen.set(digest, { record: read.data, at: now });
      const oldest = this.#seen.keys().next().value;
      if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
      return read.data;
    } catch (e) {
      if (!StoreError.is(e) || seen === undefined || now - seen.at >= REMEMBERED_MS) throw e;
      this.#seen.set(digest, seen);
      return seen.record;
    }
  }
}

/** 256 bits of chance, 43 characters. */
export function token(rt: Runtime): string {
  return Buffer.from(secretBytes(rt.random, 32)).toString("base64url");
}
