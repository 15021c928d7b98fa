// Fairlead's gateway as a team would run it: keys, the default policies, the log line to a file, metrics on.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, PROXY_CPU } from "../crew.ts";
import { CHECKOUT } from "../native.ts";
import type { Candidate } from "./candidate.ts";

// From source: what is measured is always what the checkout says, never a stale build.
const GATEWAY = join(CHECKOUT, "packages/gateway/src/index.ts");
const PROCESS = join(import.meta.dirname, "gateway-process.ts");
const KEY = "fl-bench-0123456789abcdef0123456789abcdef";

// max_connections is the one setting that differs from the defaults: 1,000 streams need as many connections.
function config(port: number, adminPort: number, upstreamPort: number): string {
  return `listen: 127.0.0.1:${port}
admin: 127.0.0.1:${adminPort}
upstreams:
  - { name: mock, provider: anthropic, base_url: "http://127.0.0.1:${upstreamPort}", api_key: "file:./upstream.key", max_connections: 2048 }
models:
  - { match: "claude-*", upstreams: [mock] }
projects:
  - { name: bench, keys: ["file:./project.key"] }
`;
}

function git(...args: string[]): string {
  return execFileSync("git", ["-C", CHECKOUT, ...args], { encoding: "utf8" }).trim();
}

/** The gateway of this checkout. */
export const fairlead: Candidate = {
  name: "fairlead",
  transparent: true,
  version: () =>
    `commit ${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "packages") === "" ? "" : " with changes"}`,
  prepare: () => {
    if (!existsSync(GATEWAY))
      throw new Error("packages/gateway is not there yet: leave fairlead out with --candidates");
  },
  start: async ({ crew, upstreamPort, directory, nodeFlags }) => {
    const port = await freePort();
    const adminPort = await freePort();
    const path = join(directory, "fairlead.yaml");
    writeFileSync(path, config(port, adminPort, upstreamPort));
    writeFileSync(join(directory, "upstream.key"), "sk-ant-bench-0123456789\n");
    writeFileSync(join(directory, "project.key"), `${KEY}\n`);
    const member = crew.start({
      name: "fairlead",
      cpu: PROXY_CPU,
      command: process.execPath,
      // The flag is what packages/cli/bin/fairlead.js starts the gateway with.
      args: ["--conditions=source", "--max-semi-space-size=16", ...nodeFlags, PROCESS, path],
      env: { NODE_ENV: "production" },
      cwd: directory,
    });
    await crew.listening(member, port);
    return { port, member, key: KEY, headers: {} };
  },
};
