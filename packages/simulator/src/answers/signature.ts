// Signatures of thinking blocks: made here, and recognised when a client sends the block back.

import { createHmac } from "node:crypto";

/** The signature of a thinking text: opaque base64, bound to the seed (the simulator's organisation) and to the text. */
export function sign(seed: string | number, thinking: string, nonce: string): string {
  const head = Buffer.from(`sim1:${nonce}:`);
  return Buffer.concat([head, mac(seed, thinking, nonce)]).toString("base64");
}

/** True when `signature` was made by `sign` for the same seed and text. */
export function verify(seed: string | number, thinking: string, signature: string): boolean {
  const bytes = Buffer.from(signature, "base64");
  if (bytes.length < 38 || bytes.subarray(0, 5).toString("latin1") !== "sim1:") return false;
  const end = bytes.indexOf(":", 5);
  if (end < 0) return false;
  const nonce = bytes.subarray(5, end).toString("latin1");
  return mac(seed, thinking, nonce).equals(bytes.subarray(end + 1));
}

function mac(seed: string | number, thinking: string, nonce: string): Buffer {
  return createHmac("sha256", `fairlead simulator ${seed}`).update(nonce).update("\0").update(thinking).digest();
}
