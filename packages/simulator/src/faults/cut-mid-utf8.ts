// Cut mid-UTF-8: the connection is lost between the bytes of one character.

import type { FaultKind } from "./kind.ts";

/** The fault `cut-mid-utf8`. */
export const cutMidUtf8: FaultKind = {
  name: "cut-mid-utf8",
  catalogue: ["F10"],
  summary: "A text delta with a character of three bytes is begun, and the connection is closed after its second byte.",
  phases: [
    { phase: "mid-text", on: "both" },
    { phase: "mid-thinking", on: "both" },
  ],
  params: {},
  strike: async (strike) => {
    const { exchange, running, phase, streamed } = strike;
    if (running === undefined) return "go-on";
    const index = running.last !== undefined && "index" in running.last ? running.last.index : 0;
    const [type, field] = phase === "mid-text" ? ["text_delta", "text"] : ["thinking_delta", "thinking"];
    const frame = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":"\u6f22`;
    const bytes = Buffer.from(streamed ? frame : "\u6f22");
    await running.flush();
    await exchange.write(bytes.subarray(0, bytes.length - 1));
    await exchange.breakOff("fin");
    return "ended";
  },
};
