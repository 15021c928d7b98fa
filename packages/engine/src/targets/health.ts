// What is known of the targets: circuits by scope of blame, cool-downs, parked accounts, retry budgets, what they carry.

import type { Runtime } from "@fairlead/runtime";
import type { Priority } from "../exchange.ts";
import { Budget } from "../mechanics/budget.ts";
import { Circuit, type Permit } from "../mechanics/circuit.ts";
import { Concurrency } from "../mechanics/concurrency.ts";
import type { Failure } from "../outcome.ts";
import { VERDICTS } from "../verdict.ts";
import type { Kept } from "./carried.ts";
import { CircuitNews } from "./circuit-news.ts";
import { type CircuitState, circuitStates } from "./circuit-states.ts";
import type { Cell, Pair, Platform } from "./health-cell.ts";
import type { HealthNumbers } from "./health-numbers.ts";
import { Orders } from "./orders.ts";
import { ParkedAccounts } from "./parked-accounts.ts";
import type { PlatformLoad } from "./platform-load.ts";
import { Slot } from "./slot.ts";
import type { Target } from "./target.ts";
import { Trial } from "./trial.ts";
import { cooling, type Unfit } from "./unfit.ts";

/** Circuit permits of one attempt: one for the address, one for the platform and model. */
export interface Permits {
  readonly endpoint: Permit;
  readonly platform: Permit;
}

/** Share of a retry budget that each priority leaves to those before it. */
const KEPT: { readonly [P in Priority]: number } = { interactive: 0.5, agent: 0.6, background: 0.75, batch: 0.85 };
/** Below this share a budget is scarce: more than one repeat was paid lately. */
const SCARCE = 0.9;
/** Failures in a row from which a repeat goes elsewhere first. */
const SUSPECT = 2;
/** Longest cool-down after a 429 that does not say how long, milliseconds. */
const UNTOLD_MAX_MS = 60_000;
/** An upstream that fails a smaller share than this is better than none. Source: Envoy's panic threshold, in spirit. */
const DESPERATE = 0.9;

/** What an attempt gets from a circuit that it passes by order: its result says nothing there. */
const PASSED: Permit = { epoch: -1, probe: false, n: 0, at: Number.NEGATIVE_INFINITY };

/** Health of all targets of one engine. */
export class Health {
  /** How somebody wants targets to be used. */
  readonly orders: Orders;
  readonly #rt: Runtime;
  readonly #numbers: HealthNumbers;
  readonly #endpoints = new Map<string, Circuit>();
  readonly #platforms = new Map<string, Platform>();
  readonly #pairs = new Map<string, Pair>();
  readonly #news: CircuitNews;
  readonly #accounts: ParkedAccounts;
  /** Weak: a client makes a target for each credential it meets, and forgets it again. */
  readonly #cells = new WeakMap<Target, Map<string, Cell>>();
  /** Where `#cell` was asked last: an attempt asks some ten times. */
  #lastTarget: Target | undefined;
  #lastModel: string | undefined;
  #lastCell: Cell | undefined;

  constructor(rt: Runtime, numbers: HealthNumbers, orders = new Orders()) {
    this.orders = orders;
    this.#rt = rt;
    this.#numbers = numbers;
    this.#accounts = new ParkedAccounts(numbers.maxCells);
    this.#news = new CircuitNews(rt);
  }

