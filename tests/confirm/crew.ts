// The programs of a confirmation, each a process of its own: simulators, gateways, loads. From source, on free ports.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LoadJson } from "fairlead";
import { Platform } from "./platform.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/fairlead.js", import.meta.url));
/** A program is up, or has ended when asked to, within this time, milliseconds. */
const UP_MS = 20_000;
const DOWN_MS = 3_000;

/** Key that loads show to a gateway whose projects say nothing else. */
export const KEY = "fl-dev-confirm-0123456789";

/** A place that answers, as a gateway is told of it. */
export interface Upstream {
  readonly name: string;
  readonly url: string;
}

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  readonly admin: string;
  /** Headers that open it. */
  readonly adminHeaders: { readonly authorization: string };
  /** Lines of its request log so far, parsed. */
  lines(): LogLine[];
}

/** A line of a gateway's request log, as far as it is read here. */
export interface LogLine {
  readonly time: string;
  readonly event: string;
  readonly model?: string;
  readonly verdict?: string;
  readonly attempts?: number;
  readonly upstream?: string;
  readonly total_ms?: number;
}

/** What a gateway is told besides its upstreams. */
export interface GatewayPlan {
  /** Further lines of fairlead.yaml. */
  readonly yaml?: string;
  /** Names and keys of projects. Default: one, with KEY. */
  readonly projects?: ReadonlyArray<{ readonly name: string; readonly key: string }>;
}

interface Program {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts programs and ends all that it started. */
export class Crew {
  readonly #folder = mkdtempSync(join(tmpdir(), "fairlead-confirm-"));
  readonly #programs = new Set<Program>();
  #names = 0;

  /** Starts a simulator with these arguments. */
  async simulator(...args: readonly string[]): Promise<Platform> {
    const program = this.#start(["simulator", "--port", "0", "--json", "--quiet", ...args]);
    const line = await firstLine(program);
    return new Platform(JSON.parse(line) as ConstructorParameters<typeof Platform>[0]);
  }

  /** Starts a gateway before these upstreams, each a platform and an account of its own. */
  async gateway(upstreams: readonly Upstream[], plan: GatewayPlan = {}): Promise<Gateway> {
    this.#names += 1;
    const file = join(this.#folder, `gateway-${this.#names}.yaml`);
    const projects = plan.projects ?? [{ name: "confirm", key: KEY }];
    const lines = [
      "listen: 127.0.0.1:0",
      "admin: 127.0.0.1:0",
      "upstreams:",
      ...upstreams.map(
        ({ name, url }, i) =>
          `  - { name: ${name}, provider: anthropic, platform: ${name}, base_url: "${url}", api_key: "\${KEY_${i}}", proxy: none }`,
      ),
      'store: "memory:"',
      "projects:",
      ...projects.map(({ name, key }) => `  - { name: ${name}, keys: [${key}] }`),
      plan.yaml ?? "",
    ];
    writeFileSync(file, lines.join("\n"));
    const keys = upstreams.map(({ name }, i) => [`KEY_${i}`, `sk-ant-${name}-0123456789`] as const);
    const program = this.#start(["gateway", "-c", file], Object.fromEntries(keys));
    const line = await firstLine(program);
    const [, url = "", admin = ""] = /data (\S+), admin ([^"]+)"/.exec(line) ?? [];
    if (url === "") throw new Error(`the gateway did not say where it listens: ${line}`);
    const parsed = () =>
      program
        .out()
        .split("\n")
        .slice(0, -1)
        .map((text) => JSON.parse(text) as LogLine);
    const adminKey = readFileSync(join(this.#folder, "fairlead-data/admin.key"), "utf8").trim();
    return { url, admin, adminHeaders: { authorization: `Bearer ${adminKey}` }, lines: parsed };
  }

  /** So many gateways alike. */
  gateways(count: number, upstreams: readonly Upstream[], plan: GatewayPlan = {}): Promise<Gateway[]> {
    return Promise.all(Array.from({ length: count }, () => this.gateway(upstreams, plan)));
  }

  /** Puts load on a gateway until it is over. Rejects when the load could not be run at all. */
  async load(gateway: Gateway, ...args: readonly string[]): Promise<LoadJson> {
    const key = args.includes("--key-file") ? [] : ["--key", KEY];
    const fixed = ["load", "--url", gateway.url, ...key, "--json", "--no-ceiling", "--warm-up", "0s"];
    const program = this.#start([...fixed, ...args]);
    const code = await program.ended;
    this.#programs.delete(program);
    const text = program.out();
    if (!text.startsWith("{")) throw new Error(`fairlead load ended with ${code}: ${text}`);
    return JSON.parse(text) as LoadJson;
  }

  /** The same load on each of several gateways, each with a seed of its own. */
  loads(gateways: readonly Gateway[], ...args: readonly string[]): Promise<LoadJson[]> {
    return Promise.all(gateways.map((gateway, i) => this.load(gateway, "--seed", `load ${i}`, ...args)));
  }

  /** Writes a file of keys for loads, one on each line. */
  keyFile(keys: readonly string[]): string {
    this.#names += 1;
    const file = join(this.#folder, `keys-${this.#names}.txt`);
    writeFileSync(file, keys.join("\n"));
    return file;
  }

  /** Ends everything. */
  async close(): Promise<void> {
    const all = [...this.#programs];
    for (const { child } of all) child.kill("SIGTERM");
    const down = sleep(DOWN_MS).then(() => {
      for (const { child } of all) if (child.exitCode === null) child.kill("SIGKILL");
    });
    await Promise.race([Promise.all(all.map(({ ended }) => ended)), down]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(args: readonly string[], env: { readonly [name: string]: string } = {}): Program {
    const child = spawn(process.execPath, ["--conditions=source", BIN, ...args], {
      cwd: this.#folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.#folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const pieces: Buffer[] = [];
    child.stdout.on("data", (bytes: Buffer) => pieces.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => pieces.push(bytes));
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    const program = { child, out: () => Buffer.concat(pieces).toString(), ended };
    this.#programs.add(program);
    return program;
  }
}

async function firstLine({ out, child }: Program): Promise<string> {
  const until = performance.now() + UP_MS;
  while (!out().includes("\n")) {
    if (child.exitCode !== null || performance.now() > until) throw new Error(`a program did not come up: ${out()}`);
    await sleep(20);
  }
  return out().slice(0, out().indexOf("\n"));
}
