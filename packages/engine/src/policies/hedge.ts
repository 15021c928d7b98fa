// Hedge: a second attempt elsewhere beside one that shows no sign of life; off unless asked for, and then still rare.

import { type Runtime, Signal, type Timer } from "@fairlead/runtime";
import type { Exchange, Pulse, Tally } from "../exchange.ts";
import { tenantOf } from "../mechanics/canonical-key.ts";
import { RecentQuantile } from "../mechanics/recent-quantile.ts";
import { SpendCap } from "../mechanics/spend-cap.ts";
import { duration, integer, number, onOff, type Values } from "../options.ts";
import type { Failure, Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Admission } from "../targets/admission.ts";
import type { Health } from "../targets/health.ts";
import type { Serves } from "../targets/router.ts";
import type { Target } from "../targets/target.ts";
import { VERDICTS } from "../verdict.ts";
import { UNREAD } from "./followed.ts";
import { kindOf, repeatable } from "./request-kind.ts";
import type { Spend } from "./spend.ts";

/**
 * Options of `hedge`. The idea is that of Dean and Barroso, The Tail at Scale (CACM 56:2, 2013). The bounds are choices of
 * ours, and narrow: both attempts are paid for, the second has no warm prompt cache, and most slowness is the prompt's own.
 */
export const HEDGE_OPTIONS = {
  enabled: onOff(
    false,
    "Whether a stream that shows no sign of life (no content, no ping) gets a second attempt on another platform beside the first; the first to bring content wins, the other is called off. Both are billed.",
  ),
  after: duration(
    1_000,
    3_600_000,
    20_000,
    "How long there must be no sign of life, at least; longer where the slowest thousandth of earlier answers took longer.",
  ),
  input: integer(
    0,
    1_000_000,
    4_000,
    "tokens",
    "A request with more input than this, cache reads not counted, is not sent twice.",
  ),
  requests: number(0, 1, 0.01, "share of requests", "Most hedges, of a tenant's requests in ten minutes."),
  spend: number(0, 1, 0.01, "share of spend", "The most that hedges may cost, of a tenant's spend in ten minutes."),
} as const;

type Options = Values<typeof HEDGE_OPTIONS>;

/** Shares are measured over this time, milliseconds. */
const WINDOW_MS = 600_000;
/** Tenants whose shares are remembered. */
const MAX_TENANTS = 10_000;
/** How often a request that has waited long is looked at, milliseconds. */
const LOOK_MS = 1_000;
/** Answers whose time to first content is remembered, as a multiple of what was expected. */
const REMEMBERED = 2_048;
/** Slower than this share of answers is out of the ordinary. */
const ORDINARY = 0.999;

/** The cap on what hedges cost. */
export function hedgeCap({ spend }: Pick<Options, "spend">): SpendCap {
  return new SpendCap({ share: spend, windowMs: WINDOW_MS, floorPicoUsd: 0, maxTenants: MAX_TENANTS });
}

/** Counts since the start. */
export interface HedgeFigures {
  /** Second attempts that went beside a first one. */
  readonly sent: number;
  /** Of them, those that brought content first. */
  readonly won: number;
  /** Stalled requests that could have gone elsewhere, and did not for the sake of a share, the spend or the retry budget. */
  readonly denied: number;
}

/** What all hedging pipelines of an engine share. */
export class Hedges {
  readonly #rt: Runtime;
  readonly #options: Options;
  readonly #admission: Admission;
  readonly #health: Health;
  readonly #spend: Spend;
  /** Requests instead of dollars: one each. */
  readonly #counts: SpendCap;
  readonly #ratios = new RecentQuantile(REMEMBERED);
  #sent = 0;
  #won = 0;
  readonly #deniedTo = new WeakSet<Tally>();
  #denied = 0;

