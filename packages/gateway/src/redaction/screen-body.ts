// Screens one request body by a policy: what is found, where, and the body with placeholders in its place.

import { isUtf8 } from "node:buffer";
import type { Kind } from "./kinds.ts";
import { Placeholders } from "./placeholder.ts";
import { inputText, type Literals, type Part, requestText } from "./request-text.ts";
import { pathsOf } from "./text-paths.ts";
import type { TextScan } from "./text-scan.ts";
import type { UserPattern } from "./user-patterns.ts";

/** What a screening needs to know; plain data, so that it can go to a worker. */
export interface ScreenPolicy {
  /** Tells policies apart: a worker keeps what it has made of one. */
  readonly id: string;
  readonly mode: "report" | "mask" | "refuse";
  readonly kinds: readonly Kind[];
  readonly patterns: readonly UserPattern[];
  readonly scope: readonly Part[];
  /** Whether published examples are found. Default true. */
  readonly examples?: boolean | undefined;
  /** The secret that the placeholders' tags are made with. */
  readonly key: string;
}

/** What a screening found. Plain data. */
export interface Screening {
  /** Why the body could not be read; then nothing else is told. */
  readonly fault: { readonly reason: string; readonly at: number } | undefined;
  /** How often each kind was found, by kind. */
  readonly counts: ReadonlyArray<readonly [kind: string, count: number]>;
  /** The masked body; undefined when its bytes stay as they are. */
  readonly body: Buffer | undefined;
  /** Placeholders with their values. */
  readonly values: ReadonlyArray<readonly [placeholder: string, value: string]>;
  /** Where the first of them stand, for a refusal. */
  readonly paths: readonly string[];
}

/** Texts are scanned together up to this many characters: one scan of many costs less than many of one. */
const TOGETHER = 131_072;
/** Between two texts stands what no detector reads across. */
const BETWEEN = "\n\u0001\n";
/** A shorter text holds nothing that a detector knows, bytes. */
const SHORTEST = 6;
/** Paths that a refusal names. */
const PATHS = 10;

/** A match in the body: bytes, and the value decoded. */
interface Match {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly value: string;
  /** The quotes that what comes in its place needs: those of a number. */
  readonly quotes?: string;
}

const NOTHING: Screening = { fault: undefined, counts: [], body: undefined, values: [], paths: [] };

/** Screens a body. Never throws for what a body can hold. */
export async function screenBody(body: Buffer, policy: ScreenPolicy, scan: TextScan): Promise<Screening> {
  if (!isUtf8(body)) return { ...NOTHING, fault: { reason: "it is not UTF-8", at: 0 } };
  const literals = requestText(body);
  if ("reason" in literals) return { ...NOTHING, fault: literals };
  const matches = await matchesIn(body, literals, policy, scan);
  if (matches.length === 0) return NOTHING;
  const counts = new Map<string, number>();
  for (const { kind } of matches) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const found = { ...NOTHING, counts: [...counts] };
  if (policy.mode === "report") return found;
  if (policy.mode === "refuse") {
    const paths = pathsOf(
      body,
      matches.slice(0, 200).map(({ start }) => start),
    );
    return { ...found, paths: [...new Set(paths)].slice(0, PATHS) };
  }
  const placeholders = new Placeholders(policy.key);
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { start, end, kind, value, quotes = "" } of matches) {
    const placeholder = `${quotes}${placeholders.of(kind, value)}${quotes}`;
    pieces.push(body.subarray(done, start), Buffer.from(placeholder, "latin1"));
    done = end;
  }
  pieces.push(body.subarray(done));
  return { ...found, body: Buffer.concat(pieces), values: [...placeholders.values] };
}

async function matchesIn(body: Buffer, literals: Literals, policy: ScreenPolicy, scan: TextScan): Promise<Match[]> {
  const matches: Match[] = [];
  const shortest = policy.patterns.length > 0 ? 1 : SHORTEST;
  const batch = new Batch(body, literals);
  let inner = false;
  for (let i = 0; i < literals.length; i++) {
    if (literals.end(i) - literals.start(i) < shortest || !policy.scope.includes(literals.part(i))) continue;
    const found = literals.json(i) ? await argumentsIn(body, literals, i, policy, scan) : undefined;
    if (found === undefined) batch.add(i);
    else for (const match of found) matches.push(match);
    inner ||= found !== undefined;
    if (batch.length >= TOGETHER) await batch.scan(scan, matches);
  }
  await batch.scan(scan, matches);
  return inner ? matches.sort((a, b) => a.start - b.start) : matches;
}

/**
 * What is in arguments of a function, read as a tool's input is: what comes out of it must be JSON again. Undefined when they
 * are none, and are a text like others.
 */
