// What the arrival of a streamed answer says about the boxes on its way.

import type { Streamed } from "../facts/streaming.ts";

/**
 * `steady`: as it was made. `whole`: held until its end, headers included. `body`: headers at once, the rest held. `batched`:
 * in few large bursts. `beating`: the answer held, but pings kept coming: somebody does that on purpose. `quick`: over before
 * anything could be told, or no stream at all.
 */
export type Shape = "steady" | "whole" | "body" | "batched" | "beating" | "quick";

/** Fewer events, or a shorter answer (milliseconds), tell nothing. */
const MIN_EVENTS = 8;
const MIN_MS = 600;
/** Bursts nearer together are the model's own doing: it may send a few tokens in one event, a few events at once. */
const MIN_GAP_MS = 250;
const MIN_EVENTS_EACH = 3;

/** Judges one answer. */
export function shapeOf(one: Streamed): Shape {
  if (one.ending === "no-stream" || one.events < MIN_EVENTS || one.lastMs < MIN_MS) return "quick";
  const body = one.lastMs - one.headersMs;
  if (one.headersMs >= one.lastMs * 0.85 && body <= Math.max(100, one.lastMs * 0.1)) return "whole";
  if (body >= MIN_MS && one.tailShare >= 0.8) return one.beatsBefore > 1 ? "beating" : "body";
  const { count, gapMs, events } = one.bursts;
  if (count > 1 && gapMs >= MIN_GAP_MS && events >= MIN_EVENTS_EACH) return "batched";
  return "steady";
}

/** What a batcher waits for: bytes or time; undefined when its bursts do not say. */
export function batchKind({ bursts }: Streamed): "size" | "timer" | undefined {
  const { count, sizeSpread, gapSpread } = bursts;
  if (count < 3 || Math.min(sizeSpread, gapSpread) > 0.25) return undefined;
  // A steady model makes both alike; the one that is kept exactly is the cause.
  if (Math.abs(sizeSpread - gapSpread) < 0.02) return undefined;
  return sizeSpread < gapSpread ? "size" : "timer";
}

/** True when a second look is worth its price. */
export function isSuspicious(one: Streamed): boolean {
  const shape = shapeOf(one);
  if (one.status !== undefined && one.status !== 200) return false;
  return (
    (shape !== "steady" && shape !== "quick") || one.ending === "cut" || !one.eventLines || one.belied !== undefined
  );
}
