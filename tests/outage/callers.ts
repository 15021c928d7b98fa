// Callers of two projects on all gateways, and a look at readiness, from now until told to stop.

import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayUnit } from "../fleet/gateway-unit.ts";
import { CAPPED, OPEN } from "./outage-world.ts";

/** What was seen in one stretch of time. */
export interface Seen {
  readonly seconds: number;
  /** Requests of the project without limits. */
  readonly requests: number;
  /** Those that got no 200, by what they got. */
  readonly failed: readonly string[];
  /** Time to the whole answer, 50th and 99th percentile, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the project with a limit: let in, turned away with 429, and anything else. */
  readonly admitted: number;
  readonly limited: number;
  readonly cappedFailed: readonly string[];
  /** Looks at `/readyz` that did not give 200. */
  readonly unready: number;
}

/** Callers without a limit, and the rate of those with one, a second. */
const WORKERS = 6;
const CAPPED_RATE = 20;
const PAUSE_MS = 60;

/** Starts them. */
export class Callers {
  readonly #units: readonly GatewayUnit[];
  readonly #all: Promise<unknown>;
  #on = true;
  #since = performance.now();
  #times: number[] = [];
  #failed: string[] = [];
  #capped = { admitted: 0, limited: 0, failed: [] as string[] };
  #unready = 0;

  constructor(units: readonly GatewayUnit[]) {
    this.#units = units;
    const workers = Array.from({ length: WORKERS }, (_, i) => this.#work(i));
    this.#all = Promise.all([...workers, this.#cap(), this.#look()]);
  }

  /** What was seen since the last cut. */
  cut(): Seen {
    const times = this.#times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    const now = performance.now();
    const { admitted, limited, failed } = this.#capped;
    const seen: Seen = {
      seconds: (now - this.#since) / 1_000,
      requests: times.length + this.#failed.length,
      failed: this.#failed,
      p50: at(0.5),
      p99: at(0.99),
      admitted,
      limited,
      cappedFailed: failed,
      unready: this.#unready,
    };
    this.#since = now;
    this.#times = [];
    this.#failed = [];
    this.#capped = { admitted: 0, limited: 0, failed: [] };
    this.#unready = 0;
    return seen;
  }

  /** Stops, and waits for the last answers. */
  async stop(): Promise<void> {
    this.#on = false;
    await this.#all;
  }

  async #work(worker: number): Promise<void> {
    for (let i = worker; this.#on; i++) {
      const from = performance.now();
      const got = await ask(this.#unit(i), OPEN, `worker ${worker}, question ${i}`);
      if (got === "200") this.#times.push(performance.now() - from);
      else this.#failed.push(got);
      await sleep(PAUSE_MS);
    }
  }

  async #cap(): Promise<void> {
    const open = new Set<Promise<void>>();
    for (let i = 0; this.#on; i++) {
      const one = ask(this.#unit(i), CAPPED, `capped ${i}`).then((got) => {
        if (got === "200") this.#capped.admitted += 1;
        else if (got === "429") this.#capped.limited += 1;
        else this.#capped.failed.push(got);
        open.delete(one);
      });
      open.add(one);
      await sleep(1_000 / CAPPED_RATE);
    }
    await Promise.all(open);
  }

  async #look(): Promise<void> {
    for (let i = 0; this.#on; i++) {
      if ((await this.#unit(i).status("/readyz")) !== 200) this.#unready += 1;
      await sleep(200);
    }
  }

  #unit(i: number): GatewayUnit {
    return this.#units[i % this.#units.length] as GatewayUnit;
  }
}

/** One request; the status as text, or why there was none. */
export async function ask(unit: GatewayUnit, key: string, question: string): Promise<string> {
  try {
    const answer = await fetch(`${unit.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({
        model: "claude-haiku-5-5",
        max_tokens: 20,
        messages: [{ role: "user", content: question }],
      }),
    });
    await answer.text();
    return String(answer.status);
  } catch (e) {
    return (e as Error).message;
  }
}
