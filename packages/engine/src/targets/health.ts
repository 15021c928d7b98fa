// What is known of the targets' health: circuits by scope of blame, cool-downs, parked accounts, retry budgets.

import type { Runtime } from "@fairlead/runtime";
import type { CircuitFact } from "../facts.ts";
import { Budget } from "../mechanics/budget.ts";
import { Circuit, type CircuitNumbers, type Permit } from "../mechanics/circuit.ts";
import type { Failure } from "../outcome.ts";
import { VERDICTS } from "../verdict.ts";
import type { Target } from "./target.ts";

/** The numbers that health works with; they come from the options of breaker and retry. */
export interface HealthNumbers {
  readonly circuit: CircuitNumbers;
  readonly budgetSize: number;
  readonly budgetRefill: number;
  /** How long a refused credential or a missing model stays out of use, milliseconds. */
  readonly parkMs: number;
  /** Upper bound of circuits remembered: model names come from callers. */
  readonly maxCells: number;
}

/** Circuit permits of one attempt: one for the address, one for the platform and model. */
export interface Permits {
  readonly endpoint: Permit;
  readonly platform: Permit;
}

interface Cell {
  readonly endpoint: Circuit;
  readonly platform: Circuit;
  readonly budget: Budget;
  readonly endpointKey: string;
  readonly platformKey: string;
  /** Account cool-down for this model (429), monotonic milliseconds. */
  coolUntil: number;
  /** The pair of account and model is out of use until then (404). */
  parkedUntil: number;
  parkedWhy: string;
}

/** Why a target cannot be used now, and for how long. */
export interface Unfit {
  readonly waitMs: number;
  readonly kind: "open" | "parked" | "cooling";
  readonly why: string;
}

/** Health of all targets of one engine. */
export class Health {
  readonly #rt: Runtime;
  readonly #numbers: HealthNumbers;
  readonly #endpoints = new Map<string, Circuit>();
  readonly #platforms = new Map<string, { circuit: Circuit; budget: Budget }>();
  readonly #accounts = new Map<string, { until: number; why: string }>();
  /** Weak: a client makes a target for each credential it meets, and forgets it again. */
  readonly #cells = new WeakMap<Target, Map<string, Cell>>();

  constructor(rt: Runtime, numbers: HealthNumbers) {
    this.#rt = rt;
    this.#numbers = numbers;
  }

  /** Why this target cannot take a request for the model now; undefined when it can. */
  unfit(target: Target, model: string): Unfit | undefined {
    const now = this.#rt.clock.now();
    const account = this.#accounts.get(target.account);
    if (account !== undefined && account.until > now) {
      return { waitMs: account.until - now, kind: "parked", why: account.why };
    }
    const cell = this.#cell(target, model);
    if (cell.parkedUntil > now) return { waitMs: cell.parkedUntil - now, kind: "parked", why: cell.parkedWhy };
    for (const circuit of [cell.endpoint, cell.platform]) {
      if (!circuit.admits(now)) return { waitMs: Math.max(circuit.waitMs(now), 1), kind: "open", why: circuit.why };
    }
    if (cell.coolUntil > now) return { waitMs: cell.coolUntil - now, kind: "cooling", why: "rate limited" };
    return undefined;
  }

  /** Lets an attempt through both circuits, or undefined when one is open. */
  enter(target: Target, model: string): Permits | undefined {
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    if (!cell.endpoint.admits(now) || !cell.platform.admits(now)) return undefined;
    const endpoint = cell.endpoint.enter(now);
    const platform = cell.platform.enter(now);
    if (endpoint === undefined || platform === undefined) return undefined;
    if (endpoint.probe) this.#tell(target, "endpoint", "half-open", cell.endpoint.why);
    if (platform.probe) this.#tell(target, "platform", "half-open", cell.platform.why);
    return { endpoint, platform };
  }

  /** The attempt's content began: everything on its way works. */
  good(target: Target, model: string, permits: Permits): void {
    const cell = this.#cell(target, model);
    const now = this.#rt.clock.now();
    cell.endpoint.good(permits.endpoint, now);
    cell.platform.good(permits.platform, now);
    if (permits.endpoint.probe && cell.endpoint.state(now) === "closed") this.#tell(target, "endpoint", "closed", "");
    if (permits.platform.probe && cell.platform.state(now) === "closed") this.#tell(target, "platform", "closed", "");
    cell.budget.succeeded();
  }

