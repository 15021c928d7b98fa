// One line of `fairlead regions`: an upstream or an address, how it is and how it answered lately.

/** One upstream or address. Figures are over the window; null where nothing was measured. */
export interface Region {
  readonly name: string;
  /** `anthropic`, `bedrock`, `vertex`, `foundry`; null when nothing tells. */
  readonly provider: string | null;
  readonly region: string | null;
  /** Scheme, host and port. */
  readonly url: string | null;
  /** Of a gateway's upstream: closed, half-open, open or parked, as its circuits are. Of a probe: up, down or unknown. */
  readonly state: string;
  /** Why it is not closed or up; empty otherwise. */
  readonly why: string;
  /** Attempts or probes that tell something of it, and those that were answered. */
  readonly attempts: number;
  readonly ok: number;
  readonly availability: number | null;
  /** Of attempts to the first content, of probes to the answer, milliseconds. */
  readonly mean_ms: number | null;
  readonly p95_ms: number | null;
  /** Of probes: how long a new connection with its first answer took, milliseconds. */
  readonly connect_ms: number | null;
}

/** One look at all of them: the shape of `fairlead regions --json`. */
export interface RegionsView {
  /** RFC 3339. */
  readonly at: string;
  /** `gateway`: what a gateway saw of its upstreams. `probes`: asked from here. */
  readonly source: "gateway" | "probes";
  /** The gateway's admin address, or null. */
  readonly admin: string | null;
  readonly window_seconds: number;
  readonly regions: readonly Region[];
}

/** Whether requests can be sent there as far as is known. */
export function usable({ state }: Region): boolean {
  return state === "closed" || state === "half-open" || state === "up";
}
