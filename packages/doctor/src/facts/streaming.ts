// Facts of the streaming layer.

/** One streamed answer as it arrived. Times in milliseconds since the request was sent. */
export interface Streamed {
  readonly encoding: "identity" | "gzip";
  readonly via: "program" | "past";
  readonly status?: number;
  readonly error?: string;
  readonly headersMs: number;
  readonly firstMs: number;
  readonly endMs: number;
  readonly reads: number;
  readonly events: number;
  readonly pings: number;
  readonly maxGapMs: number;
  /** Share of the events that came in the last 5 % of the time. */
  readonly tailShare: number;
  readonly eventLines: boolean;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** How it ended: message_stop seen, error event, or the connection went. */
  readonly ending: "whole" | "error-event" | "cut" | "timeout" | "no-stream";
}
export interface StreamFacts {
  readonly streams: readonly Streamed[];
  /** Whole time of the same answer unstreamed, when it was asked for. */
  readonly unstreamedMs?: number;
}
