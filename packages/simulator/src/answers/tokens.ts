// Token counts: a stand-in for the tokenizer, the same for input and output, stable across runs.

/** Characters per token. Claude's tokenizers lie between 3.2 and 4.5 for English (measured by nobody here; an estimate). */
export const CHARS_PER_TOKEN = 4;

/** Tokens of a text of `chars` UTF-16 units, rounded up. */
export function tokensOf(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** Tokens of any JSON value: its text as JSON would have it; images and documents by their size, capped. */
export function tokensOfValue(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") return tokensOf(value.length);
  if (typeof value !== "object") return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + tokensOfValue(item), 0);
  const record = value as Record<string, unknown>;
  if (record.type === "image") return 1_600;
  let sum = 0;
  for (const key of Object.keys(record)) {
    if (key === "cache_control") continue;
    if (record.type === "base64" && key === "data") {
      sum += Math.min(tokensOf(String(record.data).length), 3_000);
      continue;
    }
    sum += tokensOfValue(record[key]) + (key === "type" ? 0 : 1);
  }
  return sum;
}
