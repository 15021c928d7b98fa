// A server of somebody else's as a process of the test: started on a free port, paused, killed, started again with its data.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";

/** What one server is. */
export interface ServerPlan {
  readonly name: string;
  readonly port: number;
  /** Program and arguments of every start. */
  readonly command: readonly string[];
  /** Another user than the one that runs the tests. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Where it writes its log, for the message when it does not come up. */
  readonly log: string;
  /** Resolves when it answers; rejects when it does not yet. */
  ready(): Promise<void>;
  /** The signal that ends it in order. */
  readonly quit: NodeJS.Signals;
  /** Last words of one that ended at once because something of a killed one is still there: it is started again. */
  readonly leftover?: RegExp;
}

/** One server that can be made to die. */
export interface ServerProcess {
  readonly port: number;
  /** Ends it in order; its data stays. Nothing happens when it does not run. */
  stop(): Promise<void>;
  /** Kills it and its children with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port with its data. */
  start(): Promise<void>;
  /** Stops it and its children in their tracks: connections stay, nobody answers. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
}

const UP_WITHIN_MS = 20_000;

/** Starts a server; resolves when it answers. */
export async function startServer(plan: ServerPlan): Promise<ServerProcess> {
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const die = () => {
    if (child?.pid !== undefined) signalTree(child.pid, "SIGKILL");
  };
  const up = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const logged = () => (existsSync(plan.log) ? readFileSync(plan.log, "utf8") : "no log");
  const launch = () => {
    const [program = "", ...args] = mortal(plan);
    const started = spawn(program, args, { stdio: "ignore" });
    child = started;
    ended = new Promise((resolve) => {
      started.once("exit", () => resolve());
      started.once("error", () => resolve());
    });
  };
  const server: ServerProcess = {
    port: plan.port,
    async start() {
      if (up()) return;
      launch();
      process.once("exit", die);
      const giveUp = performance.now() + UP_WITHIN_MS;
      for (;;) {
        try {
          await plan.ready();
          return;
        } catch (error) {
          const early = !up() && plan.leftover !== undefined && performance.now() < giveUp;
          if (early && plan.leftover.test(logged().slice(-500))) {
            await new Promise((resolve) => setTimeout(resolve, 100));
            launch();
            continue;
          }
          if (!up() || performance.now() > giveUp) {
            await server.kill();
            throw new Error(`${plan.name} did not come up on port ${plan.port}: ${error}\n${logged().slice(-2_000)}`);
          }
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      }
    },
    async stop() {
      if (child?.pid === undefined || !up()) return;
      server.resume();
      child.kill(plan.quit);
      await ended;
      process.removeListener("exit", die);
    },
    async kill() {
      if (child?.pid === undefined || !up()) return;
      signalTree(child.pid, "SIGKILL");
      await ended;
      process.removeListener("exit", die);
    },
    pause() {
      if (child?.pid !== undefined && up()) signalTree(child.pid, "SIGSTOP");
    },
    resume() {
      if (child?.pid !== undefined && up()) signalTree(child.pid, "SIGCONT");
    },
  };
  await server.start();
  return server;
}

/**
 * A port of 127.0.0.1 that nobody listens on. Below the range from which outgoing connections get theirs, so that it
 * is still free when a server that was stopped wants it back.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Resolves when something accepts a connection on the port. */
export function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

/** With setpriv the server dies with the process that started it, however that ends. */
function mortal({ command, user }: ServerPlan): string[] {
  const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));
  if (setpriv === undefined) {
    if (user !== undefined) throw new Error("setpriv is missing: install util-linux, or run the tests as another user");
    return [...command];
  }
  const as = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  return [setpriv, "--pdeathsig=KILL", ...as, ...command];
}

/** PostgreSQL's children make sessions of their own, so that a signal to the group does not reach them. */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, "SIGSTOP");
    for (const child of childrenOf(pid)) process.kill(child, signal);
  } catch {
    // It is gone already.
  }
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").map(Number).filter(Boolean);
  } catch {
    return [];
  }
}
