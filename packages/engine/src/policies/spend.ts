// What requests cost, so that repeats and hedges stay a small share of a tenant's bill.

import { costOf, NO_USAGE, PICO_PER_USD } from "@fairlead/protocol";
import type { Runtime } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { tenantOf } from "../mechanics/canonical-key.ts";
import type { SpendCap } from "../mechanics/spend-cap.ts";
import type { Answer, Failure } from "../outcome.ts";
import type { Estimate } from "../targets/grant.ts";
import { VERDICTS } from "../verdict.ts";
import { kindOf } from "./request-kind.ts";

/** What a tenant spent within the cap's window, US dollars. */
export interface SpendFigure {
  readonly tenant: string;
  /** On first attempts. */
  readonly ordinary: number;
  /** On repeats of what may have been billed, and on hedges; expected cost. */
  readonly extra: number;
  /** The most that those may cost now. */
  readonly allowed: number;
  /** Repeats and hedges that would have cost too much, since the tenant was first seen. */
  readonly denied: number;
}

/** Tenants that figures tell of. */
const TOLD = 100;

/** Who knows what a request will draw. */
export interface Estimates {
  estimate(x: Exchange): Estimate;
}

/** The bill of all tenants, as far as the caps must know it. Models without a price cost nothing here. */
export class Spend {
  readonly #rt: Runtime;
  readonly #estimates: Estimates;
  readonly #repeats: SpendCap;
  readonly #hedges: SpendCap | undefined;

  /**
   * @param repeats caps what repeats and hedges cost together
   * @param hedges caps what hedges cost, when there are any
   */
  constructor(rt: Runtime, estimates: Estimates, repeats: SpendCap, hedges?: SpendCap) {
    this.#rt = rt;
    this.#estimates = estimates;
    this.#repeats = repeats;
    this.#hedges = hedges;
  }

  /** Goes on with what was spent before a reload. */
  carry(from: Spend): void {
    this.#repeats.carry(from.#repeats);
    if (from.#hedges !== undefined) this.#hedges?.carry(from.#hedges);
  }

  /** The hundred tenants that spent last, the last first. */
  figures(): readonly SpendFigure[] {
    return this.#repeats.recent(this.#rt.clock.now(), TOLD).map(({ tenant, ordinary, extra, allowed, denied }) => ({
      tenant,
      ordinary: ordinary / PICO_PER_USD,
      extra: extra / PICO_PER_USD,
      allowed: allowed / PICO_PER_USD,
      denied,
    }));
  }

  /** What an attempt is expected to cost, pico-dollars: by the predictor's input that is not read from a cache, and its output. */
  expected(x: Exchange): number {
    const { model } = x.look;
    if (model === undefined || kindOf(x) !== "messages") return 0;
    const { input, output } = this.#estimates.estimate(x).cost;
    const usage = { ...NO_USAGE, inputTokens: Math.round(input), outputTokens: Math.round(output) };
    return costOf(usage, model, { atMs: this.#rt.clock.wall() }).picoUsd;
  }

  /** Puts an answer on the tenant's bill when it has ended. */
  delivered(x: Exchange, { flow }: Answer): void {
    const { model } = x.look;
    if (model === undefined || kindOf(x) !== "messages") return;
    const tenant = tenantOf(x);
    const { clock } = this.#rt;
    flow.tap({
      end: ({ facts }) => {
        if (facts?.usage === undefined) return;
        const { picoUsd } = costOf(facts.usage, facts.model ?? model, { atMs: clock.wall() });
        this.#repeats.spent(clock.now(), tenant, picoUsd);
        this.#hedges?.spent(clock.now(), tenant, picoUsd);
      },
    });
  }

  /** Whether the tenant may pay once more for what may have been billed already. */
  repeat(x: Exchange): boolean {
    return this.#repeats.draw(this.#rt.clock.now(), tenantOf(x), this.expected(x));
  }

  /** Takes back what `repeat` booked: it did not come to that. */
  spared(x: Exchange): void {
    this.#repeats.settle(this.#rt.clock.now(), tenantOf(x), this.expected(x), 0);
  }

  /** Takes back what `hedge` booked. */
  unhedged(x: Exchange): void {
    this.spared(x);
    this.#hedges?.settle(this.#rt.clock.now(), tenantOf(x), this.expected(x), 0);
  }

  /** Whether the tenant may pay for a second attempt beside the first. `counted`: whether a denial counts. */
  hedge(x: Exchange, counted = true): boolean {
    const now = this.#rt.clock.now();
    const tenant = tenantOf(x);
    const cost = this.expected(x);
    if (this.#hedges === undefined || !this.#hedges.draw(now, tenant, cost, counted)) return false;
    if (this.#repeats.draw(now, tenant, cost, counted)) return true;
    this.#hedges.settle(now, tenant, cost, 0);
    return false;
  }
}

/**
 * Whether the provider may have billed an attempt that failed. One that it refused with an error status of its own it has
 * not; nor, in all likelihood, one that met the close of a kept-alive connection, which the budget repeats for nothing too.
 */
export function maybeBilled({ verdict, unsent, response }: Failure): boolean {
  const { billed, cost } = VERDICTS[verdict];
  return !unsent && response === undefined && cost > 0 && billed !== "no";
}