  constructor(rt: Runtime, options: Options, admission: Admission, health: Health, spend: Spend) {
    this.#rt = rt;
    this.#options = options;
    this.#admission = admission;
    this.#health = health;
    this.#spend = spend;
    this.#counts = new SpendCap({
      share: options.requests,
      windowMs: WINDOW_MS,
      floorPicoUsd: 0,
      maxTenants: MAX_TENANTS,
    });
  }

  get figures(): HedgeFigures {
    return { sent: this.#sent, won: this.#won, denied: this.#denied };
  }

  /** Whether a request could ever be hedged, by what costs nothing to know: a stream, not urgent to nobody, its first attempt. */
  covers(x: Exchange): boolean {
    return x.look.stream && !x.once && x.priority !== "batch" && x.tried.length === 0 && kindOf(x) === "messages";
  }

  /** A second attempt was first. */
  won(): void {
    this.#won += 1;
  }

  counted(x: Exchange): void {
    this.#counts.spent(this.#rt.clock.now(), tenantOf(x), 1);
  }

  /** Content came, so long after the attempt was sent. */
  began(x: Exchange, tookMs: number): void {
    if (Number.isNaN(tookMs)) return;
    const { route, cost } = this.#admission.estimate(x);
    this.#ratios.add(this.#admission.predictor.normalised(route, cost.input, tookMs));
  }

  /** From how much silence on an attempt counts as stalled, milliseconds. */
  stallMs(x: Exchange): number {
    const { route, cost } = this.#admission.estimate(x);
    const slowest = this.#admission.predictor.ttftMs(route, cost.input) * (this.#ratios.at(ORDINARY) ?? 1);
    return Math.max(this.#options.after, slowest);
  }

  /** Where a second attempt may go now, if it may; what it costs is booked then. */
  second(x: Exchange, first: Target, serves: Serves): Target | undefined {
    const admission = this.#admission;
    const model = x.look.model ?? "";
    if (admission.estimate(x).cost.input >= this.#options.input) return undefined;
    // Where overload shows, on either side, a second attempt makes it worse.
    if (admission.queue.size > 0 || this.#health.limited(first, model)) return undefined;
    const other = (x.among ?? serves(x.look.model)).find(
      (one) =>
        one.platform !== first.platform &&
        this.#health.unfit(one, model) === undefined &&
        !this.#health.probing(one, model) &&
        !this.#health.limited(one, model) &&
        admission.room(x, one),
    );
    if (other === undefined) return undefined;
    // The look into the body comes late: it costs more than all before.
    if (!repeatable(x) || admission.balancer.conversation(x).ties.length > 0) return undefined;
    const now = this.#rt.clock.now();
    const tenant = tenantOf(x);
    if (!this.#counts.draw(now, tenant, 1)) return this.#deny(x);
    const counted = !this.#deniedTo.has(x.tally);
    if (this.#spend.hedge(x, counted)) {
      // It may be billed beside the first: as dear as a repeat of what was cut off. The platform that stalls pays, since a
      // standby has no successes to pay from; one that stalls much has few, and sends nobody over.
      if (this.#health.draw(first, model, VERDICTS["cut-early"].cost, "interactive", counted)) {
        this.#sent += 1;
        return other;
      }
      this.#spend.unhedged(x);
    }
    this.#counts.settle(now, tenant, 1, 0);
    return this.#deny(x);
  }

  /** A stalled request is looked at again and again, and counted once. */
  #deny({ tally }: Exchange): undefined {
    if (this.#deniedTo.has(tally)) return;
    this.#deniedTo.add(tally);
    this.#denied += 1;
  }
}

/** One of the attempts. */
interface Lane {
  readonly signal: Signal;
  readonly pulse: Pulse;
  failed: Failure | undefined;
}

/** Two attempts at most, and the first content wins. */
class Race {
  readonly #rt: Runtime;
  readonly #hedges: Hedges;
  readonly #serves: Serves;
  #x: Exchange;
  readonly #next: Next;
  readonly #lanes: Lane[] = [];
  readonly #stop: () => void;
  #resolve: (outcome: Outcome) => void = () => {};
  #reject: (e: unknown) => void = () => {};
  #timer: Timer | undefined;
  #over = false;
  /** When the first attempt last showed life, monotonic milliseconds. */
  #lively: number;
  #bytes = 0;

  constructor(rt: Runtime, hedges: Hedges, serves: Serves, x: Exchange, next: Next) {
    this.#rt = rt;
    this.#hedges = hedges;
    this.#serves = serves;
    this.#x = x;
    this.#next = next;
    this.#lively = rt.clock.now();
    this.#stop = x.signal.onAbort((reason) => {
      for (const lane of this.#lanes) lane.signal.abort(reason);
    });
  }

  run(): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#send(this.#x.target);
      this.#look(LOOK_MS);
    });
  }

  #send(target: Target | undefined): void {
    const lane: Lane = {
      signal: new Signal(),
      pulse: { target: undefined, sentAt: Number.NaN, flow: undefined },
      failed: undefined,
    };
    this.#lanes.push(lane);
    const { signal, pulse } = lane;
    if (this.#x.signal.aborted) signal.abort(this.#x.signal.reason ?? "");
    this.#next({ ...this.#x, target, signal, pulse }).then(
      (outcome) => this.#came(lane, outcome),
      (e: unknown) => {
        this.#close();
        this.#reject(e);
      },
    );
  }

  #came(lane: Lane, outcome: Outcome): void {
    if (this.#over) {
      if (outcome.ok) outcome.flow.abort(UNREAD);
      return;
    }
    if (!outcome.ok) {
      lane.failed = outcome;
      // While another may still answer, one failure is nobody's news.
      if (this.#lanes.some((one) => one.failed === undefined)) return;
      this.#close();
      this.#resolve(telling(this.#lanes.map((one) => one.failed as Failure)));
      return;
    }
    this.#hedges.began(this.#x, this.#rt.clock.now() - lane.pulse.sentAt);
    if (lane !== this.#lanes[0]) this.#hedges.won();
    this.#over = true;
    this.#timer?.cancel();
    for (const other of this.#lanes) if (other !== lane) other.signal.abort("another attempt was first");
    outcome.flow.tap({ end: this.#stop });
    // What waits for the end of a stream must not hold the request's body: it will not be sent again.
    this.#x = { ...this.#x, body: null };
    this.#resolve(outcome);
  }

  #close(): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#stop();
    for (const { signal } of this.#lanes) signal.abort("another attempt was first");
  }

  #look(ms: number): void {
    this.#timer = this.#rt.clock.timer(ms, () => {
      const [first] = this.#lanes;
      if (this.#over || first === undefined || first.failed !== undefined) return;
      const now = this.#rt.clock.now();
      const { target, flow } = first.pulse;
      const bytes = flow?.bytes ?? 0;
      // Who waits for room is not stalled, and a ping is a sign of life.
      if (target === undefined || bytes !== this.#bytes) this.#lively = now;
      this.#bytes = bytes;
      const silent = now - this.#lively;
      if (target !== undefined && silent >= this.#hedges.stallMs(this.#x)) {
        const second = this.#hedges.second(this.#x, target, this.#serves);
        if (second !== undefined) {
          const step = { at: now, ms: silent, upstream: second.name, why: "no sign of life" };
          this.#x.tally.steps.push({ ...step, what: "hedged" });
          this.#send(second);
          return;
        }
      }
      this.#look(LOOK_MS);
    });
  }
}

/** What the caller is told when both failed: what an upstream said itself, else what became of the first. */
function telling(failures: readonly Failure[]): Failure {
  return (failures.find((one) => one.response !== undefined || one.held !== undefined) ?? failures[0]) as Failure;
}

/**
 * Sends a second attempt to another platform when the first shows no sign of life for as long as hardly any answer takes.
 * The layer belongs inside the retry, and is left out when hedging is off.
 */
export function hedge(options: Options, hedges: Hedges, serves: Serves): Layer {
  return (rt) => ({
    name: "hedge",
    says: options.enabled
      ? `a second attempt elsewhere after ${options.after} ms without a sign of life, for at most ${options.requests * 100} % of requests and ${options.spend * 100} % of spend`
      : "off",
    handle(x, next) {
      if (!options.enabled || !hedges.covers(x)) return next(x);
      hedges.counted(x);
      return new Race(rt, hedges, serves, x, next).run();
    },
  });
}
