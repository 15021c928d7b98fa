// Facts of the MTU layer: which sizes get through.

export interface MtuFacts {
  readonly interfaces: readonly { readonly name: string; readonly mtu: number }[];
  /** Requests with a body of that many bytes, and whether they were answered. */
  readonly uploads: readonly { readonly bytes: number; readonly answered: boolean; readonly ms: number }[];
  /** Largest single segment that was answered, bytes of IP packet, and the smallest that was not. */
  readonly largestPassed?: number;
  readonly smallestLost?: number;
}
