// Every error of the admin address: one table of code, HTTP status, error type and the sentence with the fix.

/** One row. `{name}` in the message is filled in by whoever raises it. */
export interface AdminCodeRow {
  readonly status: number;
  /** `error.type` in Anthropic's envelope. */
  readonly type: string;
  readonly message: string;
}

/** All codes of the admin address. They travel in `error.details.error_code` as `fairlead_<name>`. */
export const ADMIN_CODES = {
  admin_credential_missing: {
    status: 401,
    type: "authentication_error",
    message:
      "This needs an admin credential. Send an admin key or an access token as `Authorization: Bearer …`, or sign in. On the gateway's own machine the `fairlead` command finds the local admin key by itself.",
  },
  admin_credential_unknown: {
    status: 401,
    type: "authentication_error",
    message:
      "This credential is not known here. Check for a typing mistake, or make a new admin key: fairlead keys create ops --admin-key.",
  },
  admin_credential_expired: {
    status: 401,
    type: "authentication_error",
    message:
      "This credential has expired or was revoked. Sign in again, or make a new admin key: fairlead keys create ops --admin-key.",
  },
  admin_credentials_many: {
    status: 401,
    type: "authentication_error",
    message: "The request carries two different credentials ({which}). Send one.",
  },
  admin_forbidden: {
    status: 403,
    type: "permission_error",
    message: "{actor} may not do this: it needs the scope {scope}. Ask whoever runs this gateway for it.",
  },
  admin_other_project: {
    status: 403,
    type: "permission_error",
    message:
      "{actor} belongs to the project {own} and sees nothing of others. Leave `project` out, or ask with its own.",
  },
  admin_key_needed: {
    status: 403,
    type: "permission_error",
    message:
      "This key is for requests to Claude only: it opens nothing here. Use an admin key: fairlead keys create ops --admin-key.",
  },
  admin_address: {
    status: 403,
    type: "permission_error",
    message:
      "This credential may not be used from your address. Its rules are under `ip` of the key, of its project, or of identity.",
  },
  admin_host: {
    status: 421,
    type: "invalid_request_error",
    message:
      "This Host is not served here. Use the address that the gateway printed, or add the name to admin_hosts in fairlead.yaml.",
  },
  admin_origin: {
    status: 403,
    type: "permission_error",
    message: "This came from a page of another site ({origin}), and the admin address takes no such requests.",
  },
  admin_csrf: {
    status: 403,
    type: "permission_error",
    message:
      "A change that is asked for with a session cookie needs the header `fairlead-csrf: 1` and must come from a page of this address.",
  },
  admin_slow_down: {
    status: 429,
    type: "rate_limit_error",
    message:
      "Too many wrong credentials, or sign-ins that were only begun, came from your address. Try again in {seconds} s.",
  },
  admin_not_found: {
    status: 404,
    type: "not_found_error",
    message: "There is no {method} {path} here. `fairlead admin openapi` lists what there is.",
  },
  admin_method: {
    status: 405,
    type: "invalid_request_error",
    message: "{path} answers {allowed}, not {method}.",
  },
  admin_no_such: {
    status: 404,
    type: "not_found_error",
    message: "There is no {what} {id}. {hint}",
  },
  admin_missing: {
    status: 404,
    type: "not_found_error",
    message: "{reason}",
  },
  admin_bad_field: {
    status: 400,
    type: "invalid_request_error",
    message: "{where}: {problems}",
  },
  admin_bad_json: {
    status: 400,
    type: "invalid_request_error",
    message: "The body is not a JSON object: {reason}",
  },
  admin_content_type: {
    status: 415,
    type: "invalid_request_error",
    message: "Send the body with content-type: application/json; got {got}.",
  },
  admin_body_too_large: {
    status: 413,
    type: "request_too_large",
    message: "The body is larger than {limit} bytes.",
  },
  admin_conflict: {
    status: 409,
    type: "invalid_request_error",
    message: "{reason}",
  },
  admin_refused: {
    status: 400,
    type: "invalid_request_error",
    message: "{reason}",
  },
  admin_config_invalid: {
    status: 400,
    type: "invalid_request_error",
    message: "The configuration has {count} and nothing was changed. {problems}",
  },
  admin_store_down: {
    status: 503,
    type: "api_error",
    message: "The store does not answer, and {outcome}: {reason}. Requests to Claude go on. {advice} when it is back.",
  },
  admin_audit_down: {
    status: 503,
    type: "api_error",
    message:
      "The audit log cannot be written ({reason}), and without it nothing is changed. Try again when the store is back.",
  },
  admin_not_here: {
    status: 501,
    type: "api_error",
    message: "This gateway runs without {what}. {hint}",
  },
  admin_sign_in_off: {
    status: 404,
    type: "not_found_error",
    message: "Signing in is not set up here. Add admin_sign_in to fairlead.yaml, or use an admin key.",
  },
  admin_provider_down: {
    status: 502,
    type: "api_error",
    message: "The identity provider could not be asked: {reason}. Try again; an admin key works in the meantime.",
  },
  admin_sign_in_failed: {
    status: 403,
    type: "permission_error",
    message: "The sign-in was not accepted: {reason}",
  },
  admin_internal: {
    status: 500,
    type: "api_error",
    message: "Fairlead failed on this request. This is a defect of ours; the log has it under the request id.",
  },
} as const satisfies { readonly [name: string]: AdminCodeRow };

/** Name of a row. */
export type AdminCode = keyof typeof ADMIN_CODES;

/** Values for the places in a message. */
export type Fill = { readonly [name: string]: string | number };

/** The row's message with its `{name}` places filled; a place without a value stays empty. */
export function adminWords(code: AdminCode, fill: Fill = {}): string {
  return ADMIN_CODES[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? "")).trim();
}
