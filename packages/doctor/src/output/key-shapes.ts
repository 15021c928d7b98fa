// Finds what is a key by its look, and pieces of a secret that somebody echoed in part.

/** What keys and tokens look like, whosever they are; none of them looks like a fingerprint or an id. */
const SHAPES: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{12,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bya29\.[A-Za-z0-9_-]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
];
/** This many characters of a secret in a row are no chance; fewer could be the beginning that all keys have. */
const RUN = 16;

/** The text without what looks like a key. */
export function withoutKeys(text: string, stand: string): string {
  return SHAPES.reduce((masked, shape) => masked.replace(shape, stand), text);
}

/** A function that takes out every stretch of 16 or more characters that is a part of one of the secrets, in any case. */
export function piecesMask(secrets: readonly string[], stand: string): (text: string) => string {
  const runs = new Set<string>();
  for (const secret of secrets.map((one) => one.toLowerCase()))
    for (let i = 0; i + RUN <= secret.length; i += 1) runs.add(secret.slice(i, i + RUN));
  if (runs.size === 0) return (text) => text;
  return (text) => {
    const low = text.toLowerCase();
    let masked = "";
    let kept = 0;
    for (let at = 0; at + RUN <= low.length; at += 1) {
      if (!runs.has(low.slice(at, at + RUN))) continue;
      let end = at + RUN;
      while (end < low.length && runs.has(low.slice(end - RUN + 1, end + 1))) end += 1;
      masked += text.slice(kept, at) + stand;
      kept = end;
      at = end - 1;
    }
    return kept === 0 ? text : masked + text.slice(kept);
  };
}
