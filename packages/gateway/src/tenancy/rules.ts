// Which limits hold for a request: those of everyone, of its project, of its key, and those of its model in each.

import type { Allowance, Principal, TenantBudget, TenantLimits } from "@fairlead/engine";
import { PICO_PER_USD } from "@fairlead/protocol";
import { globMatch } from "../model-match.ts";
import { type AccountSpec, type Dimension, MONEY, type Scope, SLOTS } from "./account.ts";

/** What holds for one scope. */
export interface Rule {
  readonly scope: Scope;
  readonly allowance: Allowance;
}

/** The rules of who asks: the same list again as long as nothing has changed. An empty one: no limits. */
export type RulesOf = (principal: Principal | undefined) => readonly Rule[];

/** How much of a limit may be used at once when nothing is said, milliseconds: as with Anthropic's own, a minute's worth. */
const BURST_MS = 60_000;
/** Models whose limits are remembered for each list of rules: names come from callers. */
const REMEMBERED = 1_000;

/** Finds the limits of requests, and remembers them. */
export class Plans {
  readonly #byRules = new WeakMap<readonly Rule[], Map<string, readonly AccountSpec[]>>();
  readonly #some = new WeakMap<readonly Rule[], boolean>();
  readonly #ofBatches = new WeakMap<readonly Rule[], readonly AccountSpec[]>();
  readonly #namesOf: (model: string) => readonly string[];

  /** @param namesOf the names by which upstreams may be asked for a model, its own included: a limit of any of them holds */
  constructor(namesOf: (model: string) => readonly string[]) {
    this.#namesOf = namesOf;
  }

  of(rules: readonly Rule[], model: string | undefined): readonly AccountSpec[] {
    let byModel = this.#byRules.get(rules);
    if (byModel === undefined) {
      byModel = new Map();
      this.#byRules.set(rules, byModel);
    }
    const name = model ?? "";
    let plan = byModel.get(name);
    if (plan === undefined) {
      const names = model === undefined ? [] : this.#namesOf(model);
      plan = tightest(rules.flatMap(({ scope, allowance }) => specsOf(scope, allowance, names)));
      if (byModel.size < REMEMBERED) byModel.set(name, plan);
    }
    return plan;
  }

  /** Whether any limit is one of some models alone. */
  byModel(rules: readonly Rule[]): boolean {
    let found = this.#some.get(rules);
    if (found === undefined) {
      found = rules.some(({ allowance }) => (allowance.models?.length ?? 0) > 0);
      this.#some.set(rules, found);
    }
    return found;
  }

  /** Those of a batch, which may ask for every model: its own limits, and the budgets of all models. */
  ofBatch(rules: readonly Rule[]): readonly AccountSpec[] {
    let plan = this.#ofBatches.get(rules);
    if (plan === undefined) {
      plan = specsOfAll(rules).filter(({ match, dimension }) => match === undefined || SLOTS[dimension] === MONEY);
      this.#ofBatches.set(rules, plan);
    }
    return plan;
  }
}

/** An account that two entries name has the lower limit. */
function tightest(specs: readonly AccountSpec[]): readonly AccountSpec[] {
  const byKey = new Map<string, AccountSpec>();
  for (const spec of specs) {
    const before = byKey.get(spec.key);
    if (before === undefined || spec.limit < before.limit) byKey.set(spec.key, spec);
  }
  return [...byKey.values()];
}

/** Every limit of some rules, for whichever model it is; an account that two rules name has the lower limit. */
export function specsOfAll(rules: readonly Rule[]): readonly AccountSpec[] {
  const specs = rules.flatMap(({ scope, allowance: { limits, budget, models } }) => [
    ...blockSpecs(scope, undefined, limits, budget),
    ...(models ?? []).flatMap((one) => blockSpecs(scope, one.match, one.limits, one.budget)),
  ]);
  return tightest(specs);
}

function specsOf(scope: Scope, allowance: Allowance, names: readonly string[]): AccountSpec[] {
  const specs = blockSpecs(scope, undefined, allowance.limits, allowance.budget);
  for (const { match, limits, budget } of allowance.models ?? []) {
    if (names.some((name) => globMatch(match, name))) specs.push(...blockSpecs(scope, match, limits, budget));
  }
  return specs;
}

function blockSpecs(
  scope: Scope,
  match: string | undefined,
  limits: TenantLimits | undefined,
  budget: TenantBudget | undefined,
): AccountSpec[] {
  const specs: AccountSpec[] = [];
  const add = (dimension: Dimension, limit: number | undefined) => {
    if (limit === undefined) return;
    const key = keyOf(scope, match, dimension);
    specs.push({ key, scope, match, dimension, limit, burstMs: limits?.burst ?? BURST_MS });
  };
  add("requests", limits?.rpm);
  add("input_tokens", limits?.itpm);
  add("output_tokens", limits?.otpm);
  add("streams", limits?.streams);
  for (const dimension of ["usd_per_hour", "usd_per_day", "usd_per_month"] as const) {
    const usd = budget?.[dimension];
    add(dimension, usd === undefined ? undefined : Math.round(usd * PICO_PER_USD));
  }
  return specs;
}

/** Keys of one project share a hash tag; those of everyone have one of their own. */
function keyOf({ kind, project, keyId }: Scope, match: string | undefined, dimension: Dimension): string {
  const tag = kind === "everyone" ? "{*}" : `{p:${project}}`;
  const key = keyId === undefined ? "" : `:k:${keyId}`;
  return `${tag}${key}:${dimension}${match === undefined ? "" : `:${match}`}`;
}

/** The scope of everyone, of a project, of a key. */
export function everyoneScope(): Scope {
  return { kind: "everyone", project: "*", words: "all projects" };
}

export function projectScope(project: string): Scope {
  return { kind: "project", project, words: `project ${project}` };
}

/** @param name what messages call the key; default its id */
export function keyScope(project: string, keyId: string, name = keyId): Scope {
  return { kind: "key", project, keyId, words: `key ${name} of project ${project}` };
}

/** @param name what messages call the service; default its id */
export function serviceScope(project: string, id: string, name = id): Scope {
  return { kind: "service", project, keyId: id, words: `service ${name} of project ${project}` };
}
