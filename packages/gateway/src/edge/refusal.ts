// Our own refusals as HTTP: Anthropic's envelope, the status of the code's row, and headers that tell clients what to do.

import { CODES, type Code, wordsOf } from "@fairlead/engine";
import { errorBody } from "@fairlead/protocol";

/** A refusal ready to be sent. */
export interface Refusal {
  readonly code: Code;
  readonly status: number;
  readonly headers: string[];
  readonly body: Buffer;
}

/**
 * The HTTP form of an error of ours.
 * @param requestId our id of the request; it stands in the body's `request_id`, in `request-id` and in `fairlead-request-id`
 * @param retryAfterMs how long to wait before trying again, when that is known, milliseconds
 */
export function refusal(
  code: Code,
  requestId: string,
  fill: { readonly [name: string]: string | number } = {},
  retryAfterMs?: number,
  message = wordsOf(code, fill),
): Refusal {
  const row = CODES[code];
  const body = Buffer.from(errorBody(row.type, message, { errorCode: `fairlead_${code}`, requestId }));
  const headers = [
    "content-type",
    "application/json",
    "content-length",
    String(body.length),
    "cache-control",
    "no-store",
    // The SDKs show their callers this one.
    "request-id",
    requestId,
    "fairlead-request-id",
    requestId,
  ];
  if (retryAfterMs !== undefined) headers.push("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  if (row.final) headers.push("x-should-retry", "false");
  return { code, status: row.status, headers, body };
}

/** A refusal as raw bytes, for connections on which no request could be read. */
export function rawRefusal(refused: Refusal, reason: string): Buffer {
  let head = `HTTP/1.1 ${refused.status} ${reason}\r\n`;
  for (let i = 0; i < refused.headers.length; i += 2) head += `${refused.headers[i]}: ${refused.headers[i + 1]}\r\n`;
  return Buffer.concat([Buffer.from(`${head}connection: close\r\n\r\n`, "latin1"), refused.body]);
}
