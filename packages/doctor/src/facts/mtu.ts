// Facts of the MTU layer: which sizes get through.

/** Interfaces, the route, and how the uploads went. */
export interface MtuFacts {
  /** What the machine's route to the target says, where it can be asked. */
  readonly route?: { readonly device: string; readonly mtu?: number };
  /** The connection on which sizes were tried could not be made; its error. */
  readonly error?: string;
  readonly family?: 4 | 6;
  readonly interfaces: readonly { readonly name: string; readonly mtu: number }[];
  /** Requests with a body of that many bytes, and whether they were answered. */
  readonly uploads: readonly { readonly bytes: number; readonly answered: boolean; readonly ms: number }[];
  /** Largest single segment that was answered, bytes of IP packet, and the smallest that was not. */
  readonly largestPassed?: number;
  readonly smallestLost?: number;
}
