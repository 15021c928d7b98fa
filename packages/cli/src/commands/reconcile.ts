// fairlead reconcile: the ledger beside a provider's own report of usage and cost.

import { formatUsd } from "@fairlead/protocol";
import { systemClock } from "@fairlead/runtime";
import { type Command, InvalidArgumentError } from "commander";
import { readAdmin } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import { cut } from "../load/report.ts";
import { type Comparison, compare, type Difference, KINDS, type Kind } from "../reconcile/comparison.ts";
import { fetchReport, type ProviderReport, readReportFiles } from "../reconcile/provider-report.ts";
import { type Paint, paintFor, type Terminal } from "../terminal.ts";
import { type Period, periodOf } from "../usage/period.ts";
import { readUsage } from "../usage/usage-source.ts";
import { usdText } from "../usage/usage-text.ts";

const EXAMPLES = `
Examples:
  fairlead reconcile --admin-key ANTHROPIC_ADMIN_KEY --last 7d
  fairlead reconcile --report usage.json --report cost.json
  fairlead reconcile --report usage.json --key apikey_01Rj2N8S=anthropic --store sqlite:./fairlead-data/fairlead.db

A report is an answer of Anthropic's usage and cost API (GET /v1/organizations/usage_report/messages with
group_by[]=model, and /v1/organizations/cost_report), or a list of its pages. --admin-key names the environment variable
that holds an admin key; the reports are then asked for. Compared are the whole buckets that the report has. Without
--key the organisation's whole usage must have gone through the gateway; with it the given keys are compared, each with
its upstream. Costs are compared by day, for all models together; costs of code execution and of the priority tier are
not in them.

Exit codes: 0 within the tolerance, 1 they differ or nobody answers, 2 wrong usage.`;

interface Options {
  readonly report?: readonly string[];
  readonly adminKey?: string;
  readonly baseUrl: string;
  readonly key?: ReadonlyMap<string, string>;
  readonly by: "day" | "hour";
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly tolerance: number;
  readonly admin?: string;
  readonly store?: string;
  readonly json?: boolean;
}

const HOUR = 3_600_000;

/** Adds the command. */
export function reconcileCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("reconcile")
    .summary("compare the ledger with the provider's report")
    .description("Compares the ledger with a provider's report of usage and cost, and lists the differences.")
    .option("--report <file>", "a report as JSON (repeatable)", (file, before: readonly string[] = []) => [
      ...before,
      file,
    ])
    .option("--admin-key <variable>", "ask the API, with the admin key in this environment variable")
    .option("--base-url <address>", "address of the API", readBase, "https://api.anthropic.com")
    .option("--key <id=upstream>", "the provider's id of an upstream's key (repeatable)", addKey)
    .option("--by <width>", "buckets of a day or an hour", readWidth, "day")
    .option("--from <time>", "with --admin-key: from this day or time on (UTC)")
    .option("--to <time>", "before this day or time")
    .option("--last <time>", "the time up to now, such as 24h or 7d (default: 7d)")
    .option("--tolerance <percent>", "how far both may differ, 0 to 100, such as 0.5%", readTolerance, 0)
    .option("--admin <address>", "admin address of a gateway (default: http://127.0.0.1:4101)", readAdmin)
    .option("--store <address>", "read a store directly: sqlite:path or postgres://…")
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      end(await run(options, terminal));
    });
}

function readBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return text.replace(/\/+$/, "");
  throw new InvalidArgumentError("It must be an address such as https://api.anthropic.com.");
}

function addKey(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const found = /^([\w-]+)=([\w.-]+)$/.exec(text);
  if (found === null)
    throw new InvalidArgumentError("It must be a key's id and an upstream, such as apikey_01=anthropic.");
  return new Map([...before, [found[1] as string, found[2] as string]]);
}

function readWidth(text: string): "day" | "hour" {
  if (text === "day" || text === "hour") return text;
  throw new InvalidArgumentError("It must be day or hour.");
}

function readTolerance(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)\s*%?$/.exec(text.trim());
  const value = percent === null ? Number.NaN : Number(percent[1]);
  if (value >= 0 && value <= 100) return value / 100;
  throw new InvalidArgumentError("It must be a number of per cent from 0 to 100, such as 0.5%.");
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const width = options.by === "day" ? 24 * HOUR : HOUR;
  const report = await reportOf(options, terminal, width);
  // Only whole buckets of the report: what comes before and after is somebody else's.
  const period: Period = { from: report.from, to: report.to };
  const by = [options.by, "model", "upstream"] as const;
  const lines = await readUsage({ ...period, by }, options, terminal);
  const found = compare(lines, report, { width, tolerance: options.tolerance, keys: options.key });
  const estimated = lines.reduce((sum, line) => sum + line.estimated, 0);
  const beyond = found.differences.filter((one) => one.beyond);
  if (options.json === true) terminal.out.write(jsonOf(found, period, estimated));
  else terminal.out.write(`${textOf(found, period, estimated, paintFor(terminal.out, terminal.env)).join("\n")}\n`);
  return beyond.length === 0 && found.unknownKeys.length === 0 ? 0 : 1;
}

