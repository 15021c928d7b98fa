// A response whose head costs less: its header lines are checked all at once, not one by one.

import { type IncomingMessage, ServerResponse } from "node:http";

/** What node's own method does with a head; the types do not tell of it. */
interface HeadStore {
  _storeHeader(firstLine: string, headers: unknown): void;
}

/** A block of header lines as RFC 9110 has them: tokens, and values without controls but the tab. */
const LINES = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)*$/;

/**
 * Node looks at each header line with two regular expressions and compares its name with those that decide over framing and
 * the connection. Here lines that decide nothing are written in one go and checked as a block; the others go to node, which
 * frames the response as ever. What the check refuses goes to node too, for the error that it throws.
 */
export class LeanResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  /** Called by node with what `writeHead` was given. */
  _storeHeader(firstLine: string, headers: unknown): void {
    const node = ServerResponse.prototype as unknown as HeadStore;
    if (!Array.isArray(headers) || headers.length % 2 !== 0 || Array.isArray(headers[0])) {
      node._storeHeader.call(this, firstLine, headers);
      return;
    }
    const left: unknown[] = [];
    let lines = "";
    for (let i = 0; i < headers.length; i += 2) {
      const name: unknown = headers[i];
      const value: unknown = headers[i + 1];
      if (typeof name !== "string" || typeof value !== "string" || deciding(name.length)) left.push(name, value);
      // A line break makes two good lines of a bad one: the check of the block would not see it.
      else if (name.includes("\n") || value.includes("\n")) return node._storeHeader.call(this, firstLine, headers);
      else lines += `${name}: ${value}\r\n`;
    }
    if (LINES.test(lines)) node._storeHeader.call(this, firstLine + lines, left);
    else node._storeHeader.call(this, firstLine, headers);
  }
}

/**
 * True for the lengths of the names that node acts on: date, expect, trailer, upgrade, connection, keep-alive,
 * content-length, transfer-encoding, content-disposition.
 */
function deciding(length: number): boolean {
  switch (length) {
    case 4:
    case 6:
    case 7:
    case 10:
    case 14:
    case 17:
    case 19:
      return true;
    default:
      return false;
  }
}
