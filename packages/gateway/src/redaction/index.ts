// What other rooms of the gateway use of redaction.

import { type Kind, STANDARD_KINDS } from "./kinds.ts";
import { Placeholders, wordOf } from "./placeholder.ts";
import { TextScan } from "./text-scan.ts";
import type { UserPattern } from "./user-patterns.ts";

export type { Span } from "./detectors/detector.ts";
export { ALL_KINDS, KINDS, type Kind, STANDARD_KINDS } from "./kinds.ts";
export { type ProjectPolicy, Redaction, type Screened } from "./redaction.ts";
export { TextScan } from "./text-scan.ts";
export type { UserPattern } from "./user-patterns.ts";

/** What `redactText` looks for. All may be left out. */
export interface TextPolicy {
  /** Default: the standard kinds. */
  readonly kinds?: readonly Kind[];
  readonly patterns?: readonly UserPattern[];
  /** Makes tags that are the same for the same value; without it placeholders are plain, such as `[EMAIL]`. */
  readonly key?: string;
}

/** A text with placeholders in the place of what was found, and how often each kind was. */
export interface RedactedText {
  readonly text: string;
  readonly counts: { readonly [kind: string]: number };
}

/** Redacts a text, such as a sampled prompt before it is stored. The values are not kept. */
export async function redactText(text: string, policy: TextPolicy = {}): Promise<RedactedText> {
  const spans = await new TextScan(policy.kinds ?? STANDARD_KINDS, policy.patterns).find(text);
  const placeholders = policy.key === undefined ? undefined : new Placeholders(policy.key);
  const counts: Record<string, number> = {};
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end, kind } of spans) {
    pieces.push(text.slice(done, start), placeholders?.of(kind, text.slice(start, end)) ?? `[${wordOf(kind)}]`);
    counts[kind] = (counts[kind] ?? 0) + 1;
    done = end;
  }
  pieces.push(text.slice(done));
  return { text: pieces.join(""), counts };
}

/** Where secrets stand in a text: offsets, never values. For scans of logs and stores. */
export async function scanForSecrets(
  text: string,
): Promise<ReadonlyArray<{ readonly start: number; readonly end: number }>> {
  const spans = await new TextScan(["secret"]).find(text);
  return spans.map(({ start, end }) => ({ start, end }));
}
