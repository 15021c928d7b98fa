// What the OAuth endpoints answer: the JSON of RFC 6749 5, never to be stored.

/** An answer. */
export interface OAuthReply {
  readonly status: number;
  /** Undefined: nothing but the status. */
  readonly body: object | undefined;
  readonly headers: readonly string[];
}

/** Error codes of RFC 6749 5.2, RFC 8628 3.5 and RFC 7009 2.2.1. */
export type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "authorization_pending"
  | "slow_down"
  | "access_denied"
  | "expired_token"
  | "temporarily_unavailable";

/** An error. `says` names the fix. */
export function oauthError(
  error: OAuthErrorCode,
  says: string,
  more: Partial<Omit<OAuthReply, "body">> = {},
): OAuthReply {
  const status = more.status ?? (error === "invalid_client" ? 401 : error === "temporarily_unavailable" ? 503 : 400);
  return { status, body: { error, error_description: says }, headers: more.headers ?? [] };
}

/** A good answer. */
export function oauthReply(body: object | undefined, headers: readonly string[] = []): OAuthReply {
  return { status: 200, body, headers };
}
