// A simulator with its regions and a gateway before them, in this process, on free ports: what a cell is played on.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { type Runtime, systemRuntime } from "@fairlead/runtime";
import { type ProbeOptions, probe, type Sighting, type Simulator, startSimulator } from "@fairlead/simulator";
import { startGateway } from "../watched-gateway.ts";

/** Key that clients show to the gateway. */
export const CLIENT_KEY = "fl-dev-grid-0123456789";

/** A model of the simulator that thinks, calls tools and takes no assistant prefill. */
export const MODEL = "claude-sonnet-4-6";

/** What a stand may be told. */
export interface StandOptions {
  /** Regions of the simulator; each is an upstream of its own account and platform, in this order of preference. */
  readonly regions: readonly string[];
  /** Further keys of an upstream by its region, in YAML's flow style, such as `context_window: 200000`. */
  readonly upstream?: Readonly<Record<string, string>>;
  /** Further lines of fairlead.yaml: time-outs, rules, retry. */
  readonly config?: string;
  /** Seed of the simulator: two stands of one seed answer the same requests with the same bytes. */
  readonly seed?: string;
}

/** A running stand. */
export interface Stand {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  readonly runtime: Runtime;
  /** Sends a Messages request to the gateway, or straight to a region; objects become JSON. */
  ask(body: unknown, more?: Partial<ProbeOptions>, direct?: string): Promise<Sighting>;
  /** Adds a fault. Throws with the simulator's sentence when it is none. */
  fault(spec: object): string;
  /** Requests and connections that reached a region, oldest first. */
  reached(region: string): Simulator["log"]["entries"];
  /** Lines that the gateway logged. */
  readonly log: string[];
  close(): Promise<void>;
}

/** Starts a stand. */
export async function startStand(options: StandOptions): Promise<Stand> {
  const runtime = systemRuntime();
  const simulator = await startSimulator(
    {
      pace: "instant",
      seed: options.seed ?? "grid",
      regions: options.regions.map((name) => ({ name, port: 0 })),
      controlPort: 0,
    },
    runtime,
  );
  const upstreams = simulator.regions.map(({ name, url }) => {
    const more = options.upstream?.[name];
    return `  - { name: ${name}, provider: anthropic, base_url: "${url}", api_key: "\${KEY_${name}}", proxy: none${more === undefined ? "" : `, ${more}`} }`;
  });
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams:
${upstreams.join("\n")}
store: "memory:"
projects:
  - { name: grid, keys: [${CLIENT_KEY}] }
${options.config ?? ""}`;
  const keys = Object.fromEntries(options.regions.map((name) => [`KEY_${name}`, `sk-ant-${name}-0123456789`]));
  const log: string[] = [];
  const gateway = await startGateway(readConfig(text, "/nowhere/fairlead.yaml", keys).config, runtime, {
    log: (lines) => log.push(...lines.trimEnd().split("\n")),
  });
  const portOf = (region: string) => {
    const found = simulator.regions.find(({ name }) => name === region);
    if (found === undefined) throw new Error(`the stand has no region ${region}`);
    return found.port;
  };
  return {
    simulator,
    gateway,
    runtime,
    log,
    ask: (body, { headers, ...more } = {}, direct) =>
      probe(
        {
          port: direct === undefined ? Number(new URL(gateway.url).port) : portOf(direct),
          headers: {
            "x-api-key": CLIENT_KEY,
            "anthropic-version": "2023-06-01",
            "content-type": "application/json",
            ...headers,
          },
          body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
          ...more,
        },
        runtime,
      ),
    fault(spec) {
      const added = simulator.faults.add(spec);
      if ("error" in added) throw new Error(added.error);
      return added.id;
    },
    reached: (region) => simulator.log.entries.filter((entry) => entry.region === region),
    async close() {
      await gateway.close();
      await simulator.close();
    },
  };
}
