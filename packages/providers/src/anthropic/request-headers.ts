// Request headers on their way to an upstream: what the client sent, less what concerns only the two ends of a hop.

import { HOP_BY_HOP } from "@fairlead/protocol";

/** Headers that are written anew for the upstream connection. */
const REWRITTEN = new Set(["host", "content-length", "accept-encoding", "expect"]);
const CREDENTIALS = new Set(["x-api-key", "authorization"]);
/** Anything that could end a header line. */
const UNSAFE = /[\r\n\0]/;

/**
 * The header lines for the wire, in the order and case in which they came. Hop-by-hop headers are left out, and the
 * client's credentials when the upstream has one of its own.
 * @param credential a whole header line with its CR LF, or undefined to pass the client's credentials on
 * @param judged true when the answer is read on its way: then it must come uncompressed
 */
export function requestHeaders(raw: readonly string[], credential: string | undefined, judged: boolean): string {
  let lines = "";
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower)) continue;
    if (REWRITTEN.has(lower) && (lower !== "accept-encoding" || judged)) continue;
    if (credential !== undefined && CREDENTIALS.has(lower)) continue;
    if (UNSAFE.test(name) || UNSAFE.test(value)) continue;
    lines += `${name}: ${value}\r\n`;
  }
  if (judged) lines += "accept-encoding: identity\r\n";
  return credential === undefined ? lines : lines + credential;
}
