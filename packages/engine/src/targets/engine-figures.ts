// The figures of one engine as plain data: what is under way, who waits, what is left of limits and budgets, what was saved.

import type { Parts } from "../engine-parts.ts";
import type { Priority } from "../exchange.ts";
import type { Dimension } from "../mechanics/quota.ts";
import type { CacheFigures } from "../policies/cache.ts";
import type { HedgeFigures } from "../policies/hedge.ts";
import type { JoinFigures } from "../policies/join.ts";
import type { Limiter, LimitsFigures } from "../policies/limits.ts";
import type { SpendFigure } from "../policies/spend.ts";
import type { BalanceFigures } from "./balancer.ts";
import type { QueueRefusal } from "./learned.ts";

/** What one platform carries for one model. */
export interface LoadFigure {
  readonly platform: string;
  readonly model: string;
  /** Attempts under way. */
  readonly inFlight: number;
  /** Attempts that may be under way at once, as learned from overload; null while nothing showed that there are too many. */
  readonly limit: number | null;
  /** Why the limit was cut last; empty when it never was. */
  readonly why: string;
}

/** Attempts under way at one upstream, whatever the model. */
export interface CarriedFigure {
  readonly upstream: string;
  readonly inFlight: number;
}

/** Those of one class who wait for room. */
export interface QueueClassFigure {
  readonly priority: Priority;
  readonly waiting: number;
  /** How long the one that came first has waited, milliseconds. */
  readonly oldestMs: number;
}

/** The queue in front of the upstreams. */
export interface QueueFigure {
  readonly waiting: number;
  /** How long the one that came first has waited, milliseconds. */
  readonly oldestMs: number;
  /** Most urgent first. */
  readonly classes: readonly QueueClassFigure[];
  /**
   * Requests refused so far: `full` no place was left, `deadline` no time was left, `max_wait` waited as long as the class
   * may, `overload` the queue did not move.
   */
  readonly refused: { readonly [R in QueueRefusal]: number };
}

/** One limit of an upstream's account for a class of models. */
export interface QuotaFigure {
  readonly account: string;
  /** The models that share the limit: `claude-sonnet-4`, say. */
  readonly modelClass: string;
  readonly dimension: Dimension;
  /** Per minute. */
  readonly limit: number;
  /** What may go at once now. */
  readonly room: number;
  /** What the upstream should have left of the limit, 0 to 1. */
  readonly headroom: number;
  /** What requests under way have booked and the upstream has not charged yet. */
  readonly pending: number;
}

/** An account that is left alone with a model after a rate limit. */
export interface CooldownFigure {
  readonly account: string;
  readonly model: string;
  /** For how long from now, milliseconds. */
  readonly waitMs: number;
}

/** What is left of the retry budget of one platform and model. */
export interface BudgetFigure {
  readonly platform: string;
  readonly model: string;
  readonly tokens: number;
  /** Repeats and hedges that it did not pay for so far. */
  readonly denied: number;
}

/** All of it. Dimensions without a limit are not listed. */
export interface EngineFigures {
  readonly loads: readonly LoadFigure[];
  readonly upstreams: readonly CarriedFigure[];
  readonly queue: QueueFigure;
  readonly quotas: readonly QuotaFigure[];
  readonly cooldowns: readonly CooldownFigure[];
  readonly balance: BalanceFigures;
  readonly budgets: readonly BudgetFigure[];
  readonly spend: readonly SpendFigure[];
  readonly joins: JoinFigures;
  readonly cache: CacheFigures;
  readonly hedges: HedgeFigures;
  /** The limits that a program set itself; null where there are none. */
  readonly limits: LimitsFigures | null;
}

/** What figures are read from: one stack's. */
export interface EngineParts extends Omit<Parts, "router"> {
  readonly limiter?: Limiter;
}

/** Reads the figures at `now`, monotonic milliseconds. */
export function engineFigures(parts: EngineParts, now: number): EngineFigures {
  const { health, admission, limiter } = parts;
  const platforms = health.loads();
  const classes = admission.queue.snapshot(now).map(({ priority, waiting, oldestMs }) => {
    return { priority, waiting, oldestMs };
  });
  return {
    loads: platforms.map(({ platform, model, inFlight, limit, limited, why }) => {
      return { platform, model, inFlight, limit: limited ? limit : null, why };
    }),
    upstreams: admission.carried(),
    queue: {
      waiting: admission.queue.size,
      oldestMs: Math.max(0, ...classes.map((one) => one.oldestMs)),
      classes,
      refused: { ...admission.refused },
    },
    quotas: admission.quotas
      .all()
      .flatMap(({ account, modelClass, quota }) =>
        quota.states(now).map((state) => ({ account, modelClass, ...state })),
      ),
    cooldowns: health.cooldowns(now),
    balance: admission.balancer.figures(),
    budgets: platforms.map(({ platform, model, tokens, denied }) => ({ platform, model, tokens, denied })),
    spend: parts.spend.figures(),
    joins: parts.joins.figures,
    cache: parts.cache.figures,
    hedges: parts.hedges.figures,
    limits: limiter?.limited ? limiter.figures() : null,
  };
}
