// The rules that a configuration file sets: for everyone, for projects, and for keys that have limits of their own.

import type { Allowance, Duplicates, Principal } from "@fairlead/engine";
import { findModel, plainModelId } from "@fairlead/protocol";
import type { Config } from "../config/config.ts";
import { keyIdOf } from "../identity/file-keys.ts";
import { globMatch } from "../model-match.ts";
import { everyoneScope, keyScope, projectScope, type Rule, type RulesOf } from "./rules.ts";

/** What a configuration says about limits. */
export interface ConfigRules {
  readonly rulesOf: RulesOf;
  /** All rules, each once. */
  readonly all: readonly Rule[];
  readonly namesOf: (model: string) => readonly string[];
  /** What the projects of the file want; a project that is not in it is not a key. */
  readonly duplicates: ReadonlyMap<string, Duplicates | undefined>;
}

/** Reads the rules once; asking for them is then a look-up. */
export function configRules(config: Pick<Config, "projects" | "tenancy" | "models">): ConfigRules {
  const everyone: readonly Rule[] = sets(config.tenancy.everyone)
    ? [{ scope: everyoneScope(), allowance: config.tenancy.everyone }]
    : [];
  const byProject = new Map<string, readonly Rule[]>();
  const byKey = new Map<string, readonly Rule[]>();
  const all: Rule[] = [...everyone];
  const duplicates = new Map<string, Duplicates | undefined>();
  for (const project of config.projects) {
    const own = sets(project) ? [{ scope: projectScope(project.name), allowance: project }] : [];
    const rules = [...everyone, ...own];
    all.push(...own);
    byProject.set(project.name, rules);
    for (const one of project.keyAllowances ?? []) {
      if (!sets(one)) continue;
      for (const key of one.keys) {
        const keyId = keyIdOf(key);
        const scope = keyScope(project.name, keyId, one.name);
        byKey.set(`${project.name} ${keyId}`, [...rules, { scope, allowance: one }]);
        all.push({ scope, allowance: one });
      }
    }
    duplicates.set(project.name, project.duplicates);
  }
  const rulesOf = (principal: Principal | undefined): readonly Rule[] => {
    if (principal === undefined) return everyone;
    const own = byKey.size === 0 ? undefined : byKey.get(`${principal.project} ${principal.keyId}`);
    return own ?? byProject.get(principal.project) ?? everyone;
  };
  return {
    rulesOf,
    all,
    namesOf: (model) => namesOf(config.models, model),
    duplicates,
  };
}

function sets(allowance: Allowance | undefined): allowance is Allowance {
  if (allowance === undefined) return false;
  const { limits, budget, models } = allowance;
  return limits !== undefined || budget !== undefined || (models?.length ?? 0) > 0;
}

/**
 * The caller's name, those by which the upstreams of its rule know it, and what each of them means without the forms that
 * providers give it: a limit must not be escaped by an alias, a date or a region.
 */
export function namesOf(rules: Config["models"], model: string): readonly string[] {
  const rule = rules.find(({ match }) => globMatch(match, model));
  const others = rule?.upstreams.flatMap((one) => (one.model === undefined ? [] : [one.model])) ?? [];
  return [...new Set([model, ...others].flatMap(formsOf))];
}

function formsOf(name: string): readonly string[] {
  const known = findModel(name);
  return [name, plainModelId(name), ...(known === undefined ? [] : [known.id, ...known.aliases])];
}
