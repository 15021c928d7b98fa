// The bounds that the contracts name, checked the same way by every store.

import { StoreError } from "./store-error.ts";

const DAY_MS = 86_400_000;
/** What PostgreSQL sends at once is under 8,000 bytes; a character has at most 4. */
const NOTICE_BYTES = 7_900;

/** A whole number within bounds, or its default when undefined. Throws `invalid`. */
export function wholeWithin(
  what: string,
  value: number | undefined,
  low: number,
  high: number,
  otherwise: number,
): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new StoreError("invalid", `${what} is ${value}: give a whole number from ${low} to ${high}`);
}

/** How many to read: 1 to 1,000; more is cut. Throws `invalid` for what is no count. */
export function limitOf(limit: number | undefined, otherwise = 1_000): number {
  if (limit === undefined) return otherwise;
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, 1_000);
  throw new StoreError("invalid", `limit is ${limit}: give a whole number from 1 to 1,000`);
}

/** A name of at most 200 characters, without the character 0, which PostgreSQL cannot keep. Throws `invalid`. */
export function checkName(what: string, name: string): void {
  if (typeof name === "string" && name.length >= 1 && name.length <= 200 && !name.includes("\0")) return;
  throw new StoreError("invalid", `${what} must have 1 to 200 characters, and none of them NUL`);
}

/** Throws `invalid` when a mark's key or time is out of bounds. */
export function checkMark(key: string, ttlMs: number): void {
  checkName("the key of a mark", key);
  wholeWithin("the time of a mark in milliseconds", Math.ceil(ttlMs), 1, 31 * DAY_MS, 0);
}

/** Throws `invalid` when a notice is out of bounds. */
export function checkNotice(topic: string, text: string): void {
  checkName("the topic of a notice", topic);
  const fits =
    topic.length + text.length <= 4_000 && Buffer.byteLength(topic) + Buffer.byteLength(text) <= NOTICE_BYTES;
  if (!fits || text.includes("\0"))
    throw new StoreError(
      "invalid",
      "a notice must have at most 4,000 characters with its topic, and none of them NUL: name what changed, and let the listener read it",
    );
}
