// Runs the command line for tests: as a process of its own, or in this one with streams that remember.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { main } from "../src/main.ts";
import type { Terminal } from "../src/terminal.ts";

const BIN = fileURLToPath(new URL("../bin/fairlead.js", import.meta.url));

/** How a run ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of the program, from source. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of its standard output; rejects when it ends before. */
  readonly firstLine: Promise<string>;
}

/** What surrounds a run. `input` is piped in; without it standard input is empty. */
export interface Around {
  readonly folder: string;
  readonly env?: { readonly [name: string]: string };
  readonly input?: string;
}

/** Starts the program with nothing in its environment but what is given. `out` is a file that its output goes to instead. */
export function start(args: readonly string[], around: Around, out?: string): Program {
  const target = out === undefined ? "pipe" : openSync(out, "w");
  const child = spawn(process.execPath, ["--conditions=source", BIN, ...args], {
    cwd: around.folder,
    env: { PATH: process.env.PATH ?? "", HOME: around.folder, ...around.env },
    stdio: ["pipe", target, "pipe"],
  });
  if (typeof target === "number") closeSync(target);
  child.stdin?.end(around.input ?? "");
  let said = "";
  let err = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    err += bytes.toString();
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out: said, err })));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes("\n")) resolve(said.slice(0, said.indexOf("\n")));
    });
    ended.then((how) => reject(new Error(`ended with ${how.code} before a line came: ${how.err}`)));
  });
  // A run that nobody asks for its first line may end without one.
  firstLine.catch(() => {});
  return { child, ended, firstLine };
}

/** Runs the program to its end. */
export function run(args: readonly string[], around: Around): Promise<Ended> {
  return start(args, around).ended;
}

/** Runs main in this process: cheap, for commands that neither listen nor wait for signals. */
export async function runHere(args: readonly string[], around: Around): Promise<Ended> {
  const input = new PassThrough();
  input.end(around.input ?? "");
  const [out, err] = [new PassThrough(), new PassThrough()];
  const terminal = { in: input, out, err, env: around.env ?? {}, folder: around.folder } as unknown as Terminal;
  const code = await main(args, terminal);
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}
