// Refresh tokens and device codes: secrets that say which record they belong to, and show without a look there that they are ours.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Sealer } from "./sealer.ts";
import { base62 } from "./secret-text.ts";

/** `rt` a refresh token, `dc` a device code. */
export type HandleKind = "rt" | "dc";

/** Characters of the record's id, of the secret part, and of the check: 95, 190 and 131 bits. */
const ID = 16;
const SECRET = 32;
const CHECK = 22;

/** Makes and reads them with a key of the gateway's secret. What is not ours is known before any store is asked. */
export class Handles {
  readonly #check: Uint8Array;
  readonly #derive: Uint8Array;

  constructor(sealer: Sealer) {
    this.#check = sealer.keyFor("handle check v1");
    this.#derive = sealer.keyFor("handle secret v1");
  }

  /** `fl-rt-` and 70 characters. The same id, number and salt give the same again. */
  make(kind: HandleKind, id: string, generation: number, salt: string): string {
    const text = `fl-${kind}-${id}${base62(this.#mac(this.#derive, `${kind}:${id}:${generation}:${salt}`), SECRET)}`;
    return text + base62(this.#mac(this.#check, text), CHECK);
  }

  /** The id in a text that is one of ours; undefined for all else. */
  idOf(kind: HandleKind, text: string): string | undefined {
    const start = `fl-${kind}-`;
    if (!text.startsWith(start) || text.length !== start.length + ID + SECRET + CHECK) return undefined;
    if (!/^[0-9A-Za-z]+$/.test(text.slice(start.length))) return undefined;
    const wanted = Buffer.from(base62(this.#mac(this.#check, text.slice(0, -CHECK)), CHECK));
    if (!timingSafeEqual(wanted, Buffer.from(text.slice(-CHECK)))) return undefined;
    return text.slice(start.length, start.length + ID);
  }

  #mac(key: Uint8Array, text: string): Buffer {
    return createHmac("sha256", key).update(text).digest();
  }
}
