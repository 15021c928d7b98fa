// fairlead usage: what was used and what it cost, from a gateway or a store.

import { systemClock } from "@fairlead/runtime";
import { type Command, InvalidArgumentError, Option } from "commander";
import { readAdmin } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import { paintFor, roomOf, type Terminal } from "../terminal.ts";
import { periodOf } from "../usage/period.ts";
import { DIMENSIONS, type Dimension } from "../usage/usage-line.ts";
import { columnsFor, type Measure, plotLines } from "../usage/usage-plot.ts";
import { readUsage } from "../usage/usage-source.ts";
import { csvText, jsonText, tableLines } from "../usage/usage-text.ts";

const EXAMPLES = `
Examples:
  fairlead usage                                   the last seven days, by day
  fairlead usage --by project,model --last 30d
  fairlead usage --by hour --last 24h --plot
  fairlead usage --from 2026-11-01 --to 2026-12-01 --by key --csv > november.csv
  fairlead usage --store sqlite:./fairlead-data/fairlead.db --by model --json

Times are UTC and whole hours. Requests are attempts at an upstream: one that was repeated counts twice, as it is billed.
input is what was read anew or written to the cache, cached what was read from it. A cost with ~ holds answers that were
cut off, whose end is worked out; with + some part has no known price.

Exit codes: 0 printed, 1 nobody answers or the key may not read it, 2 wrong usage.`;

interface Options {
  readonly by: readonly Dimension[];
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly project?: string;
  readonly key?: string;
  readonly model?: string;
  readonly upstream?: string;
  readonly admin?: string;
  readonly store?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
  readonly plot?: boolean;
  readonly measure: Measure;
}

const MEASURES: readonly Measure[] = ["cost", "tokens", "requests"];

/** Adds the command. */
export function usageCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("usage")
    .summary("show what was used and what it cost")
    .description("Shows tokens and cost by day, hour, project, key, model, upstream or actor.")
    .addOption(
      new Option("--by <names>", `one or more of ${DIMENSIONS.join(", ")}, with commas`)
        .argParser(readBy)
        .default(["day"], "day"),
    )
    .option("--from <time>", "from this day or time on (UTC)")
    .option("--to <time>", "before this day or time")
    .option("--last <time>", "the time up to now, such as 24h, 7d or 4w (default: 7d)")
    .option("--project <name>", "of one project")
    .option("--key <id>", "of one key")
    .option("--model <name>", "of one model")
    .option("--upstream <name>", "of one upstream")
    .option("--admin <address>", "admin address of a gateway (default: http://127.0.0.1:4101)", readAdmin)
    .option("--store <address>", "read a store directly: sqlite:path or postgres://…")
    .option("--csv", "print CSV")
    .option("--json", "print JSON")
    .option("--plot", "draw it")
    .option("--measure <what>", `what is drawn: ${MEASURES.join(", ")}`, readMeasure, "cost")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      end(await run(options, terminal));
    });
}

function readBy(text: string): readonly Dimension[] {
  const names = [...new Set(text.split(",").map((one) => one.trim()))];
  for (const one of names)
    if (!(DIMENSIONS as readonly string[]).includes(one))
      throw new InvalidArgumentError(`There is no ${JSON.stringify(one)}; there are ${DIMENSIONS.join(", ")}.`);
  return names as Dimension[];
}

function readMeasure(text: string): Measure {
  const found = MEASURES.find((one) => one === text);
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${MEASURES.join(", ")}.`);
  return found;
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const { by, csv, json, plot, project, key, model, upstream } = options;
  if ([csv, json, plot].filter(Boolean).length > 1) throw new CliError("use one of --csv, --json and --plot", 2);
  if (options.store !== undefined && options.admin !== undefined)
    throw new CliError("--store reads a store, --admin asks a gateway: use one", 2);
  if (by.includes("day") && by.includes("hour"))
    throw new CliError("usage can be shown by hour or by day, not by both at once", 2);
  const hourly = by.includes("hour");
  const period = periodOf(options, systemClock().wall(), hourly ? 3_600_000 : 86_400_000);
  const lines = await readUsage({ ...period, by, project, key, model, upstream }, options, terminal);
  if (csv === true) terminal.out.write(csvText(lines, by));
  else if (json === true) terminal.out.write(jsonText(lines, by, period));
  else {
    const paint = paintFor(terminal.out, terminal.env);
    const iso = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
    const head = paint.dim(`${iso(period.from)} to ${iso(period.to)} UTC`);
    const text =
      lines.length === 0
        ? ["nothing was used in this time"]
        : plot === true
          ? plotLines(lines, by, period, options.measure, paint, columnsFor(terminal.out))
          : tableLines(lines, by, paint, roomOf(terminal.out));
    terminal.out.write(`${[head, "", ...text].join("\n")}\n`);
  }
  return 0;
}
