// A gateway as a process of its own at a fixed address, as systemd would keep it: started, told to stop, killed, started again.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const UP_MS = 60_000;

/** A line of its log. */
export interface LogLine {
  readonly event: string;
  readonly detail?: string;
  readonly verdict?: string;
}

/** One instance. */
export class GatewayUnit {
  readonly port: number;
  readonly adminPort: number;
  readonly file: string;
  readonly #env: { readonly [name: string]: string };
  #child: ChildProcess | undefined;
  #ended: Promise<number | string> = Promise.resolve(0);
  #out = "";
  /** Milliseconds that the last start took until it listened. */
  startMs = 0;

  constructor(
    folder: string,
    name: string,
    ports: readonly [number, number],
    env: { readonly [name: string]: string },
  ) {
    [this.port, this.adminPort] = ports;
    this.file = join(folder, `${name}.yaml`);
    this.#env = env;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.adminPort}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Writes its file: addresses first, then the rest. */
  write(yaml: string): void {
    writeFileSync(this.file, `listen: 127.0.0.1:${this.port}\nadmin: 127.0.0.1:${this.adminPort}\n${yaml}`);
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    const began = performance.now();
    const from = this.#out.length;
    const child = spawn(
      process.execPath,
      ["--conditions=source", join(ROOT, "packages/cli/bin/fairlead.js"), "gateway", "-c", this.file],
      { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: "", ...this.#env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    const take = (chunk: Buffer) => {
      this.#out += chunk.toString();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    this.#ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown")));
    this.#child = child;
    while (!this.#out.includes('"event":"listening"', from)) {
      if (child.exitCode !== null || performance.now() - began > UP_MS)
        throw new Error(`the gateway did not start:\n${this.#out.slice(from)}`);
      await sleep(10);
    }
    this.startMs = performance.now() - began;
  }

  /** Sends a signal and waits until it has ended; gives its exit code, or the signal that ended it. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | string> {
    this.#child?.kill(signal);
    return this.#ended;
  }

  /** Sends a signal and goes on. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Everything that it logged, over all its lives. */
  log(): LogLine[] {
    return this.#out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  }

  /** What it printed. */
  printed(): string {
    return this.#out;
  }

  /** Asks its admin address with the key that it keeps in its folder of data, `./data-` and its port. */
  async admin<T>(path: string, body?: object): Promise<T> {
    const key = readFileSync(join(dirname(this.file), `data-${this.port}`, "admin.key"), "utf8").trim();
    const answer = await fetch(`${this.adminUrl}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (await answer.json()) as T;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(value)}`);
    return value;
  }

  /** Status of a path on the data plane; 0 when nobody answers. */
  async status(path: string): Promise<number> {
    try {
      return (await fetch(`${this.url}${path}`)).status;
    } catch {
      return 0;
    }
  }

  /** Ends it if it still runs. */
  async stop(): Promise<void> {
    if (this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** So many ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
