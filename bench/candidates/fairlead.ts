// Fairlead's gateway as a team would run it: keys, the default policies, the log line to a file, metrics on.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, PROXY_CPU } from "../crew.ts";
import { CHECKOUT, OUT } from "../native.ts";
import type { Candidate, CandidateName, Running, Setting } from "./candidate.ts";

// From source: what is measured is always what the checkout says, never a stale build.
const GATEWAY = "packages/gateway/src/index.ts";
const PROCESS = "bench/candidates/gateway-process.ts";
const KEY = "fl-bench-0123456789abcdef0123456789abcdef";

// A store in memory: what is kept on disk has a proof and a price of its own (docs/ledger-proof.md).
const STORE = 'store: "memory:"\n';

// max_connections is the one setting that differs from the defaults: 1,000 streams need as many connections.
function config(port: number, adminPort: number, upstreamPort: number, store: string): string {
  return `listen: 127.0.0.1:${port}
admin: 127.0.0.1:${adminPort}
upstreams:
  - { name: mock, provider: anthropic, base_url: "http://127.0.0.1:${upstreamPort}", api_key: "file:./upstream.key", max_connections: 2048 }
models:
  - { match: "claude-*", upstreams: [mock] }
${store}projects:
  - { name: bench, keys: ["file:./project.key"] }
`;
}

function git(...args: string[]): string {
  return execFileSync("git", ["-C", CHECKOUT, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** Starts the gateway of a tree of sources, with the flags that its packages/cli/bin/fairlead.js starts it with. */
async function startFrom(
  tree: string,
  name: CandidateName,
  flags: readonly string[],
  setting: Setting,
): Promise<Running> {
  const { crew, upstreamPort, directory, nodeFlags } = setting;
  const port = await freePort();
  const adminPort = await freePort();
  const path = join(directory, "fairlead.yaml");
  writeFileSync(path, config(port, adminPort, upstreamPort, name === "first-road" ? "" : STORE));
  writeFileSync(join(directory, "upstream.key"), "sk-ant-bench-0123456789\n");
  writeFileSync(join(directory, "project.key"), `${KEY}\n`);
  const member = crew.start({
    name,
    cpu: PROXY_CPU,
    command: process.execPath,
    args: ["--conditions=source", ...flags, ...nodeFlags, join(tree, PROCESS), path],
    env: { NODE_ENV: "production" },
    cwd: directory,
  });
  await crew.listening(member, port);
  return { port, member, key: KEY, headers: {} };
}

/** The gateway of this checkout. */
export const fairlead: Candidate = {
  name: "fairlead",
  transparent: true,
  version: () =>
    `commit ${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "packages") === "" ? "" : " with changes"}`,
  prepare: () => {
    if (!existsSync(join(CHECKOUT, GATEWAY)))
      throw new Error("packages/gateway is not there yet: leave fairlead out with --candidates");
  },
  start: (setting) => startFrom(CHECKOUT, "fairlead", ["--max-semi-space-size=32", "--no-parallel-scavenge"], setting),
};

/**
 * The last commit before admission, balancing, quotas and caches came: keys, retry, breaker, time-outs, the commit gate,
 * log and metrics. What came since must not make a request dearer by more than a seventh.
 */
const FIRST_ROAD = "77f5579";

/** The gateway as it was when it had only the first policies, from this repository's own history. */
export const firstRoad: Candidate = {
  name: "first-road",
  transparent: true,
  version: () => `commit ${FIRST_ROAD}`,
  prepare: () => {
    const tree = firstRoadTree();
    if (existsSync(join(tree, GATEWAY))) return;
    try {
      git("cat-file", "-e", `${FIRST_ROAD}^{commit}`);
    } catch {
      throw new Error(
        `commit ${FIRST_ROAD} is not in this clone: fetch the whole history, or leave first-road out with --candidates`,
      );
    }
    mkdirSync(join(tree, "node_modules"), { recursive: true });
    const archive = execFileSync("git", ["-C", CHECKOUT, "archive", FIRST_ROAD, "packages", "bench/candidates"], {
      maxBuffer: 268_435_456,
    });
    execFileSync("tar", ["-x", "-C", tree], { input: archive });
    // Its own rooms by name; whatever else it imports is found in the checkout around it.
    mkdirSync(join(tree, "node_modules/@fairlead"));
    for (const room of readdirSync(join(tree, "packages")))
      symlinkSync(`../../packages/${room}`, join(tree, "node_modules/@fairlead", room));
  },
  start: (setting) => startFrom(firstRoadTree(), "first-road", ["--max-semi-space-size=16"], setting),
};

function firstRoadTree(): string {
  return join(OUT, `tree-${FIRST_ROAD}`);
}