async function reportOf(options: Options, terminal: Terminal, width: number): Promise<ProviderReport> {
  const { report, adminKey, baseUrl } = options;
  if ((report === undefined) === (adminKey === undefined))
    throw new CliError("name the provider's report with --report, or the variable of an admin key with --admin-key", 2);
  if (report !== undefined) return readReportFiles(report);
  const key = terminal.env[adminKey ?? ""]?.trim() ?? "";
  if (key === "") throw new CliError(`the environment variable ${adminKey} is not set; it should hold an admin key`, 2);
  const period = periodOf(options, systemClock().wall(), width);
  return fetchReport(baseUrl, key, period, options.by === "day" ? "1d" : "1h");
}

const NAMES: { readonly [K in Kind]: string } = {
  input: "input",
  write5m: "cache write 5m",
  write1h: "cache write 1h",
  read: "cache read",
  output: "output",
  searches: "web searches",
  cost: "cost",
};

function textOf(found: Comparison, period: Period, estimated: number, paint: Paint): string[] {
  const iso = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
  const row = (cells: readonly string[]) =>
    `${(cells[0] ?? "").padEnd(16)}  ${cut(cells[1] ?? "", 18).padEnd(18)}  ${(cells[2] ?? "").padEnd(14)}  ${cells
      .slice(3)
      .map((cell) => cell.padStart(12))
      .join(" ")}`.trimEnd();
  const line = (one: Difference) =>
    row([
      iso(one.at),
      one.upstream === undefined ? one.model : `${one.model} ${one.upstream}`,
      NAMES[one.kind],
      show(one.kind, one.ledger),
      show(one.kind, one.provider),
    ]);
  const beyond = found.differences.filter((one) => one.beyond);
  const within = found.differences.length - beyond.length;
  const lines = [paint.dim(`${iso(period.from)} to ${iso(period.to)} UTC, ${found.cells} buckets and models`), ""];
  if (beyond.length > 0)
    lines.push(paint.dim(row(["bucket", "model", "of", "ledger", "provider"])), ...beyond.map(line), "");
  lines.push(paint.dim(row(["total", "", "of", "ledger", "provider"])));
  for (const kind of KINDS) {
    const sum = found.totals.get(kind);
    if (sum === undefined || (sum.ledger === 0n && sum.provider === 0n)) continue;
    lines.push(row(["", "", NAMES[kind], show(kind, sum.ledger), show(kind, sum.provider)]));
  }
  lines.push("");
  for (const key of found.unknownKeys)
    lines.push(`The report has usage of ${key}, which no --key names: name its upstream, or use a report without it.`);
  if (found.otherCost > 0n) lines.push(`Not compared: ${formatUsd(Number(found.otherCost))} for what is no tokens.`);
  if (estimated > 0) lines.push(`Rows of the ledger that are worked out, of answers that were cut off: ${estimated}`);
  if (within > 0) lines.push(`${within} differences are within the tolerance.`);
  lines.push(beyond.length === 0 ? "The ledger and the report agree." : paint.bad(`${beyond.length} differences.`));
  return lines;
}

function jsonOf(found: Comparison, period: Period, estimated: number): string {
  const value = (kind: Kind, amount: bigint) => (kind === "cost" ? usdText(amount) : Number(amount));
  const view = {
    from: new Date(period.from).toISOString(),
    to: new Date(period.to).toISOString(),
    agree: found.differences.every((one) => !one.beyond) && found.unknownKeys.length === 0,
    differences: found.differences.map(({ at, model, upstream, kind, ledger, provider, beyond }) => ({
      at: new Date(at).toISOString(),
      model,
      upstream: upstream ?? null,
      kind,
      ledger: value(kind, ledger),
      provider: value(kind, provider),
      beyond,
    })),
    totals: Object.fromEntries(
      [...found.totals].map(([kind, sum]) => [
        kind,
        { ledger: value(kind, sum.ledger), provider: value(kind, sum.provider) },
      ]),
    ),
    unknown_keys: found.unknownKeys,
    estimated,
  };
  return `${JSON.stringify(view, undefined, 2)}\n`;
}

function show(kind: Kind, amount: bigint): string {
  if (kind === "cost") return formatUsd(Number(amount));
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ",");
}
