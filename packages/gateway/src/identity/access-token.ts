// Access tokens: JWTs of our own (RFC 9068), issued and verified with Ed25519 and nothing else.

import { type KeyObject, sign, verify } from "node:crypto";

/** Claims of an access token. Times are seconds since 1970. */
export interface AccessClaims {
  readonly iss: string;
  readonly aud: string;
  /** Who asks: `user:…` or `service:…`. */
  readonly sub: string;
  readonly client_id: string;
  readonly project: string;
  readonly scope: string;
  readonly jti: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  /** The family of refresh tokens that it comes from. */
  readonly family?: string;
}

/** Longest life of a token, seconds. */
export const LONGEST_LIFE_S = 3_600;
/** Longest token that is looked at, characters: ours have fewer than 1,500. */
const MAX_LENGTH = 4_096;

/** Why a token does not count. */
export type TokenFault = "token_invalid" | "token_expired";

/** What tokens are held against. Times are milliseconds. */
export interface Verification {
  readonly issuer: string;
  readonly audience: string;
  readonly skewMs: number;
  readonly now: number;
  /** The public key of a kid. */
  keyOf(kid: string): KeyObject | undefined;
}

/** Whether a text has the form of a JWT: three parts, the first an object. Says nothing of whether it counts. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith("eyJ") && text.includes(".");
}

/** A signed token. Header and claims are printed as `JSON.stringify` prints them: the verifier accepts no other form. */
export function issueToken(claims: AccessClaims, kid: string, privateKey: KeyObject): string {
  const input = `${part({ alg: "EdDSA", typ: "at+jwt", kid })}.${part(claims)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
}

/**
 * The claims of a token, or why it does not count. The algorithm is the key's and never the token's choice; a header with
 * anything in it but alg, typ and kid is refused, so that jku, jwk, x5u, x5c and crit have no effect (RFC 8725 3.1, 3.10).
 */
export function verifyToken(token: string, against: Verification): AccessClaims | TokenFault {
  const { issuer, audience, skewMs, now } = against;
  if (token.length > MAX_LENGTH) return "token_invalid";
  const parts = token.split(".");
  if (parts.length !== 3) return "token_invalid";
  const [head, body, signature] = parts as [string, string, string];
  const header = decoded(head);
  if (header === undefined || Object.keys(header).length !== 3) return "token_invalid";
  const { alg, typ, kid } = header;
  if (alg !== "EdDSA" || typ !== "at+jwt" || typeof kid !== "string") return "token_invalid";
  const key = against.keyOf(kid);
  const bytes = Buffer.from(signature, "base64url");
  if (key === undefined || bytes.length !== 64 || bytes.toString("base64url") !== signature) return "token_invalid";
  if (!verify(null, Buffer.from(`${head}.${body}`), key, bytes)) return "token_invalid";
  const claims = decoded(body);
  if (claims === undefined || !isClaims(claims)) return "token_invalid";
  if (claims.iss !== issuer || claims.aud !== audience) return "token_invalid";
  if (claims.exp - claims.iat > LONGEST_LIFE_S || claims.exp <= claims.iat) return "token_invalid";
  if (Math.max(claims.iat, claims.nbf) * 1_000 > now + skewMs) return "token_invalid";
  return claims.exp * 1_000 + skewMs <= now ? "token_expired" : claims;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A part that has exactly the form in which we print it: a member that stands twice, or a blank, is not ours. */
function decoded(text: string): { readonly [name: string]: unknown } | undefined {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) return undefined;
  const json = bytes.toString("utf8");
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return JSON.stringify(value) === json ? (value as { readonly [name: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

const TEXTS = ["iss", "aud", "sub", "client_id", "project", "scope", "jti"];
const TIMES = ["iat", "nbf", "exp"];

function isClaims(value: { readonly [name: string]: unknown }): value is AccessClaims & typeof value {
  return (
    TEXTS.every((name) => typeof value[name] === "string" && value[name] !== "") &&
    TIMES.every((name) => Number.isSafeInteger(value[name])) &&
    (value.family === undefined || typeof value.family === "string")
  );
}
