// The credential of an upstream as a header line, also one that changes while the gateway runs.

/** A key that may change: its value is read for every request. */
export interface KeySource {
  /** The key to use now. */
  current(): string;
  /** Another key to try after `refused` was turned down with 401; undefined when there is none. Never rejects. */
  instead(refused: string): Promise<string | undefined>;
  /** A key that `instead` gave was not turned down. */
  accepted(key: string): void;
}

/** Prints credential lines, with the last one kept. */
export class CredentialLine {
  readonly #key: string | KeySource | undefined;
  readonly #bearer: boolean;
  readonly #further: string;
  #of: string | undefined;
  #line: string | undefined;

  /** `further` are header lines for every request, each with its CR LF. */
  constructor(key: string | KeySource | undefined, auth: "x-api-key" | "bearer" | undefined, further: string) {
    this.#key = key;
    this.#bearer = auth === "bearer";
    this.#further = further;
    this.#line = key === undefined && further !== "" ? further : undefined;
  }

  /** What to ask when a key is turned down; undefined when keys do not change. */
  get source(): KeySource | undefined {
    return typeof this.#key === "object" ? this.#key : undefined;
  }

  /** The key to use now; undefined passes the caller's credentials on. */
  key(): string | undefined {
    return typeof this.#key === "object" ? this.#key.current() : this.#key;
  }

  /** The lines for a key that `key()` or the source gave. */
  line(key: string | undefined): string | undefined {
    if (key === this.#of) return this.#line;
    this.#of = key;
    this.#line = `${this.#further}${this.#bearer ? `authorization: Bearer ${key}` : `x-api-key: ${key}`}\r\n`;
    return this.#line;
  }
}
