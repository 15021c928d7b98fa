// Requests that were seen lately, for all instances: who has one under way, and whether it was answered.

/** What has become of a request that somebody sent before. */
export type SeenBefore = "under way" | "answered";

/** Where they are kept. Methods reject with a StoreError. */
export interface SeenStore {
  /**
   * Claims a key for `holder` for `ttlMs` milliseconds; tells what is known when somebody has it already.
   * @param key at most 200 characters
   * @param holder at most 100 characters, a new one with each claim
   */
  begin(key: string, holder: string, ttlMs: number): Promise<SeenBefore | undefined>;
  /** Holds on to keys of requests that are under way, `[key, holder]`, for `ttlMs` from now; one that nobody has is claimed. */
  keep(held: Iterable<readonly [key: string, holder: string]>, ttlMs: number): Promise<void>;
  /** It was answered, which counts for `windowMs`; undefined: it failed, and anybody may send it again. What another holder has stays. */
  end(key: string, holder: string, windowMs: number | undefined): Promise<void>;
}
