// A project's own patterns: RE2 syntax, matched in time linear in the text, whatever the pattern is.

import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import type { Span } from "./detectors/detector.ts";

/** A pattern as the configuration has it. */
export interface UserPattern {
  /** In placeholders, headers and metrics: 1 to 32 letters, digits, dashes or underscores. */
  readonly name: string;
  readonly regex: string;
  readonly ignore_case?: boolean | undefined;
}

/** Longest pattern, characters, and how often a repetition may be asked for: both bound the size of its machine. */
export const PATTERN_LENGTH = 1_000;
/** Most patterns of one project. */
export const PATTERNS = 50;

/** Why a pattern cannot be used, with the fix. `at` is the offset in the pattern, when it is known. */
export interface PatternFault {
  readonly message: string;
  readonly at: number | undefined;
}

/** What RE2 leaves out because no linear time is known for it, and what to write instead. */
const UNSUPPORTED: ReadonlyArray<readonly [form: RegExp, message: string]> = [
  [
    /\(\?<?[=!]/,
    "looks ahead or behind ((?=, (?!, (?<=, (?<!), which linear-time matching cannot do; write what stands there into the pattern and let the group (?P<value>…) name what is masked",
  ],
  [
    /\\[1-9]|\\k</,
    "refers back to a group (\\1), which linear-time matching cannot do; write the group's pattern out again",
  ],
  [
    /[*+?}]\+|\(\?>/,
    "uses a possessive or atomic group, which linear-time matching does not need; take the + or ?> out",
  ],
  [/\(\?\(/, "uses a condition, which RE2 does not know; write two patterns"],
];

/** What is wrong with a pattern; undefined when it can be used. */
export function patternFault(pattern: UserPattern): PatternFault | undefined {
  const { regex } = pattern;
  if (regex === "") return { message: "is empty; write what is to be found", at: 0 };
  if (regex.length > PATTERN_LENGTH) {
    return { message: `is ${regex.length} characters long; the most is ${PATTERN_LENGTH}`, at: undefined };
  }
  const bare = regex.replace(/\\[^1-9k]/g, "..").replace(/\[(?:\\.|[^\]\\])*\]/g, (one) => ".".repeat(one.length));
  for (const [form, message] of UNSUPPORTED) {
    const found = form.exec(bare);
    if (found !== null) return { message: `${message} (character ${found.index + 1})`, at: found.index };
  }
  try {
    const compiled = compile(pattern);
    if (compiled.matches("") || compiled.matcher("").find()) {
      return {
        message: "matches the empty text, and with it every place; make at least one character needed",
        at: undefined,
      };
    }
    return undefined;
  } catch (e) {
    const said = e instanceof Error ? e.message : String(e);
    const piece = /: `([^`]*)`$/.exec(said)?.[1];
    const at = piece === undefined || piece === "" ? -1 : regex.indexOf(piece);
    const where = at < 0 ? "" : ` (character ${at + 1})`;
    return {
      message: `is no RE2 pattern: ${said.replace(/^error parsing regexp: /, "")}${where}; see github.com/google/re2/wiki/Syntax`,
      at: at < 0 ? undefined : at,
    };
  }
}

/** Finds what the patterns match. A group named `value` narrows a match to itself. */
export class UserPatterns {
  readonly #compiled: ReadonlyArray<{
    readonly kind: string;
    readonly regex: RE2JS;
    readonly group: boolean;
    /** Whether it asks where a text begins or ends. */
    readonly anchored: boolean;
  }>;

  /** @throws what RE2JS throws; `patternFault` says it first */
  constructor(patterns: readonly UserPattern[]) {
    this.#compiled = patterns.map((one) => {
      const regex = compile(one);
      const anchored = ANCHOR.test(one.regex);
      return { kind: `pattern:${one.name}`, regex, group: "value" in regex.namedGroups(), anchored };
    });
  }

  /**
   * Finds what stands in a text that several were put together to. What an anchored pattern calls a beginning or an end is
   * that of each of them; any other is matched against the whole, which costs less.
   */
  find(text: string, found: Span[], pieces: Pieces = { starts: [0], ends: [text.length] }): void {
    for (const one of this.#compiled) {
      if (!one.anchored) search(one, text, 0, found);
      else {
        for (const [i, start] of pieces.starts.entries()) search(one, text.slice(start, pieces.ends[i]), start, found);
      }
    }
  }
}

/** Where the texts stand that one text was put together from. */
export interface Pieces {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** What may be an anchor; taking a class such as [^a] for one costs time only. */
const ANCHOR = /[\^$]|\\[AzZ]/;

function search(
  { kind, regex, group }: { readonly kind: string; readonly regex: RE2JS; readonly group: boolean },
  text: string,
  offset: number,
  found: Span[],
): void {
  const matcher = regex.matcher(text);
  while (matcher.find()) {
    const start = group ? matcher.start("value") : matcher.start();
    const end = group ? matcher.end("value") : matcher.end();
    if (start >= 0 && end > start) found.push({ start: offset + start, end: offset + end, kind });
  }
}

function compile({ regex, ignore_case }: UserPattern): RE2JS {
  // Loaded when the first pattern is met: every command that reads a configuration comes by this file.
  const re2js = createRequire(import.meta.url)("re2js") as typeof import("re2js");
  return re2js.RE2JS.compile(regex, ignore_case === true ? re2js.RE2JS.CASE_INSENSITIVE : 0);
}
