// Sealing: what must be read back but not lie in the store in clear (AES-256-GCM under this gateway's own secret).

import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId, type Random, secretBytes } from "@fairlead/runtime";

/** Shortest secret that is accepted, characters: 32 of base 16 are 128 bits. */
export const SHORTEST_SECRET = 32;

/** Secrets that stand in examples, and words that people put in place of one. */
const WELL_KNOWN =
  /^(?:change[-_ ]?me|secret|password|default|example|test|your[-_ ].*|(.)\1*|(?:0123456789|abcdef|1234567890)+\w{0,9})$/i;

/** Why a text is no secret for a gateway; undefined when it can be one. */
export function weakness(secret: string): string | undefined {
  if (secret.trim() === "") return "is empty";
  if (WELL_KNOWN.test(secret.trim())) return "is a word or a row that everybody tries first";
  if (secret.length < SHORTEST_SECRET) return `has ${secret.length} characters and can be guessed`;
  if (new Set(secret).size < 8) return "has too few different characters and can be guessed";
  return undefined;
}

/** Seals and opens. What was sealed for one purpose does not open for another. */
export class Sealer {
  readonly #key: Uint8Array;
  readonly #root: Uint8Array;
  readonly #random: Random;

  /** @throws Error when the secret is empty, well known or can be guessed */
  constructor(secret: string, random: Random) {
    const weak = weakness(secret);
    if (weak !== undefined) throw new Error(`the gateway's secret ${weak}; make one with: openssl rand -hex 32`);
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", "fairlead sealing v1", 32));
    this.#root = new Uint8Array(hkdfSync("sha256", secret, "", "fairlead keys v1", 32));
    this.#random = random;
  }

  /** 32 bytes for one purpose, always the same; those of one purpose tell nothing of another's. */
  keyFor(purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#root, "", purpose, 32));
  }

  /** `v1.` and base64url of nonce, text and tag. */
  seal(text: string, purpose: string): string {
    const nonce = secretBytes(this.#random, 12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1.${body.toString("base64url")}`;
  }

  /** The text; undefined when it was sealed by another secret, for another purpose, or was changed. */
  open(sealed: string, purpose: string): string | undefined {
    const body = sealed.startsWith("v1.") ? Buffer.from(sealed.slice(3), "base64url") : Buffer.alloc(0);
    if (body.length < 28) return undefined;
    try {
      const opener = createDecipheriv("aes-256-gcm", this.#key, body.subarray(0, 12)).setAAD(Buffer.from(purpose));
      opener.setAuthTag(body.subarray(-16));
      return Buffer.concat([opener.update(body.subarray(12, -16)), opener.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}

/**
 * The secret of a data folder: `gateway.secret`, made at the first start and readable by its owner only.
 * @throws Error when the file cannot be made, others may read it, or what it holds is no secret
 */
export function secretOfFolder(folder: string, random: Random): string {
  const file = join(folder, "gateway.secret");
  for (let again = 0; again < 2; again++) {
    const found = readSecret(file);
    if (found !== undefined) return found;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // A whole file appears under the name at once: of two gateways that start together one makes it, the other reads it.
    const own = `${file}.${newId(random, "", 12)}`;
    writeFileSync(own, `${Buffer.from(secretBytes(random, 32)).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(own, 0o600);
    try {
      linkSync(own, file);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== "EEXIST") throw e;
    } finally {
      rmSync(own, { force: true });
    }
  }
  throw new Error(`${file} can neither be read nor made`);
}

function readSecret(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw e;
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others than its owner; run: chmod 600 ${file}`);
  }
  const weak = weakness(text);
  if (weak !== undefined) throw new Error(`the secret in ${file} ${weak}; remove the file, and a new one is made`);
  return text;
}
