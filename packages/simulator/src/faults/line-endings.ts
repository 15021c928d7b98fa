// Line endings: the stream's lines end in CRLF or CR.

import type { FaultKind } from "./kind.ts";
import { INSIDE_STREAM } from "./phases.ts";

/** The fault `line-endings`. */
export const lineEndings: FaultKind = {
  name: "line-endings",
  catalogue: ["F18"],
  summary: "Lines end in CRLF, or CR, as the SSE standard allows.",
  phases: [
    { phase: "after-headers", on: "streamed" },
    ...INSIDE_STREAM.filter(({ phase }) => phase !== "after-headers"),
  ],
  params: { with: { type: "string", default: "crlf", oneOf: ["crlf", "cr"], about: "the line ending" } },
  pieces: (params) => {
    const ending = params.text("with") === "cr" ? "\r" : "\r\n";
    return (text) => text.replaceAll("\n", ending);
  },
};
