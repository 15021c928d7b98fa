// Limits: so many requests and tokens a minute, and no more; who comes too early waits for its turn, in order.

import { limitedInput, type Usage } from "@fairlead/protocol";
import type { Runtime, Timer } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { LeakyBucket } from "../mechanics/leaky-bucket.ts";
import { type Bucket, TokenBucket } from "../mechanics/token-bucket.ts";
import { choice, duration, integer, type Values } from "../options.ts";
import { type Failure, failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import { VERDICTS } from "../verdict.ts";

/** Options of `limits`. What counts is what the API counts (docs: Rate limits): input without cache reads, output as it was produced. */
export const LIMITS_OPTIONS = {
  requests_per_minute: integer(0, 10_000_000, 0, "requests", "Requests a minute; 0 for no limit."),
  input_tokens_per_minute: integer(
    0,
    10_000_000_000,
    0,
    "tokens",
    "Input tokens a minute, cache reads not counted; 0 for no limit. Estimated from the body's length until the answer tells.",
  ),
  output_tokens_per_minute: integer(
    0,
    10_000_000_000,
    0,
    "tokens",
    "Output tokens a minute; 0 for no limit. The mean of earlier answers is drawn beforehand, the rest when it is known.",
  ),
  kind: choice(
    ["token", "leaky"],
    "token",
    "token lets what was saved up go at once; leaky spaces requests evenly and saves nothing up.",
  ),
  burst: duration(100, 60_000, 10_000, "How much time's worth of a limit may be saved up; only with kind token."),
  max_wait: duration(
    0,
    3_600_000,
    60_000,
    "Longest wait for a turn; a request that would wait longer is refused at once.",
  ),
} as const;

/** A token of English text or code is about so many bytes of a request's body. */
const BYTES_PER_TOKEN = 4;
/** Weight of the newest answer in the mean of output tokens. */
const NEWEST = 0.1;
/** Models whose mean is remembered; names come from callers. */
const MAX_MODELS = 200;
const MINUTE_MS = 60_000;

const DIMENSIONS = ["requests", "input tokens", "output tokens"] as const;
/** What a request draws: requests, input tokens, output tokens. */
type Cost = [requests: number, input: number, output: number];

/** Counts since the start, and what is left now. */
export interface LimitsFigures {
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Requests that had to wait and got their turn. */
  readonly waited: number;
  /** Requests whose turn would have come, or came, too late. */
  readonly refused: number;
  /** The limits that are set. */
  readonly rest: ReadonlyArray<{
    readonly dimension: (typeof DIMENSIONS)[number];
    /** Per minute. */
    readonly limit: number;
    /** What could be drawn now; below zero a debt. */
    readonly left: number;
  }>;
}

interface Waiter {
  readonly cost: Cost;
  readonly giveUpAt: number;
  /** `go`, or that the longest wait is over. */
  readonly decide: (how: "go" | "late") => void;
}

/** The buckets of one stack, and those who wait for them; shared by all pipelines that draw on the same limits. */
export class Limiter {
  readonly #rt: Runtime;
  readonly #options: Values<typeof LIMITS_OPTIONS>;
  /** By dimension; undefined without a limit. */
  readonly #buckets: ReadonlyArray<Bucket | undefined>;
  readonly #perMinute: readonly number[];
  readonly #waiters = new Set<Waiter>();
  readonly #ahead: Cost = [0, 0, 0];
  readonly #means = new Map<string, number>();
  #waited = 0;
  #refusals = 0;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(rt: Runtime, options: Values<typeof LIMITS_OPTIONS>) {
    this.#rt = rt;
    this.#options = options;
    this.#perMinute = [options.requests_per_minute, options.input_tokens_per_minute, options.output_tokens_per_minute];
    this.#buckets = this.#perMinute.map((limit) => {
      if (limit === 0) return undefined;
      const rate = limit / MINUTE_MS;
      return options.kind === "leaky"
        ? new LeakyBucket(rate)
        : new TokenBucket(rate, Math.max(1, rate * options.burst));
    });
  }

  /** Whether there is any limit at all. */
  get limited(): boolean {
    return this.#buckets.some((one) => one !== undefined);
  }

  /** Requests that wait for their turn. */
  get waiting(): number {
    return this.#waiters.size;
  }

  figures(): LimitsFigures {
    const now = this.#rt.clock.now();
    const rest = DIMENSIONS.flatMap((dimension, i) => {
      const left = this.#buckets[i]?.available(now);
      return left === undefined ? [] : [{ dimension, limit: this.#perMinute[i] as number, left }];
    });
    return { waiting: this.#waiters.size, waited: this.#waited, refused: this.#refusals, rest };
  }

  /** What a request will draw, as far as it is known before it goes. */
  estimate(x: Exchange): Cost {
    const mean = this.#means.get(x.look.model ?? "") ?? 0;
    const output = Math.min(mean, x.look.maxTokens ?? mean);
    return [1, Math.ceil((x.body?.length ?? 0) / BYTES_PER_TOKEN), output];
  }

  /** Draws the cost when it is this request's turn. Resolves with a failure when it does not come to that. */
  async turn(x: Exchange, cost: Cost): Promise<Failure | undefined> {
    const { clock } = this.#rt;
    const since = clock.now();
    if (x.signal.aborted) return calledOff();
    const [waitMs, which] = this.#wait(cost, since, this.#ahead);
    if (waitMs === 0 && this.#waiters.size === 0) {
      this.#draw(cost, since);
      return undefined;
    }
    const { max_wait: maxWaitMs } = this.#options;
    if (waitMs > maxWaitMs || since + waitMs >= x.deadline) return this.#refused(x, waitMs, which, 0);
    const how = await this.#queued(x, cost, Math.min(since + maxWaitMs, x.deadline));
    const waited = clock.now() - since;
    x.tally.queuedMs += waited;
    if (how === "gone") return calledOff();
    if (how === "late") return this.#refused(x, ...this.#wait(cost, clock.now(), this.#ahead), waited);
    this.#waited += 1;
    x.tally.steps.push({ at: clock.now(), what: "queued", upstream: undefined, ms: waited, why: "limits" });
    return undefined;
  }

  /** It cost so much and not what was drawn. */
  settle(drawn: Cost, real: Cost): void {
    const now = this.#rt.clock.now();
    for (let i = 0; i < real.length; i++) {
      const more = (real[i] as number) - (drawn[i] as number);
      if (more !== 0) this.#buckets[i]?.draw(more, now);
      drawn[i] = real[i] as number;
    }
    this.#serve();
  }

  /** An answer had so many output tokens. */
  sawOutput(model: string, tokens: number): void {
    const before = this.#means.get(model);
    if (before === undefined && this.#means.size >= MAX_MODELS) return;
    this.#means.set(model, before === undefined ? tokens : before + NEWEST * (tokens - before));
  }

  #queued(x: Exchange, cost: Cost, giveUpAt: number): Promise<"go" | "late" | "gone"> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        cost,
        giveUpAt,
        decide: (how) => {
          this.#remove(waiter);
          stop();
          resolve(how);
        },
      };
      this.#waiters.add(waiter);
      for (let i = 0; i < cost.length; i++) this.#ahead[i] = (this.#ahead[i] as number) + (cost[i] as number);
      const stop = x.signal.onAbort(() => {
        this.#remove(waiter);
        resolve("gone");
        this.#serve();
      });
      this.#serve();
    });
  }

  #remove(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return;
    const { cost } = waiter;
    // Sums of fractions drift; an empty queue is the moment to begin anew.
    const empty = this.#waiters.size === 0;
    for (let i = 0; i < cost.length; i++) this.#ahead[i] = empty ? 0 : (this.#ahead[i] as number) - (cost[i] as number);
  }

  /** Lets go whose turn it is, tells who has waited long enough, and sets the one timer for the next. */
  #serve(): void {
    const now = this.#rt.clock.now();
    let at = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) {
      const [waitMs] = this.#wait(waiter.cost, now);
      if (waitMs > 0 && waiter.giveUpAt > now) {
        // All wait equally long at most, so the first to come is the first to give up; an earlier deadline calls the
        // signal off.
        at = Math.min(now + waitMs, waiter.giveUpAt);
        break;
      }
      if (waitMs === 0) this.#draw(waiter.cost, now);
      waiter.decide(waitMs === 0 ? "go" : "late");
    }
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#rt.clock.timer(at - now, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#serve();
    });
  }

  #wait(cost: Cost, now: number, ahead?: Cost): [waitMs: number, which: number] {
    let longest = 0;
    let which = 0;
    for (let i = 0; i < cost.length; i++) {
      const wait = this.#buckets[i]?.waitMs(cost[i] as number, now, ahead?.[i]) ?? 0;
      if (wait <= longest) continue;
      longest = wait;
      which = i;
    }
    return [longest, which];
  }

  #draw(cost: Cost, now: number): void {
    for (let i = 0; i < cost.length; i++) this.#buckets[i]?.draw(cost[i] as number, now);
  }

  #refused(x: Exchange, waitMs: number, which: number, waited: number): Failure {
    const at = this.#rt.clock.now();
    this.#refusals += 1;
    x.tally.steps.push({ at, what: "refused", upstream: undefined, ms: waited, why: "limits" });
    // It has waited already: what it would have waited in all is what was too long.
    const fill = {
      limit: `${DIMENSIONS[which]} per minute`,
      ms: Math.ceil(waited + waitMs),
      max: this.#options.max_wait,
    };
    return failure("limits_wait", fill, { local: true, unsent: true, retryAfterMs: Math.ceil(waitMs) });
  }
}

