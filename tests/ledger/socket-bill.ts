// The simulator's bill of a long run: taken over from its bounded book while it grows, and compared with the ledger.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readUsage, totalInput } from "@fairlead/protocol";
import { systemRuntime } from "@fairlead/runtime";
import type { Simulator } from "@fairlead/simulator";
import type { LedgerRow } from "@fairlead/stores";
import { openStore } from "./kill-store.ts";
import type { Estimated, Verdict } from "./settlement.ts";

/** What nobody billed. */
const NONE = 0xffff_ffff;

/** Tokens of each request of a run, by its number. A request is one attempt, and carries its number in the caller's name for it. */
export class SocketBill {
  readonly #input: Uint32Array;
  readonly #output: Uint32Array;
  /** Requests that the upstream billed. */
  billed = 0;

  /** For requests 0 to `most` - 1. */
  constructor(most: number) {
    this.#input = new Uint32Array(most).fill(NONE);
    this.#output = new Uint32Array(most).fill(NONE);
  }

  /** Takes over what was billed since it was called last. Waits until answers that nobody reads any more are given up. */
  async take(simulator: Simulator): Promise<void> {
    while (simulator.bills().bills.some(({ state }) => state === "open")) await pause(5);
    const names = new Map(simulator.log.entries.map(({ id, headers }) => [id, headers.find(isName)?.[1] ?? ""]));
    for (const { logId, usage: object } of simulator.bills().bills) {
      const name = names.get(logId);
      if (name === undefined) continue;
      const n = numberOf(name);
      if (this.#input[n] !== NONE) throw new Error(`request ${n} reached the upstream twice`);
      const usage = readUsage(object);
      this.#input[n] = totalInput(usage);
      this.#output[n] = usage.outputTokens;
      this.billed += 1;
    }
    simulator.log.clear();
    const { requests } = simulator.bills().total;
    if (requests !== this.billed) throw new Error(`of ${requests} requests billed, ${this.billed} could be taken over`);
  }

  /** Holds a ledger against it. */
  async compare(store: string, data: string): Promise<Verdict> {
    const stores = await openStore(store, systemRuntime().clock);
    const seen = new Uint8Array(this.#input.length);
    const crashed: Estimated = { rows: 0, told: 0, billed: 0 };
    const aborted: Estimated = { rows: 0, told: 0, billed: 0 };
    const sums = { rows: 0, output: 0, unseen: 0, settled: 0, wrong: 0, drift: 0, double: 0 };
    const count = (row: LedgerRow) => {
      sums.rows += 1;
      sums.output += row.outputTokens;
      const n = numberOf(row.callerRequestId ?? "");
      if (seen[n] !== 0) sums.double += 1;
      seen[n] = 1;
      const input = this.#input[n] as number;
      const output = this.#output[n] as number;
      if (input === NONE) {
        // Killed, or refused, before the upstream saw it: nothing may be booked as settled.
        if (row.estimated || totalInput(row) + row.outputTokens === 0) sums.unseen += 1;
        else sums.wrong += 1;
      } else if (row.estimated) {
        const into = row.ended === "crashed" ? crashed : aborted;
        into.rows += 1;
        into.told += totalInput(row) + row.outputTokens;
        into.billed += input + output;
      } else {
        const off = Math.abs(totalInput(row) - input) + Math.abs(row.outputTokens - output);
        sums.settled += 1;
        if (off > 0) sums.wrong += 1;
        sums.drift += off;
      }
    };
    try {
      for (let before: string | undefined, more = true; more; ) {
        const page = await stores.ledger.rows({}, 1_000, before);
        page.rows.forEach(count);
        before = page.next;
        more = before !== undefined;
      }
      const [all] = await stores.ledger.usage({}, []);
      let lost = 0;
      for (let n = 0; n < seen.length; n++) if (this.#input[n] !== NONE && seen[n] === 0) lost += 1;
      const { rows, output, ...found } = sums;
      return {
        ...{ billed: this.billed, rows, lost, ...found, crashed, aborted, shippedTwice: 0 },
        sumsHold: (all?.attempts ?? 0) === rows && (all?.outputTokens ?? 0) === output,
        leftInSpool: readdirSync(join(data, "spool")).length,
      };
    } finally {
      await stores.close();
    }
  }
}

/** Name of request number `n`. */
export function nameOf(seed: string, n: number): string {
  return `${seed}-${n}`;
}

function numberOf(name: string): number {
  const found = /-(\d+)$/.exec(name);
  if (found === null) throw new Error(`a request was called "${name}", which is none of the run`);
  return Number(found[1]);
}

function isName([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === "x-client-request-id";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
