// The last requests with what was done about each, for the admin listener: bounded, read only when somebody asks.

import { type RequestFact, stepText, type TrailStep, traceLine, VERDICTS, type Verdict } from "@fairlead/engine";
import { billedTokens, costOf, LISTED_PRICES, PICO_PER_USD, type Prices, type Usage } from "@fairlead/protocol";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { RefusalFact } from "./edge-facts.ts";
import { stamp } from "./request-log.ts";
import { toldStatus } from "./told-status.ts";

/** So many requests are kept. */
export const KEPT = 200;
/**
 * Of those that were answered at the first try without a wait so many are kept in a second: at a thousand a second they
 * would push out, within a blink, whatever is worth looking for, and cost the collector of garbage a third of its time.
 */
export const PLAIN_PER_SECOND = 20;
/** Steps kept of one request, and characters of a name that a caller chose. */
const MAX_STEPS = 100;
const MAX_NAME = 100;

/** What is kept of a request: no headers, no body, no user. */
interface Kept {
  readonly id: string;
  /** Monotonic and Unix milliseconds of its end. */
  readonly at: number;
  readonly wall: number;
  readonly project: string | undefined;
  readonly keyId: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly priority: string | undefined;
  readonly verdict: Verdict;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly upstream: string | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly attempts: number;
  readonly queuedMs: number;
  readonly waitedMs: number;
  readonly wireMs: number;
  readonly firstMs: number;
  readonly totalMs: number;
  readonly bytes: number;
  readonly usage: Usage | undefined;
  /** Whose answer it had when it cost nothing itself. */
  readonly reused: "cache" | "joined" | undefined;
  readonly answeredBy: string | undefined;
  readonly stopReason: string | undefined;
  readonly steps: readonly TrailStep[];
}

/** Remembers the last requests. */
export class RecentRequests {
  readonly #rt: Runtime;
  readonly #prices: Prices;
  readonly #ring: Kept[] = [];
  #next = 0;
  #second = 0;
  #plain = 0;

  constructor(rt: Runtime, prices: Prices = LISTED_PRICES) {
    this.#rt = rt;
    this.#prices = prices;
  }