  /** The attempt failed: whoever the verdict blames hears of it, the others are let go. */
  bad(target: Target, model: string, permits: Permits, failed: Failure, request: string): void {
    const cell = this.#cell(target, model);
    const row = VERDICTS[failed.verdict];
    const now = this.#rt.clock.now();
    const why = failed.response === undefined ? failed.message : `${failed.response.status} ${failed.type}`;
    if (row.breaker > 0 && (row.scope === "endpoint" || row.scope === "attempt")) {
      if (cell.endpoint.bad(permits.endpoint, now, row.breaker, request, why))
        this.#tell(target, "endpoint", "open", why);
    } else cell.endpoint.left(permits.endpoint);
    if (row.breaker > 0 && row.scope === "platform") {
      if (cell.platform.bad(permits.platform, now, row.breaker, request, why))
        this.#tell(target, "platform", "open", why);
    } else cell.platform.left(permits.platform);
    if (row.scope === "account") {
      this.#park(target.account, now, why);
      this.#tell(target, "account", "parked", why);
    } else if (failed.verdict === "model-missing") {
      cell.parkedUntil = now + this.#numbers.parkMs;
      cell.parkedWhy = why;
      this.#tell(target, "account-model", "parked", why);
    } else if (failed.verdict === "rate-limited" && failed.retryAfterMs !== undefined) {
      cell.coolUntil = Math.max(cell.coolUntil, now + failed.retryAfterMs);
    }
  }

  /** The attempt said nothing about the target: called off, or the caller's fault. */
  left(target: Target, model: string, permits: Permits): void {
    const cell = this.#cell(target, model);
    cell.endpoint.left(permits.endpoint);
    cell.platform.left(permits.platform);
  }

  /** Draws on the retry budget of the target's platform and model. */
  draw(target: Target, model: string, cost: number): boolean {
    return this.#cell(target, model).budget.draw(cost);
  }

  /** Every circuit and parked account that is known, for snapshots and metrics. */
  states(): ReadonlyArray<{
    readonly scope: string;
    readonly key: string;
    readonly state: string;
    readonly why: string;
  }> {
    const now = this.#rt.clock.now();
    const list = [];
    for (const [key, circuit] of this.#endpoints) {
      list.push({ scope: "endpoint", key, state: circuit.state(now), why: circuit.why });
    }
    for (const [key, { circuit }] of this.#platforms) {
      list.push({ scope: "platform", key, state: circuit.state(now), why: circuit.why });
    }
    for (const [key, parked] of this.#accounts) {
      if (parked.until > now) list.push({ scope: "account", key, state: "parked", why: parked.why });
    }
    return list;
  }

  #park(account: string, now: number, why: string): void {
    if (this.#accounts.size >= this.#numbers.maxCells) {
      for (const [key, parked] of this.#accounts) if (parked.until <= now) this.#accounts.delete(key);
      const oldest = this.#accounts.keys().next().value;
      if (this.#accounts.size >= this.#numbers.maxCells && oldest !== undefined) this.#accounts.delete(oldest);
    }
    this.#accounts.delete(account);
    this.#accounts.set(account, { until: now + this.#numbers.parkMs, why });
  }

  #cell(target: Target, model: string): Cell {
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
    const endpointKey = target.name;
    const platformKey = `${target.platform} ${model}`;
    let endpoint = this.#endpoints.get(endpointKey);
    if (endpoint === undefined) {
      endpoint = new Circuit(this.#numbers.circuit, this.#rt.random);
      this.#endpoints.set(endpointKey, endpoint);
    }
    let platform = this.#platforms.get(platformKey);
    if (platform === undefined) {
      platform = {
        circuit: new Circuit(this.#numbers.circuit, this.#rt.random),
        budget: new Budget(this.#numbers.budgetSize, this.#numbers.budgetRefill),
      };
      this.#platforms.set(platformKey, platform);
    }
    return {
      endpoint,
      platform: platform.circuit,
      budget: platform.budget,
      endpointKey,
      platformKey,
      coolUntil: 0,
      parkedUntil: 0,
      parkedWhy: "",
    };
  }

  #tell(target: Target, scope: string, state: CircuitFact["state"], why: string): void {
    const fact: CircuitFact = { kind: "circuit", at: this.#rt.clock.now(), upstream: target.name, scope, state, why };
    this.#rt.emit(fact);
  }
}
