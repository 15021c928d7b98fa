// The keys that sign access tokens: made, published ahead of their use, replaced, and gone when their last token is dead.

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type Runtime, secretBytes, type Timer } from "@fairlead/runtime";
import type { Records } from "@fairlead/stores";
import { LONGEST_LIFE_S } from "./access-token.ts";
import type { Directory, KnownSigningKey } from "./directory.ts";
import { KINDS } from "./record-shapes.ts";
import { RecordTable } from "./record-table.ts";
import type { Sealer } from "./sealer.ts";
import { SigningKeyRecord } from "./token-records.ts";

/** How often it is looked whether a next key is due, milliseconds. */
const LOOK_MS = 600_000;
/** The same while no key is in the store, milliseconds. */
const SOON_MS = 5_000;
/** A key is published so long before it signs, at most, milliseconds: longer than any cache keeps a JWKS. */
const AHEAD_MS = 86_400_000;
/** A key verifies for so long after it signed last: the longest life of a token, and twice the largest skew, milliseconds. */
const AFTER_MS = LONGEST_LIFE_S * 1_000 + 240_000;

/** PKCS #8 of an Ed25519 seed (RFC 8410 7): these bytes, then the seed. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key as JWKS shows it. */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/** Signing keys of all instances on one store; each signs with one that it can open. */
export class SigningKeys {
  readonly #table: RecordTable<typeof SigningKeyRecord>;
  readonly #directory: Directory;
  readonly #sealer: Sealer;
  readonly #rt: Runtime;
  readonly #lifeMs: () => number;
  readonly #opened = new Map<string, KeyObject>();
  /** Keys that the store has not taken yet. */
  readonly #unwritten = new Map<string, SigningKeyRecord>();
  #timer: Timer | undefined;
  #closed = false;

  /** @param lifeMs how long a key signs, milliseconds */
  constructor(records: Records, directory: Directory, sealer: Sealer, rt: Runtime, lifeMs: () => number) {
    this.#table = new RecordTable(records, KINDS.signingKey, SigningKeyRecord);
    this.#directory = directory;
    this.#sealer = sealer;
    this.#rt = rt;
    this.#lifeMs = lifeMs;
  }

  /** Makes what is missing, now and from time to time. Never rejects. */
  async tend(): Promise<void> {
    this.#timer?.cancel();
    this.#makeMissing();
    await this.#write();
    if (this.#closed) return;
    const wait = this.#unwritten.size > 0 ? SOON_MS : LOOK_MS;
    this.#timer = this.#rt.clock.timer(wait, () => void this.tend());
  }

  /** The key that signs now. Made on the spot when there is none: a store that is dead must not stop tokens. */
  current(): { readonly kid: string; readonly privateKey: KeyObject } {
    const found = this.#active() ?? this.#make(this.#rt.clock.wall());
    if (this.#unwritten.size > 0) void this.#write();
    return { kid: found.kid, privateKey: this.#open(found) as KeyObject };
  }

  /** All public halves that verify now or soon. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    const now = this.#rt.clock.wall();
    const keys = this.#directory.signingKeys().filter((one) => one.gone_after > now);
    return {
      keys: keys.map(({ kid, x }) => ({ kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" })),
    };
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #active(now = this.#rt.clock.wall()): SigningKeyRecord | undefined {
    let best: KnownSigningKey | undefined;
    for (const one of this.#directory.signingKeys()) {
      if (one.active_from > now || one.active_until <= now || this.#open(one) === undefined) continue;
      // The same choice at every instance.
      if (best === undefined || one.active_from > best.active_from) best = one;
      else if (one.active_from === best.active_from && one.kid > best.kid) best = one;
    }
    return best;
  }

  #makeMissing(): void {
    const now = this.#rt.clock.wall();
    const active = this.#active() ?? this.#make(now);
    const aheadMs = Math.min(AHEAD_MS, this.#lifeMs() / 4);
    const followed = this.#directory
      .signingKeys()
      .some((one) => one.active_until > active.active_until && this.#open(one) !== undefined);
    if (!followed && active.active_until - now <= aheadMs) this.#make(active.active_until);
  }

  #make(from: number): SigningKeyRecord {
    const seed = Buffer.from(secretBytes(this.#rt.random, 32));
    const { x } = createPublicKey(keyOf(seed)).export({ format: "jwk" }) as { x: string };
    const kid = thumbprint(x);
    const until = Math.floor(from + this.#lifeMs());
    const record: SigningKeyRecord = {
      kid,
      x,
      sealed: this.#sealer.seal(seed.toString("hex"), `signing-key:${kid}`),
      created_at: Math.floor(this.#rt.clock.wall()),
      active_from: Math.floor(from),
      active_until: until,
      gone_after: until + AFTER_MS,
    };
    this.#unwritten.set(kid, record);
    this.#directory.learn(KINDS.signingKey, kid, record);
    return record;
  }

  async #write(): Promise<void> {
    for (const [kid, record] of this.#unwritten) {
      // A reading of the store from its beginning does not know of it yet.
      if (this.#directory.signingKey(kid) === undefined) this.#directory.learn(KINDS.signingKey, kid, record);
      try {
        await this.#table.write(this.#table.change(kid, record, "any", record.gone_after));
        this.#unwritten.delete(kid);
      } catch {
        return;
      }
    }
  }

  /** The private half; undefined when another secret sealed it. */
  #open({ kid, sealed }: SigningKeyRecord): KeyObject | undefined {
    let key = this.#opened.get(kid);
    if (key === undefined) {
      const seed = this.#sealer.open(sealed, `signing-key:${kid}`);
      if (seed === undefined) return undefined;
      key = keyOf(Buffer.from(seed, "hex"));
      this.#opened.set(kid, key);
    }
    return key;
  }
}

function keyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
}

/** The kid of a public half: its thumbprint (RFC 7638 3, RFC 8037 2). */
export function thumbprint(x: string): string {
  return createHash("sha256")
    .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))
    .digest("base64url");
}
