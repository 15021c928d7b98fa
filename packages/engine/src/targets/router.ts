// Where the next attempt goes: ordered targets, their health, and what the last failure allows.

import type { Runtime } from "@fairlead/runtime";
import type { Exchange, Try } from "../exchange.ts";
import { afterFloor, fullJitter } from "../mechanics/backoff.ts";
import { VERDICTS } from "../verdict.ts";
import type { Health } from "./health.ts";
import type { Target } from "./target.ts";
import type { Unfit } from "./unfit.ts";

/** The route's numbers, from the options of route and retry. */
export interface RouterNumbers {
  /** A rate limit that asks for no more than this is waited out on the same target (its prompt cache is warm), milliseconds. */
  readonly waitBeforeMoveMs: number;
  /** Longest back-off of our own, milliseconds. */
  readonly capMs: number;
}

/** The next step: a target and how long to wait first. `repeat` tells that this target was tried before. */
export interface Step {
  readonly target: Target;
  readonly waitMs: number;
  readonly repeat: boolean;
  /** A target that waits for a probe or is in doubt: it is tried beside, so that the request itself does not pay for finding out. */
  readonly probe?: Target | undefined;
}

/** Why there is no next step. `busy`: some target is well, but has no room now, or is just coming back. */
export interface NoStep {
  readonly none: "no-rule" | "ill" | "busy" | "final";
  /** For `ill`: the soonest time at which a target can be used again, and what ails it. */
  readonly unfit: Unfit | undefined;
  /** For `ill`: why others that serve the model were left out. */
  readonly hold?: { readonly target: string; readonly why: string } | undefined;
}

/** Kinds that somebody ordered. */
const OUT: ReadonlySet<Unfit["kind"] | undefined> = new Set(["drained", "shut"] as const);

const BUSY: NoStep = { none: "busy", unfit: undefined };

/** Which targets serve a model, in order of preference. Empty when none does. */
export type Serves = (model: string | undefined) => readonly Target[];

/** What the router asks of admission. */
export interface Desk {
  /** Whether a target that is well could take the exchange now (monotonic milliseconds, for who has just read the clock). */
  room(x: Exchange, target: Target, now?: number): boolean;
  /** The targets of a model in the order in which they shall be considered; some may be left out, see `hold`. */
  rank(x: Exchange, targets: readonly Target[]): readonly Target[];
  /** Whether the exchange shall wait for this target, which has no room, rather than go elsewhere. */
  stays(x: Exchange, target: Target): boolean;
  /** Why targets were left out by the last `rank`, and where it must go; undefined when none was. */
  hold(x: Exchange): { readonly target: string; readonly why: string } | undefined;
}

const PLAIN: Desk = { room: () => true, rank: (_, targets) => targets, stays: () => false, hold: () => undefined };

/** Chooses targets. Holds no state of its own: the exchange says what was tried, health says what works. */
export class Router {
  readonly #rt: Runtime;
  readonly #serves: Serves;
  readonly #health: Health;
  readonly #numbers: RouterNumbers;
  readonly #desk: Desk;

  constructor(rt: Runtime, serves: Serves, health: Health, numbers: RouterNumbers, desk: Desk = PLAIN) {
    this.#rt = rt;
    this.#serves = serves;
    this.#health = health;
    this.#numbers = numbers;
    this.#desk = desk;
  }

  /** The next step for an exchange with its tries so far. */
  next(x: Exchange): Step | NoStep {
    const served = this.#served(x);
    if (served.length === 0) return { none: "no-rule", unfit: undefined };
    const targets = this.#desk.rank(x, served);
    const last = x.tried[x.tried.length - 1];
    return last === undefined ? this.#first(x, targets) : this.#after(x, targets, last);
  }

