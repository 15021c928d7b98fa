// The lean head against node's own: the same lines, the same framing, the same refusals.

import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { LeanResponse } from "./lean-response.ts";

/** What node keeps of a head until it is sent, and by which it frames the body. */
interface Stored {
  _header: string | null;
  _last: boolean;
  _hasBody: boolean;
}

/** The head of a response and what was decided by it, or the code of the error that it was refused with. */
function head(Kind: typeof ServerResponse, status: number, headers: string[]): unknown {
  const req = new IncomingMessage(new Socket());
  req.httpVersionMajor = req.httpVersionMinor = 1;
  req.method = "GET";
  const res = new Kind(req);
  res.sendDate = false;
  try {
    res.writeHead(status, headers);
  } catch (e) {
    return (e as NodeJS.ErrnoException).code;
  }
  const { _header, _last, _hasBody } = res as unknown as Stored;
  const [first, ...lines] = (_header ?? "").split("\r\n");
  const { chunkedEncoding, shouldKeepAlive } = res;
  // The lines that decide come after the others.
  return { first, lines: lines.sort(), _last, _hasBody, chunkedEncoding, shouldKeepAlive };
}

const lean = LeanResponse as unknown as typeof ServerResponse;

const NAMES = [
  "content-type",
  "Content-Length",
  "request-id",
  "Connection",
  "Transfer-Encoding",
  "date",
  "trailer",
  "x-odd name",
  "",
  "retry-after",
  "anthropic-ratelimit-requests-limit",
  "Content-Disposition",
  "expect",
  "x-é",
  "a: b\r\nc",
];
const VALUES = [
  "",
  "5",
  "chunked",
  "close",
  "keep-alive",
  "a b\tc",
  "é",
  "\u4e2d",
  "a\r\nb: c",
  "x\u0000",
  "100-continue",
  " ",
];

it("writes what node writes and refuses what node refuses, whatever the headers", () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(200, 204, 304, 404, 529),
      fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)), { maxLength: 6 }),
      (status, pairs) => {
        const got = head(lean, status, pairs.flat());
        expect(got).toEqual(head(ServerResponse, status, pairs.flat()));
        if (typeof got === "string") refused += 1;
      },
    ),
    { numRuns: 5_000 },
  );
  expect(refused).toBeGreaterThan(500);
});

it("lets no value and no name break out of its line", () => {
  expect(head(lean, 200, ["request-id", "a\r\nset-cookie: b=c"])).toBe("ERR_INVALID_CHAR");
  expect(head(lean, 200, ["a: b\r\nset-cookie", "c=d"])).toBe("ERR_INVALID_HTTP_TOKEN");
});
