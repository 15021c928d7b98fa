// Fragment: the bytes arrive in the smallest or oddest pieces.

import { pick, type Random } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import type { ByteShape, FaultKind } from "./kind.ts";
import { STREAM_SHAPE_PHASES } from "./phases.ts";

/** The fault `fragment`. */
export const fragment: FaultKind = {
  name: "fragment",
  catalogue: ["F18"],
  summary:
    "Every `bytes` bytes are a write of their own, so that lines and UTF-8 sequences arrive split; 0 draws sizes from 1 to 40.",
  phases: STREAM_SHAPE_PHASES,
  params: { bytes: { type: "number", default: 1, max: 1_048_576, about: "bytes per write; 0 for random sizes" } },
  bytes: (params, { exchange, random }) => fragments(params.number("bytes"), random, exchange),
};

/** Cuts bytes into pieces of `size`, or of 1 to 40 when `size` is 0, each handed to the kernel before the next. */
export function fragments(size: number, random: Random, exchange: Exchange): ByteShape {
  return {
    async push(bytes, emit) {
      for (let from = 0; from < bytes.length; ) {
        const to = from + (size > 0 ? size : 1 + pick(random, 40));
        await emit(bytes.subarray(from, to));
        if (exchange.over) return;
        await exchange.flush();
        from = to;
      }
    },
  };
}
