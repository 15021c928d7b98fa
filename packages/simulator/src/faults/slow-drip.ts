// Slow drip: the bytes come, a few at a time.

import type { FaultKind } from "./kind.ts";
import { STREAM_SHAPE_PHASES } from "./phases.ts";

/** The fault `slow-drip`. */
export const slowDrip: FaultKind = {
  name: "slow-drip",
  catalogue: ["F15"],
  summary: "`bytes` bytes every `everyMs` milliseconds.",
  phases: STREAM_SHAPE_PHASES,
  params: {
    bytes: { type: "number", default: 16, min: 1, about: "bytes at a time" },
    everyMs: { type: "number", default: 100, min: 1, about: "milliseconds between them" },
  },
  bytes: (params, { exchange }) => ({
    async push(bytes, emit) {
      const size = params.number("bytes");
      for (let from = 0; from < bytes.length; from += size) {
        await emit(bytes.subarray(from, from + size));
        if (!(await exchange.wait(params.number("everyMs")))) return;
      }
    },
  }),
};