  #served(x: Exchange): readonly Target[] {
    return x.among ?? this.#serves(x.look.model);
  }

  /** Where the exchange would go if everything were well and had room. */
  home(x: Exchange): Target | undefined {
    return this.#desk.rank(x, this.#served(x))[0];
  }

  /** A target that was not tried yet and may be, after the newest failure; undefined when there is none. */
  elsewhere(x: Exchange): Step | undefined {
    const last = x.tried[x.tried.length - 1];
    if (last === undefined || VERDICTS[last.failure.verdict].move === "no") return undefined;
    if (x.once && !last.failure.unsent) return undefined;
    const step = this.#other(x, this.#desk.rank(x, this.#served(x)), last);
    return step === undefined || step.repeat ? undefined : step;
  }

  /** The target that could take the exchange this very moment, whatever was tried before, or why none can. */
  choose(x: Exchange): Target | NoStep {
    const { target } = x;
    const model = x.look.model ?? "";
    if (target !== undefined && this.#health.unfit(target, model) === undefined) {
      if (this.#desk.room(x, target)) return target;
      const last = x.tried[x.tried.length - 1];
      if (last !== undefined) return this.#instead(x, last) ?? BUSY;
    }
    const step = this.#first(x, this.#desk.rank(x, this.#served(x)));
    if ("none" in step) return step;
    return step.waitMs > 0 ? BUSY : step.target;
  }

  /** Another target with room for a repeat whose own has none: one never tried, or one whose budget pays for it. */
  #instead(x: Exchange, last: Try): Target | undefined {
    if (VERDICTS[last.failure.verdict].move !== "yes") return undefined;
    const health = this.#health;
    const model = x.look.model ?? "";
    const free = this.#desk
      .rank(x, this.#served(x))
      .filter(
        (one) => health.unfit(one, model) === undefined && !health.probing(one, model) && this.#desk.room(x, one),
      );
    const fresh = free.find((one) => failuresOn(x.tried, one) === 0);
    return fresh ?? free.find((one) => health.affords(one, model, x.priority));
  }

  #first(x: Exchange, targets: readonly Target[]): Step | NoStep {
    const model = x.look.model ?? "";
    // Read once: a look at the clock costs more than all that is asked of a target that is well.
    const now = this.#rt.clock.now();
    let soonest: Unfit | undefined;
    let held: Target | undefined;
    let probe: Target | undefined;
    let doubted: Target | undefined;
    let busy = false;
    for (const target of targets) {
      const unfit = this.#health.unfit(target, model, now);
      if (unfit === undefined) {
        if (!this.#desk.room(x, target, now)) {
          if (this.#desk.stays(x, target)) return BUSY;
          busy = true;
          continue;
        }
        // A conversation that does not leave its place goes there itself: passed by, it would be elsewhere after all.
        const doubt = this.#health.doubt(target, model, now);
        const probing = this.#health.probing(target, model, now);
        if ((!probing && doubt === undefined) || this.#desk.stays(x, target)) {
          return { target, waitMs: 0, repeat: false, probe };
        }
        if (!probing) doubted ??= target;
        if (doubt?.due !== false) probe ??= target;
        continue;
      }
      if (unfit.kind === "recovering") busy = true;
      if (unfit.kind === "held") held ??= target;
      if (soonest === undefined || sooner(unfit, soonest)) soonest = unfit;
    }
    if (doubted !== undefined) {
      return { target: doubted, waitMs: 0, repeat: false, probe: probe === doubted ? undefined : probe };
    }
    if (probe !== undefined) return { target: probe, waitMs: 0, repeat: false };
    if (held !== undefined && this.#desk.room(x, held)) return { target: held, waitMs: 0, repeat: false };
    if (busy || held !== undefined) return { none: "busy", unfit: soonest };
    const poor = targets.find((target) => this.#health.halfWell(target, model));
    if (poor !== undefined) {
      if (this.#desk.room(x, poor)) return { target: poor, waitMs: 0, repeat: false };
      return { none: "busy", unfit: soonest };
    }
    for (const target of targets) this.#health.turnedAway(target, model);
    // A cool-down is a promise of the upstream to answer again soon: worth waiting for when nothing else is left.
    for (const target of targets) {
      const unfit = this.#health.unfit(target, model);
      if (unfit?.kind === "cooling" && unfit.waitMs <= this.#numbers.waitBeforeMoveMs) {
        return { target, waitMs: afterFloor(this.#rt.random, unfit.waitMs), repeat: false };
      }
    }
    const hold = this.#desk.hold(x);
    // What is bound to a drained target, or belongs to no model and so has no other, finishes its work there.
    const drained = targets.find((target) => this.#kind(target, model) === "drained");
    if (drained !== undefined && (hold !== undefined || x.look.model === undefined)) {
      return { target: drained, waitMs: 0, repeat: false };
    }
    // With every one parked, the first is asked all the same: its own refusal tells the caller more than ours would, and
    // a credential that works again is noticed. Not while another is only ill: that passes, a refusal looks final.
    const used = targets.filter((target) => !OUT.has(this.#kind(target, model)));
    const [first] = used;
    const allParked = first !== undefined && used.every((target) => this.#kind(target, model) === "parked");
    if (allParked) return { target: first, waitMs: 0, repeat: false };
    return { none: "ill", unfit: soonest, hold };
  }

  #kind(target: Target, model: string): Unfit["kind"] | undefined {
    return this.#health.unfit(target, model)?.kind;
  }

  #after(x: Exchange, targets: readonly Target[], last: Try): Step | NoStep {
    const row = VERDICTS[last.failure.verdict];
    if (x.once && !last.failure.unsent) return { none: "final", unfit: undefined };
    const floor = last.target === undefined ? undefined : this.#floor(x, last.target);
    const same = this.#same(x, last, floor);
    const other = row.move === "no" ? undefined : this.#other(x, targets, last);
    const wish = floor === undefined ? row.first === "same" : floor <= this.#numbers.waitBeforeMoveMs;
    const stay = this.#stays(x, last, other, wish);
    const step = stay ? (same ?? other) : (other ?? same);
    return step ?? { none: "final", unfit: undefined };
  }

  /** Whether the same target goes before another one that may be asked. `wish`: what the row of the table says. */
  #stays(x: Exchange, { target, failure }: Try, other: Step | undefined, wish: boolean): boolean {
    if (target === undefined || other === undefined) return wish;
    const health = this.#health;
    const model = x.look.model ?? "";
    const free = failure.unsent || VERDICTS[failure.verdict].cost === 0;
    const scarce = !free && health.scarce(target, model);
    // One repeat cures what passes. Who fails twice is left while somebody is there who was not asked yet: attempts are few.
    if (!other.repeat) return wish && !scarce && failuresOn(x.tried, target) < 2 && !health.suspect(target, model);
    // Both are repeats: the budget that has more left pays.
    if (!scarce && !health.scarce(other.target, model)) return wish;
    return health.tokens(target, model) >= health.tokens(other.target, model);
  }

  /** The same target again, if its row of the table allows that and its health too. */
  #same(x: Exchange, last: Try, floor: number | undefined): Step | undefined {
    const target = last.target;
    if (target === undefined) return undefined;
    const row = VERDICTS[last.failure.verdict];
    // A caller that retries by itself has its turn at the repeats: ours would multiply with its own.
    if (x.callerRetries > 0 && !last.failure.unsent) return undefined;
    const failures = failuresOn(x.tried, target);
    const allowed = last.failure.again === false ? 0 : last.failure.again === true ? Math.max(1, row.same) : row.same;
    if (failures > allowed) return undefined;
    const unfit = this.#health.unfit(target, x.look.model ?? "");
    if (unfit !== undefined && unfit.kind !== "cooling" && unfit.kind !== "held") return undefined;
    const waitMs =
      floor === undefined
        ? fullJitter(this.#rt.random, row.baseMs, this.#numbers.capMs, failures - 1)
        : afterFloor(this.#rt.random, floor);
    return { target, waitMs, repeat: true };
  }

  /** Another target: first one never tried (another platform before the same one after overload), then one that may be tried again. */
  #other(x: Exchange, targets: readonly Target[], last: Try): Step | undefined {
    const model = x.look.model ?? "";
    const row = VERDICTS[last.failure.verdict];
    const need = row.move === "larger" && last.target !== undefined ? last.target.contextWindow(model) : 0;
    const fit = targets.filter(
      (target) =>
        target !== last.target &&
        this.#health.unfit(target, model) === undefined &&
        (need === 0 || target.contextWindow(model) > need),
    );
    const fresh = fit.filter((target) => failuresOn(x.tried, target) === 0);
    const elsewhere =
      last.failure.verdict === "overloaded" ? fresh.find((t) => t.platform !== last.target?.platform) : undefined;
    const target = elsewhere ?? fresh[0];
    if (target !== undefined) return { target, waitMs: 0, repeat: false };
    for (const again of fit) {
      const before = x.tried.findLast((one) => one.target === again);
      if (before === undefined) continue;
      const beforeRow = VERDICTS[before.failure.verdict];
      const failures = failuresOn(x.tried, again);
      if (failures > beforeRow.same) continue;
      const floor = this.#floor(x, again);
      if (floor !== undefined) return { target: again, waitMs: afterFloor(this.#rt.random, floor), repeat: true };
      const due = fullJitter(this.#rt.random, beforeRow.baseMs, this.#numbers.capMs, failures - 1);
      const passed = this.#rt.clock.now() - before.at;
      return { target: again, waitMs: Math.max(0, due - passed), repeat: true };
    }
    return undefined;
  }

  /** Milliseconds for which the target asked to be left alone, told to this request or to others; undefined when it did not ask. */
  #floor(x: Exchange, target: Target): number | undefined {
    const now = this.#rt.clock.now();
    const unfit = this.#health.unfit(target, x.look.model ?? "");
    let floor = unfit?.kind === "cooling" ? unfit.waitMs : undefined;
    for (const one of x.tried) {
      const asked = one.target === target ? one.failure.retryAfterMs : undefined;
      if (asked !== undefined) floor = Math.max(floor ?? 0, one.at + asked - now);
    }
    return floor;
  }
}

/** Whether `a` tells better than `b` when it is worth asking again. What is parked or taken out waits for somebody to act, however soon it is tried. */
function sooner(a: Unfit, b: Unfit): boolean {
  const rank = ({ kind }: Unfit) => (OUT.has(kind) ? 2 : kind === "parked" ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) < rank(b);
  return a.waitMs < b.waitMs;
}

function failuresOn(tried: readonly Try[], target: Target): number {
  let count = 0;
  for (const one of tried) if (one.target === target) count += 1;
  return count;
}
