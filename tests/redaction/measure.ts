// Measures recall and precision on a corpus.

import { STANDARD_KINDS, TextScan } from "@fairlead/gateway";
import { type Case, type Score, score } from "./corpus/corpus.ts";

/** Scores by kind, and the cases that were not right with what was found in them. */
export interface Measured {
  readonly byKind: Map<string, Score>;
  readonly wrong: ReadonlyArray<{ readonly one: Case; readonly got: readonly string[] }>;
}

/**
 * Runs the detectors over each case. Kinds that are off unless asked for are left off.
 * @param examples whether published examples are found, as by default; the labels know none
 */
export async function measure(cases: readonly Case[], examples = false): Promise<Measured> {
  const scan = new TextScan(STANDARD_KINDS, [], examples);
  const byKind = new Map<string, Score>();
  const wrong: { one: Case; got: readonly string[] }[] = [];
  for (const one of cases) {
    const got = await scan.find(one.text);
    if (!score(one, got, byKind))
      wrong.push({ one, got: got.map(({ start, end, kind }) => `${kind}:${one.text.slice(start, end)}`) });
  }
  return { byKind, wrong };
}