/**
 * Keeps the requests of a program under limits of its own. Requests that name no model (lists, files) pass by.
 * @param limiter what is drawn on; one for all pipelines of a client
 */
export function limits(options: Values<typeof LIMITS_OPTIONS>, limiter: Limiter): Layer {
  return () => ({
    name: "limits",
    says: said(options),
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      if (!limiter.limited || x.look.model === undefined) return next(x);
      const drawn = limiter.estimate(x);
      const refused = await limiter.turn(x, drawn);
      if (refused !== undefined) return refused;
      const outcome = await next(x);
      if (!outcome.ok) {
        limiter.settle(drawn, failedCost(drawn, outcome));
        return outcome;
      }
      const { model } = x.look;
      const begun = outcome.flow.reader?.facts.usage;
      if (begun !== undefined) {
        limiter.settle(drawn, [1, limitedInput(begun), Math.max(drawn[2], begun.outputTokens)]);
      }
      outcome.flow.tap({
        end({ verdict, facts }) {
          const whole = verdict === "ok" && facts?.provisional !== true;
          limiter.settle(drawn, answeredCost(drawn, facts?.usage, whole, x));
          if (whole && facts?.usage !== undefined) limiter.sawOutput(model, facts.usage.outputTokens);
        },
      });
      return outcome;
    },
  });
}

