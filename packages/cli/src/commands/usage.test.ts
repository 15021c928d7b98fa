// Tests of `fairlead usage` and `fairlead reconcile` on a store, against a made provider's API.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@fairlead/runtime";
import type { LedgerRow } from "@fairlead/stores";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../main.ts";
import type { Terminal } from "../terminal.ts";

let folder: string;
let store: string;
let server: Server;
let base: string;
const asked: string[] = [];
const DAY = Date.UTC(2026, 10, 20);

function row(n: number, more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    attemptId: `att_${String(n).padStart(20, "0")}`,
    requestId: `req_${n}`,
    attempt: 1,
    instance: "one",
    at: DAY + 10 * 3_600_000,
    project: "web",
    keyId: "k_1",
    route: "messages",
    stream: true,
    modelServed: "claude-opus-5",
    upstream: "anthropic",
    endMs: 5,
    verdict: "ok",
    ended: "whole",
    inputTokens: 1_000,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 10_000,
    outputTokens: 200,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
    // Opus 5: 1000 * 5 + 10000 * 0.5 + 200 * 25 = 15,000 millionths.
    picoUsd: 15_000e6,
    priced: true,
    estimated: false,
    ...more,
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-usage-"));
  const file = join(folder, "f.db");
  store = `sqlite:${file}`;
  const stores = openSqlite(file, systemClock());
  await stores.ledger.append([
    row(1),
    row(2, { at: DAY + 11 * 3_600_000, project: "=cmd()", estimated: true }),
    row(3, { at: DAY - 3_600_000, modelServed: "claude-haiku-5-5", upstream: "tokyo", picoUsd: 1e9, priced: false }),
  ]);
  await stores.close();
  server = createServer((req, res) => {
    asked.push(`${req.headers["x-api-key"]} ${req.url}`);
    if (req.headers["x-api-key"] !== "sk-ant-admin-1") res.writeHead(401);
    res.end(JSON.stringify(req.url?.includes("cost_report") ? COST : usagePage(req.url?.includes("page=") === true)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const bucket = (at: number, results: readonly object[]) => ({
  starting_at: new Date(at).toISOString().replace(".000", ""),
  ending_at: new Date(at + 86_400_000).toISOString().replace(".000", ""),
  results,
});
const tokens = (model: string, times: number, more: object = {}) => ({
  uncached_input_tokens: 1_000 * times,
  cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
  cache_read_input_tokens: 10_000 * times,
  output_tokens: 200 * times,
  server_tool_use: { web_search_requests: 0 },
  api_key_id: "apikey_1",
  workspace_id: null,
  model,
  ...more,
});
/** Two pages: the day before, and the day. */
const usagePage = (second: boolean) =>
  second
    ? { data: [bucket(DAY, [tokens("claude-opus-5", 2)])], has_more: false, next_page: null }
    : {
        data: [bucket(DAY - 86_400_000, [tokens("claude-haiku-5-5", 1, { api_key_id: "apikey_2" })])],
        has_more: true,
        next_page: "page_2",
      };
/** In cents: 0.1 for the day before, 3 for the day, and something that is no tokens. */
const COST = {
  data: [
    bucket(DAY - 86_400_000, [{ amount: "0.1", currency: "USD", cost_type: "tokens", model: "claude-haiku-5-5" }]),
    bucket(DAY, [
      { amount: "3.00", currency: "USD", cost_type: "tokens", model: "claude-opus-5" },
      { amount: "250", currency: "USD", cost_type: "code_execution", model: null },
    ]),
  ],
  has_more: false,
  next_page: null,
};

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return runWith(undefined, ...args);
}
async function runWith(
  columns: number | undefined,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: { write: (text: string) => out.push(text), isTTY: columns !== undefined, columns },
    err: { write: (text: string) => err.push(text), isTTY: false },
    env: { NO_COLOR: "1", ADMIN: "sk-ant-admin-1", WRONG: "sk-ant-admin-2" },
    folder,
  } as never;
  return { code: await main(args, terminal), out: out.join(""), err: err.join("") };
}
const PERIOD = ["--from", "2026-11-19", "--to", "2026-11-21"];

describe("usage", () => {
  const usage = (...args: string[]) => run("usage", "--store", store, ...PERIOD, ...args);

  it("is a table by day with a total, and says what is worked out and what has no price", async () => {
    const { code, out } = await usage();
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "2026-11-19 00:00 to 2026-11-21 00:00 UTC",
      "",
      "day         requests  input  cached  output      cost",
      "2026-11-19         1  1.00k   10.0k     200  $0.0010+",
      "2026-11-20         2  2.00k   20.0k     400   ~$0.030",
      "total              3  3.00k   30.0k     600  ~$0.031+",
      "~ cut off, and what it used is worked out: 1",
      "+ with a part that has no known price: 1",
      "",
    ]);
  });

  it("is CSV with exact dollars and no formulas, and JSON", async () => {
    const csv = (await usage("--by", "project,model", "--csv")).out.split("\r\n");
    expect(csv[0]).toMatch(/^project,model,attempts,.*,usd,pico_usd$/);
    expect(csv.slice(1, 4).map((line) => [line.split(",")[0], line.split(",").at(-2)])).toEqual([
      ["'=cmd()", "0.015"],
      ["web", "0.001"],
      ["web", "0.015"],
    ]);
    const json = JSON.parse((await usage("--by", "upstream", "--json")).out) as { lines: object[]; total: object };
    expect(json.lines).toMatchObject([
      { upstream: "anthropic", attempts: 2 },
      { upstream: "tokyo", attempts: 1 },
    ]);
    expect(json.total).toMatchObject({ attempts: 3, pico_usd: "31000000000" });
  });

  it("is drawn in 80 columns, over time and by name", async () => {
    for (const args of [
      ["--by", "hour"],
      ["--by", "day"],
      ["--by", "model"],
      ["--by", "model,project", "--measure", "tokens"],
    ]) {
      const { out } = await usage("--plot", ...args);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(out).toMatch(/[▁▂▃▄▅▆▇█]/);
    }
    const days = (await usage("--plot")).out.split("\n");
    expect(days[2]).toBe("  $0.030       █████");
    expect(days.at(-2)).toBe("         11-19  11-20");
  });

  it("fits a narrow terminal, and large sums and wide letters stand in line", async () => {
    const path = join(folder, "wide.db");
    const stores = openSqlite(path, systemClock());
    const more = { project: "项目一", picoUsd: 9_007_199_254_740_991 };
    await stores.ledger.append([row(21), row(22, more), row(23, more), row(24, { project: "\r=1" })]);
    await stores.close();
    const wide = (...args: string[]) => run("usage", "--store", `sqlite:${path}`, ...PERIOD, ...args);
    const lines = (await wide("--plot")).out.split("\n").slice(2, -1);
    expect(lines[0]).toBe("$18014.43       █████");
    expect(new Set(lines.slice(0, 10).map((line) => line.indexOf("█")))).toEqual(new Set([16]));
    const narrow = (await runWith(44, "usage", "--store", `sqlite:${path}`, ...PERIOD, "--by", "hour", "--plot")).out;
    expect(
      Math.max(
        ...narrow
          .split("\n")
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(44);
    const table = (await wide("--by", "project")).out.split("\n");
    expect(table.find((line) => line.startsWith("项目一"))).toMatch(/^项目一 {4}\s+2 /);
    // A carriage return in a name would write over its line.
    expect(table.find((line) => line.includes("=1"))).toMatch(/^\?=1 /);
    expect((await wide("--by", "project", "--plot")).out).not.toContain("\r");
    expect((await wide("--by", "project", "--csv")).out).toContain('"\'\r=1",');
    const json = JSON.parse((await wide("--json")).out) as { total: object };
    expect(json.total).not.toHaveProperty("day");
    expect((await wide("--by", "day,hour")).code).toBe(2);
  });

  it("keeps to what is asked for", async () => {
    expect((await usage("--model", "claude-haiku-5-5")).out).toContain("total              1");
    expect((await run("usage", "--store", store, "--from", "2025-01-01", "--to", "2025-01-02")).out).toContain(
      "nothing was used",
    );
  });

  it.each([
    [["--by", "week"], /There is no "week"/],
    [["--csv", "--json"], /use one of --csv, --json and --plot/],
    [["--last", "7d"], /use one/],
    [["--from", "yesterday"], /--from must be a day/],
    [["--from", "2026-11-22"], /the period is empty/],
  ])("refuses %j", async (args, words) => {
    const { code, err } = await usage(...args);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  it("says when there is no store, or none of this kind", async () => {
    expect(await run("usage", "--store", "sqlite:./nowhere.db")).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no file"),
    });
    expect(await run("usage", "--store", "mysql://x")).toMatchObject({ code: 2 });
  });
});

describe("reconcile", () => {
  const reconcile = (...args: string[]) => run("reconcile", "--store", store, ...args);
  const file = (value: unknown) => {
    const path = join(folder, `report-${Math.random()}.json`);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };

  it("asks the API for all pages of both reports and agrees", async () => {
    const { code, out, err } = await reconcile("--admin-key", "ADMIN", "--base-url", base, ...PERIOD);
    expect(err).toBe("");
    expect(out).toContain("The ledger and the report agree.");
    expect(out).toContain("Not compared: $2.50 for what is no tokens.");
    expect(out).toContain("Rows of the ledger that are worked out, of answers that were cut off: 1");
    expect(code).toBe(0);
    expect(asked).toEqual([
      expect.stringMatching(
        /usage_report\/messages\?starting_at=2026-11-19T00:00:00.000Z&ending_at=2026-11-21T00:00:00.000Z&bucket_width=1d/,
      ),
      expect.stringContaining("page=page_2"),
      expect.stringContaining("cost_report"),
    ]);
  });

  it("lists what differs by bucket and model, and ends with 1", async () => {
    const page = {
      data: [bucket(DAY, [tokens("claude-opus-5", 2, { output_tokens: 500 }), tokens("claude-fable-5", 1)])],
    };
    const { code, out } = await reconcile("--report", file(page));
    expect(code).toBe(1);
    expect(out).toMatch(/2026-11-20 00:00 {2}claude-opus-5 +output +400 +500/);
    expect(out).toMatch(/claude-fable-5 +input +0 +1,000/);
    expect(out).toContain("4 differences.");
    const json = JSON.parse((await reconcile("--report", file(page), "--json")).out) as {
      agree: boolean;
      differences: object[];
    };
    expect(json.agree).toBe(false);
    expect(json.differences).toContainEqual({
      at: "2026-11-20T00:00:00.000Z",
      model: "claude-opus-5",
      upstream: null,
      kind: "output",
      ledger: 400,
      provider: 500,
      beyond: true,
    });
  });

  it("has a tolerance", async () => {
    const page = { data: [bucket(DAY, [tokens("claude-opus-5", 2, { output_tokens: 402 })])] };
    expect((await reconcile("--report", file(page), "--tolerance", "1%")).code).toBe(0);
    expect((await reconcile("--report", file(page), "--tolerance", "0.1%")).code).toBe(1);
  });

  it("compares costs by days whatever the buckets of usage are, and refuses buckets that are too long", async () => {
    const hour = { ...bucket(DAY + 10 * 3_600_000, [tokens("claude-opus-5", 1)]), ending_at: "2026-11-20T11:00:00Z" };
    const next = { ...bucket(DAY + 11 * 3_600_000, [tokens("claude-opus-5", 1)]), ending_at: "2026-11-20T12:00:00Z" };
    const report = file([{ data: [hour, next] }, { data: COST.data.slice(1) }]);
    const said = await reconcile("--report", report, "--by", "hour");
    expect([said.code, said.err]).toEqual([0, ""]);
    const days = await reconcile("--report", file(usagePage(true)), "--by", "hour");
    expect([days.code, days.err]).toEqual([2, expect.stringContaining("buckets of 1440 minutes")]);
  });

  it("books what the report has beyond estimates, once, and leaves the sums exact", async () => {
    const path = join(folder, "settled.db");
    const stores = openSqlite(path, systemClock());
    const more = { at: DAY + 5 * 60_000 + 10, ended: "crashed", estimated: true } as const;
    await stores.ledger.append([row(11), row(12, { ...more }), row(13, { ...more, project: "ci" })]);
    const own = ["reconcile", "--store", `sqlite:${path}`, "--by", "minute"];
    const minute = (at: number, more: object) => ({
      ...bucket(at, [{ ...tokens("claude-opus-5", 1), ...more }]),
      ending_at: new Date(at + 60_000).toISOString(),
    });
    const report = file([
      {
        data: [
          minute(DAY + 5 * 60_000, {
            uncached_input_tokens: 2_100,
            cache_read_input_tokens: 20_000,
            output_tokens: 300,
          }),
        ],
      },
      { data: [minute(DAY + 600 * 60_000, {})] },
    ]);
    const before = await run(...own, "--report", report, "--settle", "--dry-run");
    expect(before.code).toBe(1);
    expect(before.out).toContain("2026-11-20 00:05  claude-opus-5  web k_1: input +50, output -50, -$0.0010");
    expect(before.out).toContain("Would be booked: 2 corrections, -$0.0020. Nothing was written.");
    expect((await stores.ledger.usage({}, []))[0]?.inputTokens).toBe(3_000);
    const done = await run(...own, "--report", report, "--settle", "--json");
    expect([done.code, done.err]).toEqual([0, ""]);
    const told = JSON.parse(done.out) as { agree: boolean; settlement: { booked: number; corrections: unknown[] } };
    expect(told).toMatchObject({ agree: true, settlement: { dry_run: false, booked: 2, refused: [] } });
    expect(told.settlement.corrections[1]).toMatchObject({ project: "web", input_tokens: 50, usd: "-0.001" });
    const again = await run(...own, "--report", report, "--settle");
    expect([again.code, again.out.split("\n")[0]]).toEqual([0, "Nothing to book."]);
    // 45,000 millionths for three rows of 1000 in, 10,000 cached, 200 out; 100 * 5 - 100 * 25 = -2000 beside.
    const [sum] = await stores.ledger.usage({}, []);
    expect(sum).toMatchObject({
      attempts: 3,
      estimated: 2,
      inputTokens: 3_100,
      outputTokens: 500,
      picoUsd: 43_000_000_000n,
    });
    const projects = await stores.ledger.usage({}, ["project"]);
    expect(projects.map((one) => [one.project, one.inputTokens])).toEqual([
      ["ci", 1_050],
      ["web", 2_050],
    ]);
    const [event, ...others] = await stores.audit.entries();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ action: "ledger.settle", detail: { rows: 2, usd: "-0.002" } });
    await stores.close();
  });

  it.each([
    [["--settle", "--config", "x.yaml"], /--config belongs to --store/],
    [["--by", "minute"], /--by minute reads the rows of a store/],
    [["--dry-run"], /belong to --settle/],
    [["--settle", "--most", "0"], /from 1 to 1000/],
    [["--settle", "--age", "91d"], /up to 90d/],
  ])("says what %j wants", async (args, words) => {
    const said = await run("reconcile", "--report", file(usagePage(true)), ...args);
    expect([said.code, said.err]).toEqual([2, expect.stringMatching(words)]);
  });

  it("tells keys apart when it is told whose they are", async () => {
    const pages = file([usagePage(false), usagePage(true)]);
    expect((await reconcile("--report", pages, "--key", "apikey_1=anthropic", "--key", "apikey_2=tokyo")).code).toBe(0);
    const unnamed = await reconcile("--report", pages, "--key", "apikey_1=anthropic");
    expect(unnamed.code).toBe(1);
    expect(unnamed.out).toContain("usage of apikey_2, which no --key names");
    expect((await reconcile("--report", pages, "--key", "apikey_1=tokyo", "--key", "apikey_2=anthropic")).code).toBe(1);
  });

  it.each([
    [[], 2, /name the provider's report/],
    [["--report", "x", "--last", "7d"], 2, /--last belongs to --admin-key: a report/],
    [["--admin-key", "NONE"], 2, /NONE is not set/],
    [["--admin-key", "WRONG"], 1, /an admin key is needed/],
    [["--report", "/nowhere.json"], 1, /cannot read/],
    [["--report", "@{}"], 1, /no usage or cost report/],
    [["--report", '@{"data":[]}'], 1, /holds no bucket/],
    [["--report", '@{"data":[{"starting_at":"x"}]}'], 1, /bucket without starting_at/],
    [["--report", "@{}", "--tolerance", "200"], 2, /0 to 100/],
    [["--report", `@${JSON.stringify(COST)}`, "--settle"], 2, /--settle needs a report of usage/],
  ])("says what is wrong with %j", async (args, code, words) => {
    const given = args.map((one) => (one.startsWith("@") ? file(JSON.parse(one.slice(1))) : one));
    const said = await reconcile(...given, "--base-url", base);
    expect([said.code, said.err]).toEqual([code, expect.stringMatching(words)]);
    expect(said.err).not.toContain("sk-ant-admin-2");
  });
});
