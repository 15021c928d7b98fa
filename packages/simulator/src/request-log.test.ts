// The log: requests byte for byte, times, how each ended, bounds; and the bills beside it.

import { afterEach, expect, test } from "vitest";
import { RequestLog } from "./request-log.ts";
import { type TestStand, testStand, turn } from "./test-stand.ts";

let stand: TestStand;
afterEach(() => stand?.simulator.close());

test("bytes, headers in order and target arrive in the log as they were sent", async () => {
  stand = await testStand();
  const body = Buffer.from(
    '{ "model" : "claude-sonnet-4-6",\r\n\t"max_tokens":1e1, "zz":"\\u00e9 é", "messages":[{"role":"user","content":"x"}], "max_tokens": 10 }',
  );
  const head = `POST /v1/messages?beta=true&x=%2F HTTP/1.1\r\nHost: h\r\nX-API-Key: k\r\nanthropic-version: 2023-06-01\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  const seen = await stand.ask("", { verbatim: Buffer.concat([Buffer.from(head), body]) });
  expect(seen.status).toBe(200);
  const { value } = await stand.control("GET", "/log");
  const [entry] = value.entries as Array<Record<string, unknown>>;
  expect(Buffer.from(String(entry?.body), "base64").equals(body)).toBe(true);
  expect(entry).toMatchObject({
    method: "POST",
    target: "/v1/messages?beta=true&x=%2F",
    region: "local",
    bodyComplete: true,
    status: 200,
    ended: "complete",
    bytesOut: seen.body.length,
  });
  expect(entry?.headers).toEqual([
    ["Host", "h"],
    ["X-API-Key", "k"],
    ["anthropic-version", "2023-06-01"],
    ["X-Twice", "1"],
    ["x-twice", "2"],
    ["Content-Length", String(body.length)],
    ["Connection", "close"],
  ]);
  for (const [earlier, later] of [
    ["at", "bodyAt"],
    ["bodyAt", "headAt"],
    ["headAt", "firstByteAt"],
    ["firstByteAt", "endedAt"],
  ] as const) {
    expect(Number(entry?.[later])).toBeGreaterThanOrEqual(Number(entry?.[earlier]));
  }
});

test("a chunked body is logged without its chunking, a client that leaves in the middle as incomplete", async () => {
  stand = await testStand();
  const head = "POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: k\r\ntransfer-encoding: chunked\r\n\r\n";
  await stand.ask("", { verbatim: Buffer.from(`${head}3\r\n{"a\r\n`), patienceMs: 40 });
  await expect.poll(() => stand.simulator.log.entries[0]?.ended).toBe("client-left");
  expect(stand.simulator.log.entries[0]).toMatchObject({ bodyComplete: false, body: Buffer.from('{"a') });
});

// Tried again: a pause of the machine is late once, a fault each time.
test("a disconnect is in the log within 100 ms, and what was produced is billed", { retry: 2 }, async () => {
  stand = await testStand();
  const script = { blocks: [{ type: "text", chars: 100_000 }], tokens_per_second: 200, delta_chars: 40 };
  const headers = { "x-simulator-answer": JSON.stringify(script) };
  await stand.ask(turn("x", { stream: true }), { leaveAfterBytes: 3_500, headers });
  const leftAt = Date.now();
  await expect.poll(() => stand.simulator.log.entries[0]?.ended, { interval: 5 }).toBe("client-left");
  const entry = stand.simulator.log.entries[0];
  expect(Math.abs(Number(entry?.disconnectedAt) - leftAt)).toBeLessThan(100);
  await expect.poll(() => stand.simulator.bills().bills[0]?.state).toBe("aborted");
  const { bills, total } = stand.simulator.bills();
  const produced = Number(bills[0]?.usage.output_tokens);
  expect(produced).toBeGreaterThan(0);
  expect(produced).toBeLessThan(500);
  expect(total).toMatchObject({ requests: 1, aborted: 1, outputTokens: produced });
});

test("bills carry the price table's cost; a refusal before output is not billed", async () => {
  stand = await testStand();
  await stand.ask(turn("say 30 words"));
  await stand.ask(turn("stop: refusal-before"));
  await stand.ask(turn("", { messages: [] }));
  const { value } = await stand.control("GET", "/bills");
  const [bill, refused, ...others] = value.bills as Array<Record<string, unknown> & { usage: Record<string, number> }>;
  expect(others).toEqual([]);
  const { input_tokens: input = 0, output_tokens: output = 0 } = bill?.usage ?? {};
  expect(bill).toMatchObject({ state: "complete", model: "claude-sonnet-4-6", key: "test" });
  expect(bill?.costUsd).toBeCloseTo((input * 3 + output * 15) / 1e6, 12);
  expect(refused).toMatchObject({ state: "unbilled", costUsd: 0 });
  expect(value.total).toMatchObject({ requests: 1, inputTokens: input, outputTokens: output });
});

test("a lost response is billed each time it is generated", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "lost-response", pattern: "once" });
  expect((await stand.ask(turn("say 30 words"))).ended).toBe("reset");
  expect((await stand.ask(turn("say 30 words"))).status).toBe(200);
  await expect.poll(() => stand.simulator.bills().total.requests).toBe(2);
  const [first, second] = stand.simulator.bills().bills;
  expect(first?.usage).toEqual(second?.usage);
});