  /** Takes over what is known of those that stay the same; the objects are shared, and keep their numbers until `retune`. */
  carry(from: Health, kept: Kept): void {
    for (const [name, circuit] of from.#endpoints) if (kept.target(name)) this.#endpoints.set(name, circuit);
    for (const [key, one] of from.#platforms) if (kept.platform(one.platform)) this.#platforms.set(key, one);
    for (const [key, pair] of from.#pairs) if (kept.account(pair.account)) this.#pairs.set(key, pair);
    this.#accounts.carry(from.#accounts, kept.account);
  }

  /** Lets all that was taken over go on by this configuration's numbers. */
  retune(): void {
    for (const one of this.#endpoints.values()) one.retune(this.#numbers.circuit);
    for (const { circuit, budget, concurrency } of this.#platforms.values()) {
      circuit.retune(this.#numbers.circuit);
      budget.retune(this.#numbers.budgetSize, this.#numbers.budgetRefill);
      concurrency.retune(this.#numbers.concurrency);
    }
  }

  /** Why this target cannot take a request for the model now; undefined when it can. */
  unfit(target: Target, model: string, now = this.#rt.clock.now()): Unfit | undefined {
    const against = this.orders.against(target);
    if (against !== undefined) return against;
    if (this.orders.forced(target)) return cooling(this.#cell(target, model).pair.coolUntil, now);
    const account = this.#accounts.get(target.account, now);
    if (account !== undefined) return { waitMs: account.until - now, kind: "parked", why: account.why };
    const cell = this.#cell(target, model);
    if (cell.parkedUntil > now) return { waitMs: cell.parkedUntil - now, kind: "parked", why: cell.parkedWhy };
    const { endpoint, platform } = cell;
    const shut = endpoint.admits(now) ? (platform.admits(now) ? undefined : platform) : endpoint;
    if (shut !== undefined) {
      const kind = shut.promising(now) ? "recovering" : "open";
      return { waitMs: Math.max(shut.waitMs(now), 1), kind, why: shut.why, failShare: shut.failShare };
    }
    const held = endpoint.heldMs(now) > 0 ? endpoint : platform;
    const heldMs = held.heldMs(now);
    if (heldMs > 0) return { waitMs: heldMs, kind: "held", why: `flapping: ${held.why}` };
    return cooling(cell.pair.coolUntil, now);
  }

  /** Tells the open circuits of a target that somebody was kept away: they let a probe through sooner when many are. */
  turnedAway(target: Target, model: string): void {
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    for (const circuit of [cell.endpoint, cell.platform]) if (circuit.state(now) === "open") circuit.turnedAway();
  }

  /** Share of the traffic that a target should carry, 0.1 to 1: below 1 for a while after it came back. */
  share(target: Target, model: string): number {
    if (this.orders.forced(target)) return 1;
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    return Math.min(cell.endpoint.share(now), cell.platform.share(now));
  }

  /** Whether the newest attempts there failed, one after the other: a repeat is then better made elsewhere. */
  suspect(target: Target, model: string): boolean {
    const cell = this.#cell(target, model);
    return Math.max(cell.endpoint.inRow, cell.platform.inRow) >= SUSPECT;
  }

  /**
   * Whether something is wrong there for all that the newest attempts tell, though not surely enough to shut it out:
   * failures in a row, or silence. `due` when a copy of a request shall find out.
   */
  doubt(target: Target, model: string, now = this.#rt.clock.now()): { readonly due: boolean } | undefined {
    const { endpoint, platform, concurrency, trial } = this.#cell(target, model);
    const doubted = endpoint.doubted(now) || platform.doubted(now) || concurrency.silent(now);
    return doubted && !this.orders.forced(target) ? { due: trial.due(now) } : undefined;
  }

  /** Whether the next attempt there would be a probe: a circuit is half-open and waits for one. */
  probing(target: Target, model: string, now = this.#rt.clock.now()): boolean {
    const cell = this.#cell(target, model);
    const open = cell.endpoint.state(now) === "half-open" || cell.platform.state(now) === "half-open";
    return open && !this.orders.forced(target);
  }

  /** Whether its circuit opened by a share of failures that leaves some chance: used when nothing else is left. */
  halfWell(target: Target, model: string): boolean {
    const unfit = this.unfit(target, model);
    return unfit?.kind === "open" && (unfit.failShare ?? 1) < DESPERATE;
  }

  /** Whether the target's platform has room for one more attempt now. */
  room(target: Target, model: string, now = this.#rt.clock.now()): boolean {
    return this.#cell(target, model).concurrency.admits(now);
  }

  /** Whether a learned limit is in force at the target's platform: what is seen there now is not what is healthy. */
  limited(target: Target, model: string): boolean {
    return this.#cell(target, model).concurrency.limited;
  }

  /** How long an attempt there takes to its last byte on average, milliseconds; 0 while not known. */
  durationMs(target: Target, model: string): number {
    return this.#cell(target, model).concurrency.durationMs;
  }

  /** Takes a place at the target's platform. Ask `room` before. `sizeMs`: how much later its size lets expect content, milliseconds. */
  slot(target: Target, model: string, sizeMs = 0, now = this.#rt.clock.now()): Slot {
    return new Slot(this.#cell(target, model).concurrency, now, sizeMs);
  }

  /** What each platform carries for a model, how much it may, and what is left of its retry budget. */
  loads(): readonly PlatformLoad[] {
    return [...this.#platforms].map(([key, { platform, model, concurrency, budget }]) => {
      const { inFlight, limit, limited, why } = concurrency;
      return { key, platform, model, inFlight, limit, limited, why, tokens: budget.tokens, denied: budget.denied };
    });
  }

  /** Lets an attempt through both circuits, or undefined when one is open. `trial`: it is a copy that finds out. */
  enter(target: Target, model: string, trial = false): Permits | undefined {
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    const forced = this.orders.forced(target) ? PASSED : undefined;
    if (this.orders.against(target)?.kind === "shut") return undefined;
    if (forced === undefined && (!cell.endpoint.admits(now) || !cell.platform.admits(now))) return undefined;
    const endpoint = cell.endpoint.enter(now) ?? forced;
    const platform = cell.platform.enter(now) ?? forced;
    if (endpoint === undefined || platform === undefined) return undefined;
    if (endpoint.probe) this.#news.circuit(target, "endpoint", cell.endpoint, "half-open");
    if (platform.probe) this.#news.circuit(target, "platform", cell.platform, "half-open");
    const permits = { endpoint, platform };
    if (trial) cell.trial.went(permits, now);
    return permits;
  }

  /** The attempt's content began: everything on its way works. */
  good(target: Target, model: string, permits: Permits): void {
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    cell.trial.over(permits);
    cell.endpoint.good(permits.endpoint, now);
    cell.platform.good(permits.platform, now);
    this.#accounts.worked(target.account, permits.endpoint.at);
    if (this.#news.pending) {
      this.#back(target, "endpoint", cell, cell.endpoint, permits.endpoint, now);
      this.#back(target, "platform", cell, cell.platform, permits.platform, now);
    }
    cell.pair.limitedInRow = 0;
    cell.budget.succeeded();
  }

  /** The attempt failed: whoever the verdict blames hears of it, the others are let go. */
  bad(target: Target, model: string, permits: Permits, failed: Failure, request: string): void {
    const cell = this.#cell(target, model);
    const row = VERDICTS[failed.verdict];
    const now = this.#rt.clock.now();
    cell.trial.over(permits);
    const why = failed.response === undefined ? failed.message : `${failed.response.status} ${failed.type}`;
    if (row.scope === "attempt") {
      if (cell.endpoint.cut(permits.endpoint, now, request, why))
        this.#news.circuit(target, "endpoint", cell.endpoint, "open");
    } else if (row.breaker > 0 && row.scope === "endpoint") {
      if (cell.endpoint.bad(permits.endpoint, now, row.breaker, request, why, { floorMs: failed.retryAfterMs }))
        this.#news.circuit(target, "endpoint", cell.endpoint, "open");
    } else cell.endpoint.left(permits.endpoint);
    if (row.breaker > 0 && row.scope === "platform") {
      if (
        cell.platform.bad(permits.platform, now, row.breaker, request, why, {
          partial: failed.verdict === "overloaded",
          floorMs: failed.retryAfterMs,
        })
      )
        this.#news.circuit(target, "platform", cell.platform, "open");
    } else cell.platform.left(permits.platform);
    if (row.scope === "account") {
      this.#accounts.park(target.account, now, now + this.#numbers.parkMs, why);
      this.#news.tell(target, "account", "parked", why);
    } else if (failed.verdict === "model-missing") {
      cell.parkedUntil = now + this.#numbers.parkMs;
      cell.parkedWhy = why;
      Object.assign(cell.pair, { parkedUntil: cell.parkedUntil, parkedWhy: why, parkedFor: target.name });
      this.#news.tell(target, "account-model", "parked", why);
    } else if (failed.verdict === "rate-limited") {
      // Without a word on how long, longer each time that it is no better.
      const { pair } = cell;
      if (now >= pair.coolUntil) pair.limitedInRow += 1;
      const untold = Math.min(UNTOLD_MAX_MS, VERDICTS["rate-limited"].baseMs * 2 ** (pair.limitedInRow - 1));
      pair.coolUntil = Math.max(pair.coolUntil, now + (failed.retryAfterMs ?? untold));
    }
  }

  /** The stream of an attempt came to its own end. */
  whole(target: Target, model: string, permits: Permits): void {
    this.#cell(target, model).endpoint.whole(permits.endpoint);
  }

  /** The attempt said nothing about the target: called off, or the caller's fault. */
  left(target: Target, model: string, permits: Permits): void {
    const cell = this.#cell(target, model);
    cell.trial.over(permits);
    cell.endpoint.left(permits.endpoint);
    cell.platform.left(permits.platform);
  }

  /**
   * Whether so much of the retry budget is gone that it shall be kept for those who have nowhere else to go: a first try
   * elsewhere costs none of it.
   */
  scarce(target: Target, model: string): boolean {
    return this.#cell(target, model).budget.tokens < this.#numbers.budgetSize * SCARCE;
  }

  /** Tokens left in the retry budget of the target's platform and model. */
  tokens(target: Target, model: string): number {
    return this.#cell(target, model).budget.tokens;
  }

  /** Whether that budget would pay for a repeat now. */
  affords(target: Target, model: string, priority: Priority): boolean {
    return this.#cell(target, model).budget.affords(KEPT[priority]);
  }

  /** Draws on the retry budget of the target's platform and model. `counted`: whether a denial counts. */
  draw(target: Target, model: string, cost: number, priority: Priority = "interactive", counted = true): boolean {
    return this.#cell(target, model).budget.draw(cost, KEPT[priority], counted);
  }

  /** An account has another credential now: what it was parked for may be over, so it is asked again at once. */
  unpark(target: Target): void {
    if (this.#accounts.release(target.account)) this.#news.tell(target, "account", "closed", "");
  }

  /** Cool-downs after a rate limit that are not over, for figures. `waitMs`: how long the account is left alone with that model. */
  cooldowns(now: number): ReadonlyArray<{ readonly account: string; readonly model: string; readonly waitMs: number }> {
    return [...this.#pairs.values()]
      .filter((pair) => pair.coolUntil > now)
      .map(({ account, model, coolUntil }) => ({ account, model, waitMs: coolUntil - now }));
  }

  /** Every circuit that is known, and every account or model of an account that is left alone, for snapshots and metrics. */
  states(): readonly CircuitState[] {
    const now = this.#rt.clock.now();
    const list = circuitStates(this.#endpoints, this.#platforms, now);
    for (const [key, { why }] of this.#accounts.list(now)) list.push({ scope: "account", key, state: "parked", why });
    const scope = "account-model";
    for (const [key, { coolUntil, parkedUntil, parkedWhy }] of this.#pairs) {
      if (parkedUntil > now) list.push({ scope, key, state: "parked", why: parkedWhy });
      else if (coolUntil > now) list.push({ scope, key, state: "cooling", why: "rate limited" });
    }
    return list;
  }

  #cell(target: Target, model: string): Cell {
    if (target === this.#lastTarget && model === this.#lastModel && this.#lastCell !== undefined) return this.#lastCell;
    const cell = this.#found(target, model);
    this.#lastTarget = target;
    this.#lastModel = model;
    this.#lastCell = cell;
    return cell;
  }

  #found(target: Target, model: string): Cell {
    let byModel = this.#cells.get(target);
    if (byModel === undefined) {
      byModel = new Map();
      this.#cells.set(target, byModel);
    }
    let cell = byModel.get(model);
    if (cell !== undefined) return cell;
    // Beyond the bound all further names share one cell: a caller who makes names up must not fill the memory.
    const name = byModel.size < this.#numbers.maxCells ? model : "*";
    cell = byModel.get(name);
    if (cell === undefined) {
      cell = this.#newCell(target, name);
      byModel.set(name, cell);
    }
    return cell;
  }

  #newCell(target: Target, model: string): Cell {
    const platformKey = `${target.platform} ${model}`;
    let endpoint = this.#endpoints.get(target.name);
    if (endpoint === undefined) {
      endpoint = new Circuit(this.#numbers.circuit, this.#rt.random);
      this.#endpoints.set(target.name, endpoint);
    }
    let platform = this.#platforms.get(platformKey);
    if (platform === undefined) {
      platform = {
        platform: target.platform,
        model,
        circuit: new Circuit(this.#numbers.circuit, this.#rt.random),
        budget: new Budget(this.#numbers.budgetSize, this.#numbers.budgetRefill),
        concurrency: new Concurrency(this.#numbers.concurrency),
      };
      this.#platforms.set(platformKey, platform);
    }
    const pairKey = `${target.account} ${model}`;
    let pair = this.#pairs.get(pairKey);
    if (pair === undefined) {
      pair = {
        account: target.account,
        model,
        coolUntil: 0,
        limitedInRow: 0,
        parkedUntil: 0,
        parkedWhy: "",
        parkedFor: "",
      };
      // Clients make an account of each credential they meet: what was not needed for longest goes first.
      const oldest = this.#pairs.keys().next().value;
      if (this.#pairs.size >= this.#numbers.maxCells * 10 && oldest !== undefined) this.#pairs.delete(oldest);
      this.#pairs.set(pairKey, pair);
    }
    return {
      endpoint,
      platform: platform.circuit,
      budget: platform.budget,
      concurrency: platform.concurrency,
      pair,
      // Found out before a reload.
      parkedUntil: pair.parkedFor === target.name ? pair.parkedUntil : 0,
      parkedWhy: pair.parkedFor === target.name ? pair.parkedWhy : "",
      trial: new Trial(),
    };
  }

  #back(target: Target, scope: string, cell: Cell, circuit: Circuit, permit: Permit, now: number): void {
    if (circuit.state(now) !== "closed") return;
    if (permit.probe) cell.concurrency.restart(now);
    this.#news.circuit(target, scope, circuit, "closed");
  }
}
