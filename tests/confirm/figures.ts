// Figures from what loads and simulators told.

import type { LoadJson, StepJson } from "fairlead";
import type { Gateway } from "./crew.ts";

/** The step with this number, from 0, of each load. */
export function steps(loads: readonly LoadJson[], at: number): StepJson[] {
  return loads.flatMap(({ steps: all }) => {
    const one = all[at];
    return one === undefined ? [] : [one];
  });
}

/** The sum of a figure. */
export function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

/** The q-quantile (0 to 1), nearest rank; NaN without any. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** Which requests succeeded, by the wall-clock second in which they were due. */
export function bySecond(all: readonly StepJson[]): Map<number, { ok: number; failed: number }> {
  const seconds = new Map<number, { ok: number; failed: number }>();
  for (const { began_at, timeline } of all) {
    for (const [i, { ok, failed }] of timeline.entries()) {
      const second = Math.floor(Date.parse(began_at) / 1_000) + i;
      const known = seconds.get(second) ?? { ok: 0, failed: 0 };
      seconds.set(second, { ok: known.ok + ok, failed: known.failed + failed });
    }
  }
  return seconds;
}

/**
 * Seconds from `since` (wall clock, milliseconds) to the first 5 s in which 95 % of the requests that were due succeeded.
 * Loads tell by whole seconds, each from its own beginning: it is right to a second. Infinity: never.
 */
export function recovery(all: readonly StepJson[], since: number): number {
  const seconds = bySecond(all);
  const first = Math.ceil(since / 1_000);
  const last = Math.max(...seconds.keys());
  for (let from = first; from + 5 <= last + 1; from++) {
    const window = Array.from({ length: 5 }, (_, i) => seconds.get(from + i) ?? { ok: 0, failed: 0 });
    const ok = sum(window, (one) => one.ok);
    if (ok > 0 && ok / (ok + sum(window, (one) => one.failed)) >= 0.95) return from - first;
  }
  return Number.POSITIVE_INFINITY;
}

/** What failed most, as words behind a figure; empty when nothing did. */
export function failuresOf(all: readonly StepJson[]): string {
  const counts = new Map<string, number>();
  for (const { what, count } of all.flatMap(({ failures }) => failures))
    counts.set(what, (counts.get(what) ?? 0) + count);
  const ranking = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  return ranking.map(([what, count]) => `; ${count} x ${what}`).join("");
}

/** Jain's index of fairness: 1 when all are equal, 1/n when one has everything. */
export function jain(values: readonly number[]): number {
  return sum(values, (one) => one) ** 2 / (values.length * sum(values, (one) => one * one));
}

/**
 * How often circuits of gateways changed between in use and not, by reading their admin addresses. A half-open one is not in
 * use yet. Changes quicker than a reading are not seen.
 */
export class CircuitWatch {
  readonly #changes = new Map<string, number>();
  #opened = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #shut = new Set<string>();

  constructor(gateways: readonly Gateway[], everyMs = 50) {
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
      busy = true;
      Promise.all(gateways.map((gateway) => this.#read(gateway)))
        .catch(() => {})
        .finally(() => {
          busy = false;
        });
    }, everyMs);
  }

  /** Changes of the circuit that changed most. */
  get most(): number {
    return Math.max(0, ...this.#changes.values());
  }

  /** How often any circuit opened. */
  get opened(): number {
    return this.#opened;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #read({ admin, adminHeaders }: Gateway): Promise<void> {
    const answer = await fetch(`${admin}/api/state`, { headers: adminHeaders });
    const { circuits } = (await answer.json()) as { circuits: Array<{ scope: string; key: string; state: string }> };
    for (const { scope, key, state } of circuits) {
      const name = `${admin} ${scope} ${key}`;
      const shut = state !== "closed" && state !== "doubted";
      if (shut === this.#shut.has(name)) continue;
      if (shut) this.#shut.add(name);
      else this.#shut.delete(name);
      this.#changes.set(name, (this.#changes.get(name) ?? 0) + 1);
      if (shut) this.#opened += 1;
    }
  }
}
