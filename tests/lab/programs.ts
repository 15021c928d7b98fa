// Programs in the namespaces of a world: run to their end, or started and waited for until they are ready.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import type { Namespace } from "./world.ts";

/** How a program is started. */
export interface StartWish {
  /** Waits until what it prints matches. */
  readonly ready?: RegExp;
  /** Waits until something listens on that TCP port in its namespace. */
  readonly port?: number;
  readonly env?: { readonly [name: string]: string };
}

/** One run of a program. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall time, milliseconds. */
  readonly ms: number;
  readonly killed: boolean;
}

/** How a program is run. */
export interface RunWish {
  /** Default: the PATH of this process and the world's scratch folder as home. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the world's scratch folder. */
  readonly cwd?: string;
  /** Killed after this, milliseconds. */
  readonly timeoutMs: number;
}

/** Longest wait for a started program, milliseconds. */
const READY_MS = 30_000;

/** Starts a program that runs until the world ends. Its output goes to /run/lab/log. */
export async function startIn(
  ns: Namespace,
  command: string,
  args: readonly string[],
  folder: string,
  wish: StartWish,
): Promise<ChildProcess> {
  const child = spawn("ip", ["netns", "exec", ns, command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: "/run/lab",
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      ...wish.env,
    },
  });
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Error(`${command} ${args.join(" ").slice(0, 200)}: ${why}\n${printed.slice(-2_000)}`));
    const timer = setTimeout(() => fail("not ready in time"), READY_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const hear = (piece: Buffer) => {
      printed += piece.toString();
      appendFileSync("/run/lab/log", piece);
      if (wish.ready?.test(printed) === true) done();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code) => fail(`ended with ${code}`));
    if (wish.port !== undefined) listening(ns, wish.port, folder).then(done, (error: Error) => fail(error.message));
    else if (wish.ready === undefined) setTimeout(done, 100);
  });
  return child;
}

/** Runs a program to its end. */
export function runIn(ns: Namespace, command: readonly string[], wish: RunWish): Promise<Ran> {
  const { cwd, env, timeoutMs } = wish;
  const began = performance.now();
  const child = spawn("ip", ["netns", "exec", ns, ...command], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => out.push(piece));
  child.stderr.on("data", (piece: Buffer) => err.push(piece));
  let killed = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({
        code,
        killed,
        ms: Math.round(performance.now() - began),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  });
}

async function listening(ns: Namespace, port: number, cwd: string): Promise<void> {
  for (const until = performance.now() + READY_MS; performance.now() < until; ) {
    const { stdout } = await runIn(ns, ["ss", "-Hltn", `sport = :${port}`], { cwd, timeoutMs: 10_000 });
    if (stdout.trim() !== "") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}
