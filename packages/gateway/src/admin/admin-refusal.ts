// A request to the admin address that is refused: thrown by whoever finds the reason, answered in one place.

import { errorBody } from "@fairlead/protocol";
import { ADMIN_CODES, type AdminCode, adminWords, type Fill } from "./admin-codes.ts";

const BRAND = Symbol.for("fairlead.admin-refusal");

/** A refusal with a row of the error table. The message holds no secret. */
export class AdminRefusal extends Error {
  readonly [BRAND] = true;
  readonly code: AdminCode;
  /** Headers that belong to the answer, such as `retry-after` or `allow`. */
  readonly headers: { readonly [name: string]: string };

  constructor(code: AdminCode, fill: Fill = {}, headers: { readonly [name: string]: string } = {}) {
    super(adminWords(code, fill));
    this.name = "AdminRefusal";
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return ADMIN_CODES[this.code].status;
  }

  /** The body in Anthropic's envelope. */
  body(requestId: string): string {
    return errorBody(ADMIN_CODES[this.code].type, this.message, {
      errorCode: `fairlead_${this.code}`,
      requestId,
    });
  }

  /** Whether a value is a refusal, of whichever copy of this package. */
  static is(value: unknown): value is AdminRefusal {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
