// Limits of projects and keys that are kept in the store, beside those of the configuration file: all of them hold.

import type { Allowance, Principal } from "@fairlead/engine";
import { keyScope, projectScope, type Rule, type RulesOf } from "./rules.ts";

/** What is read of the stored projects and keys; `limits` and `budget` were checked when they were written. */
export interface StoredAllowances {
  /** Grows with each change. */
  readonly version: number;
  projectOf(name: string): { readonly limits?: unknown; readonly budget?: unknown } | undefined;
  keyById(id: string): { readonly name: string; readonly limits?: unknown; readonly budget?: unknown } | undefined;
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
  return rules;
}

function allowanceOf(
  record: { readonly limits?: unknown; readonly budget?: unknown } | undefined,
): Allowance | undefined {
  if (record === undefined || (record.limits === undefined && record.budget === undefined)) return undefined;
  return { limits: record.limits, budget: record.budget } as Allowance;
}
