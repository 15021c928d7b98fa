// Asks addresses from here whether and how fast they answer: GET /api/hello without a key, which costs nothing.

import { performance } from "node:perf_hooks";
import { Connection, type Endpoint, endpointOf } from "../load/connection.ts";
import { placeOf } from "./host-place.ts";
import type { Region, RegionsView } from "./region.ts";

/** What is to be asked. */
export interface Asked {
  readonly name: string;
  readonly url: string;
  /** As configured; undefined: what the host's name tells. */
  readonly provider?: string;
  /** Why it cannot be asked from here; it is shown with that. */
  readonly not?: string;
}

/** The window, milliseconds, and how many probes of it are remembered. */
const WINDOW_MS = 300_000;
const MAX_SAMPLES = 2_000;
/** A probe has this long to be answered, milliseconds. */
const ANSWER_MS = 5_000;

interface Sample {
  readonly at: number;
  /** To the answer; undefined when there was none that counts. */
  readonly ms: number | undefined;
  readonly fresh: boolean;
}

/** Asks a list of addresses, again and again. */
export class ProbeSource {
  readonly #startedAt = performance.now();
  readonly #probes: readonly Probe[];

  constructor(asked: readonly Asked[]) {
    this.#probes = asked.map((one) => new Probe(one));
  }

  /** Asks all of them once, at the same time. */
  async round(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => probe.ask()));
  }

  view(): RegionsView {
    const now = performance.now();
    return {
      at: new Date().toISOString(),
      source: "probes",
      admin: null,
      window_seconds: Math.round(Math.min(WINDOW_MS, now - this.#startedAt) / 100) / 10,
      regions: this.#probes.map((probe) => probe.region(now)),
    };
  }

  close(): void {
    for (const probe of this.#probes) probe.close();
  }
}

class Probe {
  readonly #asked: Asked;
  readonly #samples: Sample[] = [];
  #endpoint: Endpoint | undefined;
  #connection: Connection | undefined;
  #connectMs: number | undefined;
  #why = "";
  #up: boolean | undefined;

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#why = asked.not ?? "";
  }

  async ask(): Promise<void> {
    if (this.#asked.not !== undefined) return;
    const url = new URL(this.#asked.url);
    const startedAt = performance.now();
    try {
      this.#endpoint ??= await endpointOf(url);
    } catch (e) {
      return this.#take({ at: startedAt, ms: undefined, fresh: true }, `not found: ${codeOf(e)}`);
    }
    const fresh = this.#connection?.usable !== true;
    const connection = fresh ? new Connection(this.#endpoint) : (this.#connection as Connection);
    this.#connection = connection;
    const request = `GET ${url.pathname.replace(/\/$/, "")}/api/hello HTTP/1.1\r\nhost: ${url.host}\r\nuser-agent: fairlead-regions\r\naccept: */*\r\n\r\n`;
    const sentAt = performance.now();
    const why = await this.#answer(connection, request);
    const ms = performance.now() - sentAt;
    if (fresh && why === undefined) this.#connectMs = ms;
    this.#take({ at: sentAt, ms: why === undefined ? ms : undefined, fresh }, why);
    // An address may have moved.
    if (why !== undefined) this.#endpoint = undefined;
  }

  close(): void {
    this.#connection?.destroy("done");
  }

  region(now: number): Region {
    while (this.#samples.length > 0 && now - (this.#samples[0] as Sample).at > WINDOW_MS) this.#samples.shift();
    const { name, provider, url } = this.#asked;
    const place = placeOf(new URL(url).hostname);
    const answered = this.#samples.filter(({ ms }) => ms !== undefined);
    // A new connection takes turns of its own; only where there is no other is it the measure.
    const kept = answered.filter(({ fresh }) => !fresh);
    const times = (kept.length > 0 ? kept : answered).map(({ ms }) => ms ?? 0).sort((a, b) => a - b);
    const sum = times.reduce((all, ms) => all + ms, 0);
    return {
      name,
      provider: provider ?? place.provider,
      region: place.region,
      url: new URL(url).origin,
      state: this.#up === undefined ? "unknown" : this.#up ? "up" : "down",
      why: this.#why,
      attempts: this.#samples.length,
      ok: answered.length,
      availability: this.#samples.length === 0 ? null : answered.length / this.#samples.length,
      mean_ms: times.length === 0 ? null : round(sum / times.length),
      p95_ms: times.length === 0 ? null : round(times[Math.ceil(times.length * 0.95) - 1] ?? 0),
      connect_ms: this.#connectMs === undefined ? null : round(this.#connectMs),
    };
  }

  #take(sample: Sample, why: string | undefined): void {
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    this.#up = why === undefined;
    this.#why = why ?? "";
  }

  /** Sends and waits. Returns why it is no good answer, or undefined. */
  #answer(connection: Connection, request: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      let status = 0;
      const timer = setTimeout(() => connection.destroy(`no answer within ${ANSWER_MS / 1_000} s`), ANSWER_MS);
      connection.send([request], {
        head: (found) => {
          status = found;
        },
        data() {},
        over: (broken) => {
          clearTimeout(timer);
          resolve(broken ?? faultOf(status));
        },
      });
    });
  }
}

/** What a status says against an address. Whoever does not know the path or wants a key is there all the same. */
function faultOf(status: number): string | undefined {
  if (status < 300 || [400, 401, 404, 405].includes(status)) return undefined;
  if (status < 400) return `it redirects (${status})`;
  if (status === 403) return "it refuses (403); fairlead doctor tells why";
  return `it answers ${status}`;
}

function codeOf(e: unknown): string {
  return e instanceof Error ? ((e as NodeJS.ErrnoException).code ?? e.message) : String(e);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
