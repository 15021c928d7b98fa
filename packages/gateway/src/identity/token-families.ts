// Families of refresh tokens: each use gives the next one, a second use of an old one ends the whole family.

import { newId, secretBytes } from "@fairlead/runtime";
import type { SignInConfig } from "../config/admin-block.ts";
import { LONGEST_LIFE_S } from "./access-token.ts";
import type { By } from "./audit-trail.ts";
import { type BookParts, tell } from "./book-parts.ts";
import type { Directory } from "./directory.ts";
import type { Handles } from "./handle-text.ts";
import { IdentityError } from "./identity-error.ts";
import { KINDS } from "./record-shapes.ts";
import { RecordTable, type Row } from "./record-table.ts";
import { type Grant, narrow } from "./scopes.ts";
import { digestOf } from "./secret-text.ts";
import { ruleHolds } from "./sign-in-rules.ts";
import { FamilyRecord, RevokedRecord } from "./token-records.ts";

/**
 * How long the token before the last may be used again, milliseconds: the answer with the next one may have been lost on its
 * way, or two processes may have asked at once. The same next token is given again, so that the family never forks. RFC
 * 9700 4.14.2 asks that reuse be noticed; a thief within these seconds gets what the owner has, and the first of the two to
 * fall behind ends the family.
 */
export const GRACE_MS = 10_000;
/**
 * Records of families that have ended are kept for so long, so that reuse is still told, and marks of people as long as any
 * session at the admin address may live, milliseconds.
 */
const KEPT_MS = 7 * 86_400_000;

/** Lifetimes, milliseconds. */
export interface FamilyLife {
  readonly lifeMs: number;
  readonly idleMs: number;
}

/** A use of a refresh token. */
export interface Refreshed {
  readonly family: FamilyRecord;
  readonly refreshToken: string;
  /** What the access token may do. */
  readonly grant: Grant;
}

/** Why a refresh token cannot be used. */
export type RefreshFault = "invalid_grant" | "invalid_scope" | "reused";

/** The families. Methods reject with an IdentityError `unavailable` when the store does not answer. */
export class TokenFamilies {
  readonly #parts: BookParts;
  readonly #handles: Handles;
  readonly #directory: Directory;
  readonly #families: RecordTable<typeof FamilyRecord>;
  readonly #revoked: RecordTable<typeof RevokedRecord>;
  readonly #life: () => FamilyLife;
  readonly #signIn: SignInConfig | undefined;

  /** @param signIn what lets people in: what one of its rules gave ends with the rule */
  constructor(
    parts: BookParts,
    handles: Handles,
    directory: Directory,
    life: () => FamilyLife,
    signIn: SignInConfig | undefined,
  ) {
    this.#parts = parts;
    this.#handles = handles;
    this.#directory = directory;
    this.#families = new RecordTable(parts.records, KINDS.family, FamilyRecord);
    this.#revoked = new RecordTable(parts.records, KINDS.revoked, RevokedRecord);
    this.#life = life;
    this.#signIn = signIn;
  }

