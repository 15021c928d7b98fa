// One HTTP call to an address from the configuration (a secret manager, a target of alerts): bounded in time and size.

import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock } from "@fairlead/runtime";

/** What to send. Redirects are not followed: they would carry a credential to an address that nobody configured. */
export interface HttpCall {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
  /** For the whole call, milliseconds. */
  readonly timeoutMs: number;
  /** PEM text of the certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
}

/** What came back. The body is cut at 256 KB. */
export interface HttpReply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** No reply: `reason` is a few words without the address, which may hold a secret. */
export interface NoReply {
  readonly status: 0;
  readonly reason: string;
}

const MAX_BODY = 262_144;

/** Makes the call. Never rejects. */
export function httpCall(call: HttpCall, clock: Clock): Promise<HttpReply | NoReply> {
  return new Promise((resolve) => {
    let url: URL;
    try {
      url = new URL(call.url);
    } catch {
      resolve({ status: 0, reason: "the address is none" });
      return;
    }
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const options = {
      method: call.method,
      headers: { ...call.headers, ...(body === undefined ? {} : { "content-length": String(body.length) }) },
      // A connection of its own: calls are rare, and a kept one may be dead when the next is made.
      agent: false as const,
      ...(call.ca === undefined ? {} : { ca: call.ca }),
    };
    let req: ClientRequest;
    try {
      req = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
    } catch (e) {
      resolve({ status: 0, reason: reasonOf(e as NodeJS.ErrnoException) });
      return;
    }
    const timer = clock.timer(call.timeoutMs, () =>
      end({ status: 0, reason: `no answer within ${call.timeoutMs} ms` }),
    );
    const end = (reply: HttpReply | NoReply) => {
      timer.cancel();
      resolve(reply);
      req.destroy();
    };
    req.on("error", (e: NodeJS.ErrnoException) => end({ status: 0, reason: reasonOf(e) }));
    req.on("response", (res) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const reply = () => {
        const text = Buffer.concat(chunks).subarray(0, MAX_BODY).toString("utf8");
        end({ status: res.statusCode ?? 0, retryAfter: res.headers["retry-after"], body: text });
      };
      res.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_BODY) reply();
      });
      res.on("end", reply);
      res.on("error", (e: NodeJS.ErrnoException) => end({ status: 0, reason: reasonOf(e) }));
    });
    req.end(body);
  });
}

/** A few words on a network error; Node's own messages name hosts at most, but not all libraries keep to that. */
function reasonOf(e: NodeJS.ErrnoException): string {
  switch (e.code) {
    case "ECONNREFUSED":
      return "the connection was refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host name is not known";
    case "ECONNRESET":
      return "the connection broke";
    case "ETIMEDOUT":
      return "the connection timed out";
    case "ERR_INVALID_PROTOCOL":
      return "the address begins with neither http nor https";
    case "ERR_INVALID_CHAR":
      return "the call holds letters that no header may hold";
    default:
      return e.code === undefined ? "the call failed" : `the call failed (${e.code})`;
  }
}
