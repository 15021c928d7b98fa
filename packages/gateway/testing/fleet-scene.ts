// A fleet in virtual time: instances on one store in memory, each with a folder of its own, and a store that can be away.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Orders } from "@fairlead/engine";
import { Bus, type Runtime, virtualRuntime } from "@fairlead/runtime";
import { memoryStores, StoreError, type Stores } from "@fairlead/stores";
import { readConfig } from "../src/config/load.ts";
import type { ConfigEvent } from "../src/fleet/config-control.ts";
import type { ConfigFleet } from "../src/fleet/config-fleet.ts";
import { openFleet } from "../src/fleet/open-fleet.ts";
import { Identity } from "../src/identity/identity.ts";
import { Generations } from "../src/server/generations.ts";
import type { Standing } from "../src/server/standing.ts";

/** One instance. */
export interface Member {
  readonly fleet: ConfigFleet;
  readonly generations: Generations;
  readonly file: string;
  readonly told: Array<{ readonly event: ConfigEvent; readonly detail: string }>;
  readonly counted: string[];
  /** The retry attempts that it serves by: what the texts of these tests differ in. */
  attempts(): number;
  stop(): Promise<void>;
}

/** A text with so many attempts; `more` is further YAML. */
export function textOf(attempts: number, more = ""): string {
  return `listen: 127.0.0.1:4100
store: "memory:"
upstreams: [{ name: main, provider: anthropic, base_url: "http://127.0.0.1:1", api_key: "\${KEY}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef0123] }]
retry: { attempts: ${attempts} }
${more}`;
}

/** Makes fleets. */
export class FleetScene {
  readonly rt = virtualRuntime("fleet");
  readonly env: { [name: string]: string } = { KEY: "sk-ant-0123456789" };
  /** What is wrong with the store: `dead` every call fails, `silent` none is answered, `deaf` notices are lost, `newer` its form is not known. */
  trouble: "none" | "dead" | "silent" | "deaf" | "newer" = "none";
  readonly stores: Stores;
  readonly #folder = mkdtempSync(join(tmpdir(), "fairlead-scene-"));
  readonly #members = new Set<Member>();

  constructor() {
    const real = memoryStores(this.rt.clock);
    const through = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (from, name) => {
          const method = Reflect.get(from, name) as unknown;
          if (typeof method !== "function" || name === "subscribe") return method;
          return (...args: unknown[]) => {
            if (this.trouble === "dead") return Promise.reject(new StoreError("unavailable", "nobody answers"));
            if (this.trouble === "newer") return Promise.reject(new StoreError("newer", "the store has form 99"));
            if (this.trouble === "silent") return new Promise(() => {});
            if (this.trouble === "deaf" && name === "publish") return Promise.resolve();
            return (method as (...all: unknown[]) => unknown).apply(from, args);
          };
        },
      });
    this.stores = { ...real, records: through(real.records), notices: through(real.notices) };
  }

  /** Starts an instance whose file holds `text`, and `late` once that was read. */
  async member(
    name: string,
    text: string,
    files: { readonly [name: string]: string } = {},
    late?: string,
  ): Promise<Member> {
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    for (const [one, content] of Object.entries(files)) writeFileSync(join(folder, one), content);
    const file = join(folder, "fairlead.yaml");
    writeFileSync(file, text);
    const bus = new Bus();
    const rt: Runtime = { clock: this.rt.clock, random: this.rt.random, bus, emit: bus.emit };
    const read = readConfig(text, file, this.env);
    const identity = new Identity(read.config, rt, memoryStores(rt.clock));
    const tenancy = { layers: () => ({}) };
    const orders = { orders: new Orders() };
    const standing = { rt, stores: this.stores, identity, tenancy, orders, layers: {} } as unknown as Standing;
    const source = { file, env: this.env, text, files: read.files };
    const opened = await this.run(openFleet(read.config, source, standing));
    const generations = new Generations(opened.begun.config, standing);
    const told: Member["told"] = [];
    const counted: string[] = [];
    const fleet = opened.fleet(
      name,
      generations,
      (event, detail) => told.push({ event, detail }),
      (result) => counted.push(result),
    );
    if (late !== undefined) writeFileSync(file, late);
    await this.run(fleet.start());
    const member: Member = {
      fleet,
      generations,
      file,
      told,
      counted,
      attempts: () => generations.current.config.retry.attempts,
      stop: async () => {
        this.#members.delete(member);
        await fleet.stop();
        generations.close();
      },
    };
    this.#members.add(member);
    return member;
  }

  /** Lets virtual time run, and the disk keep up. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.rt.clock.advance(Math.min(250, left));
      await disk();
    }
  }

  /** Lets time run until something holds. Throws when it does not within a virtual minute. */
  async until(holds: () => boolean): Promise<void> {
    for (let i = 0; !holds(); i++) {
      if (i >= 240) throw new Error("it did not come to hold within a minute");
      await this.pass(250);
    }
  }

  /** Waits for work that needs the disk and the clock. */
  async run<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    for (let i = 0; !over && i < 2_000; i++) {
      await disk();
      if (!over && i % 5 === 4) await this.rt.clock.advance(50);
    }
    return watched;
  }

  async close(): Promise<void> {
    this.trouble = "none";
    for (const one of [...this.#members]) await one.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function disk(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}
