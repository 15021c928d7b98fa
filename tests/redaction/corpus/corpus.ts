// A corpus: texts with the spans that are to be found in them. Every case says where its form comes from.

import type { Value } from "./values.ts";

/** One labelled text. */
export interface Case {
  readonly id: string;
  readonly lang: "en" | "zh" | "mixed";
  readonly genre: "chat" | "code" | "log" | "csv" | "json" | "data";
  /** Where the form of what is in it is described. */
  readonly source: string;
  readonly text: string;
  readonly spans: ReadonlyArray<{ readonly start: number; readonly end: number; readonly kind: string }>;
}

/** Collects cases. */
export class Corpus {
  readonly cases: Case[] = [];

  /** Adds a text. `{}` in it stands for the next value; `{{` and `}}` are braces. */
  add(source: string, template: string, ...values: readonly Value[]): void {
    let text = "";
    const spans: { start: number; end: number; kind: string }[] = [];
    let next = 0;
    for (const piece of template.split(/(\{\})/)) {
      const value = piece === "{}" ? values[next++] : undefined;
      if (value === undefined) text += piece;
      else {
        spans.push({ start: text.length, end: text.length + value.value.length, kind: value.kind });
        text += value.value;
      }
    }
    if (next !== values.length) throw new Error(`${values.length} values for ${next} places in ${template}`);
    this.cases.push({ id: `c${this.cases.length + 1}`, lang: langOf(text), genre: genreOf(text), source, text, spans });
  }

  /** Adds a text in which nothing is to be found. */
  none(source: string, text: string): void {
    this.cases.push({
      id: `c${this.cases.length + 1}`,
      lang: langOf(text),
      genre: genreOf(text),
      source,
      text,
      spans: [],
    });
  }
}

function langOf(text: string): Case["lang"] {
  const han = (text.match(/[\u4e00-\u9fff]/g) ?? []).length;
  return han === 0 ? "en" : han * 4 > text.length ? "zh" : "mixed";
}

function genreOf(text: string): Case["genre"] {
  if (/^\s*[{[]/.test(text)) return "json";
  if (/^\[?\d{4}-\d\d-\d\d[T ]|^(?:INFO|WARN|ERROR|DEBUG)\b|^\w{3} \d+ /.test(text)) return "log";
  if (/(?:const|let|var|import|def|return|func|export|curl|=>|==|;$)/m.test(text)) return "code";
  if (text.split("\n").every((line) => (line.match(/,/g) ?? []).length >= 2)) return "csv";
  return /^[\w.-]+\s?[=:]/.test(text) ? "data" : "chat";
}

/** How well one set of spans was found. */
export interface Score {
  /** Labelled spans that were covered from end to end by spans of their kind. */
  found: number;
  missed: number;
  /** Spans found that overlap no label of their kind. */
  wrong: number;
}

/** Of all that should be found, how much was. */
export function recall({ found, missed }: Score): number {
  return found + missed === 0 ? 1 : found / (found + missed);
}

/** Of all that was found, how much should be. */
export function precision({ found, wrong }: Score): number {
  return found + wrong === 0 ? 1 : found / (found + wrong);
}

/** Scores what a detector found in a case. Adds to `byKind`. */
export function score(one: Case, got: Case["spans"], byKind: Map<string, Score>): boolean {
  const of = (kind: string) => {
    const known = byKind.get(kind) ?? { found: 0, missed: 0, wrong: 0 };
    byKind.set(kind, known);
    return known;
  };
  let right = true;
  for (const { start, end, kind } of one.spans) {
    const hit = got.some((span) => span.kind === kind && span.start <= start && span.end >= end);
    if (hit) of(kind).found += 1;
    else of(kind).missed += 1;
    right &&= hit;
  }
  for (const { start, end, kind } of got) {
    const meant = one.spans.some((span) => span.kind === kind && span.start < end && span.end > start);
    if (!meant) of(kind).wrong += 1;
    right &&= meant;
  }
  return right;
}

/** All scores together. */
export function total(byKind: ReadonlyMap<string, Score>): Score {
  const all = { found: 0, missed: 0, wrong: 0 };
  for (const one of byKind.values()) {
    all.found += one.found;
    all.missed += one.missed;
    all.wrong += one.wrong;
  }
  return all;
}
