// The OAuth endpoints as functions: tokens for services, for people's devices, for CI; their renewal and their end.

import { type Fact, newId, type Runtime } from "@fairlead/runtime";
import type { Marks } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { type AccessClaims, issueToken, LONGEST_LIFE_S, verifyToken } from "./access-token.ts";
import type { IpAddress } from "./address-range.ts";
import { AddressRules } from "./address-rules.ts";
import type { AuditTrail, By } from "./audit-trail.ts";
import { type BookParts, tell } from "./book-parts.ts";
import { claimedSubject, readBasic, secretHolds } from "./client-proof.ts";
import type { DeviceGrants } from "./device-grants.ts";
import type { Directory } from "./directory.ts";
import { type FailureGuard, networkOf } from "./failure-guard.ts";
import type { Gate } from "./gate.ts";
import { type OAuthReply, oauthError, oauthReply } from "./oauth-reply.ts";
import type { OutsideTokens } from "./outside-token.ts";
import { KINDS } from "./record-shapes.ts";
import { RecordTable } from "./record-table.ts";
import { DATA_SCOPES, type Grant, narrow, readScopes, showScopes } from "./scopes.ts";
import { digestOf } from "./secret-text.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { Refreshed, TokenFamilies } from "./token-families.ts";
import { RevokedRecord, type ServiceRecord } from "./token-records.ts";

/** One request to an endpoint. */
export interface OAuthAsked {
  /** The form, each name once. */
  readonly form: ReadonlyMap<string, string>;
  readonly authorization: string | undefined;
  readonly ip: IpAddress | undefined;
}

/** What the endpoints work with. */
export interface TokenParts {
  readonly rt: Runtime;
  readonly directory: Directory;
  readonly audit: AuditTrail;
  readonly guard: FailureGuard;
  readonly nonces: Marks;
  readonly signing: SigningKeys;
  readonly families: TokenFamilies;
  readonly devices: DeviceGrants;
  readonly outside: OutsideTokens;
  readonly books: BookParts;
}

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** Grants that there are. */
export const GRANT_TYPES = ["client_credentials", "refresh_token", DEVICE, JWT_BEARER] as const;

/** Longest subject of another issuer's token that stands whole in ours, characters. */
const LONGEST_SUBJECT = 200;
/** A client without a secret names itself. */
const PUBLIC_CLIENT = /^(?!svc_)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A token was asked for. `result` is `issued` or the error's code; `grant` the last word of a grant's name. */
export interface TokenFact extends Fact {
  readonly kind: "token";
  readonly grant: string;
  readonly result: string;
}

/** The endpoints of one configuration. */
export class TokenEndpoint {
  readonly #config: Config;
  readonly #issuer: string;
  readonly #gate: Gate;
  readonly #parts: TokenParts;

  constructor(config: Config, issuer: string, gate: Gate, parts: TokenParts) {
    this.#config = config;
    this.#issuer = issuer;
    this.#gate = gate;
    this.#parts = parts;
  }

  /** POST /oauth/token. */
  async token(asked: OAuthAsked): Promise<OAuthReply> {
    const reply = await this.#answer(asked);
    const { rt } = this.#parts;
    const error = reply.body !== undefined && "error" in reply.body ? String(reply.body.error) : "failed";
    const fact: TokenFact = {
      kind: "token",
      at: rt.clock.now(),
      grant: GRANT_TYPES.find((one) => one === asked.form.get("grant_type"))?.replace(/^.*:/, "") ?? "other",
      result: reply.status < 300 ? "issued" : error,
    };
    rt.emit(fact);
    return reply;
  }

