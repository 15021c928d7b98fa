// Portkey's gateway from npm, with the one override without which it answers 500 to streams (see bench/README.md).
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, PROXY_CPU } from "../crew.ts";
import { BENCH } from "../native.ts";
import type { Candidate } from "./candidate.ts";

const PEERS = join(BENCH, "peers");
const INSTALLED = join(PEERS, "node_modules");

function versionOf(name: string): string {
  const text = readFileSync(join(INSTALLED, name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The peer in the same language. */
export const portkey: Candidate = {
  name: "portkey",
  transparent: false,
  version: () =>
    `@portkey-ai/gateway ${versionOf("@portkey-ai/gateway")} with @hono/node-server ${versionOf("@hono/node-server")}`,
  prepare: () => {
    // The lock file that npm ci leaves behind is its own; compare what is installed with what is locked.
    const marker = join(INSTALLED, ".package-lock.json");
    const wanted = (
      JSON.parse(readFileSync(join(PEERS, "package.json"), "utf8")) as { dependencies: Record<string, string> }
    ).dependencies;
    if (existsSync(marker) && versionOf("@portkey-ai/gateway") === wanted["@portkey-ai/gateway"]) return;
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: PEERS, stdio: "inherit" });
  },
  start: async ({ crew, upstreamPort, directory }) => {
    const port = await freePort();
    const member = crew.start({
      name: "portkey",
      cpu: PROXY_CPU,
      command: process.execPath,
      args: [join(INSTALLED, "@portkey-ai/gateway/build/start-server.js"), `--port=${port}`, "--headless"],
      env: { NODE_ENV: "production" },
      cwd: directory,
    });
    await crew.listening(member, port);
    const headers = {
      "x-portkey-provider": "anthropic",
      "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
    };
    return { port, member, key: "sk-bench", headers };
  },
};