  readonly listen = (fact: Fact): void => {
    if (fact.kind === "request") {
      const one = fact as RequestFact;
      if (!plain(one) || this.#oneMorePlain(one.at)) this.#keep(ofRequest(one, this.#rt.clock.wall()));
    } else if (fact.kind === "refusal") this.#keep(ofRefusal(fact as RefusalFact, this.#rt.clock.wall()));
  };

  /** In brief, newest first, as the admin address shows them. */
  list(): readonly object[] {
    const newest: Kept[] = [];
    for (let i = 1; i <= this.#ring.length; i++) {
      newest.push(this.#ring[(this.#next - i + this.#ring.length) % this.#ring.length] as Kept);
    }
    return newest.map((one) => brief(one, this.#prices));
  }

  /** One in full; undefined when it is not among the last. */
  find(id: string): object | undefined {
    const found = this.#ring.findLast((one) => one.id === id);
    return found === undefined ? undefined : full(found, this.#prices);
  }

  #oneMorePlain(at: number): boolean {
    const second = Math.floor(at / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#plain = 0;
    }
    this.#plain += 1;
    return this.#plain <= PLAIN_PER_SECOND;
  }

  #keep(one: Kept): void {
    this.#ring[this.#next] = one;
    this.#next = (this.#next + 1) % KEPT;
  }
}

/** Answered at the first try, without a wait, by an upstream. */
function plain({ verdict, attempts, reused, x }: RequestFact): boolean {
  return verdict === "ok" && attempts === 1 && reused === undefined && x.tally.steps.length <= 1;
}

function ofRequest(fact: RequestFact, wall: number): Kept {
  const { x, answer } = fact;
  const { tally, look } = x;
  return {
    id: x.id,
    at: fact.at,
    wall,
    project: x.principal?.project,
    keyId: x.principal?.keyId,
    method: x.method,
    path: pathOf(x.path),
    model: short(look.model),
    stream: look.stream,
    priority: x.priority,
    verdict: fact.verdict,
    code: fact.code,
    status: toldStatus(fact) || undefined,
    upstream: fact.upstream,
    upstreamRequestId: fact.upstreamRequestId === undefined ? undefined : copy(short(fact.upstreamRequestId) ?? ""),
    attempts: fact.attempts,
    queuedMs: tally.queuedMs,
    waitedMs: tally.waitMs,
    wireMs: fact.wireMs,
    firstMs: fact.firstMs,
    totalMs: fact.totalMs,
    bytes: fact.bytes,
    usage: look.dialect === "claude" ? answer?.usage : undefined,
    reused: fact.reused,
    answeredBy: short(answer?.model),
    stopReason: short(answer?.stopReason),
    steps: tally.steps.length > MAX_STEPS ? tally.steps.slice(-MAX_STEPS) : tally.steps,
  };
}

function ofRefusal(fact: RefusalFact, wall: number): Kept {
  const { at, id, method, route, status, code, project, keyId } = fact;
  return {
    id,
    at,
    wall,
    project,
    keyId,
    method: short(method) ?? "",
    path: route,
    model: undefined,
    stream: false,
    priority: undefined,
    verdict: "refused-here",
    code,
    status,
    upstream: undefined,
    upstreamRequestId: undefined,
    attempts: 0,
    queuedMs: 0,
    waitedMs: 0,
    wireMs: 0,
    firstMs: 0,
    totalMs: 0,
    bytes: 0,
    usage: undefined,
    reused: undefined,
    answeredBy: undefined,
    stopReason: undefined,
    steps: [{ at, what: "refused", upstream: undefined, ms: 0, why: code }],
  };
}

function brief(one: Kept, prices: Prices): object {
  return {
    id: one.id,
    at: stamp(one.wall),
    project: one.project ?? null,
    path: one.path,
    model: one.model ?? null,
    verdict: one.verdict,
    status: one.status ?? null,
    upstream: one.upstream ?? null,
    attempts: one.attempts,
    total_ms: round(one.totalMs),
    cost_usd: costUsd(one, prices),
    reused: one.reused ?? null,
    trace: traceLine(one.steps),
  };
}

function full(one: Kept, prices: Prices): object {
  const usage = one.usage && billedTokens(one.usage);
  const startedAt = one.at - one.totalMs;
  return {
    ...brief(one, prices),
    key: one.keyId ?? null,
    method: one.method,
    stream: one.stream,
    priority: one.priority ?? null,
    code: one.code === undefined ? null : `fairlead_${one.code}`,
    upstream_request_id: one.upstreamRequestId ?? null,
    queued_ms: round(one.queuedMs),
    waited_ms: round(one.waitedMs),
    wire_ms: round(one.wireMs),
    first_ms: round(one.firstMs),
    bytes: one.bytes,
    answered_by: one.answeredBy ?? null,
    stop_reason: one.stopReason ?? null,
    tokens:
      usage === undefined
        ? null
        : {
            input: usage.inputTokens,
            output: usage.outputTokens,
            cache_read: usage.cacheReadTokens,
            cache_write: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
          },
    steps: one.steps.map((step) => ({
      // When it began, counted from the request's own beginning.
      from_ms: Math.max(0, round(step.at - step.ms - startedAt)),
      ms: round(step.ms),
      what: step.what,
      upstream: step.upstream ?? null,
      why: step.why,
      ...(step.what === "sent" ? { billed: billed(step.why) } : undefined),
      text: stepText(step),
    })),
  };
}

/** Whether the provider bills an attempt that ended so. */
function billed(verdict: string): string {
  return Object.hasOwn(VERDICTS, verdict) ? VERDICTS[verdict as Verdict].billed : "maybe";
}

/** What the answer's tokens cost, nothing when it was reused; null without tokens or without a known price. */
function costUsd({ usage, reused, answeredBy, model, wall }: Kept, prices: Prices): number | null {
  if (usage === undefined) return null;
  if (reused !== undefined) return 0;
  const cost = costOf(usage, answeredBy ?? model ?? "", { atMs: wall, prices });
  return cost.known ? cost.picoUsd / PICO_PER_USD : null;
}

/** The path of a request target, cut to what is kept. */
export function pathOf(target: string): string {
  const question = target.indexOf("?");
  return short(question < 0 ? target : copy(target.slice(0, question))) ?? "";
}

/** A name that a caller chose, cut to what is kept. */
export function short(text: string | undefined): string | undefined {
  return text !== undefined && text.length > MAX_NAME ? `${copy(text.slice(0, MAX_NAME))}...` : text;
}

/** A slice holds on to the whole string in V8, and a caller may have sent megabytes. */
function copy(slice: string): string {
  return Buffer.from(slice).toString();
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
