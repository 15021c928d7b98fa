// A credential that is known, worked out once: who it is, what it may do, until when, from where.

import type { Principal } from "@fairlead/engine";
import { AddressRules, type WrittenRules } from "./address-rules.ts";
import type { Refused } from "./refused.ts";
import type { Scope } from "./scopes.ts";

/** What the hot path needs of a credential. */
export interface KnownCredential {
  readonly principal: Principal;
  readonly scopes: readonly Scope[];
  /** Unix milliseconds; Infinity when it has no end. */
  readonly expiresAt: number;
  /** What is said when it has ended. */
  readonly ended: Refused;
  /** Every one of them must admit the address. */
  readonly rules: readonly AddressRules[];
}

/** What a project of the file or of the store says of its credentials. */
export interface ProjectRules {
  readonly name: string;
  readonly disabled: boolean;
  readonly models: readonly string[] | undefined;
  readonly ip: WrittenRules | undefined;
}

/** Puts together what a project and one of its credentials say; both hold. */
export function knownCredential(
  project: ProjectRules,
  own: {
    readonly keyId: string;
    readonly actor?: string | undefined;
    readonly scopes: readonly Scope[];
    readonly models: ReadonlyArray<readonly string[] | undefined>;
    readonly ip: WrittenRules | undefined;
    readonly expiresAt: number;
    readonly ended: Refused;
  },
): KnownCredential {
  const models = [project.models, ...own.models].filter((one) => one !== undefined && !one.includes("*"));
  const rules = [AddressRules.of(project.ip), AddressRules.of(own.ip)].filter((one) => one !== undefined);
  const principal: Principal = {
    project: project.name,
    keyId: own.keyId,
    ...(own.actor === undefined ? {} : { actor: own.actor }),
    scopes: own.scopes,
    ...(models.length === 0 ? {} : { models: models as readonly (readonly string[])[] }),
  };
  return { principal: Object.freeze(principal), scopes: own.scopes, expiresAt: own.expiresAt, ended: own.ended, rules };
}
