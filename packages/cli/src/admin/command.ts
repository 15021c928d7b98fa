// What every command of the admin address shares: its options, and how its answer is printed.

import { type Command, InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import { roomOf, type Terminal } from "../terminal.ts";
import { type AdminTarget, findAdmin, readAdmin } from "./find-admin.ts";

/** Options that all of them have. */
export interface AdminCommandOptions {
  readonly admin?: string;
  readonly json?: boolean;
}

/** Words for the help of all of them. */
export const ADMIN_HELP = `
The gateway is found by --admin, FAIRLEAD_ADMIN, the start that runs in this folder, else http://127.0.0.1:4101. Its key
comes from FAIRLEAD_ADMIN_KEY, or, on the gateway's own machine, from the file that it keeps for that.
Exit codes: 0 done, 1 refused or nobody answers, 2 wrong usage.`;

/** Adds `--admin` and `--json`. */
export function withAdmin(command: Command): Command {
  return command
    .option("--admin <address>", "admin address of the gateway (default: http://127.0.0.1:4101)", readAdmin)
    .option("--json", "print the answer as JSON");
}

/** Where to ask. */
export function targetOf(options: AdminCommandOptions, terminal: Terminal): AdminTarget {
  return findAdmin(options.admin, terminal);
}

/** Prints an answer: as JSON, or in lines for people, who have so many columns. */
export function print(
  answer: unknown,
  lines: (columns: number) => readonly string[],
  options: AdminCommandOptions,
  terminal: Terminal,
): void {
  const text = options.json === true ? JSON.stringify(answer, null, 2) : lines(roomOf(terminal.out)).join("\n");
  terminal.out.write(`${text}\n`);
}

const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A span such as `30m`, `12h` or `90d`, in seconds. Throws commander's error for arguments. */
export function readSpan(text: string): number {
  const found = /^(\d{1,6})([smhd])$/.exec(text.trim());
  if (found !== null) return Number(found[1]) * (UNITS[found[2] ?? ""] ?? 0);
  throw new InvalidArgumentError("It must be a whole number and s, m, h or d, such as 30m, 12h or 90d.");
}

/** Adds one word of an option that may stand several times, or with commas. */
export function addWords(text: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...text
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
  ];
}

/** The JSON object of an option, or null. @throws CliError */
export function readJson(option: string, text: string, example: object = { rpm: 600 }): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new CliError(
    `${option} must be a JSON object such as '${JSON.stringify(example)}', or null to take it away.`,
    2,
  );
}
