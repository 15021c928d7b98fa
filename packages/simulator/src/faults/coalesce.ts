// Coalesce: several events arrive in one chunk, cut where no event ends.

import type { FaultKind } from "./kind.ts";
import { STREAM_SHAPE_PHASES } from "./phases.ts";

/** The fault `coalesce`. */
export const coalesce: FaultKind = {
  name: "coalesce",
  catalogue: ["F18"],
  summary: "Every chunk has the end of one event, several whole ones, and the beginning of another.",
  phases: STREAM_SHAPE_PHASES,
  params: { bytes: { type: "number", default: 700, min: 1, about: "bytes per chunk" } },
  bytes: (params, { exchange }) => {
    const size = params.number("bytes");
    let held = Buffer.alloc(0);
    return {
      async push(bytes, emit) {
        held = Buffer.concat([held, bytes]);
        while (held.length >= size) {
          await emit(held.subarray(0, size));
          await exchange.flush();
          held = held.subarray(size);
        }
      },
      async end(emit) {
        if (held.length > 0) await emit(held);
      },
    };
  },
};