  async #answer(asked: OAuthAsked): Promise<OAuthReply> {
    const { form } = asked;
    const scopes = readScopes(form.get("scope") ?? "");
    if ("unknown" in scopes) {
      const shown = scopes.unknown.slice(0, 60).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "?");
      return oauthError("invalid_scope", `${shown} is no scope here`);
    }
    switch (form.get("grant_type")) {
      case "client_credentials":
        return this.#clientCredentials(asked, scopes);
      case "refresh_token":
        return this.#refresh(asked, scopes);
      case DEVICE:
        return this.#device(asked);
      case JWT_BEARER:
        return this.#federated(asked, scopes);
      case undefined:
      case "":
        return oauthError("invalid_request", `grant_type is missing; there are ${GRANT_TYPES.join(", ")}`);
      default:
        return oauthError("unsupported_grant_type", `there are ${GRANT_TYPES.join(", ")}`);
    }
  }

  /** POST /oauth/device_authorization. */
  async deviceAuthorization({ form, ip }: OAuthAsked, page: string): Promise<OAuthReply> {
    const client = publicClient(form);
    if (client === undefined) return oauthError("invalid_request", CLIENT_ID);
    const scopes = readScopes(form.get("scope") ?? "");
    if ("unknown" in scopes) return oauthError("invalid_scope", "one of the scopes is not known here");
    const grant = { ...scopes, scopes: scopes.scopes.length === 0 ? DATA_SCOPES : scopes.scopes };
    const begun = await this.#parts.devices.begin(client, grant, networkOf(ip));
    if (begun === undefined) {
      return oauthError("temporarily_unavailable", "too many sign-ins wait; finish one, or try again in a minute", {
        status: 429,
        headers: ["retry-after", "60"],
      });
    }
    return oauthReply({
      device_code: begun.deviceCode,
      user_code: begun.userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${begun.userCode}`,
      expires_in: begun.expiresInS,
      interval: begun.intervalS,
    });
  }

  /** POST /oauth/revoke (RFC 7009). Whoever holds a token may end it; one that is not known is no error. */
  async revoke({ form, ip }: OAuthAsked): Promise<OAuthReply> {
    const token = form.get("token") ?? "";
    if (token === "") return oauthError("invalid_request", "token is missing");
    if (token.startsWith("fl-rt-")) {
      const client = publicClient(form);
      if (client === undefined) return oauthError("invalid_request", CLIENT_ID);
      await this.#parts.families.revoke(token, client, { actor: `client:${client}`, from: ip?.toString() });
      return oauthReply(undefined);
    }
    const claims = this.#own(token);
    if (claims !== undefined) await this.#revokeAccess(claims, ip);
    return oauthReply(undefined);
  }

  async #clientCredentials(asked: OAuthAsked, scopes: Grant): Promise<OAuthReply> {
    const service = await this.#service(asked);
    if ("status" in service) return service;
    const held: Grant = { scopes: service.scopes, models: service.allowed_models };
    const grant = narrow(held, scopes);
    if (grant === undefined) return oauthError("invalid_scope", `this service may have: ${showScopes(held)}`);
    const actor = `service:${service.id}`;
    const by = { actor, from: asked.ip?.toString() };
    const who = { sub: actor, client_id: service.id, project: service.project };
    return this.#issue(who, grant, by, {}, true, service.expires_at);
  }

  async #refresh({ form, ip }: OAuthAsked, scopes: Grant): Promise<OAuthReply> {
    const client = publicClient(form);
    const token = form.get("refresh_token") ?? "";
    if (client === undefined) return oauthError("invalid_request", CLIENT_ID);
    if (token === "") return oauthError("invalid_request", "refresh_token is missing");
    const by = { actor: `client:${client}`, from: ip?.toString() };
    const found = await this.#parts.families.refresh(token, client, scopes, by);
    if (found === "invalid_scope")
      return oauthError("invalid_scope", "this sign-in may have less than that; sign in anew");
    if (found === "reused" || found === "invalid_grant") {
      if (found === "invalid_grant") this.#parts.guard.failed(networkOf(ip), token, this.#config.identity.failures);
      const why = found === "reused" ? "was used before, so that the sign-in was ended" : "does not count any more";
      return oauthError("invalid_grant", `the refresh token ${why}; sign in again`);
    }
    return this.#issueFamily(found, by, false);
  }

  async #device({ form, ip }: OAuthAsked): Promise<OAuthReply> {
    const client = publicClient(form);
    if (client === undefined) return oauthError("invalid_request", CLIENT_ID);
    const found = await this.#parts.devices.poll(form.get("device_code") ?? "", client);
    if (typeof found === "string") return oauthError(found, DEVICE_SAYS[found]);
    const { actor, project, rule } = found;
    if (actor === undefined || project === undefined) return oauthError("invalid_grant", DEVICE_SAYS.invalid_grant);
    // What was approved before its person or its project came to an end went with them.
    const ended = [`actor:${actor}`, `project:${project}`].map((id) => this.#parts.directory.revokedBefore(id) ?? -1);
    if (found.created_at <= Math.max(...ended)) return oauthError("invalid_grant", DEVICE_SAYS.invalid_grant);
    if (!this.#parts.families.holds(rule)) return oauthError("invalid_grant", DEVICE_SAYS.invalid_grant);
    const begun = await this.#parts.families.begin({ actor, project, client, rule }, found);
    return this.#issueFamily(begun, { actor, from: ip?.toString() }, true);
  }

  async #federated({ form, ip }: OAuthAsked, scopes: Grant): Promise<OAuthReply> {
    const { federation, clock_skew: skewMs } = this.#config.identity;
    const found = await this.#parts.outside.ofIssuer(form.get("assertion") ?? "", federation, skewMs).catch(() => null);
    if (found === null) return oauthError("temporarily_unavailable", "the issuer of this token does not give its keys");
    if (found === undefined) {
      const { waitMs } = this.#parts.guard.failed(
        networkOf(ip),
        form.get("assertion") ?? "",
        this.#config.identity.failures,
      );
      return waitMs > 0
        ? tooMany(waitMs)
        : oauthError(
            "invalid_grant",
            "no place in identity.federation accepts this token; compare iss, aud and claims",
          );
    }
    const { place, claims } = found;
    const held: Grant = { scopes: place.scopes ?? DATA_SCOPES, models: place.models };
    const grant = narrow(held, scopes);
    if (grant === undefined) return oauthError("invalid_scope", `this place may have: ${showScopes(held)}`);
    const actor = `oidc:${subjectOf(claims.sub)}`;
    return this.#issue({ sub: actor, client_id: "oidc", project: place.project }, grant, {
      actor,
      from: ip?.toString(),
    });
  }

  /** The service that proves itself, by exactly one way (RFC 6749 2.3). */
  async #service({ form, authorization, ip }: OAuthAsked): Promise<ServiceRecord | OAuthReply> {
    const basic = authorization === undefined ? undefined : readBasic(authorization);
    const ways = [authorization, form.get("client_secret"), form.get("client_assertion")];
    if (ways.filter((one) => one !== undefined).length > 1) {
      return oauthError("invalid_request", "the client proves itself in two ways; use one");
    }
    const network = networkOf(ip);
    const assertion = form.get("client_assertion");
    const id = basic?.id ?? form.get("client_id") ?? (assertion === undefined ? "" : claimedSubject(assertion));
    const service = this.#parts.directory.serviceOf(id);
    const proven =
      assertion !== undefined
        ? form.get("client_assertion_type") === ASSERTION && (await this.#asserted(assertion, service))
        : secretHolds(service, basic?.secret ?? form.get("client_secret") ?? "", this.#parts.rt.clock.wall());
    if (!proven || service === undefined || service.revoked_at !== undefined) {
      const tried = `${id}:${basic?.secret ?? form.get("client_secret") ?? assertion ?? ""}`;
      const { waitMs } = this.#parts.guard.failed(network, tried, this.#config.identity.failures);
      if (waitMs > 0) return tooMany(waitMs);
      const headers = ["www-authenticate", 'Basic realm="fairlead"'];
      return oauthError("invalid_client", "the service or its secret is not known here", { headers });
    }
    // Told to who has proven to be the service, and to nobody else.
    if (service.disabled) return oauthError("unauthorized_client", SERVICE_SAYS.disabled, { status: 403 });
    if ((service.expires_at ?? Number.POSITIVE_INFINITY) <= this.#parts.rt.clock.wall()) {
      return oauthError("unauthorized_client", SERVICE_SAYS.expired, { status: 403 });
    }
    const rules = AddressRules.of(service.ip);
    if (rules !== undefined && !rules.admits(ip)) {
      return oauthError("unauthorized_client", "this service may not ask from this address", { status: 403 });
    }
    return service;
  }

  async #asserted(assertion: string, service: ServiceRecord | undefined): Promise<boolean> {
    if (service === undefined || service.public_keys.length === 0) return false;
    const audiences = [this.#issuer, `${this.#issuer}/oauth/token`];
    const skewMs = this.#config.identity.clock_skew;
    const claims = await this.#parts.outside.ofService(assertion, service.id, service.public_keys, audiences, skewMs);
    if (claims === undefined) return false;
    return this.#parts.nonces.claim(
      `jti:${service.id}:${digestOf(String(claims.jti))}`,
      (LONGEST_LIFE_S + 300) * 1_000,
    );
  }

  #issueFamily({ family, refreshToken, grant }: Refreshed, by: By, isNew: boolean): OAuthReply {
    const { actor, client, project, id } = family;
    const who = { sub: actor, client_id: client, project, family: id };
    return this.#issue(who, grant, by, { refresh_token: refreshToken }, isNew);
  }

  #issue(
    who: Pick<AccessClaims, "sub" | "client_id" | "project" | "family">,
    grant: Grant,
    by: By,
    more: object = {},
    noted = true,
    until = Number.POSITIVE_INFINITY,
  ): OAuthReply {
    const rules = this.#gate.projectRules(who.project);
    if (rules === undefined || rules.disabled) {
      return oauthError("invalid_grant", `the project ${who.project} is disabled or gone`);
    }
    const { audience = this.#issuer, access_token: lifeMs } = this.#config.identity;
    const now = this.#parts.rt.clock.wall();
    const iat = Math.floor(now / 1_000);
    const left = Math.max(1, Math.floor((until - now) / 1_000));
    const lifeS = Math.min(LONGEST_LIFE_S, Math.floor(lifeMs / 1_000), left);
    const scope = showScopes(grant);
    const jti = newId(this.#parts.rt.random, "at_");
    const claims: AccessClaims = {
      iss: this.#issuer,
      aud: audience,
      ...who,
      scope,
      jti,
      iat,
      nbf: iat,
      exp: iat + lifeS,
    };
    const { kid, privateKey } = this.#parts.signing.current();
    if (noted) {
      const detail = { client: who.client_id, scope, jti };
      try {
        this.#parts.audit.note(by, { action: "token.issue", subject: who.sub, project: who.project, detail });
      } catch {
        // Programs must go on when disk and store are both gone; changes by people are refused then.
      }
    }
    return oauthReply({
      access_token: issueToken(claims, kid, privateKey),
      token_type: "Bearer",
      expires_in: lifeS,
      scope,
      ...more,
    });
  }

  #own(token: string): AccessClaims | undefined {
    const { audience = this.#issuer, clock_skew: skewMs } = this.#config.identity;
    const keyOf = (kid: string) => this.#parts.directory.signingKey(kid)?.publicKey;
    const now = this.#parts.rt.clock.wall();
    const claims = verifyToken(token, { issuer: this.#issuer, audience, skewMs, now, keyOf });
    return typeof claims === "string" ? undefined : claims;
  }

  async #revokeAccess(claims: AccessClaims, ip: IpAddress | undefined): Promise<void> {
    const { books, directory } = this.#parts;
    const table = new RecordTable(books.records, KINDS.revoked, RevokedRecord);
    const id = `jti:${claims.jti}`;
    const value = { before: claims.iat * 1_000 };
    await table.write(table.change(id, value, "any", claims.exp * 1_000 + 300_000));
    directory.learn(KINDS.revoked, id, value);
    const by = { actor: claims.sub, from: ip?.toString() };
    await tell(books, by, { action: "token.revoke", subject: id, project: claims.project });
  }
}

const CLIENT_ID = "client_id is missing or wrong: 1 to 64 letters, digits, dots, dashes or underscores";

const DEVICE_SAYS = {
  authorization_pending: "nobody has approved this sign-in yet",
  slow_down: "asked too soon; wait five seconds longer each time",
  access_denied: "the sign-in was denied",
  expired_token: "the sign-in was not approved in time; begin again",
  invalid_grant: "this device code does not count here",
};

const SERVICE_SAYS = {
  disabled: "this service is disabled; whoever runs this gateway can enable it again",
  expired: "this service has ended; whoever runs this gateway can give it more time",
};

/** All of a subject counts: two that only begin alike are two. */
function subjectOf(sub: string): string {
  return sub.length <= LONGEST_SUBJECT ? sub : `${sub.slice(0, LONGEST_SUBJECT - 33)}~${digestOf(sub).slice(0, 32)}`;
}

function tooMany(waitMs: number): OAuthReply {
  const seconds = Math.ceil(waitMs / 1_000);
  return oauthError("temporarily_unavailable", `too many wrong credentials from this address; wait ${seconds} s`, {
    status: 429,
    headers: ["retry-after", String(seconds)],
  });
}

function publicClient(form: ReadonlyMap<string, string>): string | undefined {
  const id = form.get("client_id") ?? "";
  return PUBLIC_CLIENT.test(id) ? id : undefined;
}
