// The identity provider: authorization code with PKCE, state and nonce; every check is openid-client's.

import type { Clock } from "@fairlead/runtime";
import type * as OpenId from "openid-client";
import type { SignInConfig } from "../../config/admin-block.ts";
import { boundedFetch } from "../../outbound/bounded-fetch.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import type { Claims } from "./roles.ts";

/** How long the provider has to answer, seconds. */
const ANSWER_S = 10;
/** Its discovery document is read again after so long, milliseconds; its keys are kept by the library. */
const ANEW_MS = 3_600_000;

/** What of a sign-in must be remembered until the person comes back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** One provider. Methods reject with an AdminRefusal. */
export class Provider {
  readonly #clock: Clock;
  readonly #options: SignInConfig;
  #found: { readonly config: OpenId.Configuration; readonly at: number } | undefined;

  constructor(clock: Clock, options: SignInConfig) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Where to send a person, and what to remember. */
  async begin(): Promise<{ readonly url: string; readonly attempt: Attempt }> {
    const openid = await import("openid-client");
    const config = await this.#configuration(openid);
    const attempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    };
    const asked = {
      redirect_uri: this.#options.redirect_url,
      scope: this.#options.scopes.join(" "),
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
      state: attempt.state,
      nonce: attempt.nonce,
    };
    try {
      return { url: openid.buildAuthorizationUrl(config, asked).href, attempt };
    } catch (e) {
      // The provider names no page that a browser could be sent to.
      throw new AdminRefusal("admin_provider_down", { reason: wordsOf(e) });
    }
  }

  /** Who came back. `query` is that of the redirect, as it came. */
  async finish(query: string, attempt: Attempt): Promise<{ readonly idToken: Claims; more(): Promise<Claims> }> {
    const openid = await import("openid-client");
    const config = await this.#configuration(openid);
    const current = new URL(this.#options.redirect_url);
    current.search = query;
    let tokens: Awaited<ReturnType<typeof openid.authorizationCodeGrant>>;
    try {
      tokens = await openid.authorizationCodeGrant(config, current, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      });
    } catch (e) {
      throw refusalOf(e);
    }
    const claims = tokens.claims();
    if (claims === undefined || typeof claims.sub !== "string" || claims.sub === "") {
      throw new AdminRefusal("admin_sign_in_failed", { reason: "the provider did not say who you are." });
    }
    return {
      idToken: { ...claims },
      // Groups often stand there and not in the id token. Without its answer nobody knows which rule fits first.
      more: async () => {
        if (config.serverMetadata().userinfo_endpoint === undefined) return {};
        try {
          return { ...(await openid.fetchUserInfo(config, tokens.access_token, claims.sub)) };
        } catch (e) {
          throw refusalOf(e);
        }
      },
    };
  }

  async #configuration(openid: typeof OpenId): Promise<OpenId.Configuration> {
    const now = this.#clock.now();
    if (this.#found !== undefined && now - this.#found.at < ANEW_MS) return this.#found.config;
    const { issuer, client_id: id, client_secret: secret } = this.#options;
    const url = new URL(issuer);
    try {
      const config = await openid.discovery(
        url,
        id,
        {},
        secret === undefined ? openid.None() : bySecret(openid, secret),
        {
          timeout: ANSWER_S,
          // The configuration keeps it for tokens, keys and userinfo.
          [openid.customFetch]: boundedFetch,
          // Signatures are checked though the token came straight from the provider, and over TLS.
          execute: [
            openid.enableNonRepudiationChecks,
            // The configuration has seen to it that this is a loopback address.
            ...(url.protocol === "http:" ? [openid.allowInsecureRequests] : []),
          ],
        },
      );
      this.#found = { config, at: now };
      return config;
    } catch (e) {
      // What was known is better than nothing: its keys are asked for anew when they do not fit.
      if (this.#found !== undefined) return this.#found.config;
      throw new AdminRefusal("admin_provider_down", { reason: wordsOf(e) });
    }
  }
}

/** In the header where the provider takes that, which is the default of OpenID Connect; else in the body. */
function bySecret(openid: typeof OpenId, secret: string): OpenId.ClientAuth {
  const basic = openid.ClientSecretBasic(secret);
  const post = openid.ClientSecretPost(secret);
  return (as, client, body, headers) => {
    const methods = as.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(as, client, body, headers);
  };
}

/** Nobody answers is another thing than an answer that does not hold. */
function refusalOf(e: unknown): AdminRefusal {
  const { code, cause, name } = (e ?? {}) as { code?: unknown; cause?: { code?: unknown }; name?: unknown };
  const line = name === "TypeError" || code === "OAUTH_TIMEOUT" || String(cause?.code ?? "").startsWith("E");
  if (line && code !== "OAUTH_INVALID_RESPONSE") return new AdminRefusal("admin_provider_down", { reason: wordsOf(e) });
  return new AdminRefusal("admin_sign_in_failed", { reason: wordsOf(e) });
}

/** The library's words, which hold no token. */
function wordsOf(e: unknown): string {
  if (!(e instanceof Error)) return "for a reason unknown";
  const cause = e.cause as { code?: unknown; error?: unknown } | undefined;
  const told =
    typeof cause?.error === "string" ? cause.error : typeof cause?.code === "string" ? cause.code : undefined;
  const words = `${e.message}${told === undefined ? "" : ` (${told})`}`;
  return words.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
