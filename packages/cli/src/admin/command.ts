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

const BY_MODEL = [{ match: "claude-opus-*", limits: { rpm: 10 } }];
const PLACES = { allow: ["10.0.0.0/8"] };

/** What bounds a key or a service besides its scopes: options as they were typed. */
export interface BoundOptions {
  readonly limits?: string;
  readonly budget?: string;
  readonly modelLimits?: string;
  readonly ip?: string;
}

/** Adds the options of `BoundOptions`. */
export function withBounds(command: Command): Command {
  return command
    .option("--limits <json>", `limits as in fairlead.yaml, such as '{"rpm":60}'`)
    .option("--budget <json>", `budget as in fairlead.yaml, such as '{"usd_per_day":5}'`)
    .option("--model-limits <json>", `limits and budgets of some models, such as '${JSON.stringify(BY_MODEL)}'`)
    .option("--ip <json>", `where it may be used from, such as '${JSON.stringify(PLACES)}'`);
}

/** Their fields in a body. @throws CliError */
export function boundsOf({ limits, budget, modelLimits, ip }: BoundOptions): { readonly [field: string]: unknown } {
  return {
    ...(limits === undefined ? {} : { limits: readJson("--limits", limits) }),
    ...(budget === undefined ? {} : { budget: readJson("--budget", budget, { usd_per_day: 5 }) }),
    ...(modelLimits === undefined ? {} : { models: readJson("--model-limits", modelLimits, BY_MODEL) }),
    ...(ip === undefined ? {} : { ip: readJson("--ip", ip, PLACES) }),
  };
}

const UNITS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A span such as `30m`, `12h` or `90d`, in seconds. Throws commander's error for arguments. */
export function readSpan(text: string): number {
  const found = /^(\d{1,6})([smhd])$/.exec(text.trim());
  if (found !== null) return Number(found[1]) * (UNITS[found[2] ?? ""] ?? 0);
  throw new InvalidArgumentError("It must be a whole number and s, m, h or d, such as 30m, 12h or 90d.");
}

/** A span, or `never`: what has an end is to have none. */
export function readEnd(text: string): number | "never" {
  return text.trim() === "never" ? "never" : readSpan(text);
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

/** The JSON object of an option, or the list where the example is one, or null. @throws CliError */
export function readJson(option: string, text: string, example: object = { rpm: 600 }): unknown {
  const list = Array.isArray(example);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && (value === null || Array.isArray(value) === list)) return value;
  } catch {
    // Said below.
  }
  throw new CliError(
    `${option} must be a JSON ${list ? "list" : "object"} such as '${JSON.stringify(example)}', or null to take it away.`,
    2,
  );
}
