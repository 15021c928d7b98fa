// fairlead reconcile: the ledger beside a provider's own report of usage and cost.

import type { ProviderReport } from "@fairlead/gateway/reconcile";
import { formatUsd } from "@fairlead/protocol";
import { systemClock } from "@fairlead/runtime";
import { type Command, InvalidArgumentError, Option } from "commander";
import { findAdmin, readAdmin } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import { cut } from "../load/report.ts";
import { bookByGateway, bookInStore, bookingJson, bookingLines, minuteLines } from "../reconcile/booking.ts";
import { type Comparison, compare, type Difference, KINDS, type Kind } from "../reconcile/comparison.ts";
import { fetchReport, readReportFiles } from "../reconcile/provider-report.ts";
import { type Paint, paintFor, type Terminal } from "../terminal.ts";
import { type Period, periodOf } from "../usage/period.ts";
import { readUsage } from "../usage/usage-source.ts";
import { usdText } from "../usage/usage-text.ts";

const EXAMPLES = `
Examples:
  fairlead reconcile --admin-key ANTHROPIC_ADMIN_KEY --last 7d
  fairlead reconcile --report usage.json --report cost.json
  fairlead reconcile --report usage.json --key apikey_01Rj2N8S=anthropic --store sqlite:./fairlead-data/fairlead.db
  fairlead reconcile --admin-key ANTHROPIC_ADMIN_KEY --last 7d --by hour --settle --dry-run
  fairlead reconcile --admin-key ANTHROPIC_ADMIN_KEY --last 2d --by minute --store postgres://… --settle

A report is an answer of Anthropic's usage and cost API (GET /v1/organizations/usage_report/messages with
group_by[]=model, and /v1/organizations/cost_report), or a list of its pages. --admin-key names the environment variable
that holds an admin key; the reports are then asked for. Compared are the whole buckets that the report has. Without
--key the organisation's whole usage must have gone through the gateway; with it the given keys are compared, each with
its upstream. Costs are compared by day, for all models together; costs of code execution and of the priority tier are
not in them.

--settle books what the report has beyond the estimates of answers that were cut off or that a gateway died on, bucket by
bucket, as rows of their own (ended "correction"), divided among projects in proportion to their estimates. Settled rows
are never touched. A bucket is refused that has no estimates, or whose difference they cannot explain. Where others use
the same key it must not be used. Booking again changes nothing. Look first with --dry-run. Without --store the gateway
at --admin books it, at its own prices, and notes it in its audit log; that needs the scope admin:write.

Exit codes: 0 within the tolerance, 1 they differ or nobody answers, 2 wrong usage.`;

interface Options {
  readonly report?: readonly string[];
  readonly adminKey?: string;
  readonly baseUrl: string;
  readonly key?: ReadonlyMap<string, string>;
  readonly by: Width;
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly tolerance: number;
  readonly admin?: string;
  readonly store?: string;
  readonly json?: boolean;
  readonly settle?: boolean;
  readonly dryRun?: boolean;
  readonly most: number;
  readonly age: number;
  readonly config?: string;
}

type Width = "minute" | "hour" | "day";
const HOUR = 3_600_000;
const WIDTHS: { readonly [W in Width]: number } = { minute: 60_000, hour: HOUR, day: 24 * HOUR };

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
    .option("--by <width>", "buckets of a day, an hour or (with --store) a minute", readWidth, "day")
    .option("--from <time>", "with --admin-key: from this day or time on (UTC)")
    .option("--to <time>", "with --admin-key: before this day or time")
    .option("--last <time>", "with --admin-key: the time up to now, such as 24h or 7d (default: 7d)")
    .option("--tolerance <percent>", "how far both may differ, 0 to 100, such as 0.5%", readTolerance, 0)
    .option("--admin <address>", "admin address of a gateway (default: http://127.0.0.1:4101)", readAdmin)
    .option("--store <address>", "read a store directly: sqlite:path or postgres://…")
    .option("--settle", "book what the report has beyond estimates")
    .option("--dry-run", "with --settle: only show what would be booked")
    .option("--most <times>", "how many times the estimates may be booked, 1 to 1000", readMost, 3)
    .addOption(
      new Option("--age <time>", "with --settle: only buckets that ended so long ago, up to 90d; 0m: those of now too")
        .argParser(readAge)
        .default(15 * 60_000, "15m"),
    )
    .option("-c, --config <file>", "with --settle and --store: a configuration with prices of its own")
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