  /** Whether the rule that let somebody in is still there. */
  holds(rule: string | undefined): boolean {
    return ruleHolds(rule, this.#signIn);
  }

  /** The first token of a new family: somebody has signed in. */
  async begin(who: Pick<FamilyRecord, "actor" | "project" | "client" | "rule">, grant: Grant): Promise<Refreshed> {
    const now = this.#now();
    const id = newId(this.#parts.rt.random, "", 16);
    const salt = Buffer.from(secretBytes(this.#parts.rt.random, 16)).toString("hex");
    const refreshToken = this.#handles.make("rt", id, 0, salt);
    const family: FamilyRecord = {
      ...who,
      id,
      scopes: [...grant.scopes],
      models: grant.models === undefined ? undefined : [...grant.models],
      generation: 0,
      salt,
      current: digestOf(refreshToken),
      created_at: now,
      used_at: now,
      expires_at: now + this.#life().lifeMs,
    };
    await this.#families.write(this.#families.change(id, family, 0, family.expires_at + KEPT_MS));
    return { family, refreshToken, grant };
  }

  /** Uses a token. What is none of ours is refused without a look into the store. */
  async refresh(token: string, client: string, asked: Grant, by: By): Promise<Refreshed | RefreshFault> {
    const id = this.#handles.idOf("rt", token);
    if (id === undefined) return "invalid_grant";
    const digest = digestOf(token);
    for (let again = 0; again < 4; again++) {
      const row = await this.#families.get(id);
      if (row === undefined) return "invalid_grant";
      const family = row.value;
      const now = this.#now();
      if (family.client !== client) return "invalid_grant";
      if (family.revoked_at !== undefined || this.#ended(family, now)) return "invalid_grant";
      const grant = narrow(family, asked);
      if (grant === undefined) return "invalid_scope";
      if (digest === family.current) {
        const next = await this.#rotate(row, now);
        if (next === undefined) continue;
        return { ...next, grant };
      }
      if (digest === family.previous && now - (family.rotated_at ?? 0) <= GRACE_MS) {
        return { family, refreshToken: this.#handles.make("rt", id, family.generation, family.salt), grant };
      }
      if (!(await this.#end(row, "reuse"))) continue;
      await tell(this.#parts, by, {
        action: "token.reuse",
        subject: `family:${id}`,
        project: family.project,
        detail: { actor: family.actor, client },
      });
      return "reused";
    }
    throw new IdentityError("conflict", "this sign-in is used by too many at once; try again");
  }

  /** Ends the family of a refresh token (RFC 7009). An unknown token is no error. */
  async revoke(token: string, client: string, by: By): Promise<void> {
    const id = this.#handles.idOf("rt", token);
    if (id !== undefined) await this.endFamily(id, "logout", by, client);
  }

  /** Ends one family; its access tokens do not count from now on. False when there is none. */
  async endFamily(id: string, reason: "logout" | "admin", by: By, client?: string): Promise<boolean> {
    for (let again = 0; again < 4; again++) {
      const row = await this.#families.get(id);
      if (row === undefined || row.value.revoked_at !== undefined) return false;
      if (client !== undefined && row.value.client !== client) return false;
      if (!(await this.#end(row, reason))) continue;
      const { project, actor } = row.value;
      await tell(this.#parts, by, { action: "token.end", subject: `family:${id}`, project, detail: { actor, reason } });
      return true;
    }
    throw new IdentityError("conflict", "this sign-in is used by too many at once; try again");
  }

  /** Ends every sign-in of a person, of devices and of browsers: what was issued until now does not count, elsewhere within a second. */
  async endActor(actor: string, by: By): Promise<number> {
    const now = this.#now();
    const id = `actor:${actor}`;
    await this.#revoked.write(this.#revoked.change(id, { before: now }, "any", now + KEPT_MS));
    this.#directory.learn(KINDS.revoked, id, { before: now });
    let ended = 0;
    for await (const row of this.#families.each()) {
      if (row.value.actor !== actor || row.value.revoked_at !== undefined) continue;
      if (await this.endFamily(row.id, "admin", by)) ended += 1;
    }
    await tell(this.#parts, by, { action: "token.end_all", subject: actor, detail: { families: ended } });
    return ended;
  }

  /** Sign-ins by id, after `after`, that have not ended. */
  async list(
    filter: { readonly actor?: string; readonly project?: string } = {},
    limit = 100,
  ): Promise<readonly FamilyRecord[]> {
    const found: FamilyRecord[] = [];
    const now = this.#now();
    for await (const { value } of this.#families.each()) {
      if (found.length >= limit) break;
      if (value.revoked_at !== undefined || this.#ended(value, now)) continue;
      if (filter.actor !== undefined && value.actor !== filter.actor) continue;
      if (filter.project === undefined || value.project === filter.project) found.push(value);
    }
    return found;
  }

  #ended(family: FamilyRecord, now: number): boolean {
    // Its project was removed since: one of the same name is another.
    if (family.created_at <= (this.#directory.revokedBefore(`project:${family.project}`) ?? -1)) return true;
    if (!this.holds(family.rule)) return true;
    return family.expires_at <= now || family.used_at + this.#life().idleMs <= now;
  }

  async #rotate(row: Row<FamilyRecord>, now: number): Promise<Omit<Refreshed, "grant"> | undefined> {
    const generation = row.value.generation + 1;
    const refreshToken = this.#handles.make("rt", row.id, generation, row.value.salt);
    const family: FamilyRecord = {
      ...row.value,
      generation,
      current: digestOf(refreshToken),
      previous: row.value.current,
      rotated_at: now,
      used_at: now,
    };
    const done = await this.#unlessConflict(() =>
      this.#families.write(this.#families.change(row.id, family, row.version, family.expires_at + KEPT_MS)),
    );
    return done ? { family, refreshToken } : undefined;
  }

  async #end(row: Row<FamilyRecord>, reason: string): Promise<boolean> {
    const now = this.#now();
    const id = `family:${row.id}`;
    const family: FamilyRecord = { ...row.value, revoked_at: now, reason };
    // It gets no tokens again, so none counts, whatever the clock said of whoever issued it.
    const gone = now + LONGEST_LIFE_S * 2_000;
    const done = await this.#unlessConflict(() =>
      this.#families.write(
        this.#families.change(row.id, family, row.version, now + KEPT_MS),
        this.#revoked.change(id, { before: gone }, "any", gone),
      ),
    );
    if (done) this.#directory.learn(KINDS.revoked, id, { before: gone });
    return done;
  }

  async #unlessConflict(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (e) {
      if (IdentityError.is(e) && e.code === "conflict") return false;
      throw e;
    }
  }

  #now(): number {
    return Math.floor(this.#parts.rt.clock.wall());
  }
}
