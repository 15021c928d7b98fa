// What names a rule of `admin_sign_in.roles`: what it gave can end with it.

import type { SignInConfig, SignInRule } from "../config/admin-block.ts";
import { digestOf } from "./secret-text.ts";

/** Who names people, and to whom. */
export type SignInPlace = Pick<SignInConfig, "issuer" | "client_id">;

/** A rule with all that it says, for as long as it says that: SHA-256, 64 hexadecimal digits. */
export function ruleMark({ issuer, client_id }: SignInPlace, rule: SignInRule): string {
  const { grant, project, claim, value, email_domain } = rule;
  return digestOf(JSON.stringify([issuer, client_id, grant, project, claim, value, email_domain]));
}

/** Whether the rule of a mark is still there; what no rule gave needs none. */
export function ruleHolds(mark: string | undefined, signIn: SignInConfig | undefined): boolean {
  if (mark === undefined) return true;
  return signIn?.roles.some((rule) => ruleMark(signIn, rule) === mark) === true;
}
