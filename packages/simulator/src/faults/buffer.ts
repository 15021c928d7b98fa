// Buffer: a middlebox holds the stream back.

import type { FaultKind } from "./kind.ts";
import { STREAM_SHAPE_PHASES } from "./phases.ts";

/** The fault `buffer`. */
export const buffer: FaultKind = {
  name: "buffer",
  catalogue: ["F15"],
  summary: "Bytes are held back and delivered in bursts of `bytes` bytes, or all at the end when bytes is 0.",
  phases: STREAM_SHAPE_PHASES,
  params: { bytes: { type: "number", default: 0, about: "size of a burst (16384 is common); 0 for all at the end" } },
  bytes: (params) => {
    const size = params.number("bytes") || Number.POSITIVE_INFINITY;
    let held: Buffer[] = [];
    let length = 0;
    return {
      async push(bytes, emit) {
        held.push(bytes);
        length += bytes.length;
        if (length < size) return;
        let all = Buffer.concat(held);
        for (; all.length >= size; all = all.subarray(size)) await emit(all.subarray(0, size));
        held = [all];
        length = all.length;
      },
      async end(emit) {
        if (length > 0) await emit(Buffer.concat(held));
      },
    };
  },
};
