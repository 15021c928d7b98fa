// A region: what it is told at the start, and its settings while it runs.

import type { Distribution } from "./distribution.ts";

/** One region: a port of its own with its own latency, capacity and pace. */
export interface RegionOptions {
  /** Letters, digits and dashes. */
  name: string;
  /** TCP port; 0 picks a free one. Default: 4200 for the first region, 4201 for the second and so on. */
  port?: number;
  /** Milliseconds added before the head of every answer. Default 0. */
  latencyMs?: number;
  /** Messages requests served at once; one more waits, or is answered 529. Default: no bound. */
  capacity?: number;
  /** Requests that may wait for a place, first in, first out. Default 0: beyond the capacity it is 529 at once. */
  queue?: number;
  /** What becomes of a request whose client has left: `drop` frees its place, `serve` works on as long as it would have taken. Default `drop`. */
  abandoned?: "drop" | "serve";
  /** Output tokens per second. Default lognormal, median 80, sigma 0.25. Unused at pace `instant`. */
  tokensPerSecond?: Distribution;
  /** Milliseconds from the end of the request to the head of the answer. Default lognormal, median 400, sigma 0.35. Unused at pace `instant`. */
  firstTokenMs?: Distribution;
}

/** What a region is set to now; scenarios and the control API change it while it runs. */
export interface RegionSettings {
  latencyMs: number;
  capacity: number;
  queue: number;
  abandoned: "drop" | "serve";
  tokensPerSecond: Distribution;
  firstTokenMs: Distribution;
}

/** A region's settings from its options. */
export function regionSettings(options: RegionOptions): RegionSettings {
  return {
    latencyMs: options.latencyMs ?? 0,
    capacity: options.capacity ?? Number.POSITIVE_INFINITY,
    queue: options.queue ?? 0,
    abandoned: options.abandoned ?? "drop",
    tokensPerSecond: options.tokensPerSecond ?? { kind: "lognormal", median: 80, sigma: 0.25 },
    firstTokenMs: options.firstTokenMs ?? { kind: "lognormal", median: 400, sigma: 0.35 },
  };
}