test("the log is bounded by entries and by bytes, the oldest leave first", () => {
  const log = new RequestLog({ maxEntries: 3, maxBytes: 100 });
  const facts = {
    region: "r",
    connection: 1,
    turn: 1,
    at: 0,
    method: "POST",
    target: "/",
    httpVersion: "1.1",
    headers: [],
    requestId: "",
  };
  for (let i = 0; i < 5; i++) log.open(facts);
  expect([log.total, log.entries.map(({ id }) => id)]).toEqual([5, [3, 4, 5]]);
  for (const entry of [...log.entries]) log.setBody(entry, Buffer.alloc(45), true, 0);
  expect(log.entries.map(({ id }) => id)).toEqual([4, 5]);
  expect(log.toJson({ after: 4, bodies: false })).toEqual([expect.objectContaining({ id: 5, bodyBytes: 45 })]);
});

test("deleting the log empties it, a reset empties everything", async () => {
  stand = await testStand();
  await stand.ask(turn("x"));
  expect((await stand.control("DELETE", "/log")).value).toEqual({ total: 0, entries: [] });
  stand.simulator.faults.add({ kind: "overloaded" });
  expect((await stand.ask(turn("x"))).status).toBe(529);
  await stand.control("POST", "/reset");
  expect(stand.simulator.bills().bills).toEqual([]);
  expect((await stand.ask(turn("x"))).status).toBe(200);
});

test("control errors say what there is", async () => {
  stand = await testStand();
  expect((await stand.control("POST", "/faults", { kind: "stal" })).value.error).toContain('did you mean "stall"?');
  expect((await stand.control("POST", "/faults", "{")).value.error).toContain("not JSON");
  expect(await stand.control("GET", "/nothing")).toMatchObject({
    status: 404,
    value: { error: expect.stringContaining("GET /health") },
  });
  expect((await stand.control("POST", "/regions/local", { capacity: 0 })).value).toMatchObject({ capacity: 0 });
  expect((await stand.ask(turn("x"))).status).toBe(529);
  expect((await stand.control("POST", "/regions/local", { capacit: 1 })).status).toBe(400);
});

test("the usage and cost reports tell what was billed, by buckets and pages, to admin keys only", async () => {
  stand = await testStand();
  await stand.ask(turn("say 30 words"));
  await stand.ask(turn("say 20 words", { model: "claude-opus-5" }));
  const { url } = stand.simulator.regions[0] as { url: string };
  const get = async (path: string, key = "sk-ant-admin-1") => {
    const answer = await fetch(`${url}/v1/organizations/${path}`, {
      headers: { "x-api-key": key, "anthropic-version": "2023-06-01" },
    });
    return { status: answer.status, value: (await answer.json()) as Record<string, unknown> };
  };
  const { bills, total } = stand.simulator.bills();
  const at = Math.floor(Number(bills[0]?.at) / 60_000) * 60_000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const times = `starting_at=${iso(at)}&ending_at=${iso(at + 180_000)}`;
  const path = `usage_report/messages?${times}&bucket_width=1m&group_by[]=model&limit=2`;
  const first = (await get(path)).value as { data: Bucket[]; has_more: boolean; next_page: string };
  expect(first).toMatchObject({ has_more: true });
  const second = (await get(`${path}&page=${first.next_page}`)).value as { data: Bucket[]; next_page: string | null };
  expect(second).toMatchObject({ has_more: false, next_page: null });
  const buckets = [...first.data, ...second.data];
  expect(buckets.map((one) => Date.parse(one.starting_at))).toEqual([at, at + 60_000, at + 120_000]);
  const results = buckets.flatMap((one) => one.results);
  expect(results.map((one) => one.model).sort()).toEqual(["claude-opus-5", "claude-sonnet-4-6"]);
  expect(results.every((one) => one.api_key_id === null)).toBe(true);
  expect(results.reduce((sum, one) => sum + Number(one.output_tokens), 0)).toBe(total.outputTokens);
  const day = Math.floor(at / 86_400_000) * 86_400_000;
  const cost = (await get(`cost_report?starting_at=${iso(day)}&group_by[]=description`)).value as { data: Bucket[] };
  const usd = cost.data.flatMap((one) => one.results).reduce((sum, one) => sum + Number(one.amount) / 100, 0);
  expect(usd).toBeCloseTo(total.costUsd, 10);
  expect((await get(path, "sk-ant-api-1")).status).toBe(401);
  expect((await get("usage_report/messages")).status).toBe(400);
  expect((await get(`usage_report/messages?${times}&bucket_width=5m`)).status).toBe(400);
  expect((await get(`usage_report/messages?${times}&limit=32`)).status).toBe(400);
  expect((await get(`usage_report/messages?${times}&page=x`)).status).toBe(400);
});

interface Bucket {
  readonly starting_at: string;
  readonly results: ReadonlyArray<Record<string, unknown>>;
}
