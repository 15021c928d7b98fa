// What a secret manager is to the gateway, and how it fails.

/**
 * Why a secret could not be read: `missing` there is no such secret or field, `denied` the manager knows us not or not
 * well enough, `unreachable` it did not answer, `malformed` what it holds is no single text, `not_installed` its client
 * library is not there, `not_configured` the configuration does not say where it is.
 */
export type SecretErrorCode = "missing" | "denied" | "unreachable" | "malformed" | "not_installed" | "not_configured";

const BRAND = Symbol.for("fairlead.secret-error");

/** A secret that could not be read. The message names the fix and never holds a value. */
export class SecretError extends Error {
  readonly code: SecretErrorCode;

  constructor(code: SecretErrorCode, message: string) {
    super(message);
    this.name = "SecretError";
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a SecretError of any copy of this package. */
  static is(e: unknown): e is SecretError {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}
