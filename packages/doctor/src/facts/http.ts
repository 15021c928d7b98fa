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
  /** Host and port that it was sent to. */
  readonly host?: string;
  /** It was asked for at another path of the same host and sent on from there, as the program follows it. */
  readonly redirected?: { readonly status: number; readonly from: string };
  /** A whole answer of the 2xx kind came. */
  readonly ok: boolean;
  /** From the first byte sent until the end of the answer. */
  readonly ms: number;
  readonly status?: number;
  /** Where it broke when no answer came. */
  readonly at?: "dns" | "tcp" | "proxy" | "tls" | "http";
  /** Node's code or TIMEOUT when no answer came. */
  readonly error?: string;
  readonly author: Author;
  /** Product that wrote it, where it names itself: nginx, Envoy, squid, Zscaler… */
  readonly by?: string;
  /** Why no more of the body came: TIMEOUT, ECONNRESET… */
  readonly cut?: string;
  readonly bodyKind?: "json" | "html" | "text" | "binary" | "empty";
  readonly bodyBytes?: number;
  /** Title of a page for people. */
  readonly pageTitle?: string;
  /** Wall time of this machine when the head of the answer came, Unix milliseconds. */
  readonly wallMs?: number;
  /** `details.error_code` of the API, `reason` of Google. */
  readonly errorCode?: string;
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
  /** The whole base URL that is right, when `rightBase` is there. */
  readonly rightUrl?: string;
  /** Per address family when both are there: the first exchange over each. */
  /** A message of 4 MB without a key, to a gateway with --deep. */
  readonly large?: Exchanged;
  readonly families?: { readonly v4?: Exchanged; readonly v6?: Exchanged };
}
export interface ClockFacts {
  /** Local minus server time, milliseconds, by the Date headers seen (median); the round trip is allowed for. */
  readonly skewMs: number;
  readonly samples: number;
}
/** Other hosts that the program needs. */
export interface HostFacts {
  readonly hosts: readonly {
    readonly host: string;
    readonly what: string;
    /** Way that was gone. */
    readonly via?: "direct" | "proxy";
    readonly ms?: number;
    readonly required: boolean;
    readonly ok: boolean;
    readonly at?: "dns" | "tcp" | "proxy" | "tls" | "http";
    readonly error?: string;
  }[];
}
/** The upstream past our own gateway, compared with the way through it. */
export interface PastFacts {
  readonly through: Exchanged;
  /** True when the gateway is Fairlead. */
  readonly fairlead?: boolean;
  readonly past: { readonly url: string; readonly ok: boolean; readonly ms: number; readonly error?: string };
  /** What the gateway says of itself at /readyz. */
  readonly ready?: boolean;
}
export interface StatusPageFacts {
  readonly indicator?: string;
  readonly incidents: readonly string[];
  /** Its own sentence, such as "All Systems Operational". */
  readonly description?: string;
  readonly error?: string;
}
