// Limits and budgets of one instance in virtual time, for tests.

import { type Allowance, type Answer, type Exchange, type Failure, type Outcome, pipeline } from "@fairlead/engine";
import { NO_USAGE, type Usage } from "@fairlead/protocol";
import { type Fact, virtualRuntime } from "@fairlead/runtime";
import type { AccountsOptions } from "../src/tenancy/accounts.ts";
import { projectScope, type Rule } from "../src/tenancy/rules.ts";
import { Tenancy } from "../src/tenancy/tenancy.ts";
import { exchange, failed, handFlow, response, target } from "./exchange.ts";

/** The model of requests that name none. */
export const MODEL = "claude-sonnet-4-5";
const ALONE: AccountsOptions = {
  store: undefined,
  instance: "i_1",
  instances: 1,
  moneyGraceMs: 60_000,
  moneyShare: 0.01,
};

/** One instance's limits over a pipeline of nothing else, in virtual time. */
export function scene(
  allowance: Allowance,
  more: { rules?: readonly Rule[]; options?: Partial<AccountsOptions>; names?: (model: string) => string[] } = {},
) {
  const rt = virtualRuntime("tenancy");
  const facts: Fact[] = [];
  rt.bus.listen((fact) => facts.push(fact));
  let rules: readonly Rule[] = more.rules ?? [{ scope: projectScope("web"), allowance }];
  const tenancy = new Tenancy(rt, { ...ALONE, ...more.options });
  let outcome: (x: Exchange) => Promise<Outcome> = async () => failed("upstream-fault", { response: response(500) });
  const { run } = pipeline(rt, [{ layer: tenancy.layer(() => rules, more.names), why: "" }], (x) => outcome(x));
  const send = (x: Partial<Exchange> & { model?: string; stream?: boolean; maxTokens?: number } = {}) => {
    const { model = MODEL, stream = false, maxTokens, ...rest } = x;
    const base = exchange();
    return run({
      ...base,
      principal: { project: "web", keyId: "k_1" },
      look: { ...base.look, model: model === "" ? undefined : model, stream, maxTokens },
      ...rest,
    });
  };
  /** The next answers flow; `tell` says what they used, `end` ends them. */
  const answers = () => {
    const made: Array<{
      answer: Answer;
      tell(usage: Partial<Usage>, model?: string): void;
      end(): void;
      cut(): void;
      more(bytes: number): void;
    }> = [];
    outcome = async () => {
      const { flow, facts: told, bytes } = handFlow();
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      flow.pipe({ write: () => true, end() {}, fail() {} });
      made.push({
        answer,
        tell(usage, model = MODEL) {
          told.usage = { ...NO_USAGE, ...usage };
          told.model = model;
        },
        end: () => flow.complete(),
        cut: () => flow.abort({ verdict: "cut", code: "cut", type: "api_error", message: "" }),
        more: bytes,
      });
      return answer;
    };
    return made;
  };
  const figures = () =>
    Object.fromEntries(
      tenancy.figures().accounts.map((one) => [`${one.scope} ${one.models ?? ""} ${one.dimension}`, one]),
    );
  return {
    rt,
    facts,
    tenancy,
    send,
    answers,
    figures,
    set: (next: readonly Rule[]) => {
      rules = next;
    },
    give: (one: (x: Exchange) => Promise<Outcome>) => {
      outcome = one;
    },
  };
}

/** The failure of a request that was refused here. */
export const refusal = (outcome: Outcome): Failure => {
  if (outcome.ok || outcome.local !== true) throw new Error("it was not refused here");
  return outcome;
};
/** A header of a failure. */
export const header = ({ headers = [] }: Failure, name: string) => headers[headers.indexOf(name) + 1];
