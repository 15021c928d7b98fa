// Access tokens at the gate: verified once, remembered by the digest of the whole token until they expire.

import type { Config } from "../config/config.ts";
import { type AccessClaims, verifyToken } from "./access-token.ts";
import { adminKeyIdOf } from "./file-keys.ts";
import { type GateParts, projectRules } from "./gate-parts.ts";
import { type KnownCredential, knownCredential } from "./known-credential.ts";
import type { AdminKeyEnd } from "./record-shapes.ts";
import { type Refused, refused } from "./refused.ts";
import { type Grant, readScopes, SCOPES, type Scope } from "./scopes.ts";
import { digestOf } from "./secret-text.ts";

/** Verified tokens remembered at most; the oldest leave first. */
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly claims: AccessClaims;
  /** Worked out for this version of the directory. */
  known: KnownCredential | Refused;
  version: number;
}

/** Looks at tokens. */
export class TokenDesk {
  readonly #config: Config;
  readonly #parts: GateParts;
  readonly #keyById: (id: string) => KnownCredential | Refused | undefined;
  readonly #verified = new Map<string, Remembered>();

  /** @param keyById what a key of a project stands for now; undefined when there is none of the id */
  constructor(config: Config, parts: GateParts, keyById: (id: string) => KnownCredential | Refused | undefined) {
    this.#config = config;
    this.#parts = parts;
    this.#keyById = keyById;
  }

  /** Tokens that are remembered. */
  get size(): number {
    return this.#verified.size;
  }

  /** Whom a token stands for, or why it does not count. */
  find(token: string): KnownCredential | Refused {
    const { rt, directory } = this.#parts;
    const digest = digestOf(token);
    let one = this.#verified.get(digest);
    if (one === undefined) {
      const claims = this.#verify(token);
      if ("code" in claims) return claims;
      one = { claims, known: this.#know(claims), version: directory.version };
      if (this.#verified.size >= MAX_REMEMBERED) this.#verified.delete(this.#verified.keys().next().value as string);
      this.#verified.set(digest, one);
    } else if (one.version !== directory.version) {
      one.known = this.#know(one.claims);
      one.version = directory.version;
    }
    if ("principal" in one.known && one.known.expiresAt <= rt.clock.wall()) {
      this.#verified.delete(digest);
      return one.known.ended;
    }
    return one.known;
  }

  #verify(token: string): AccessClaims | Refused {
    const { rt, directory } = this.#parts;
    const issuer = this.#parts.issuer();
    if (issuer === undefined) return refused("token_invalid");
    const { audience = issuer, clock_skew: skewMs } = this.#config.identity;
    const now = rt.clock.wall();
    const keyOf = (kid: string) => {
      const key = directory.signingKey(kid);
      return key === undefined || key.gone_after + skewMs <= now ? undefined : key.publicKey;
    };
    const claims = verifyToken(token, { issuer, audience, skewMs, now, keyOf });
    return typeof claims === "string" ? refused(claims) : claims;
  }

  #know(claims: AccessClaims): KnownCredential | Refused {
    const { directory } = this.#parts;
    const { sub, client_id: client, jti, family } = claims;
    const names = [
      `jti:${jti}`,
      `actor:${sub}`,
      `project:${claims.project}`,
      ...(family === undefined ? [] : [`family:${family}`]),
    ];
    if (names.some((name) => claims.iat * 1_000 <= (directory.revokedBefore(name) ?? -1)))
      return refused("token_revoked");
    const service = client.startsWith("svc_") ? directory.serviceOf(client) : undefined;
    if (client.startsWith("svc_") && (service === undefined || service.revoked_at !== undefined)) {
      return refused("token_revoked");
    }
    if (service?.disabled === true) return refused("service_disabled", { service: client });
    const project = projectRules(claims.project, this.#config, directory);
    if (project === undefined) return refused("token_revoked");
    if (project.disabled) return refused("project_disabled", { project: project.name });
    const granted = readScopes(claims.scope);
    if ("unknown" in granted) return refused("token_invalid");
    const ofKey = /^key:(k_.+)$/.exec(sub)?.[1];
    if (ofKey !== undefined) return this.#within(ofKey, claims, granted);
    const end = claims.exp * 1_000 + this.#config.identity.clock_skew;
    const ofAdmin = /^key:(ak_.+)$/.exec(sub)?.[1];
    const admin = ofAdmin === undefined ? undefined : this.#adminKey(ofAdmin);
    if (ofAdmin !== undefined && (admin === undefined || admin.revoked_at !== undefined))
      return refused("token_revoked");
    // Who may write may give away everything, who may read alone no more than that.
    const given: readonly Scope[] = admin === undefined || admin.scopes.includes("admin:write") ? SCOPES : admin.scopes;
    return knownCredential(project, {
      keyId: client.startsWith("svc_") ? client : `u_${digestOf(sub).slice(0, 12)}`,
      actor: sub,
      // What was taken from the service or the admin key since counts at once.
      scopes: granted.scopes.filter((one) => (service?.scopes ?? given).includes(one)),
      models: [granted.models, service?.allowed_models],
      ip: service?.ip,
      ...(service?.expires_at !== undefined && service.expires_at <= end
        ? { expiresAt: service.expires_at, ended: refused("service_expired", { service: client }) }
        : { expiresAt: Math.min(end, admin?.expires_at ?? end), ended: refused("token_expired") }),
    });
  }

  /** An admin key of the file, or one that the store has. */
  #adminKey(id: string): AdminKeyEnd | undefined {
    const filed = this.#config.admin_keys.some((key) => adminKeyIdOf(key) === id);
    return filed ? { scopes: ["admin:read", "admin:write"] } : this.#parts.directory.adminKeyById(id);
  }

  /** A token that a holder of a project's key was given: it may what the key may now, from where, as long as that, and out of its limits. */
  #within(id: string, { project, sub, exp }: AccessClaims, { scopes, models }: Grant): KnownCredential | Refused {
    const key = this.#keyById(id);
    if (key === undefined || "code" in key || key.principal.project !== project) return refused("token_revoked");
    const held = scopes.filter((one) => key.scopes.includes(one));
    const both = [...(key.principal.models ?? []), ...(models === undefined ? [] : [models])];
    const principal = { project, keyId: key.principal.keyId, actor: sub, scopes: held };
    return {
      principal: Object.freeze(both.length === 0 ? principal : { ...principal, models: both }),
      scopes: held,
      expiresAt: Math.min(exp * 1_000 + this.#config.identity.clock_skew, key.expiresAt),
      ended: refused("token_expired"),
      rules: key.rules,
    };
  }
}
