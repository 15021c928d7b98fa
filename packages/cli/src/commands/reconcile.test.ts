// fairlead reconcile before a real gateway: estimates are settled by its admin address, once, and on record.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { costOf, readUsage } from "@fairlead/protocol";
import { systemRuntime } from "@fairlead/runtime";
import type { LedgerRow } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ended, runHere } from "../../testing/program.ts";

const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef0123456789abcdef";
const HOUR = 3_600_000;
const AT = Date.UTC(2026, 10, 20, 10);
const MODEL = "claude-opus-5";
/** Half of the list's. */
const OWN = `prices: [{ model: ${MODEL}, from: 2026-01-01, input: 2, output: 10 }]`;

let folder = "";
let gateway: Gateway;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-reconcile-"));
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway over a store that holds these rows. */
async function start(rows: readonly LedgerRow[], more = ""): Promise<void> {
  const store = `sqlite:${join(folder, "fairlead.db")}`;
  const stores = openSqlite(join(folder, "fairlead.db"), systemRuntime().clock);
  await stores.ledger.append(rows);
  await stores.close();
  const text = `
store: "${store}"
data_dir: "${folder}"
listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams: [{ name: east, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef0123] }]
${more}`;
  const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-ant-upstream-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log() {}, adminKey: ADMIN_KEY });
}

function row(id: string, input: number, output: number, more: Partial<LedgerRow> = {}): LedgerRow {
  const { picoUsd } = costOf(readUsage({ input_tokens: input, output_tokens: output }), MODEL, { atMs: AT });
  return madeRow(id, {
    at: AT + 1_000,
    modelServed: MODEL,
    inputTokens: input,
    outputTokens: output,
    picoUsd,
    ...more,
  });
}
const guess = (id: string, input: number, output: number, more: Partial<LedgerRow> = {}) =>
  row(id, input, output, { estimated: true, ended: "crashed", ...more });

const bucket = (at: number, results: readonly object[], width = HOUR) => ({
  starting_at: new Date(at).toISOString(),
  ending_at: new Date(at + width).toISOString(),
  results,
});
const told = (input: number, output: number, more: object = {}) => ({
  model: MODEL,
  uncached_input_tokens: input,
  output_tokens: output,
  ...more,
});

const cli = (...args: readonly string[]): Promise<Ended> =>
  runHere(args, { folder, env: { HOME: folder, FAIRLEAD_ADMIN: gateway.adminUrl, FAIRLEAD_ADMIN_KEY: ADMIN_KEY } });
