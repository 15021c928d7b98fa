// The end of the grace time: everybody who still waits is told honestly that nothing more will come.

import { CODES } from "@fairlead/engine";
import { newId, type Runtime } from "@fairlead/runtime";
import { refusal } from "./refusal.ts";
import type { Running } from "./running.ts";

const WORDS = "This gateway was shut down before the answer was whole. What came before this event is incomplete.";

/**
 * Ends every request under way: an open stream gets an error event and its end, a client that has heard nothing yet a
 * 503, any other body is broken off, for it cannot say that it is incomplete.
 */
export function cutOff(running: Running, rt: Runtime): void {
  for (const { res, stream } of running.all()) {
    if (!res.headersSent) {
      stream?.close();
      const refused = refusal("draining", newId(rt.random, "req_fl_"));
      refused.headers.push("connection", "close");
      // Whoever still reads the body hears nothing from Node once the response is done.
      if (!res.req.complete) res.once("finish", () => res.req.destroy());
      res.writeHead(refused.status, refused.headers);
      res.end(refused.body);
    } else if (stream !== undefined) {
      stream.fail({ code: "draining", type: CODES.draining.type, message: WORDS });
    } else if (!res.writableEnded) res.destroy();
  }
}
