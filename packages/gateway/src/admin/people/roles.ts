// What a person of an identity provider may do here, by the configured rules.

import type { SignInConfig, SignInRule } from "../../config/admin-block.ts";
import { ruleMark, type SignInPlace } from "../../identity/sign-in-rules.ts";
import type { Known } from "../services.ts";

/** Claims of an id token or of the userinfo endpoint. */
export type Claims = { readonly [name: string]: unknown };

const SCOPES_OF = {
  admin: ["admin:read", "admin:write"],
  reader: ["admin:read"],
  member: ["messages", "batches", "files", "admin:read"],
} as const satisfies { readonly [G in SignInRule["grant"]]: readonly string[] };

/** Who somebody is by the first rule that fits; undefined when none does. */
export function personOf(claims: Claims, signIn: SignInPlace & Pick<SignInConfig, "roles">): Known | undefined {
  const rule = signIn.roles.find((one) => fits(one, claims));
  if (rule === undefined) return undefined;
  const { grant, project } = rule;
  const actor = `user:${nameOf(claims)}`;
  return { actor, kind: "person", project, scopes: SCOPES_OF[grant], rule: ruleMark(signIn, rule) };
}

/** Whether these claims leave open which rule is the first that fits. */
export function leavesOpen(claims: Claims, { roles }: Pick<SignInConfig, "roles">): boolean {
  const first = roles.find((one) => fits(one, claims) || !judged(one, claims));
  return first !== undefined && !fits(first, claims);
}

/**
 * Claims of the id token and of the userinfo endpoint. What the id token says goes before the rest: it is signed. That an
 * address is checked counts for the one that it was said of.
 */
export function together(idToken: Claims, more: Claims): Claims {
  const email = idToken.email ?? more.email;
  const said = [idToken, more].find((one) => one.email === email && one.email_verified !== undefined);
  return { ...more, ...idToken, email, email_verified: said?.email_verified };
}

/** What decides who may do what, as one text: who signed in by another one signs in anew. */
export function rulesText({ issuer, client_id, roles }: SignInConfig): string {
  const rules = roles.map(({ grant, project, claim, value, email_domain }) => [
    grant,
    project,
    claim,
    value,
    email_domain,
  ]);
  return JSON.stringify([issuer, client_id, rules]);
}

function fits({ claim, value, email_domain: domain }: SignInRule, claims: Claims): boolean {
  if (domain !== undefined) return emailOf(claims)?.toLowerCase().endsWith(`@${domain}`) === true;
  // A claim of the prototype's name is no claim.
  const held = claim !== undefined && Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return held === value || (Array.isArray(held) && held.includes(value));
}

/** Whether the claims say what a rule asks, be it yes or no. */
function judged({ claim, email_domain: domain }: SignInRule, claims: Claims): boolean {
  if (domain !== undefined) return claims.email !== undefined && claims.email_verified !== undefined;
  return claim !== undefined && Object.hasOwn(claims, claim);
}

/** An address that the provider says it has checked; a person may write any address into a profile. */
function emailOf({ email, email_verified: verified }: Claims): string | undefined {
  const form = typeof email === "string" && /^[^@\s]+@[^@\s]+$/.test(email) && email.length <= 150;
  return form && verified === true ? email : undefined;
}

function nameOf(claims: Claims): string {
  const name = emailOf(claims) ?? String(claims.sub);
  return name.replace(/\p{Cc}/gu, "?").slice(0, 150);
}
