// The processes of a bench run: started pinned to a CPU, watched, and stopped whatever happens.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The CPU of the proxy under test, and that of the mock upstream and the load generator. */
export const PROXY_CPU = 1;
export const LOAD_CPU = 0;

/** One started process. */
export interface Member {
  name: string;
  pid: number;
  /** Lines of standard output so far are given to each listener (only when `lines` was asked for). */
  onLine: (listener: (line: string) => void) => void;
  /** Resolves with the exit code (or -1 for a signal) when the process has ended. */
  ended: Promise<number>;
  running: () => boolean;
  /** SIGTERM, after `graceMs` (default 2,000) SIGKILL; resolves when it is gone. */
  stop: (graceMs?: number) => Promise<void>;
  /** The end of its log. */
  logTail: () => string;
}

/** How a process is to be started. */
export interface Start {
  name: string;
  cpu: number;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** true: standard output comes line by line; false: it goes to the log file, as in production. */
  lines?: boolean;
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Keeps every process that it starts, so that none outlives the run. */
export class Crew {
  private readonly children = new Set<ChildProcess>();
  private readonly logs: string;

  constructor(logs: string) {
    this.logs = logs;
    mkdirSync(logs, { recursive: true });
  }

  /** Starts a process pinned to one CPU; its log is <logs>/<name>.log, started afresh. */
  start(how: Start): Member {
    const path = join(this.logs, `${how.name}.log`);
    mkdirSync(dirname(path), { recursive: true });
    const log = openSync(path, "w");
    const child = spawn("taskset", ["-c", String(how.cpu), how.command, ...how.args], {
      cwd: how.cwd,
      env: { ...process.env, ...how.env },
      stdio: ["ignore", how.lines === true ? "pipe" : log, log],
    });
    closeSync(log);
    const pid = child.pid;
    if (pid === undefined) throw new Error(`cannot start ${how.command} (is taskset of util-linux there?)`);
    this.children.add(child);
    const ended = new Promise<number>((resolve) => {
      child.once("exit", (code) => {
        this.children.delete(child);
        resolve(code ?? -1);
      });
    });
    const listeners: ((line: string) => void)[] = [];
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) for (const listener of listeners) listener(line);
    });
    const running = () => child.exitCode === null && child.signalCode === null;
    return {
      name: how.name,
      pid,
      onLine: (listener) => void listeners.push(listener),
      ended,
      running,
      stop: async (graceMs = 2_000) => {
        if (!running()) return;
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
        await ended;
        clearTimeout(timer);
      },
      logTail: () => readFileSync(path, "utf8").slice(-2_000),
    };
  }

  /** Waits until the member accepts connections. Throws with its log when it ends first or takes over 15 s. */
  async listening(member: Member, port: number): Promise<void> {
    for (let waited = 0; waited < 15_000; waited += 20) {
      if (!member.running()) throw new Error(`${member.name} ended before it listened:\n${member.logTail()}`);
      if (await accepts(port)) return;
      await sleep(20);
    }
    throw new Error(`${member.name} does not listen on port ${port} after 15 s:\n${member.logTail()}`);
  }

  /** Kills whatever still runs. Safe in an exit handler. */
  killAll(): void {
    for (const child of this.children) child.kill("SIGKILL");
  }
}
