// Finds what a policy looks for in one text: the detectors, the patterns, and one span where several overlap.

import { announcedIdentity } from "./detectors/announced-identity.ts";
import { card, iban } from "./detectors/bank.ts";
import {
  cnCreditCode,
  cnIdentity,
  cnPlate,
  hkIdentityCard,
  moIdentityCard,
  twIdentityCard,
} from "./detectors/chinese-identity.ts";
import type { Detector, Span } from "./detectors/detector.ts";
import { email } from "./detectors/email.ts";
import { euIdentity, nationalIdentity, passport, ukNino, usSsn } from "./detectors/national-identity.ts";
import { networkAddress } from "./detectors/network-address.ts";
import { phone } from "./detectors/phone.ts";
import { secretAssignments } from "./detectors/secret-assignments.ts";
import { secretFormats } from "./detectors/secret-formats.ts";
import { type SecretRules, secretRules } from "./detectors/secretlint-rules.ts";
import { ALL_KINDS, type Kind } from "./kinds.ts";
import { placeholderForm } from "./placeholder.ts";
import { type Pieces, type UserPattern, UserPatterns } from "./user-patterns.ts";
import { type VisibleText, visibleText } from "./visible-text.ts";

const DETECTORS: readonly Detector[] = [
  secretFormats,
  secretAssignments,
  cnIdentity,
  cnCreditCode,
  card,
  iban,
  email,
  usSsn,
  ukNino,
  euIdentity,
  nationalIdentity,
  announcedIdentity,
  hkIdentityCard,
  twIdentityCard,
  moIdentityCard,
  passport,
  phone,
  cnPlate,
  networkAddress,
];

/** Full-width forms of ASCII and the dashes and spaces of print, as Chinese and Japanese texts have them in numbers. */
const PRINTED = /[０-９Ａ-Ｚａ-ｚ＠．＋－\u00a0\u2007\u2009\u202f\u2010-\u2015\u2212]/;
const PRINTED_ALL = new RegExp(PRINTED, "g");

