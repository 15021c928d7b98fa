// A credential that does not count: the code, and what the answer's headers say of it.

import type { Code } from "@fairlead/engine";
import { SIGNATURE_SCHEME } from "./request-signature.ts";
import type { Scope } from "./scopes.ts";

/** Why a request may not come in. */
export interface Refused {
  readonly code: Code;
  readonly fill: { readonly [name: string]: string | number };
  /** Names and values of headers beside the usual ones. */
  readonly headers?: readonly string[] | undefined;
  /** When to try again, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A refusal with its challenge (RFC 6750 3; RFC 9110 11.6.1: every 401 carries one). */
export function refused(code: Code, fill: Refused["fill"] = {}, scopes: readonly Scope[] = []): Refused {
  const bearer = 'Bearer realm="fairlead"';
  const signed = `${SIGNATURE_SCHEME} realm="fairlead"`;
  switch (code) {
    case "key_missing":
      return { code, fill, headers: ["www-authenticate", bearer, "www-authenticate", signed] };
    case "scope_missing": {
      const wanted = `${bearer}, error="insufficient_scope", scope="${scopes.join(" ")}"`;
      return { code, fill, headers: ["www-authenticate", wanted] };
    }
    case "signature_malformed":
    case "signature_invalid":
    case "signature_time":
    case "signature_replayed":
    case "signature_body":
      return { code, fill, headers: ["www-authenticate", signed] };
    case "key_unknown":
    case "key_mistyped":
    case "key_expired":
    case "key_revoked":
    case "key_conflict":
    case "token_invalid":
    case "token_expired":
    case "token_revoked":
      return { code, fill, headers: ["www-authenticate", `${bearer}, error="invalid_token"`] };
    default:
      return { code, fill };
  }
}
