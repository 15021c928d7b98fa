// One generation, whatever face asked for it: faults, limits, capacity, plan, delivery, bill.

import { answer } from "./answers/author.ts";
import { plannedTokens, reaches } from "./answers/events.ts";
import { type Plan, planOf } from "./answers/plan.ts";
import { script } from "./answers/script.ts";
import type { Turn } from "./answers/turn.ts";
import { type InputUsage, UsageMeter } from "./answers/usage-meter.ts";
import { deliver } from "./delivery.ts";
import type { MessageHead, Printer } from "./dialects/printer.ts";
import { draw } from "./distribution.ts";
import type { Exchange } from "./exchange.ts";
import { type Hit, isFor, momentOf } from "./faults/book.ts";
import { invalid, type Problem } from "./problem.ts";
import type { RegionState, State } from "./state.ts";
import { edgeHeaders, fire, refuse } from "./strikes.ts";

/** What a face knows when it wants an answer. */
export interface Demand {
  exchange: Exchange;
  region: RegionState;
  key: string;
  turn: Turn;
  /** Counts the input and writes the prompt cache. Called when the request is let in. */
  input(): InputUsage;
  /** What the input would count as, for the limits. */
  estimate: number;
  idPrefix: string;
  /** Faults that came with the request and wait for the answer. */
  hits: Hit[];
  printer(head: MessageHead): Printer;
  /** Headers of the face besides those of every answer. */
  headers: Record<string, string>;
}

/** Decides what is answered: scripted by header, or by the prompt. */
export function planFor(state: State, turn: Turn, header: string | undefined): Plan | string {
  if (header !== undefined) return script(header, state.study);
  if (turn.maxTokens === 0) return planOf([], "max_tokens");
  return answer(turn, state.study);
}

/** Answers a generation, or refuses it. Resolves when the exchange is over. */
export async function generate(state: State, demand: Demand): Promise<void> {
  const { exchange, region, turn } = demand;
  const planned = planFor(state, turn, exchange.header("x-simulator-answer"));
  if (typeof planned === "string") return refuse(exchange, invalid(planned));
  const { key } = demand;
  const admission = state.limits.admit(key, turn.model, demand.estimate, state.organization);
  const organization = { "anthropic-organization-id": state.organization };
  if (admission.problem !== undefined) return refuse(exchange, admission.problem, organization);
  const place = await region.line.enter(exchange);
  if (place === "full") return refuse(exchange, OVERLOADED, { ...organization, ...admission.headers });
  if (!place) return;
  try {
    await run(state, demand, planned, { ...organization, ...admission.headers });
  } finally {
    region.line.leave();
  }
}

const OVERLOADED: Problem = { status: 529, type: "overloaded_error", message: "Overloaded" };

async function run(state: State, demand: Demand, first: Plan, headers: Record<string, string>): Promise<void> {
  const { exchange, region, turn, key } = demand;
  const random = state.nextRandom();
  const { plan, hits } = chosen(state, demand, first);
  const { clock } = state.runtime;
  const meter = new UsageMeter(demand.input(), plan.usage);
  const bill = state.bills.open(
    {
      requestId: exchange.requestId,
      logId: exchange.entry.id,
      region: region.name,
      key: key.slice(-4),
      model: turn.model,
      at: clock.wall(),
    },
    meter,
  );
  const { settings } = region;
  const pace = plan.tokensPerSecond ?? (state.instant ? 0 : settings.tokensPerSecond);
  const first_ = plan.firstTokenMs ?? (state.instant ? 0 : settings.firstTokenMs);
  const head = { id: state.id(demand.idPrefix), model: turn.model, created: Math.floor(clock.wall() / 1000) };
  let charged = 0;
  const produced = (tokens: number) => {
    charged += tokens;
    state.limits.produced(key, turn.model, tokens);
  };
  const headMs = settings.latencyMs + draw(first_, random);
  const tokensPerSecond = draw(pace, random);
  const beganAt = clock.now();
  const whole = await deliver({
    exchange,
    plan,
    printer: demand.printer(head),
    meter,
    random,
    clock,
    hits,
    headers: { "request-id": exchange.requestId, ...edgeHeaders(exchange), ...headers, ...demand.headers },
    headMs,
    tokensPerSecond,
    produced,
  });
  produced(meter.outputTokens - charged);
  if (!whole) await exchange.waitForever();
  bill.settle(plan.billed ? (whole ? "complete" : "aborted") : "unbilled");
  if (whole || settings.abandoned === "drop") return;
  // Nobody hears it any more, and the place is taken all the same, for as long as the answer would have taken.
  const workMs = headMs + (tokensPerSecond > 0 ? (plannedTokens(plan) / tokensPerSecond) * 1_000 : 0);
  const leftMs = beganAt + workMs - clock.now();
  if (leftMs > 0) await new Promise<void>((resolve) => void clock.timer(leftMs, resolve));
}

/** The plan with the faults that change it, and the faults that will strike while it runs. */
function chosen(state: State, demand: Demand, first: Plan): { plan: Plan; hits: Hit[] } {
  const { exchange, region, turn } = demand;
  const candidate = { region: region.name, path: exchange.path, model: turn.model, stream: turn.stream };
  const fromBook = state.faults.hits("answer", candidate, turn.stream, (rule) => reaches(first, rule.phase));
  for (const hit of fromBook) exchange.entry.faults.push(hit.mark);
  const hits = [
    ...demand.hits.filter((hit) => momentOf(hit.rule, true) === "answer" && isFor(hit.rule, turn.stream)),
    ...fromBook,
  ];
  let plan = first;
  for (const hit of hits) {
    const { kind, params, phase } = hit.rule;
    if (kind.plan === undefined) continue;
    plan = kind.plan(plan, params, state.study, phase);
    fire(hit);
    hit.done = kind.strike === undefined;
  }
  // In one JSON object there is no room for an input that was cut off.
  if (!turn.stream)
    plan = { ...plan, blocks: plan.blocks.filter((block) => block.type !== "tool" || block.cut !== true) };
  return { plan, hits };
}
