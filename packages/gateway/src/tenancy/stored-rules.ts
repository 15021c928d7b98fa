// Limits of projects, keys and services that are kept in the store, beside those of the configuration file: all of them hold.

import type { Allowance, Principal } from "@fairlead/engine";
import { allowanceSchema } from "../config/limit-fields.ts";
import { keyScope, projectScope, type Rule, type RulesOf, serviceScope } from "./rules.ts";

/** What is read of the stored projects, keys and services; `limits` and `budget` were checked when they were written. */
export interface StoredAllowances {
  /** Grows with each change. */
  readonly version: number;
  projectOf(name: string): (StoredAllowance & { readonly duplicates?: unknown }) | undefined;
  keyById(id: string): StoredKey | undefined;
  serviceOf(id: string): StoredKey | undefined;
  /** All of them. */
  projects(): Iterable<StoredAllowance & { readonly name: string }>;
  keys(): Iterable<StoredKey>;
  services(): Iterable<StoredKey>;
}

/** What a stored project or key sets. */
interface StoredAllowance {
  readonly limits?: unknown;
  readonly budget?: unknown;
  readonly models?: unknown;
}

interface StoredKey extends StoredAllowance {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly revoked_at?: number | undefined;
}

/** Principals whose rules are remembered. */
const REMEMBERED = 10_000;

/** The rules of the file, and for who has limits of its own in the store those too: of one limit the lower counts. */
export function withStored(rulesOf: RulesOf, stored: StoredAllowances): RulesOf {
  let version = stored.version;
  let found = new Map<string, readonly Rule[]>();
  return (principal) => {
    const own = rulesOf(principal);
    if (principal === undefined) return own;
    if (stored.version !== version) {
      version = stored.version;
      found = new Map();
    }
    const id = `${principal.project} ${principal.keyId}`;
    let rules = found.get(id);
    if (rules === undefined) {
      const more = rulesFrom(principal, stored);
      rules = more.length === 0 ? own : [...own, ...more];
      if (found.size < REMEMBERED) found.set(id, rules);
    }
    return rules;
  };
}

function rulesFrom({ project, keyId }: Principal, stored: StoredAllowances): Rule[] {
  const rules: Rule[] = [];
  const ofProject = allowanceOf(stored.projectOf(project));
  if (ofProject !== undefined) rules.push({ scope: projectScope(project), allowance: ofProject });
  const key = stored.keyById(keyId);
  const ofKey = allowanceOf(key);
  if (ofKey !== undefined) rules.push({ scope: keyScope(project, keyId, key?.name), allowance: ofKey });
  const service = stored.serviceOf(keyId);
  const ofService = allowanceOf(service);
  if (ofService !== undefined) rules.push({ scope: serviceScope(project, keyId, service?.name), allowance: ofService });
  return rules;
}

/** Every rule of the store. Keys and services that were revoked have none. */
export function allStored(stored: StoredAllowances): readonly Rule[] {
  const rules: Rule[] = [];
  for (const project of stored.projects()) {
    const allowance = allowanceOf(project);
    if (allowance !== undefined) rules.push({ scope: projectScope(project.name), allowance });
  }
  for (const [all, scope] of [
    [stored.keys(), keyScope],
    [stored.services(), serviceScope],
  ] as const) {
    for (const one of all) {
      const allowance = one.revoked_at === undefined ? allowanceOf(one) : undefined;
      if (allowance !== undefined) rules.push({ scope: scope(one.project, one.id, one.name), allowance });
    }
  }
  return rules;
}

function allowanceOf(record: StoredAllowance | undefined): Allowance | undefined {
  if (record === undefined) return undefined;
  const { limits, budget, models } = record;
  if (limits === undefined && budget === undefined && models === undefined) return undefined;
  const allowance = { limits, budget, models } as Allowance;
  // Most hold numbers alone, which mean what they are.
  if (![allowance, ...(allowance.models ?? [])].some((one) => typeof one.limits?.burst === "string")) return allowance;
  const read = allowanceSchema.safeParse(allowance);
  return read.success ? read.data : allowance;
}
