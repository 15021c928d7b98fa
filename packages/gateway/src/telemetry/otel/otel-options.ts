// What the block `otel` of the configuration comes to.

/** Durations are milliseconds. */
export interface OtelOptions {
  /** The whole address that spans are posted to. */
  readonly url: string;
  /** Headers of each post; values are secret. */
  readonly headers: { readonly [name: string]: string };
  /** Share of requests that are traced when the caller does not say, 0 to 1. */
  readonly sample: number;
  /** Whether upstreams are told of the trace. */
  readonly propagate: boolean;
  readonly service_name: string;
  /** Spans that wait at most. */
  readonly queue: number;
  readonly batch: number;
  readonly interval: number;
  readonly timeout: number;
}