const settle = (report: unknown, ...more: readonly string[]) => {
  writeFileSync(join(folder, "report.json"), JSON.stringify(report));
  return cli("reconcile", "--report", join(folder, "report.json"), "--by", "hour", "--settle", ...more);
};
async function api(path: string, body?: object, key = ADMIN_KEY) {
  const sent = await fetch(`${gateway.adminUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: sent.status, body: (await sent.json()) as { readonly [name: string]: unknown } };
}
const entries = async () =>
  ((await api("/api/audit")).body.entries as { action: string; actor: string; detail: object }[]).filter(({ action }) =>
    action.startsWith("ledger."),
  );

describe("--settle by a gateway", () => {
  it("shows, books once, and leaves it on record", async () => {
    await start([row("a", 100, 10), guess("b", 100, 10), guess("c", 100, 10, { project: "ci" })]);
    const report = { data: [bucket(AT, [told(400, 20)]), bucket(AT + HOUR, [])] };
    const before = await settle(report, "--dry-run");
    expect([before.code, before.err]).toEqual([1, ""]);
    expect(before.out).toContain("Would be booked: 2 corrections");
    expect(await entries()).toEqual([]);

    const done = await settle(report, "--json");
    expect([done.code, done.err]).toEqual([0, ""]);
    expect(JSON.parse(done.out)).toMatchObject({
      agree: true,
      settlement: {
        dry_run: false,
        booked: 2,
        refused: [],
        corrections: [{ input_tokens: 50 }, { output_tokens: -5 }],
      },
    });
    const noted = await entries();
    expect(noted.map(({ action, actor }) => [action, actor])).toEqual([
      ["ledger.settle.asked", "cli"],
      ["ledger.settle", "cli"],
    ]);
    expect(noted[1]?.detail).toMatchObject({ from: "2026-11-20T10:00:00.000Z", rows: 2 });

    const again = await settle(report);
    expect([again.code, again.out.split("\n")[0]]).toEqual([0, "Nothing to book."]);
    const { body } = await api("/api/usage?by=project");
    expect(body.lines).toMatchObject([
      { project: "ci", attempts: 1, input_tokens: 150, output_tokens: 5 },
      { project: "web", attempts: 2, input_tokens: 250, output_tokens: 15 },
    ]);
  });

  it("counts by the gateway's own prices", async () => {
    const picoUsd = 100 * 2_000_000 + 10 * 10_000_000;
    await start([guess("b", 100, 10, { picoUsd })], OWN);
    const done = await settle({ data: [bucket(AT, [told(150, 10)])] }, "--json");
    expect(JSON.parse(done.out)).toMatchObject({ settlement: { booked: 1, corrections: [{ usd: "0.0001" }] } });
  });

  it("leaves numbers where an hour comes to less than nothing", async () => {
    await start([guess("b", 1_000, 10)]);
    const midnight = AT - 10 * HOUR;
    const day = { data: [bucket(midnight, [told(500, 10)], 24 * HOUR)] };
    expect(JSON.parse((await settle(day, "--by", "day", "--json")).out)).toMatchObject({ settlement: { booked: 1 } });
    const { body } = await api("/api/usage?by=hour");
    const hour = { at: "2026-11-20T00:00:00.000Z", input_tokens: -500, pico_usd: "-2500000000" };
    expect((body.lines as object[])[0]).toMatchObject(hour);
    const csv = await fetch(`${gateway.adminUrl}/api/usage?by=hour&format=csv`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect((await csv.text()).split("\r\n")[1]).toMatch(/,-0\.0025,-2500000000$/);
  });

  it("sends a long report in parts, which settle what it settles in one", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => guess(`r${i}`, 100, 10, { at: AT + (i % 6) * HOUR + i }));
    await start(rows);
    // The sixth hour has rows and no word in the report; each other has more entries than a part.
    const hour = (i: number) =>
      bucket(AT + i * HOUR, [
        ...Array.from({ length: 1_200 }, () => told(1, 0)),
        told(0, 100),
        ...Array.from({ length: 1_000 }, () => told(0, 0)),
      ]);
    const done = await settle({ data: [0, 1, 2, 3, 4].map(hour).concat(bucket(AT + 5 * HOUR, [])) }, "--json");
    expect(done.err).toBe("");
    expect(JSON.parse(done.out)).toMatchObject({ agree: true, settlement: { booked: 6, refused: [] } });
    expect((await entries()).length).toBeGreaterThan(4);
  });

  it("needs a key that may write, and says what the gateway refuses", async () => {
    await start([guess("b", 100, 10)]);
    const made = await api("/api/keys", { name: "reader", scopes: ["admin:read"] });
    const reader = (made.body as { secret: string }).secret;
    const body = { report: [{ data: [bucket(AT, [told(110, 10)])] }], by: "hour" };
    expect((await api("/api/reconcile", body, reader)).status).toBe(403);
    expect(await api("/api/reconcile", body)).toMatchObject({
      status: 200,
      body: { dry_run: true, booked: 0, corrections: [{ input_tokens: 10, pico_usd: "50000000" }] },
    });
    const no = async (more: object) => {
      const { status, body: said } = await api("/api/reconcile", { ...body, ...more });
      return [status, (said as { error: { message: string } }).error.message] as const;
    };
    expect(await no({ by: "minute" })).toEqual([
      400,
      expect.stringContaining("buckets of 60 minutes; use a longer one"),
    ]);
    expect(await no({ report: [] })).toEqual([400, expect.stringContaining("1 to 500 pages")]);
    expect(await no({ report: [{ data: [null] }] })).toEqual([
      400,
      expect.stringContaining("report[0] holds a bucket"),
    ]);
    expect(await no({ report: [{}] })).toEqual([400, expect.stringContaining("report[0] is no usage or cost report")]);
    expect(await no({ most: 0 })).toEqual([400, expect.stringContaining("from 1 to 1000")]);
    expect(await no({ age_seconds: -1 })).toEqual([400, expect.stringContaining("age_seconds")]);
    expect(await no({ dry_run: "no" })).toEqual([400, expect.stringContaining("true or false")]);
    expect(await entries()).toEqual([]);
  });
});
