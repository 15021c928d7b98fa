// A world for one client: a simulator of several regions, a gateway before it, a tap before the gateway, all in process.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { type Runtime, systemRuntime } from "@fairlead/runtime";
import { type Simulator, type SimulatorOptions, startSimulator } from "@fairlead/simulator";
import { expect } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { type TappedRequest, type Wiretap, wiretap } from "./wiretap.ts";

/** One request as the simulator received it. */
export type Received = Simulator["log"]["entries"][number];

/** Key that clients show to the gateway. */
export const CLIENT_KEY = "fl-dev-clients-0123456789";
/** Key that the gateway shows to the simulator. */
export const UPSTREAM_KEY = "sk-ant-upstream-0123456789";
/** Opens the admin address. */
const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef";

/** What a world may be told. */
export interface WorldOptions {
  /** Regions of the simulator, one upstream each, in order of preference. Default: one. */
  readonly regions?: readonly string[];
  /** Further fields of the project, such as `redaction: { mode: mask }`. */
  readonly project?: string;
  /** Further lines of fairlead.yaml. */
  readonly config?: string;
  readonly simulator?: Partial<SimulatorOptions>;
  /** Time and chance of the gateway and the simulator. Default: the machine's own. */
  readonly runtime?: Runtime;
}

/** A running world. */
export interface World {
  /** Base URL for clients: the gateway, with the tap before it. */
  readonly url: string;
  /** Base URL of the first region, without the gateway. */
  readonly upstreamUrl: string;
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  readonly tap: Wiretap;
  /** Lines of the gateway's request log. */
  readonly lines: string[];
  /** What the simulator received, oldest first; only of this path, when one is given. */
  received(path?: string): Received[];
  /** The one request that the simulator received. Fails when there were more or none. */
  only(path?: string): Received;
  /** Adds a fault to the simulator. Throws when it is none. */
  fault(spec: object): void;
  /** Forgets requests and faults, for the next test. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts a world on free ports. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const names = options.regions ?? ["near"];
  const runtime = options.runtime ?? systemRuntime();
  const simulator = await startSimulator(
    {
      pace: "instant",
      seed: "clients",
      controlPort: 0,
      apiKeys: [UPSTREAM_KEY],
      ...options.simulator,
      regions: names.map((name) => ({ name, port: 0 })),
    },
    runtime,
  );
  const upstreams = simulator.regions.map(
    ({ name, url }) =>
      `  - { name: ${name}, provider: anthropic, platform: ${name}, base_url: "${url}", api_key: "\${UPSTREAM_KEY}" }`,
  );
  const text = [
    "listen: 127.0.0.1:0",
    "admin: 127.0.0.1:0",
    "upstreams:",
    ...upstreams,
    'store: "memory:"',
    `projects: [{ name: clients, keys: ["${CLIENT_KEY}"], ${options.project ?? ""} }]`,
    options.config ?? "",
  ].join("\n");
  const { config } = readConfig(text, join(tmpdir(), "fairlead.yaml"), { UPSTREAM_KEY });
  const lines: string[] = [];
  const gateway = await startGateway(config, runtime, {
    adminKey: ADMIN_KEY,
    log: (line) => lines.push(line),
  });
  const tap = await wiretap(gateway.url);
  const received = (path?: string) =>
    simulator.log.entries.filter(({ target }) => path === undefined || target.split("?")[0] === path);
  return {
    url: tap.url,
    upstreamUrl: simulator.regions[0]?.url ?? "",
    simulator,
    gateway,
    tap,
    lines,
    received,
    only(path) {
      const found = received(path);
      expect(found.map(({ method, target }) => `${method} ${target}`)).toHaveLength(1);
      return found[0] as Received;
    },
    fault(spec) {
      const added = simulator.faults.add(spec);
      if ("error" in added) throw new Error(added.error);
    },
    clear() {
      tap.clear();
      simulator.reset();
      lines.length = 0;
    },
    async close() {
      await tap.close();
      await gateway.close();
      await simulator.close();
    },
  };
}

/** Headers that belong to one hop, or are replaced by the gateway on purpose. */
const OF_ONE_HOP = new Set([
  "connection",
  "keep-alive",
  "host",
  "content-length",
  "transfer-encoding",
  "x-api-key",
  "authorization",
]);

/**
 * Fails unless the simulator received each request that the client sent, exactly once, with the same target, the same
 * bytes of body and the same headers in the same order, and with the upstream's key in place of the client's.
 * Requests that the gateway answers itself (`HEAD /api/hello`) may be missing, and so may all but one of several that count
 * the tokens of the same body: they share one answer.
 */
export function expectUntouched(world: World): void {
  const sent = counted(world.tap.requests.filter(({ target }) => target.startsWith("/v1/")));
  expect(sent.length).toBeGreaterThan(0);
  const left = counted(world.received());
  expect(left.map(nameOf).sort()).toEqual(sent.map(nameOf).sort());
  for (const request of sent) {
    const at = left.findIndex((entry) => nameOf(entry) === nameOf(request) && entry.body.equals(request.body));
    const [entry] = at < 0 ? [] : left.splice(at, 1);
    expect(entry, `${nameOf(request)} of ${request.body.length} bytes arrived with the same bytes`).toBeDefined();
    if (entry === undefined) continue;
    expect(entry.bodyComplete).toBe(true);
    expect(travelling(entry.headers)).toEqual(travelling(request.headers));
    expect(JSON.stringify(entry.headers)).not.toContain(CLIENT_KEY);
    expect(headerOf(entry, "x-api-key")).toBe(UPSTREAM_KEY);
  }
}

/** The requests without those that count the same tokens once more. */
function counted<R extends Pick<TappedRequest, "target" | "body">>(requests: readonly R[]): R[] {
  const seen = new Set<string>();
  return requests.filter(({ target, body }) => {
    if (!target.startsWith("/v1/messages/count_tokens")) return true;
    const text = body.toString("latin1");
    return seen.size < seen.add(text).size;
  });
}

/** The value of a header, joined when it came several times; undefined when it did not. */
export function headerOf(request: Pick<TappedRequest, "headers">, name: string): string | undefined {
  const values = request.headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The body of a request as JSON. */
export function jsonOf(request: { readonly body: Buffer }): Record<string, unknown> {
  return JSON.parse(request.body.toString("utf8")) as Record<string, unknown>;
}

function nameOf({ method, target }: { readonly method: string; readonly target: string }): string {
  return `${method} ${target}`;
}

// Answers are read on their way, so the gateway asks for them uncompressed; everything else travels as it came.
function travelling(headers: TappedRequest["headers"]): ReadonlyArray<readonly [string, string]> {
  return headers.filter(([name]) => !OF_ONE_HOP.has(name.toLowerCase()) && name.toLowerCase() !== "accept-encoding");
}