function readWidth(text: string): Width {
  if (text === "day" || text === "hour" || text === "minute") return text;
  throw new InvalidArgumentError("It must be day, hour or minute.");
}

function readMost(text: string): number {
  const value = /^\d{1,4}(?:\.\d{1,3})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= 1_000) return value;
  throw new InvalidArgumentError("It must be a number from 1 to 1000.");
}

function readAge(text: string): number {
  const found = /^(\d{1,4})([mhd])$/.exec(text.trim());
  const ms =
    found === null ? Number.NaN : Number(found[1]) * ({ m: 60_000, h: HOUR, d: 24 * HOUR }[found[2] ?? ""] ?? 0);
  if (ms >= 0 && ms <= 90 * 24 * HOUR) return ms;
  throw new InvalidArgumentError("It must be a time such as 15m, 2h or 1d, up to 90d.");
}

function readTolerance(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)\s*%?$/.exec(text.trim());
  const value = percent === null ? Number.NaN : Number(percent[1]);
  if (value >= 0 && value <= 100) return value / 100;
  throw new InvalidArgumentError("It must be a number of per cent from 0 to 100, such as 0.5%.");
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const width = WIDTHS[options.by];
  const { store } = options;
  if (options.settle !== true && (options.dryRun === true || options.config !== undefined))
    throw new CliError("--dry-run and --config belong to --settle", 2);
  if (options.config !== undefined && store === undefined)
    throw new CliError("--config belongs to --store: a gateway has prices of its own", 2);
  if (options.by === "minute" && store === undefined)
    throw new CliError("--by minute reads the rows of a store: name it with --store sqlite:path or postgres://…", 2);
  const report = await reportOf(options, terminal, width);
  // Only whole buckets of the report: what comes before and after is somebody else's.
  const period: Period = { from: report.from, to: report.to };
  if (report.width > width)
    throw new CliError(`the report has buckets of ${report.width / 60_000} minutes: use a longer one with --by`, 2);
  if (options.settle === true && report.covered.length === 0)
    throw new CliError("--settle needs a report of usage: what is given has costs alone", 2);
  const booking = options.settle === true ? await booked() : undefined;
  const lines =
    options.by === "minute" && store !== undefined
      ? await minuteLines(store, period, terminal)
      : await readUsage({ ...period, by: [options.by as "day" | "hour", "model", "upstream"] }, options, terminal);
  const found = compare(lines, report, { width, tolerance: options.tolerance, keys: options.key });
  const estimated = lines.reduce((sum, line) => sum + line.estimated, 0);
  const beyond = found.differences.filter((one) => one.beyond);
  if (options.json === true) terminal.out.write(jsonOf(found, period, estimated, booking && bookingJson(booking)));
  else if (booking !== undefined) terminal.out.write(`${bookingLines(booking).join("\n")}\n`);
  if (options.json !== true)
    terminal.out.write(`${textOf(found, period, estimated, paintFor(terminal.out, terminal.env)).join("\n")}\n`);
  return beyond.length === 0 && found.unknownKeys.length === 0 ? 0 : 1;

  async function booked() {
    const asked = { ...options, dryRun: options.dryRun === true, width, keys: options.key, config: options.config };
    return store === undefined
      ? bookByGateway(findAdmin(options.admin, terminal), report, asked)
      : bookInStore(store, report, asked, terminal);
  }
}

async function reportOf(options: Options, terminal: Terminal, width: number): Promise<ProviderReport> {
  const { report, adminKey, baseUrl } = options;
  if ((report === undefined) === (adminKey === undefined))
    throw new CliError("name the provider's report with --report, or the variable of an admin key with --admin-key", 2);
  if (report !== undefined) {
    const given = (["from", "to", "last"] as const).find((name) => options[name] !== undefined);
    if (given === undefined) return readReportFiles(report);
    throw new CliError(`--${given} belongs to --admin-key: a report is compared over the time that it is about`, 2);
  }
  const key = terminal.env[adminKey ?? ""]?.trim() ?? "";
  if (key === "") throw new CliError(`the environment variable ${adminKey} is not set; it should hold an admin key`, 2);
  const period = periodOf(options, systemClock().wall(), width);
  return fetchReport(baseUrl, key, period, options.by);
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

function jsonOf(found: Comparison, period: Period, estimated: number, settlement?: object): string {
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
    ...(settlement === undefined ? undefined : { settlement }),
  };
  return `${JSON.stringify(view, undefined, 2)}\n`;
}

function show(kind: Kind, amount: bigint): string {
  if (kind === "cost") return formatUsd(Number(amount));
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ",");
}
