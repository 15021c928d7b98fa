// The head of a request in its plain form, read in one pass; whatever is not plain is left to node's own parser.

/** A head that can be read in one way only. */
export interface PlainHead {
  readonly method: "POST" | "GET";
  readonly url: string;
  /** Names and values alternating, as node has them: in the case in which they came, latin1, without blanks around values. */
  readonly rawHeaders: string[];
  /** Bytes of body to come. */
  readonly contentLength: number;
  /** Where the body begins in the chunk. */
  readonly end: number;
}

/**
 * A request line with a path of printable ASCII, header lines of a token, a colon and a value without control characters,
 * CR LF at the end of each, and nothing else: the subset of RFC 9112 that every parser reads alike. No part of it can
 * match in two ways, so that the time it takes is linear.
 */
const PLAIN = /^(?:POST|GET) \/[!-~]* HTTP\/1\.1\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)+$/;

const DIGITS = /^\d{1,15}$/;

/**
 * Reads the head at the beginning of a chunk. Undefined when it is not all there, longer than `limit` bytes, or has
 * anything that needs more than a length to frame the body: another method or version, Transfer-Encoding, Expect,
 * Upgrade, a Connection header other than keep-alive, a Content-Length that is not one number.
 */
export function plainHead(chunk: Buffer, limit: number): PlainHead | undefined {
  const blank = chunk.indexOf("\r\n\r\n", 0, "latin1");
  if (blank < 0 || blank + 4 > limit) return undefined;
  const text = chunk.toString("latin1", 0, blank + 2);
  if (!PLAIN.test(text)) return undefined;
  const method = text.charCodeAt(0) === 80 ? "POST" : "GET";
  let at = text.indexOf("\r\n");
  const url = text.slice(method.length + 1, at - 9);
  const rawHeaders: string[] = [];
  let contentLength = -1;
  for (at += 2; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const lineEnd = text.indexOf("\r\n", colon);
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, lineEnd);
    at = lineEnd + 2;
    switch (name.length) {
      case 6:
        if (name.toLowerCase() === "expect") return undefined;
        break;
      case 7:
        if (name.toLowerCase() === "upgrade") return undefined;
        break;
      case 10:
        if (name.toLowerCase() === "connection" && value.toLowerCase() !== "keep-alive") return undefined;
        break;
      case 14:
        if (name.toLowerCase() === "content-length") {
          if (contentLength >= 0 || !DIGITS.test(value)) return undefined;
          contentLength = Number(value);
        }
        break;
      case 16:
        if (name.toLowerCase() === "proxy-connection") return undefined;
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") return undefined;
        break;
      default:
    }
    rawHeaders.push(name, value);
  }
  if (method === "GET" && contentLength > 0) return undefined;
  return { method, url, rawHeaders, contentLength: Math.max(0, contentLength), end: blank + 4 };
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && blankAt(text, start)) start += 1;
  while (end > start && blankAt(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

function blankAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 32 || code === 9;
}
