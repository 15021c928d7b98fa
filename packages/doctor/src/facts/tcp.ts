// Facts of the TCP layer.

export interface Connected {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly ok: boolean;
  readonly ms: number;
  /** ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, TIMEOUT… */
  readonly error?: string;
  /** For errors that may be this machine's own word or a router's: true when its own routes say no. */
  readonly local?: boolean;
  /** For EHOSTUNREACH: true when it is the silence of the next machine, not the word of a router. */
  readonly deadNext?: boolean;
}
/** Every address of the target. Via a proxy: the proxy's addresses. */
export interface ConnectFacts {
  readonly to: "target" | "proxy";
  readonly connects: readonly Connected[];
  /** The address that further probes use: the first, in the program's order, that answered. */
  readonly best?: string;
}
/** Comparisons that tell who refuses: the same address at :80, an address that nobody has. */
export interface ControlFacts {
  readonly samePort80?: Connected;
  /** 192.0.2.1 (TEST-NET-1): connects only where something on the way answers for everybody. */
  readonly nowhere?: Connected;
  /** True when `nowhere` connected: TCP results say nothing about the far end. */
  readonly intercepted: boolean;
  /** Other hosts of the platform at 443, to tell one blocked host from a blocked port. */
  readonly others: readonly (Connected & { readonly host: string })[];
  /** Addresses that the name servers give for the target while the program's lookup gives others. */
  readonly real: readonly Connected[];
  /** For `localhost`: the loopback address of the family that the lookup did not give. */
  readonly otherLoopback?: Connected;
  /** For a target on this machine: ports that something listens on, where the system tells it cheaply. */
  readonly listening: readonly number[];
}
/** How Node's address race would go: it gives every address but the last 250 ms. */
export interface RaceFacts {
  readonly capMs: number;
  /** False when the program was told not to race (`--no-network-family-autoselection`). */
  readonly races: boolean;
  readonly wouldFail: boolean;
  readonly attempts: readonly {
    readonly address: string;
    readonly ms: number;
    readonly cutOff: boolean;
    readonly error?: string;
  }[];
}
/** Route tools, where installed. */
export interface RouteFacts {
  readonly tools: readonly {
    readonly tool: "tracepath" | "traceroute" | "mtr" | "tracert";
    /** In order; a hop without a host did not answer. */
    readonly hops: readonly {
      readonly hop: number;
      readonly host?: string;
      readonly ms?: number;
      readonly lossPercent?: number;
    }[];
    readonly pathMtu?: number;
    readonly reached: boolean;
  }[];
  readonly missing: readonly string[];
}
