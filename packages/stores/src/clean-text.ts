// Text from outside, as every store can keep it.

/** PostgreSQL keeps no NUL, UTF-8 no half of a pair. */
export function cleanText(text: string, max: number): string {
  let clean = text.length > max ? text.slice(0, max) : text;
  if (!clean.isWellFormed()) clean = clean.toWellFormed();
  return clean.includes("\0") ? clean.replaceAll("\0", "\ufffd") : clean;
}
