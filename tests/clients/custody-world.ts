// Gateways with two projects before accounts of simulators, on one store: for who may reach whose files and batches.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { startGateway } from "../watched-gateway.ts";

/** Keys of the projects `red` and `blue`. */
export const RED = "fl-dev-red-0123456789abcdef";
export const BLUE = "fl-dev-blue-0123456789abcdef";
const UPSTREAM_KEY = "sk-ant-upstream-0123456789";
const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef";

/** One gateway of a world. */
export interface GatewayWish {
  /** Accounts in order of preference; each is a simulator of its own. Default: `near`. */
  readonly accounts?: readonly string[];
  /** Default: red and blue. */
  readonly projects?: readonly ("red" | "blue")[];
  /** Default: one SQLite file of the world. */
  readonly store?: string;
  /** Default: one folder of its own. */
  readonly dataDir?: string;
  /** Further lines of fairlead.yaml. */
  readonly more?: string;
  /** Addresses of upstreams that are no simulator, by account. */
  readonly urls?: { readonly [account: string]: string };
}

/** Accounts, gateways, and the folder of their store. */
export interface CustodyWorld {
  readonly folder: string;
  /** The simulator behind an account; started when it is first asked for. */
  account(name: string): Promise<Simulator>;
  gateway(wish?: GatewayWish): Promise<Gateway>;
  /** Method and target of what an account received. */
  received(name: string): string[];
  /** Forgets what accounts received. */
  forget(): void;
  /** What a gateway's metrics say of custody. */
  metrics(gateway: Gateway): Promise<string>;
  close(): Promise<void>;
}

/** Makes a world with nothing in it. */
export async function custodyWorld(): Promise<CustodyWorld> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-custody-"));
  const runtime = systemRuntime();
  const accounts = new Map<string, Simulator>();
  const gateways: Gateway[] = [];
  const account = async (name: string): Promise<Simulator> => {
    let one = accounts.get(name);
    if (one === undefined) {
      const regions = [{ name, port: 0 }];
      const options = { pace: "instant", seed: `custody ${name}`, controlPort: 0, batchMs: 20, regions } as const;
      one = await startSimulator({ ...options, apiKeys: [UPSTREAM_KEY] }, runtime);
      accounts.set(name, one);
    }
    return one;
  };
  return {
    folder,
    account,
    async gateway(wish = {}) {
      const upstreams: string[] = [];
      for (const name of wish.accounts ?? ["near"]) {
        const url = wish.urls?.[name] ?? (await account(name)).regions[0]?.url;
        upstreams.push(
          `  - { name: ${name}, account: ${name}, platform: ${name}, provider: anthropic, base_url: "${url}", api_key: "\${UPSTREAM_KEY}", proxy: none }`,
        );
      }
      const keys = { red: RED, blue: BLUE };
      const text = [
        "listen: 127.0.0.1:0",
        "admin: 127.0.0.1:0",
        "upstreams:",
        ...upstreams,
        `store: "${wish.store ?? `sqlite:${join(folder, "fairlead.db")}`}"`,
        `data_dir: "${wish.dataDir ?? join(folder, `data-${gateways.length}`)}"`,
        "projects:",
        ...(wish.projects ?? ["red", "blue"]).map((name) => `  - { name: ${name}, keys: ["${keys[name]}"] }`),
        wish.more ?? "",
      ].join("\n");
      const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UPSTREAM_KEY });
      const gateway = await startGateway(config, runtime, { adminKey: ADMIN_KEY, log: () => {} });
      gateways.push(gateway);
      return gateway;
    },
    received: (name) => (accounts.get(name)?.log.entries ?? []).map(({ method, target }) => `${method} ${target}`),
    forget() {
      for (const one of accounts.values()) one.log.clear();
    },
    async metrics(gateway) {
      const answer = await fetch(`${gateway.adminUrl}/metrics`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      const lines = (await answer.text()).split("\n");
      return lines.filter((line) => line.startsWith("fairlead_custody_")).join("\n");
    },
    async close() {
      for (const gateway of gateways) await gateway.close();
      for (const one of accounts.values()) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
