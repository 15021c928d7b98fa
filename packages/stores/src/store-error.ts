// What a store says when it cannot: one error with a code, so that callers need not know the driver.

const BRAND = Symbol.for("fairlead.store-error");

/**
 * `unavailable` nobody answers, or not in time: the same may work later. `conflict` somebody else wrote first. `full` no
 * room is left. `invalid` what was asked makes no sense. `newer` a newer version of Fairlead has changed the store's form.
 */
export type StoreErrorCode = "unavailable" | "conflict" | "full" | "invalid" | "newer";

/** A store could not do what it was asked. The message names the store and what to do; it never holds a password. */
export class StoreError extends Error {
  readonly [BRAND] = true;
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
  }

  /** Whether a value is a StoreError, of whichever copy of this package. */
  static is(value: unknown): value is StoreError {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
