// What a change to projects, keys or services ends with when it cannot be made.

const BRAND = Symbol.for("fairlead.identity-error");

/**
 * `not_found` there is none of that name; `exists` the name is taken; `conflict` somebody changed it meanwhile: read again;
 * `invalid` a value cannot be; `unavailable` the store does not answer.
 */
export type IdentityErrorCode = "not_found" | "exists" | "conflict" | "invalid" | "unavailable";

/** A change that was not made. The message names the fix and holds no secret; `field` is the dotted name of a bad value. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  readonly field: string | undefined;

  constructor(code: IdentityErrorCode, message: string, field?: string) {
    super(message);
    this.name = "IdentityError";
    this.code = code;
    this.field = field;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an IdentityError of any copy of this package. */
  static is(e: unknown): e is IdentityError {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}
