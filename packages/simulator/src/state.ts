// All that one running simulator remembers, in one place that the routes share.

import { forkSeed, newId, type Random, type Runtime } from "@fairlead/runtime";
import type { Study } from "./answers/author.ts";
import { Prose } from "./answers/prose.ts";
import { BatchShelf } from "./batch-shelf.ts";
import { BillBook } from "./bill-book.ts";
import { FaultBook } from "./faults/book.ts";
import { FileShelf } from "./file-shelf.ts";
import type { SimulatorOptions } from "./options.ts";
import { PromptCache } from "./prompt-cache.ts";
import { RateLimits } from "./rate-limits.ts";
import { type RegionOptions, type RegionSettings, regionSettings } from "./region-options.ts";
import { RequestLog } from "./request-log.ts";
import type { Scenario } from "./scenario.ts";
import { ServingLine } from "./serving-line.ts";

/** One region's settings now, and those it serves. */
export interface RegionState {
  readonly name: string;
  readonly options: RegionOptions;
  settings: RegionSettings;
  readonly line: ServingLine;
}

/** Changes settings, from now on: whoever waits for a place that there is now gets it. */
export function change(region: RegionState, settings: Partial<RegionSettings>): void {
  region.settings = { ...region.settings, ...settings };
  region.line.fill();
}

/** The shared state. */
export class State {
  readonly options: SimulatorOptions;
  readonly runtime: Runtime;
  readonly seed: string | number;
  readonly instant: boolean;
  readonly log: RequestLog;
  readonly bills: BillBook;
  readonly faults: FaultBook;
  readonly limits: RateLimits;
  readonly cache: PromptCache;
  readonly batches: BatchShelf;
  readonly files: FileShelf;
  readonly study: Study;
  readonly organization: string;
  readonly regions = new Map<string, RegionState>();
  readonly #ids: Random;
  #exchanges = 0;
  #stopScenario: () => void = () => {};
  /** Wall time of a moment of the monotonic clock, ms: steady, whatever the wall clock does meanwhile. */
  readonly wallAt: (now: number) => number;

  constructor(options: SimulatorOptions, runtime: Runtime) {
    this.options = options;
    this.runtime = runtime;
    this.seed = options.seed ?? "fairlead";
    this.instant = options.pace === "instant";
    this.log = new RequestLog(options.log);
    this.bills = new BillBook(options.log?.maxEntries);
    this.limits = new RateLimits(options.limits ?? {}, runtime.clock);
    this.cache = new PromptCache(runtime.clock);
    const epoch = runtime.clock.wall() - runtime.clock.now();
    this.wallAt = (now) => epoch + now;
    this.#ids = forkSeed(this.seed, "ids");
    this.organization = uuid(forkSeed(this.seed, "organization"));
    const names = (options.regions ?? []).map((region) => region.name);
    this.faults = new FaultBook(runtime, this.seed, names);
    this.files = new FileShelf();
    this.batches = new BatchShelf();
    this.study = { seed: this.seed, prose: new Prose(this.seed), id: (prefix) => this.id(prefix) };
    for (const region of options.regions ?? []) {
      const state: RegionState = {
        name: region.name,
        options: region,
        settings: regionSettings(region),
        line: new ServingLine(() => state.settings),
      };
      this.regions.set(region.name, state);
    }
  }

  /** Told of a scenario to run, by whoever can run it. */
  onScenario: (scenario: Scenario) => () => void = () => () => {};

  /** Runs a scenario in place of the one that ran. */
  run(scenario: Scenario): void {
    this.#stopScenario();
    this.#stopScenario = this.onScenario(scenario);
  }

  /** A new id, 24 characters behind the prefix. */
  id(prefix: string): string {
    return newId(this.#ids, prefix, 24);
  }

  /** A chance of its own for the next exchange, so that one request's draws never shift another's. */
  nextRandom(): Random {
    this.#exchanges += 1;
    return forkSeed(this.seed, `exchange/${this.#exchanges}`);
  }

  /** Back to the beginning: no faults, empty books, full buckets, cold cache, first settings, no scenario. */
  reset(): void {
    this.#stopScenario();
    this.faults.clear();
    this.log.clear();
    this.bills.clear();
    this.limits.reset();
    this.cache.reset();
    this.files.clear();
    this.batches.clear();
    for (const region of this.regions.values()) change(region, regionSettings(region.options));
  }
}

/** A version 4 UUID from a chance. */
export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random.next() * 16).toString(16)).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
