// An end with a sentence for the user: what is wrong and the fix, no stack.

const BRAND = Symbol.for("fairlead.cli-error");

/** Thrown by commands. `exitCode` 1: a problem was found; 2: wrong usage. */
export class CliError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a CliError of any copy of this package. */
  static is(e: unknown): e is CliError {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}
