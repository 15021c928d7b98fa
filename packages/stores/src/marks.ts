// Marks: things that may happen once, such as the use of a nonce, remembered for a while by all instances.

/** Rejects with a StoreError. */
export interface Marks {
  /**
   * True for the first to claim a key within its time, false for everyone after. `key` at most 200 characters; `ttlMs`
   * 1 to 31 days in milliseconds.
   */
  claim(key: string, ttlMs: number): Promise<boolean>;
}