async function argumentsIn(
  body: Buffer,
  literals: Literals,
  i: number,
  policy: ScreenPolicy,
  scan: TextScan,
): Promise<readonly Match[] | undefined> {
  const [start, end] = [literals.start(i), literals.end(i)];
  const input = Buffer.from(decoded(body, start, end));
  const texts = inputText(input);
  if ("reason" in texts) return undefined;
  let place: Place = { byte: start, units: 0 };
  let read = 0;
  let units = 0;
  const outer = (at: number): number => {
    units += input.toString("utf8", read, at).length;
    read = at;
    place = advanced(body, place, units);
    return place.byte;
  };
  return (await matchesIn(input, texts, policy, scan)).map(({ kind, value, quotes, ...at }) => {
    const [from, to] = [outer(at.start), outer(at.end)];
    return { start: from, end: to, kind, value, ...(quotes === undefined ? {} : { quotes: '\\"' }) };
  });
}

/** Several literals as one text. */
class Batch {
  readonly #body: Buffer;
  readonly #literals: Literals;
  #texts: string[] = [];
  /** For each literal: its number, and where its text begins and ends in the whole. */
  #numbers: number[] = [];
  #starts: number[] = [];
  #ends: number[] = [];
  length = 0;

  constructor(body: Buffer, literals: Literals) {
    this.#body = body;
    this.#literals = literals;
  }

  add(i: number): void {
    const literals = this.#literals;
    const [start, end] = [literals.start(i), literals.end(i)];
    // What a tool's input calls a value says what it is.
    if (literals.part(i) === "tool_inputs" && literals.keyEnd(i) > literals.keyStart(i))
      this.#push(`${decoded(this.#body, literals.keyStart(i), literals.keyEnd(i)).slice(0, 80)}: `);
    const text = decoded(this.#body, start, end);
    this.#numbers.push(i);
    this.#starts.push(this.length);
    this.#push(text);
    this.#ends.push(this.length);
    this.#push(BETWEEN);
  }

  async scan(scan: TextScan, matches: Match[]): Promise<void> {
    if (this.#numbers.length === 0) return;
    const text = this.#texts.length === 1 ? (this.#texts[0] as string) : this.#texts.join("");
    let piece = 0;
    for (const { start, end, kind } of await scan.find(text, { starts: this.#starts, ends: this.#ends })) {
      while (piece < this.#ends.length && (this.#ends[piece] as number) <= start) piece += 1;
      // A pattern of a project's may run across texts: each keeps its own part.
      for (let at = piece; at < this.#starts.length && (this.#starts[at] as number) < end; at++) {
        const from = Math.max(start, this.#starts[at] as number);
        const to = Math.min(end, this.#ends[at] as number);
        if (to > from) this.#match(at, from, to, kind, text.slice(from, to), matches);
      }
    }
    this.#texts = [];
    this.#numbers = [];
    this.#starts = [];
    this.#ends = [];
    this.#place = undefined;
    this.length = 0;
  }

  #place: (Place & { readonly piece: number }) | undefined;

  #match(piece: number, from: number, to: number, kind: string, value: string, matches: Match[]): void {
    const literal = this.#numbers[piece] as number;
    const base = this.#starts[piece] as number;
    const first = this.#literals.start(literal);
    if (this.#literals.bare(literal)) {
      const end = this.#literals.end(literal);
      const whole = this.#body.toString("latin1", first, end);
      if (matches.at(-1)?.start !== first) matches.push({ start: first, end, kind, value: whole, quotes: '"' });
      return;
    }
    const plain = (this.#ends[piece] as number) - base === this.#literals.end(literal) - first;
    if (plain) {
      matches.push({ start: first + from - base, end: first + to - base, kind, value });
      return;
    }
    const known = this.#place?.piece === piece ? this.#place : { byte: first, units: 0 };
    const start = advanced(this.#body, known, from - base);
    const end = advanced(this.#body, start, to - base);
    this.#place = { piece, ...end };
    matches.push({ start: start.byte, end: end.byte, kind, value });
  }

  #push(text: string): void {
    this.#texts.push(text);
    this.length += text.length;
  }
}

/** A place in a literal: its byte in the body, and its UTF-16 offset in the decoded text. */
interface Place {
  readonly byte: number;
  readonly units: number;
}

/** Walks on to a UTF-16 offset of the decoded text; bytes in escapes and of UTF-8 as they are written. */
function advanced(body: Buffer, place: Place, units: number): Place {
  let { byte, units: at } = place;
  while (at < units) {
    const first = body[byte] as number;
    if (first === 0x5c) {
      byte += body[byte + 1] === 0x75 ? 6 : 2;
      at += 1;
    } else if (first < 0x80) {
      byte += 1;
      at += 1;
    } else {
      byte += first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
      at += first >= 0xf0 ? 2 : 1;
    }
  }
  return { byte, units: at };
}

function decoded(body: Buffer, start: number, end: number): string {
  const text = body.toString("utf8", start, end);
  return text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
}
