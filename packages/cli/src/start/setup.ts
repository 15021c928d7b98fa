// The configuration of a start: the real API when its key is there, else a simulated one in three regions.

import { join } from "node:path";
import type { Config } from "@fairlead/gateway";
import type { Simulator } from "@fairlead/simulator";
import { stateFolder } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";

/** The three regions that stand in for Claude, with their distance. */
export const REGIONS = [
  { name: "east", latencyMs: 20 },
  { name: "west", latencyMs: 60 },
  { name: "tokyo", latencyMs: 120 },
] as const;

/** Ports of a start. */
export interface Ports {
  readonly port: number;
  readonly adminPort: number;
  readonly simulatorPort: number;
}

/** How long a stop waits for answers under way. */
const GRACE = "30s";
/** Sent to the simulator, which takes any key. */
const SIMULATOR_KEY = "sk-ant-simulated-0000";

/**
 * The gateway's configuration.
 * @param simulator undefined: api.anthropic.com with ANTHROPIC_API_KEY
 */
export async function startConfig(
  ports: Ports,
  key: string,
  simulator: Simulator | undefined,
  terminal: Terminal,
): Promise<Config> {
  const { readConfig } = await import("@fairlead/gateway");
  const file = {
    listen: `127.0.0.1:${ports.port}`,
    admin: `127.0.0.1:${ports.adminPort}`,
    upstreams:
      simulator === undefined
        ? [{ name: "anthropic", provider: "anthropic", api_key: fromEnvironment("ANTHROPIC_API_KEY") }]
        : simulator.regions.map(({ name, url }) => ({
            name,
            provider: "anthropic",
            base_url: url,
            api_key: fromEnvironment("SIMULATOR_KEY"),
            // Regions of their own: what overloads one says nothing of the others.
            platform: name,
            account: name,
          })),
    projects: [{ name: "start", keys: [key] }],
    drain: { grace: GRACE },
    store: `sqlite:${join(stateFolder(terminal.folder), "fairlead.db")}`,
    data_dir: join(stateFolder(terminal.folder), "data"),
  };
  const env = { ...terminal.env, SIMULATOR_KEY };
  return readConfig(JSON.stringify(file), "start", env).config;
}

function fromEnvironment(name: string): string {
  return `\${${name}}`;
}
