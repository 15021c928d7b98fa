// fairlead claude: runs Claude Code with the environment that sends it through the gateway.

import { spawn } from "node:child_process";
import { constants as access, accessSync, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { Command } from "commander";
import { type ClaudeEnvironment, claudeEnvironment } from "../claude-environment.ts";
import { CliError } from "../cli-error.ts";
import { findConnection } from "../connection.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead claude                               a session
  fairlead claude -p "Say hello"                one answer; all that follows goes to Claude Code as it stands
  fairlead claude -- --help                     Claude Code's own help
  eval "$(fairlead claude --show-env)"          the same environment for this shell

Address and key: --url and --key, else the fairlead start that runs in this folder, else ANTHROPIC_BASE_URL with
ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY. Options of fairlead come before those of Claude Code.`;

interface Options {
  url?: string;
  key?: string;
  claude?: string;
  showEnv?: boolean;
}

/** How long the gateway may take to say that it is there, milliseconds. */
const HELLO_MS = 3_000;

/** Adds the command. */
export function claudeCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("claude")
    .summary("run Claude Code through the gateway")
    .description("Runs Claude Code through the gateway; its arguments, signals and exit code pass through.")
    .argument("[arguments...]", "arguments for Claude Code")
    .option("--url <address>", "address of the gateway")
    .option("--key <key>", "key for it")
    .option("--claude <path>", "the Claude Code program (default: claude on the PATH)")
    .option("--show-env", "print what would be set and unset, as shell commands, and exit")
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText("after", EXAMPLES)
    .action(async (args: string[], options: Options) => {
      end(await run(args, options, terminal));
    });
}

async function run(args: readonly string[], options: Options, terminal: Terminal): Promise<number> {
  const connection = findConnection(options, terminal);
  if (new URL(connection.url).hostname === "api.anthropic.com") {
    throw new CliError(
      "this would go straight to api.anthropic.com, and no gateway is known. Run fairlead start in this folder, or give the gateway's --url and --key.",
    );
  }
  const environment = claudeEnvironment(connection, terminal.env);
  if (options.showEnv === true) {
    terminal.out.write(showEnvironment(environment, connection.from));
    return 0;
  }
  const program = findClaude(options.claude, terminal);
  await checkThere(connection.url);
  return passThrough(program, args, environment.env);
}

function showEnvironment(environment: ClaudeEnvironment, from: string): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  const lines = [`# Claude Code through the gateway; address and key from ${from}`];
  for (const { name, value, why } of environment.set) lines.push(`export ${name}=${quoted(value)}  # ${why}`);
  for (const { name, why } of environment.unset) lines.push(`unset ${name}  # ${why}`);
  return `${lines.join("\n")}\n`;
}

function findClaude(given: string | undefined, terminal: Terminal): string {
  if (given !== undefined) {
    const path = resolve(terminal.folder, given);
    if (isProgram(path)) return path;
    throw new CliError(`there is no program at ${path} (--claude). Correct the path, or leave --claude out.`);
  }
  const names = process.platform === "win32" ? ["claude.exe", "claude.cmd"] : ["claude"];
  for (const folder of (terminal.env.PATH ?? "").split(delimiter)) {
    for (const name of names) if (folder !== "" && isProgram(join(folder, name))) return join(folder, name);
  }
  throw new CliError(
    "Claude Code is not installed: there is no claude on the PATH.\n" +
      "Fix: npm install -g @anthropic-ai/claude-code, or name the program with --claude <path>.",
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, access.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Claude Code repeats for minutes when nothing answers; this finds out before it starts. */
async function checkThere(url: string): Promise<void> {
  try {
    const answer = await fetch(`${url}/api/hello`, { method: "HEAD", signal: AbortSignal.timeout(HELLO_MS) });
    await answer.body?.cancel();
  } catch (e) {
    const cause = e instanceof Error && e.cause instanceof Error ? (e.cause as NodeJS.ErrnoException) : undefined;
    if (cause?.code !== "ECONNREFUSED") return;
    throw new CliError(
      `nothing listens at ${url}. Start it (fairlead start, or fairlead gateway), or correct the address with --url.`,
    );
  }
}

function passThrough(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { env, stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
  const forward = (signal: NodeJS.Signals) => {
    // A terminal sends Ctrl-C to the whole foreground group: passing it on would be a second one.
    if ((signal === "SIGINT" || signal === "SIGQUIT") && process.stdin.isTTY === true) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve_, reject) => {
    const done = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.on("error", (e) => {
      done();
      reject(new CliError(`${program} could not be started: ${e.message}. Name another with --claude.`));
    });
    child.on("exit", (code, signal) => {
      done();
      resolve_(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
