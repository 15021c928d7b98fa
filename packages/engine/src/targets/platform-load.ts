// What one platform carries for one model, as health tells of it.

/** What one platform carries for one model. `limit` is the ceiling, and `limited` false, while none was learned. */
export interface PlatformLoad {
  readonly key: string;
  readonly platform: string;
  readonly model: string;
  readonly inFlight: number;
  readonly limit: number;
  readonly limited: boolean;
  /** Why the limit was cut last; empty when it never was. */
  readonly why: string;
  /** Tokens left in the retry budget. */
  readonly tokens: number;
  /** Repeats and hedges that it did not pay for so far. */
  readonly denied: number;
}
