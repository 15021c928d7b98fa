// Takes out of a text whatever may be a secret, before it goes into facts.

import { piecesMask } from "../output/key-shapes.ts";
import type { Secret } from "../secret.ts";

// What keys and tokens look like, whosever they are: an echo may hold another one than ours.
const PATTERNS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bya29\.[A-Za-z0-9_-]+/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi,
  /\b[A-Za-z0-9+/_-]{60,}={0,2}/g,
];
/** Shorter secrets are no secrets, and replacing them would tear words apart. */
const SHORTEST = 6;

/** The text without secrets: those given, and all that looks like one. */
export function masked(text: string, secrets: readonly Secret[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= SHORTEST) clean = clean.replaceAll(secret.reveal(), "(masked)");
  clean = piecesMask(
    secrets.map((secret) => secret.reveal()),
    "(masked)",
  )(clean);
  for (const pattern of PATTERNS) clean = clean.replace(pattern, "(masked)");
  return clean;
}
