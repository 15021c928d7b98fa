// What a detector is, and the looks to the left and right that several need.

import type { Kind } from "../kinds.ts";

/** A piece of a text that is of a kind: UTF-16 offsets, the end not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** A `Kind`, or `pattern:<name>`. */
  readonly kind: string;
}

/** Tells of a span. */
export type Tell = (start: number, end: number) => void;

/**
 * Finds one kind. It must take time linear in the text whatever that is: every quantifier has a bound, and what begins in the
 * middle of a run is refused by a look to the left, so that no run is read again from each of its characters.
 */
export interface Detector {
  readonly kind: Kind;
  /** @param examples whether that counts which is published as an example and belongs to nobody */
  find(text: string, tell: Tell, examples: boolean): void;
}

/** Up to `length` characters before a place. */
export function before(text: string, at: number, length: number): string {
  return text.slice(Math.max(0, at - length), at);
}

/** Words that say that a run of digits counts or names something else. They stand right before it. */
const NUMBER_OF_ELSE =
  /(?:\b|_)(?:id|ids|uid|oid|pid|order(?:[_ ]?(?:no|id|number))?|seq|sequence|serial|count|offset|size|length|bytes|total|time|timestamp|ts|nonce|sha|hash|port|version|build|commit|invoice|ticket|tracking|sku|imei|isbn|epoch|duration|ns|us|ms|amount|price|seed|rev|revision|row|line|index)["'\]]?\s*(?:no\.?|number)?\s*[:=#(]?\s*["']?$|(?:编号|订单号?|单号|流水号?|序号|快递|运单|批次|时间戳|金额|版本|工号|学号|物流)\s*(?:是|为)?\s*[:：#]?\s*$/i;

/** Whether what stands before a number says that it is something else. */
export function namedElse(text: string, at: number): boolean {
  return NUMBER_OF_ELSE.test(before(text, at, 32));
}

/** What makes a number a quantity, right after it. */
const UNIT =
  /^\s?(?:(?:bytes?|[kmgt]i?b|bits?|ns|us|ms|s|secs?|seconds?|rows|items|records|tokens|times|%|px)(?![A-Za-z])|[次元个条行件人吨]|[美欧日港]元|平方|公里|千米|字节|毫秒|秒)/i;

/** Whether what stands after a number says that it counts something. */
export function counted(text: string, end: number): boolean {
  return UNIT.test(text.slice(end, end + 12));
}

/** Runs a pattern with the flag g over a text. */
export function each(pattern: RegExp, text: string, found: (match: RegExpExecArray) => void): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found(match);
    if (match[0] === "") pattern.lastIndex += 1;
  }
}

/** The digits of a text. */
export function digitsOf(text: string): string {
  return text.replace(/\D+/g, "");
}
