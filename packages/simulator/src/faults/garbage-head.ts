// Garbage head: something that is not HTTP answers.

import type { FaultKind } from "./kind.ts";

/** The fault `garbage-head`. */
export const garbageHead: FaultKind = {
  name: "garbage-head",
  catalogue: ["F7", "F16"],
  summary: "Bytes that are no HTTP answer, then the end (what a TLS client sees as a certificate or protocol error).",
  phases: [{ phase: "before-headers", on: "both" }],
  params: { text: { type: "string", default: "SSH-2.0-OpenSSH_9.2\r\n", about: "the bytes" } },
  strike: async ({ exchange, params }) => {
    exchange.socket.write(params.text("text"));
    await exchange.breakOff("fin");
    return "ended";
  },
};
