// Facts of the streaming layer.

/** How the events of an answer came in: those that came together count as one burst. */
export interface Bursts {
  readonly count: number;
  /** Median over all bursts but the last, which is what was left. */
  readonly bytes: number;
  readonly events: number;
  readonly gapMs: number;
  /** Deviation over mean: near 0 = all alike. Sizes without the last burst, gaps between beginnings. */
  readonly sizeSpread: number;
  readonly gapSpread: number;
}

/** One streamed answer as it arrived. Times in milliseconds since the request was sent. */
export interface Streamed {
  readonly encoding: "identity" | "gzip";
  readonly via: "program" | "past";
  readonly status?: number;
  /** Node's code when the connection went, `error.type` when the API said so. */
  readonly error?: string;
  readonly headersMs: number;
  /** First byte of the body. */
  readonly firstMs: number;
  /** Last byte of the body. */
  readonly lastMs: number;
  readonly endMs: number;
  readonly reads: number;
  readonly bytes: number;
  readonly events: number;
  readonly pings: number;
  /** Comment frames, with which some gateways keep a stream alive. */
  readonly comments: number;
  readonly maxGapMs: number;
  /** Silence between the last byte and the end of the connection. */
  readonly silenceMs: number;
  /** Share of the events that came in the last 5 % of the time. */
  readonly tailShare: number;
  /** Pings and comments that came before that. */
  readonly beatsBefore: number;
  readonly eventLines: boolean;
  readonly bursts: Bursts;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** The body is not encoded as its header says. */
  readonly belied?: "announced-not-there" | "there-not-announced" | "not-asked-for" | "broken";
  /** First bytes of the body, hex, when it is not encoded as its header says. */
  readonly firstBytes?: string;
  /** First 200 characters of what is no stream. */
  readonly bodyStart?: string;
  /** Headers that name who passed it on: server, via, x-accel-buffering, cf-ray, fairlead-*. */
  readonly headers: readonly (readonly [string, string])[];
  /** How it ended: message_stop seen, error event, or the connection went. */
  readonly ending: "whole" | "error-event" | "cut" | "timeout" | "no-stream";
}
export interface StreamFacts {
  readonly model: string;
  readonly streams: readonly Streamed[];
  /** Whole time of the same answer unstreamed, when it was asked for. */
  readonly unstreamedMs?: number;
}