/** A request that failed before its answer: no output, and input only where the provider may bill it. */
function failedCost(drawn: Cost, { local, unsent, verdict }: Failure): Cost {
  const went = !local && !unsent;
  return [went ? 1 : 0, went && VERDICTS[verdict].billed !== "no" ? drawn[1] : 0, 0];
}

function answeredCost(drawn: Cost, usage: Usage | undefined, whole: boolean, x: Exchange): Cost {
  // The usage of a stream that broke was told at its start: what came after it is not in there.
  if (usage !== undefined) {
    return [1, limitedInput(usage), whole ? usage.outputTokens : Math.max(drawn[2], usage.outputTokens)];
  }
  // A whole answer of the Messages API without usage generated nothing (count_tokens); of others nothing is known.
  return whole && x.look.dialect === "claude" ? [1, 0, 0] : [...drawn];
}

/** Called off while it waited; the deadline policy outside tells it as the deadline when that is why. */
function calledOff(): Failure {
  return failure("client_gone", {}, { local: true, unsent: true });
}

function said(options: Values<typeof LIMITS_OPTIONS>): string {
  const parts = [
    [options.requests_per_minute, "requests"],
    [options.input_tokens_per_minute, "input tokens"],
    [options.output_tokens_per_minute, "output tokens"],
  ] as const;
  const set = parts.filter(([limit]) => limit > 0).map(([limit, what]) => `${limit} ${what}`);
  if (set.length === 0) return "no limits are set";
  return `at most ${set.join(", ")} a minute (${options.kind} bucket); a turn is waited for up to ${options.max_wait} ms`;
}
