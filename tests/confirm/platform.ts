// A running simulator from outside: its regions, its faults and settings by HTTP, and what it counted.

import { setTimeout as sleep } from "node:timers/promises";
import type { RegionSettings } from "@fairlead/simulator";
import type { Upstream } from "./crew.ts";

/** A request as the simulator logged it. Times: wall clock, milliseconds. */
export interface Logged {
  readonly id: number;
  readonly region: string;
  readonly at: number;
  readonly method: string;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly bodyBytes: number;
  readonly status?: number;
  readonly endedAt?: number;
  readonly ended: string;
  readonly faults: ReadonlyArray<{ readonly kind: string; readonly fired: boolean }>;
}

/** What a request would have been billed. */
export interface Billed {
  readonly logId: number;
  readonly region: string;
  readonly at: number;
  readonly state: "open" | "complete" | "aborted" | "unbilled";
  readonly usage: {
    readonly input_tokens?: number;
    readonly cache_read_input_tokens?: number;
    readonly cache_creation_input_tokens?: number;
    readonly output_tokens?: number;
  };
}

/** The log is fetched in pieces of so many entries. */
const PAGE = 4_000;

/** A simulator process. */
export class Platform {
  readonly regions: readonly Upstream[];
  readonly #control: string;

  constructor(said: { readonly regions: readonly Upstream[]; readonly controlUrl: string }) {
    this.regions = said.regions;
    this.#control = `${said.controlUrl}/_simulator`;
  }

  /** Changes the settings of a region. */
  async set(region: string, settings: Partial<RegionSettings>): Promise<void> {
    await this.#ask("POST", `/regions/${region}`, settings);
  }

  /** Adds a fault from now on. Gives the wall time at which it was there, milliseconds. */
  async fault(spec: object): Promise<number> {
    await this.#ask("POST", "/faults", spec);
    return Date.now();
  }

  /** Removes a fault by its id. Gives the wall time at which it was gone, milliseconds. */
  async heal(id: string): Promise<number> {
    await this.#ask("DELETE", `/faults/${id}`);
    return Date.now();
  }

  /** Messages requests in the order in which they came; connections that came to nothing are not among them. */
  async log(): Promise<Logged[]> {
    const all: Logged[] = [];
    for (;;) {
      const after = all.at(-1)?.id ?? 0;
      const { entries } = await this.#ask<{ entries: Logged[] }>(
        "GET",
        `/log?bodies=false&limit=${PAGE}&after=${after}`,
      );
      all.push(...entries);
      if (entries.length < PAGE) return all.filter(({ method }) => method === "POST");
    }
  }

  async bills(): Promise<readonly Billed[]> {
    return (await this.#ask<{ bills: Billed[] }>("GET", "/bills")).bills;
  }

  /** Waits until so many requests have come: a load is under way. Gives the wall time, milliseconds. */
  async reached(count: number): Promise<number> {
    for (;;) {
      const { total } = await this.#ask<{ total: number }>("GET", "/log?limit=0");
      if (total >= count) return Date.now();
      await sleep(20);
    }
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.#control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (await answer.json()) as T & { error?: string };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}`);
    return value;
  }
}

/** The session that a request belongs to; empty when it says none. */
export function sessionOf({ headers }: Logged): string {
  return headers.find(([name]) => name.toLowerCase() === "x-claude-code-session-id")?.[1] ?? "";
}
