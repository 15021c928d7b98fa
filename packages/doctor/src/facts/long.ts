// Facts of the layer of long connections, and of the regions.

/** One connection that was left idle and then used again. */
export interface Soaked {
  readonly idleSeconds: number;
  /** Whether TCP keep-alive was on, and after how many seconds of silence. */
  readonly keepAlive: boolean;
  readonly keepAliveSeconds?: number;
  /**
   * `answered`: it still served. `fin`: the far end closed it, after `ms` of idling. `reset`: it was reset, on its own or when it was
   * used. `silent`: used, and nothing came while a fresh connection answered. `unkept`: the far end says that it keeps no
   * connection. `unknown`: not even a fresh connection answered, or the first request failed.
   */
  readonly outcome: "answered" | "fin" | "reset" | "silent" | "unkept" | "unknown";
  /** Until the answer, the close or the reset, milliseconds; of a close since the idling began. */
  readonly ms: number;
  readonly error?: string;
}
export interface SoakFacts {
  readonly soaks: readonly Soaked[];
  /** Idle seconds that survived without keep-alive, and that did not. */
  readonly longestAlive?: number;
  readonly shortestDead?: number;
}

/** Connects to one host, one after another. */
export interface RegionSample {
  /** Name of the region, or what the host is to the target: `IPv4`, `IPv6`, `proxy`. */
  readonly name: string;
  readonly host: string;
  readonly samples: number;
  readonly failed: number;
  readonly minMs?: number;
  readonly medianMs?: number;
  readonly maxMs?: number;
  readonly error?: string;
}
export interface RegionFacts {
  readonly regions: readonly RegionSample[];
}
