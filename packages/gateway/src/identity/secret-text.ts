// What our secrets look like: a prefix that tells what it is, chance, and a checksum that tells a typing mistake.

import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type Random, secretBytes } from "@fairlead/runtime";

/** What a secret is for: `key` asks the data plane, `cs` is a service's client secret. */
export type SecretKind = "key" | "cs";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 characters of base 62: 190 bits. */
const CHANCE = 32;
/** CRC-32 in base 62, as in GitHub's tokens (github.blog, "Behind GitHub's new authentication token formats"). */
const CHECK = 6;

/** Matches every secret of ours, for scanners. */
export const SECRET_PATTERN = /\bfl-(?:(?:key|cs)-[0-9A-Za-z]{38}|(?:rt|dc)-[0-9A-Za-z]{70})\b/;

/** A fresh secret: `fl-key-` and 38 characters of base 62, the last six a checksum of all before. */
export function newSecret(random: Random, kind: SecretKind): string {
  let text = `fl-${kind}-`;
  const length = text.length + CHANCE;
  while (text.length < length) {
    // 248 is the largest multiple of 62 in a byte: bytes above would make the first characters likelier.
    for (const byte of secretBytes(random, CHANCE)) {
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text + checkOf(text);
}

/** Base 62 of bytes, cut to a length: 32 bytes give 42 characters without a pattern. */
export function base62(bytes: Uint8Array, length: number): string {
  let left = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let i = 0; i < length; i++) {
    text += ALPHABET[Number(left % 62n)];
    left /= 62n;
  }
  return text;
}

/**
 * What a text is, by its form alone: a secret of ours, one with a typing mistake in it, or something else. It says nothing
 * of whether the secret is known.
 */
export function formOf(text: string): SecretKind | "mistyped" | "other" {
  const found = /^fl-(key|cs)-/.exec(text);
  if (found === null) return "other";
  const body = text.slice(0, -CHECK);
  const whole = text.length === (found[0] as string).length + CHANCE + CHECK && /^[0-9A-Za-z-]+$/.test(text);
  return whole && checkOf(body) === text.slice(-CHECK) ? (found[1] as SecretKind) : "mistyped";
}

/** SHA-256 in hex: how secrets are kept and looked up. A digest is accepted nowhere as a secret. */
export function digestOf(secret: string): string {
  return hash("sha256", secret);
}

/** What a key is recognised by in lists and logs: its beginning, 11 characters of which 4 are of the chance. */
export function prefixOf(secret: string): string {
  return secret.slice(0, secret.indexOf("-", 3) + 5);
}

function checkOf(text: string): string {
  let left = crc32(text);
  let check = "";
  for (let i = 0; i < CHECK; i++) {
    check = ALPHABET[left % 62] + check;
    left = Math.floor(left / 62);
  }
  return check;
}
