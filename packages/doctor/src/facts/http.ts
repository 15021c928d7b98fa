// Facts of the HTTP layer: who answered, and what.

/** Who wrote an answer. Decided by its body and headers, never by its number. */
export type Author =
  | "anthropic-api"
  | "anthropic-edge"
  | "cloudflare"
  | "aws"
  | "google"
  | "azure"
  | "fairlead"
  | "proxy"
  | "web-server"
  | "captive-portal"
  | "gateway"
  | "unknown";

/** One HTTP exchange, with what identifies its author. No secret is in it. */
export interface Exchanged {
  readonly method: string;
  readonly path: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly status?: number;
  /** Node's code or TIMEOUT when no answer came. */
  readonly error?: string;
  readonly author: Author;
  /** `error.type` and the message of an error envelope (`x-amzn-errortype` for AWS, `status` for Google), message cut to 300. */
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly requestId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** True when the body's first bytes belie the header: gzip or zstd unannounced, or announced and not there. */
  readonly encodingBelied?: boolean;
  /** Headers worth keeping: server, via, cf-ray, cf-mitigated, x-squid-error, retry-after, anthropic-ratelimit-*, x-deny-reason, location, date. */
  readonly headers: readonly (readonly [string, string])[];
  /** First 300 characters of a text body, masked. */
  readonly bodyStart?: string;
}

export interface HelloFacts {
  /** GET <base>/api/hello, then POST <base>/v1/messages without a key. */
  readonly exchanges: readonly Exchanged[];
  /** Whether what answered speaks Claude's Messages API at all. */
  readonly speaksApi: boolean;
  /** A path prefix under which it does, when the base lacks or doubles one: `/api`, or "" for a base that holds too much. */
  readonly rightBase?: string;
  /** Per address family when both are there: the first exchange over each. */
  readonly families?: { readonly v4?: Exchanged; readonly v6?: Exchanged };
}
export interface ClockFacts {
  /** Local minus server time, milliseconds, by the Date headers seen; the round trip is allowed for. */
  readonly skewMs: number;
  readonly samples: number;
}
/** Other hosts that the program needs. */
export interface HostFacts {
  readonly hosts: readonly {
    readonly host: string;
    readonly what: string;
    readonly required: boolean;
    readonly ok: boolean;
    readonly at?: "dns" | "tcp" | "proxy" | "tls" | "http";
    readonly error?: string;
  }[];
}
/** The upstream past our own gateway, compared with the way through it. */
export interface PastFacts {
  readonly through: Exchanged;
  readonly past: { readonly url: string; readonly ok: boolean; readonly ms: number; readonly error?: string };
  /** What the gateway says of itself at /readyz. */
  readonly ready?: boolean;
}
export interface StatusPageFacts {
  readonly indicator?: string;
  readonly incidents: readonly string[];
  readonly error?: string;
}