/** Escapes of JSON in a text that is JSON, before what their letter or digits would be taken for a part of. */
const ESCAPE = /\\(?:[nrt](?=[\w+(])|u[\da-fA-F]{4})/g;

/** A longer text is scanned in pieces of this many characters, so that what a scan holds at once is bounded. */
const WINDOW = 524_288;
/** How much two pieces share: twice what the longest secret needs. */
const OVERLAP = 65_536;

/** A scan of texts with the kinds and patterns of one policy. */
export class TextScan {
  readonly #detectors: readonly Detector[];
  readonly #patterns: UserPatterns | undefined;
  readonly #secrets: boolean;
  readonly #examples: boolean;
  readonly #placeholders: RegExp;
  #rules: SecretRules | undefined;

  /** @param examples whether published examples are found, such as example.com and cards for tests. Default true */
  constructor(kinds: readonly Kind[], patterns: readonly UserPattern[] = [], examples = true) {
    this.#examples = examples;
    this.#placeholders = placeholderForm(patterns.map(({ name }) => `pattern:${name}`));
    this.#detectors = DETECTORS.filter(({ kind }) => kinds.includes(kind));
    this.#patterns = patterns.length === 0 ? undefined : new UserPatterns(patterns);
    this.#secrets = kinds.includes("secret");
  }

  /**
   * The spans in a text, in order, none overlapping another.
   * @param pieces the texts that it was put together from, for patterns that ask where one begins or ends
   */
  async find(text: string, pieces?: Pieces): Promise<readonly Span[]> {
    if (text.length <= WINDOW) return merged(await this.#all(text, pieces));
    const found: Span[] = [];
    for (let from = 0; ; from += WINDOW - OVERLAP) {
      const last = from + WINDOW >= text.length;
      // What begins in the first half of an overlap is the former window's, which holds at least as much again behind it.
      const first = from === 0 ? 0 : OVERLAP / 2;
      const limit = last ? Number.POSITIVE_INFINITY : WINDOW - OVERLAP / 2;
      for (const { start, end, kind } of await this.#all(text.slice(from, from + WINDOW), inside(pieces, from))) {
        if (start >= first && start < limit) found.push({ start: from + start, end: from + end, kind });
      }
      if (last) return merged(found);
    }
  }

  /** The same without secretlint's rules, at once. */
  findNow(text: string): readonly Span[] {
    return merged(this.#own(text, visibleText(text)));
  }

  async #all(text: string, pieces?: Pieces): Promise<Span[]> {
    const visible = visibleText(text);
    const found = this.#own(text, visible, pieces);
    if (this.#secrets) {
      this.#rules ??= await secretRules();
      for (const span of await this.#rules(this.#blanked(text))) found.push(span);
      if (visible !== undefined) {
        const tell = teller(found, visible);
        for (const { start, end, kind } of await this.#rules(this.#blanked(visible.text))) tell(start, end, kind);
      }
    }
    return found;
  }

  #own(text: string, visible: VisibleText | undefined, pieces?: Pieces): Span[] {
    const found: Span[] = [];
    this.#detect(text, teller(found, undefined));
    // What nobody sees may stand between two things as well as within one: each reading finds what the other misses.
    if (visible !== undefined) this.#detect(visible.text, teller(found, visible));
    // A pattern of a project's own reads what stands there, so that it can look for such characters too.
    this.#patterns?.find(text, found, pieces);
    return found;
  }

  /** Placeholders that came back in a conversation are no values: each turn would put one around the last. */
  #blanked(text: string): string {
    return text.includes("[") ? text.replace(this.#placeholders, blank) : text;
  }

  #detect(text: string, tell: (start: number, end: number, kind: string) => void): void {
    const blanked = this.#blanked(text);
    const plain = PRINTED.test(blanked) ? blanked.replace(PRINTED_ALL, printedAs) : blanked;
    const read = plain.includes("\\") ? plain.replace(ESCAPE, unescaped) : plain;
    for (const one of this.#detectors) {
      // A password may hold what looks like an escape.
      const its = one === secretAssignments ? plain : read;
      one.find(its, (start, end) => tell(start, end, one.kind), this.#examples);
    }
  }
}

/** As long as an escape: what it stands for, behind blanks. */
function unescaped(found: string): string {
  const code = found.length === 2 ? 0 : Number.parseInt(found.slice(2), 16);
  return (code > 32 && (code < 0xd800 || code > 0xdfff) ? String.fromCharCode(code) : " ").padStart(found.length);
}

/** As long as a placeholder, and nothing that a value could be or go on in. */
function blank(placeholder: string): string {
  return "<".padEnd(placeholder.length);
}

/** Adds spans of what there is to see, at their places in the whole text. */
function teller(found: Span[], visible: VisibleText | undefined) {
  return (start: number, end: number, kind: string): void => {
    const [from, to] = visible?.whole(start, end) ?? [start, end];
    found.push({ start: from, end: to, kind });
  };
}

/** The pieces that a window shows something of. What seems to begin or end at its edge is another window's to tell. */
function inside(pieces: Pieces | undefined, from: number): Pieces | undefined {
  if (pieces === undefined) return undefined;
  const shown = pieces.starts
    .map((start, i) => [Math.max(0, start - from), Math.min(WINDOW, (pieces.ends[i] as number) - from)] as const)
    .filter(([start, end]) => end > start);
  return { starts: shown.map(([start]) => start), ends: shown.map(([, end]) => end) };
}

function printedAs(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
  return code === 0x2212 || (code >= 0x2010 && code <= 0x2015) ? "-" : " ";
}

/** One span for each run of spans that overlap: the longest names it, and among equals the one of higher rank. */
function merged(found: Span[]): readonly Span[] {
  if (found.length < 2) return found;
  found.sort((a, b) => a.start - b.start || b.end - a.end || rank(a.kind) - rank(b.kind));
  const spans: Span[] = [];
  let { start, end, kind } = found[0] as Span;
  let longest = end - start;
  for (const span of found) {
    if (span.start >= end) {
      spans.push({ start, end, kind });
      ({ start, end, kind } = span);
      longest = end - start;
      continue;
    }
    const length = span.end - span.start;
    if (length > longest || (length === longest && rank(span.kind) < rank(kind))) {
      kind = span.kind;
      longest = length;
    }
    if (span.end > end) end = span.end;
  }
  spans.push({ start, end, kind });
  return spans;
}

function rank(kind: string): number {
  const at = (ALL_KINDS as readonly string[]).indexOf(kind);
  // What a project looks for itself goes before what is built in.
  return at;
}
