// What one configuration takes over from the one before: which upstreams, platforms and accounts are the same in both.

/** Who is the same as before, by name. What is not is begun anew. */
export interface Kept {
  /** Same address, proxy and certificates. */
  target(name: string): boolean;
  /** The same place whose capacity is drawn on. */
  platform(platform: string): boolean;
  /** Same credential and same limits. */
  account(account: string): boolean;
}
