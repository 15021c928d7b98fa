// The end of the grace time: everybody who still waits is told honestly that nothing more will come.

import { CODES, wordsOf } from "@fairlead/engine";
import { newId, type Runtime } from "@fairlead/runtime";
import type { ClientStream } from "./client-stream.ts";
import type { HttpResponse } from "./http-surface.ts";
import { refusal } from "./refusal.ts";
import type { Running } from "./running.ts";

const WORDS = "This gateway was shut down before the answer was whole. What came before this event is incomplete.";

/**
 * Ends every request under way: an open stream gets an error event and its end, a client that has heard nothing yet a
 * 503, any other body is broken off, for it cannot say that it is incomplete.
 */
export function cutOff(running: Running, rt: Runtime): void {
  for (const { res, stream } of running.all()) {
    end(res, stream, "draining", newId(rt.random, "req_fl_"), WORDS, true);
  }
}

/** Ends one request in the same way, for somebody who runs this wants it, and lets its upstream go; false when there is none. */
export function cancel(running: Running, id: string): boolean {
  const found = running.find(id);
  if (found === undefined) return false;
  const { res, stream, about } = found;
  end(res, stream, "cancelled", id, wordsOf("cancelled"), false);
  about.signal.abort("whoever runs this gateway ended the request");
  return true;
}

function end(
  res: HttpResponse,
  stream: ClientStream | undefined,
  code: "draining" | "cancelled",
  id: string,
  message: string,
  close: boolean,
): void {
  if (!res.headersSent) {
    stream?.close();
    const refused = refusal(code, id);
    if (close) refused.headers.push("connection", "close");
    // Whoever still reads the body hears nothing from Node once the response is done.
    if (!res.req.complete) res.once("finish", () => res.req.destroy());
    res.writeHead(refused.status, refused.headers);
    res.end(refused.body);
  } else if (stream !== undefined) stream.fail({ code, type: CODES[code].type, message });
  else if (!res.writableEnded) res.destroy();
}
