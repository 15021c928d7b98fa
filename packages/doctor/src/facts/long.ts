// Facts of the layer of long connections, and of the regions.

export interface Soaked {
  readonly idleSeconds: number;
  readonly keepAlive: boolean;
  /** fin-early: closed by the far end before the idle time was over, after `ms`. */
  readonly outcome: "answered" | "fin" | "reset" | "silent";
  readonly ms: number;
}
export interface SoakFacts {
  readonly soaks: readonly Soaked[];
  /** Idle seconds that survived, and that did not. */
  readonly longestAlive?: number;
  readonly shortestDead?: number;
}
export interface RegionFacts {
  readonly regions: readonly {
    readonly name: string;
    readonly host: string;
    readonly samples: number;
    readonly failed: number;
    readonly minMs?: number;
    readonly medianMs?: number;
    readonly maxMs?: number;
    readonly error?: string;
  }[];
}
