// The program: its commands, its help, and how it ends.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { adminCommand } from "./commands/admin.ts";
import { alertsCommand } from "./commands/alerts.ts";
import { askCommand } from "./commands/ask.ts";
import { auditCommand } from "./commands/audit.ts";
import { claudeCommand } from "./commands/claude.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { keysCommand } from "./commands/keys.ts";
import { loadCommand } from "./commands/load.ts";
import { projectsCommand } from "./commands/projects.ts";
import { reconcileCommand } from "./commands/reconcile.ts";
import { regionsCommand } from "./commands/regions.ts";
import { servicesCommand, signInsCommand } from "./commands/services.ts";
import { simulatorCommand } from "./commands/simulator.ts";
import { startCommand } from "./commands/start.ts";
import { telemetryCommand } from "./commands/telemetry.ts";
import { tokenCommand } from "./commands/token.ts";
import { upstreamsCommand } from "./commands/upstreams.ts";
import { usageCommand } from "./commands/usage.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";

/** Adds a command. `end` takes the exit code that it ended with. */
export type AddCommand = (program: Command, terminal: Terminal, end: (code: number) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  startCommand,
  gatewayCommand,
  simulatorCommand,
  doctorCommand,
  askCommand,
  claudeCommand,
  loadCommand,
  regionsCommand,
  usageCommand,
  reconcileCommand,
  upstreamsCommand,
  projectsCommand,
  keysCommand,
  auditCommand,
  adminCommand,
  configCommand,
  tokenCommand,
  servicesCommand,
  signInsCommand,
  alertsCommand,
  telemetryCommand,
];

/** The brand of the gateway's ConfigError, which is not imported here: the gateway is loaded when a command needs it. */
const CONFIG_ERROR = Symbol.for("fairlead.config-error");

const EXAMPLES = `
Examples:
  fairlead start                        a gateway to try, with a simulated Claude when no key is set
  fairlead doctor                       why Claude cannot be reached from here, and the fix
  fairlead ask "What is a fairlead?"    an answer in the terminal
  fairlead claude                       Claude Code through the gateway
  fairlead gateway -c fairlead.yaml     the gateway of a team
  fairlead load -c 50 -d 1m             what the gateway does under load
  fairlead regions                      how its upstreams answer, live
  fairlead usage --last 30d             what was used and what it cost

fairlead <command> --help tells more. Exit codes: 0 fine, 1 a problem was found, 2 wrong usage.`;

/**
 * Runs the command line.
 * @param argv the arguments after the program's name
 * @returns the exit code: 0 fine, 1 a problem was found, 2 wrong usage
 */
export async function main(argv: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> {
  let code = 0;
  const program = new Command("fairlead")
    .description("Keeps the line between a program and Claude whole: a gateway, a simulator, and tools around them.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .usage("<command> [options]")
    .addHelpText("after", EXAMPLES)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: (text, write) =>
        write(
          text
            .replace(/^error: /, "fairlead: ")
            // A word that is no command goes to the list that stands for none.
            .replace(/too many arguments for 'list'\..* but got \d+: (.*)\.$/m, (_, words: string) =>
              nothingCalled(words, verbsOf(program, argv[0])),
            )
            .replace(/command-argument value ('.*') is invalid for argument '([\w-]+)'/, "$2 $1 is invalid"),
        ),
      getOutHelpWidth: () => Math.min(terminal.out.columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(terminal.err.columns ?? 100, 110),
    });
  for (const add of COMMANDS) {
    add(program, terminal, (ended) => {
      code = ended;
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (e) {
    return explain(e, terminal);
  }
}

/** The words that may follow a command. */
function verbsOf(program: Command, name: string | undefined): string[] {
  const group = program.commands.find((one) => one.name() === name);
  return (group?.commands ?? []).map((one) => one.name());
}

/** What is said of a word that is none of a command's; one with the same letters but for two is likely meant. */
function nothingCalled(words: string, verbs: readonly string[]): string {
  const [first = ""] = words.split(", ");
  const meant = verbs.find((verb) => changesBetween(first, verb) <= Math.min(2, verb.length / 2));
  return `there is nothing called '${words}' here${meant === undefined ? "" : `\n(Did you mean ${meant}?)`}`;
}

/** Letters to add, take away or replace until one word is the other (Levenshtein's distance). */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= Math.min(a.length, 40); i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function explain(e: unknown, terminal: Terminal): number {
  if (e instanceof CommanderError) {
    if (e.exitCode === 0) return 0;
    if (/^commander\.(?:unknown|missing|excess)/.test(e.code))
      terminal.err.write("Run fairlead --help, or fairlead <command> --help, for what there is.\n");
    return 2;
  }
  if (CliError.is(e)) {
    terminal.err.write(`fairlead: ${e.message}\n`);
    return e.exitCode;
  }
  if (typeof e === "object" && e !== null && CONFIG_ERROR in e) {
    terminal.err.write(`fairlead: ${e instanceof Error ? e.message : ""}\n`);
    return 1;
  }
  const detail = e instanceof Error ? (e.stack ?? e.message) : String(e);
  terminal.err.write(`fairlead: an error that should not happen; please report it with these lines:\n${detail}\n`);
  return 1;
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
