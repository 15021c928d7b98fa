// Early 413: the edge refuses the size while the client is still sending.

import { envelope } from "../problem.ts";
import type { FaultKind } from "./kind.ts";

/** The fault `early-413`. */
export const early413: FaultKind = {
  name: "early-413",
  catalogue: ["F28"],
  summary:
    "413 request_too_large before the body is read, then the connection is closed; the client may see EPIPE or ECONNRESET in its place.",
  phases: [{ phase: "before-headers", on: "both" }],
  params: {
    how: {
      type: "string",
      default: "close",
      oneOf: ["close", "reset"],
      about: "how the connection ends after the answer",
    },
  },
  head: async ({ exchange, params }) => {
    const body = envelope(
      { type: "request_too_large", message: "Request exceeds the maximum allowed number of bytes." },
      exchange.requestId,
    );
    exchange.head(413, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      connection: "close",
      server: "cloudflare",
    });
    await exchange.write(body);
    await exchange.breakOff(params.text("how") === "close" ? "fin" : "reset");
    return "ended";
  },
};
