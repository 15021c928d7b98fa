// What a gate asks, and how records become credentials that are known.

import type { Runtime } from "@fairlead/runtime";
import type { Marks } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import type { Directory } from "./directory.ts";
import type { FailureGuard } from "./failure-guard.ts";
import { type KnownCredential, knownCredential, type ProjectRules } from "./known-credential.ts";
import type { KeyRecord } from "./record-shapes.ts";
import { type Refused, refused } from "./refused.ts";
import type { Sealer } from "./sealer.ts";

/** What outlives a configuration. */
export interface GateParts {
  readonly rt: Runtime;
  readonly directory: Directory;
  readonly guard: FailureGuard;
  readonly sealer: Sealer;
  /** Where nonces are claimed: for all instances, and for this one alone while the store is down. */
  readonly nonces: Marks;
  /** The issuer of access tokens; undefined when tokens are off. */
  issuer(): string | undefined;
  /** Told when an address began to be slowed down. */
  noteThrottled(network: string): void;
}

/** What a project says of its credentials: that of the file, else that of the store. */
export function projectRules(name: string, config: Config, directory: Directory): ProjectRules | undefined {
  const own = config.projects.find((one) => one.name === name);
  if (own !== undefined) return { name, disabled: false, models: own.allowed_models, ip: own.ip };
  const stored = directory.projectOf(name);
  return stored && { name, disabled: stored.disabled, models: stored.allowed_models, ip: stored.ip };
}

/** A stored key as the hot path wants it, or why it does not count. */
export function keyCredential(record: KeyRecord, config: Config, directory: Directory): KnownCredential | Refused {
  if (record.revoked_at !== undefined) return refused("key_revoked");
  const project = projectRules(record.project, config, directory);
  if (project === undefined) return refused("key_revoked");
  if (project.disabled) return refused("project_disabled", { project: project.name });
  const { id, scopes, allowed_models: models, ip, expires_at: expiresAt = Number.POSITIVE_INFINITY } = record;
  const at = Number.isFinite(expiresAt) ? new Intl.DateTimeFormat("sv-SE", FORM).format(expiresAt) : "";
  return knownCredential(project, {
    keyId: id,
    scopes,
    models: [models],
    ip,
    expiresAt,
    ended: refused("key_expired", { at: `${at} UTC` }),
  });
}

const FORM = { dateStyle: "short", timeStyle: "short", timeZone: "UTC" } as const;
