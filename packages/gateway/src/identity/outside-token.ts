// Tokens that others signed: assertions of services by their own keys, and tokens of OIDC issuers that the configuration trusts.

import type { Runtime } from "@fairlead/runtime";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { FederationConfig } from "../config/identity-block.ts";
import { boundedFetch } from "../outbound/bounded-fetch.ts";

/** Claims that were verified. */
export type OutsideClaims = { readonly [claim: string]: unknown };

/** Algorithms that are accepted; none with a secret that both sides know, and never `none`. */
const ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "RS256", "PS256"];
/** Longest assertion, characters. */
const MAX_LENGTH = 16_384;
/** Longest claim that is matched, characters: this is done before the signature is looked at, and takes its time. */
const LONGEST_CLAIM = 1_000;
/** Longest life of an assertion, seconds. */
const LONGEST_S = 3_600;
/** By when an issuer must have answered, milliseconds. */
const FETCH_MS = 5_000;

/** What a token's header may ask for in vain (codes of jose). All else that keeps a key from coming lies with its issuer. */
const OF_TOKEN = new Set(["ERR_JWKS_NO_MATCHING_KEY", "ERR_JWKS_MULTIPLE_MATCHING_KEYS", "ERR_JOSE_NOT_SUPPORTED"]);

/** An issuer that does not give its keys. */
class IssuerSilent extends Error {}

/** Verifies them. Keys of issuers are fetched once and kept by their library, which asks anew for a kid that it does not know. */
export class OutsideTokens {
  readonly #rt: Runtime;
  readonly #issuers = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor(rt: Runtime) {
    this.#rt = rt;
  }

  /**
   * Claims of an assertion by which a service proves itself (RFC 7523 3): iss and sub are its id. Undefined when it does
   * not count.
   */
  async ofService(
    assertion: string,
    id: string,
    keys: ReadonlyArray<object>,
    audiences: readonly string[],
    skewMs: number,
  ): Promise<OutsideClaims | undefined> {
    const { createLocalJWKSet } = await import("jose");
    const claims = await this.#verified(assertion, createLocalJWKSet({ keys } as JSONWebKeySet));
    if (claims === undefined || claims.iss !== id || claims.sub !== id || typeof claims.jti !== "string")
      return undefined;
    return this.#timely(claims, skewMs) && audienceOf(claims).some((one) => audiences.includes(one))
      ? claims
      : undefined;
  }

  /**
   * The place of the configuration that a token comes from, and its claims. Only issuers that are configured are ever asked
   * for keys, and only when the token claims what the configuration wants. Rejects when its issuer does not give them.
   */
  async ofIssuer(
    assertion: string,
    places: readonly FederationConfig[],
    skewMs: number,
  ): Promise<
    { readonly place: FederationConfig; readonly claims: OutsideClaims & { readonly sub: string } } | undefined
  > {
    if (places.length === 0 || assertion.length > MAX_LENGTH) return undefined;
    const { decodeJwt } = await import("jose");
    let said: OutsideClaims;
    try {
      said = decodeJwt(assertion);
    } catch {
      return undefined;
    }
    const place = places.find((one) => fits(one, said));
    if (place === undefined || !this.#timely(said, skewMs)) return undefined;
    const claims = await this.#verified(assertion, await this.#keysOf(place.issuer));
    if (claims === undefined || !fits(place, claims) || !this.#timely(claims, skewMs)) return undefined;
    // Without a subject all would be one and the same (RFC 7523 3).
    const { sub } = claims;
    return typeof sub === "string" && sub !== "" ? { place, claims: { ...claims, sub } } : undefined;
  }

  async #verified(assertion: string, keys: JWTVerifyGetKey): Promise<OutsideClaims | undefined> {
    if (assertion.length > MAX_LENGTH) return undefined;
    const { compactVerify, errors } = await import("jose");
    try {
      const { payload } = await compactVerify(assertion, keys, { algorithms: ALGORITHMS });
      const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
      return typeof claims === "object" && claims !== null ? (claims as OutsideClaims) : undefined;
    } catch (e) {
      if (e instanceof errors.JOSEError || e instanceof SyntaxError || e instanceof TypeError) return undefined;
      throw e;
    }
  }

  #timely({ exp, iat, nbf }: OutsideClaims, skewMs: number): boolean {
    const now = this.#rt.clock.wall();
    if (typeof exp !== "number" || exp * 1_000 + skewMs <= now) return false;
    if (exp * 1_000 - now > LONGEST_S * 1_000 + skewMs) return false;
    return [iat, nbf].every((one) => one === undefined || (typeof one === "number" && one * 1_000 <= now + skewMs));
  }

  #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    let keys = this.#issuers.get(issuer);
    if (keys === undefined) {
      keys = this.#discover(issuer);
      this.#issuers.set(issuer, keys);
      keys.catch(() => this.#issuers.delete(issuer));
    }
    return keys;
  }

  /** Where an issuer's keys are (OpenID Connect Discovery 4). Rejects when it does not say. */
  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const stop = new AbortController();
    const timer = this.#rt.clock.timer(FETCH_MS, () => stop.abort());
    try {
      const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
      const response = await boundedFetch(address, { signal: stop.signal, redirect: "error" });
      const found = (await response.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
      if (found.issuer !== issuer || typeof found.jwks_uri !== "string") throw new Error("it describes another issuer");
      const { createRemoteJWKSet, customFetch } = await import("jose");
      const options = { timeoutDuration: FETCH_MS, [customFetch]: boundedFetch };
      const keys = createRemoteJWKSet(new URL(found.jwks_uri), options);
      return async (...asked) => {
        try {
          return await keys(...asked);
        } catch (e) {
          // No fault of the token's: who sent it may come again.
          throw OF_TOKEN.has((e as { readonly code?: string }).code ?? "") ? e : new IssuerSilent();
        }
      };
    } finally {
      timer.cancel();
    }
  }
}

function audienceOf({ aud }: OutsideClaims): readonly string[] {
  return (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === "string");
}

function fits(place: FederationConfig, claims: OutsideClaims): boolean {
  if (claims.iss !== place.issuer || !audienceOf(claims).includes(place.audience)) return false;
  return Object.entries(place.claims).every(([name, pattern]) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === "string" && value.length <= LONGEST_CLAIM && claimMatch(pattern, value);
  });
}

/** Whether a claim matches a pattern in which `*` stands for anything but a colon or a slash. Takes their product in time. */
export function claimMatch(pattern: string, value: string): boolean {
  let at = Array.from({ length: value.length + 1 }, (_, j) => j === 0);
  for (const one of pattern) {
    const next = new Array<boolean>(value.length + 1).fill(false);
    for (let j = 0; j <= value.length; j++) {
      if (one === "*")
        next[j] = (at[j] as boolean) || (j > 0 && (next[j - 1] as boolean) && !/[:/]/.test(value[j - 1] as string));
      else if (j > 0) next[j] = (at[j - 1] as boolean) && value[j - 1] === one;
    }
    at = next;
  }
  return at[value.length] as boolean;
}
