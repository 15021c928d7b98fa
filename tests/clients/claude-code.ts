// Runs the Claude Code binary in a clean room: nothing of this machine's environment, an empty home, a folder of its own.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { INSTALL } from "./installed.ts";

/** The program itself; the package's own `bin` is a stub until its install script has run. */
const PROGRAM = fileURLToPath(new URL("./node_modules/@anthropic-ai/claude-code-linux-x64/claude", import.meta.url));

/** A run that takes longer has failed, milliseconds. */
const LIMIT_MS = 40_000;

/** How a run ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A room with a home of its own; sessions begun in it can be resumed in it. */
export interface CleanRoom {
  /** Starts Claude Code. `kill` ends it at once. */
  start(args: readonly string[], env: Readonly<Record<string, string>>): { kill(): void; readonly ended: Promise<Run> };
  remove(): Promise<void>;
}

/** Makes a room for runs against this base URL. Throws the sentence that helps when Claude Code is not installed. */
export async function cleanRoom(baseUrl: string): Promise<CleanRoom> {
  if (!existsSync(PROGRAM)) throw new Error(`${INSTALL}\n(${PROGRAM} is missing)`);
  const home = await mkdtemp(join(tmpdir(), "fairlead-claude-code-"));
  return {
    start(args, env) {
      const child = spawn(PROGRAM, args, {
        cwd: home,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: "/usr/local/bin:/usr/bin:/bin",
          HOME: home,
          TMPDIR: home,
          LANG: "C.UTF-8",
          TERM: "dumb",
          ANTHROPIC_BASE_URL: baseUrl,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
          DISABLE_AUTOUPDATER: "1",
          DISABLE_TELEMETRY: "1",
          DISABLE_ERROR_REPORTING: "1",
          CLAUDE_CODE_MAX_RETRIES: "2",
          ...env,
        },
      });
      const kill = () => child.kill("SIGKILL");
      const limit = setTimeout(kill, LIMIT_MS);
      let out = "";
      let err = "";
      child.stdout.on("data", (bytes) => {
        out += bytes;
      });
      child.stderr.on("data", (bytes) => {
        err += bytes;
      });
      const ended = new Promise<Run>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => {
          clearTimeout(limit);
          resolve({ code, signal, out, err });
        });
      });
      return { kill, ended };
    },
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** What `--output-format json` prints, as far as the tests look at it. */
export interface Result {
  readonly is_error: boolean;
  readonly result: string;
  readonly session_id: string;
  readonly num_turns: number;
  readonly usage: { readonly output_tokens: number };
}

/** The result of a run with `--output-format json`. Throws with all that was printed when there is none. */
export function resultOf(run: Run): Result {
  try {
    return JSON.parse(run.out) as Result;
  } catch (e) {
    throw new Error(`Claude Code printed no result: ${JSON.stringify(run)}`, { cause: e });
  }
}
