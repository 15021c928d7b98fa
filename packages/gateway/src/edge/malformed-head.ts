// What is wrong with a request's head, before anything else is done with it.

import type { HttpRequest } from "./http-surface.ts";
import type { RequestHead } from "./request-head.ts";

/** What makes a request's head unfit to be read further; undefined when nothing does. */
export function malformedHead(target: string, path: string, head: RequestHead, req: HttpRequest): string | undefined {
  if (req.httpVersionMajor !== 1) return "the HTTP version is not 1.0 or 1.1.";
  if (head.hosts === 0) return "the Host header is missing.";
  if (head.hosts > 1) return "there is more than one Host header.";
  if (!/^[A-Za-z0-9._~[\]:-]+$/.test(head.host)) return "the Host header is not a host name.";
  if (head.oddEncoding) return "the Transfer-Encoding is not one plain `chunked`.";
  if (head.chunked && req.httpVersionMinor === 0) return "HTTP/1.0 knows no Transfer-Encoding.";
  if (head.doubled !== undefined) return `there are two different ${head.doubled} headers.`;
  if (!target.startsWith("/")) return "the request target must be a path, such as /v1/messages.";
  if (target.includes("#")) return "the request target holds a fragment.";
  // Characters beyond printable ASCII have no place in a target; a backslash is a slash to some.
  if (!/^[!-~]*$/.test(target) || path.includes("\\")) return "the path holds characters that must be encoded.";
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return "the path holds dot segments.";
  if (/%2f|%5c|%00|%0d|%0a/i.test(path)) return "the path holds an encoded slash or control character.";
  return undefined;
}
