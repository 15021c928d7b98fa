// Tests of limits and budgets in one instance: what is drawn, what is refused and how it is told, what is settled.

import type { Failure } from "@fairlead/engine";
import { costOf, NO_USAGE, PICO_PER_USD, type Usage } from "@fairlead/protocol";
import { describe, expect, test } from "vitest";
import { exchange, failed, response } from "../../testing/exchange.ts";
import { header, MODEL, refusal, scene } from "../../testing/tenancy-scene.ts";
import { everyoneScope, keyScope, projectScope, type Rule } from "./rules.ts";

describe("requests a minute", () => {
  test("the minute's worth goes at once, then each at its time; the refusal says when, exactly", async () => {
    const { rt, send, facts } = scene({ limits: { rpm: 6 } });
    for (let i = 0; i < 6; i++) expect(await send()).toMatchObject({ local: false });
    const no = refusal(await send());
    expect(no).toMatchObject({
      code: "limit_requests",
      type: "rate_limit_error",
      verdict: "refused-here",
      unsent: true,
      again: undefined,
    });
    expect(no.message).toBe("The limit of 6 requests a minute of project web is used up. There is room again in 10 s.");
    expect(no.retryAfterMs).toBeCloseTo(10_000);
    expect(header(no, "anthropic-ratelimit-requests-limit")).toBe("6");
    expect(header(no, "anthropic-ratelimit-requests-remaining")).toBe("0");
    expect(header(no, "anthropic-ratelimit-requests-reset")).toBe("2026-01-01T00:01:00Z");
    await rt.clock.advance(9_990);
    expect(refusal(await send()).retryAfterMs).toBeCloseTo(10);
    await rt.clock.advance(10);
    expect((await send()) as Failure).toMatchObject({ local: false });
    expect(facts.filter((one) => one.kind === "limit")).toHaveLength(2);
    expect(facts[0]).toMatchObject({
      project: "web",
      dimension: "requests",
      code: "limit_requests",
      scope: "project web",
    });
  });

  test("burst says how much may go at once", async () => {
    const { send } = scene({ limits: { rpm: 60, burst: 2_000 } });
    await send();
    await send();
    expect(refusal(await send()).code).toBe("limit_requests");
  });

  test("a request that never went out is not charged; one that an upstream refused is", async () => {
    const { send, give } = scene({ limits: { rpm: 1 } });
    give(async () => failed("unreachable", { unsent: true }));
    for (let i = 0; i < 3; i++) expect(await send()).toMatchObject({ verdict: "unreachable" });
    give(async () => failed("overloaded", { response: response(529) }));
    await send();
    expect(refusal(await send()).code).toBe("limit_requests");
  });

  test("a defect inside gives everything back, and is told", async () => {
    const { send, give, figures } = scene({ limits: { rpm: 10, itpm: 1_000 } });
    give(() => Promise.reject(new Error("boom")));
    await expect(send()).rejects.toThrow("boom");
    expect(figures()["project  requests"]?.used).toBe(0);
    expect(figures()["project  input_tokens"]?.used).toBe(0);
  });
});

describe("several limits", () => {
  test("hold at once, and one that is short draws nothing on the others", async () => {
    const rules: readonly Rule[] = [
      { scope: everyoneScope(), allowance: { limits: { rpm: 100 } } },
      {
        scope: projectScope("web"),
        allowance: { limits: { rpm: 5 }, models: [{ match: "claude-opus-*", limits: { rpm: 1 } }] },
      },
      { scope: keyScope("web", "k_1", "ci"), allowance: { limits: { rpm: 3 } } },
    ];
    const { send, figures } = scene({}, { rules });
    await send({ model: "claude-opus-4-5" });
    const no = refusal(await send({ model: "claude-opus-4-5" }));
    expect(no.message).toContain("of project web for claude-opus-* is used up");
    await send();
    await send();
    expect(refusal(await send()).message).toContain("of key ci of project web");
    const used = Object.fromEntries(Object.entries(figures()).map(([name, one]) => [name, one.used]));
    expect(used).toEqual({
      "everyone  requests": 3,
      "project  requests": 3,
      "project claude-opus-* requests": 1,
      "key  requests": 3,
    });
  });

  test("the wait is that of the last of them to have room", async () => {
    const { rt, send } = scene({ limits: { rpm: 6 }, models: [{ match: "*", limits: { rpm: 2 } }] });
    for (let i = 0; i < 2; i++) await send();
    const no = refusal(await send());
    expect(no.retryAfterMs).toBeCloseTo(30_000);
    await rt.clock.advance(30_000);
    expect(await send()).toMatchObject({ local: false });
  });

  test("a limit of a model holds under each name that an upstream may know it by", async () => {
    const { send } = scene(
      { models: [{ match: "claude-opus-*", limits: { rpm: 1 } }] },
      { names: (model) => (model === "best" ? ["best", "claude-opus-4-5"] : [model]) },
    );
    await send({ model: "best" });
    expect(refusal(await send({ model: "claude-opus-4-5" })).code).toBe("limit_requests");
  });

  test("may change while they run, and what was drawn stays drawn", async () => {
    const { send, set } = scene({ limits: { rpm: 2 } });
    await send();
    await send();
    expect(refusal(await send()).code).toBe("limit_requests");
    set([{ scope: projectScope("web"), allowance: { limits: { rpm: 3 } } }]);
    await send();
    expect(refusal(await send()).message).toContain("The limit of 3 requests");
    set([]);
    for (let i = 0; i < 5; i++) expect(await send()).toMatchObject({ local: false });
  });
});

describe("tokens", () => {
  test("are reserved before, corrected when the answer begins, and exact at its end", async () => {
    const { send, answers, figures } = scene({ limits: { itpm: 10_000, otpm: 10_000 } });
    const made = answers();
    const body = Buffer.alloc(4_000);
    await send({ body, stream: true, maxTokens: 300 });
    expect(figures()["project  output_tokens"]?.used).toBe(300);
    const reserved = figures()["project  input_tokens"]?.used ?? 0;
    expect(reserved).toBeGreaterThan(500);
    made[0]?.tell({ inputTokens: 40, cacheReadTokens: 900, cacheWrite5mTokens: 60, outputTokens: 123 });
    made[0]?.end();
    // Cache reads do not count, writes do.
    expect(figures()["project  input_tokens"]?.used).toBeCloseTo(100);
    expect(figures()["project  output_tokens"]?.used).toBeCloseTo(123);
  });

  test("those that a compaction, an advisor or a declined model took count too, cut off or whole", async () => {
    const part = { ...NO_USAGE, cacheReadTokens: 500 };
    const iterations = [
      { ...part, type: "compaction", inputTokens: 300, outputTokens: 70 },
      { ...part, type: "message", inputTokens: 40, outputTokens: 20 },
      {
        ...part,
        type: "advisor_message",
        model: "claude-opus-5",
        inputTokens: 5,
        cacheWrite1hTokens: 2,
        outputTokens: 9,
      },
    ];
    for (const end of ["end", "cut"] as const) {
      const { send, answers, figures } = scene({ limits: { itpm: 10_000, otpm: 10_000 } });
      const made = answers();
      await send({ stream: true, maxTokens: 500 });
      // 300 + 40 + 5 + 2 in, 70 + 20 + 9 out; what is read from the cache is free.
      made[0]?.tell({ inputTokens: 40, outputTokens: 20, iterations });
      made[0]?.[end]();
      expect([figures()["project  input_tokens"]?.used, figures()["project  output_tokens"]?.used]).toEqual([347, 99]);
    }
  });

  test("of a long stream are drawn while it runs, and those of a cut one are what came", async () => {
    const { rt, send, answers, figures } = scene({ limits: { otpm: 100_000, burst: 60_000 } });
    const made = answers();
    await send({ stream: true, maxTokens: 100 });
    made[0]?.tell({ inputTokens: 10, outputTokens: 1 });
    const before = figures()["project  output_tokens"]?.used ?? 0;
    made[0]?.more(200_000);
    await rt.clock.advance(600);
    const during = figures()["project  output_tokens"]?.used ?? 0;
    expect(during).toBeGreaterThan(before + 256);
    made[0]?.cut();
    expect(figures()["project  output_tokens"]?.used).toBeGreaterThan(during * 0.9);
    expect(rt.clock.next()).toBeDefined();
    await rt.clock.advance(600);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("of a whole stream that never told its output are what came", async () => {
    const { rt, send, answers, figures } = scene({ limits: { otpm: 100_000, burst: 60_000 } });
    const made = answers();
    await send({ stream: true, maxTokens: 100 });
    made[0]?.tell({ inputTokens: 10, outputTokens: 1 });
    const facts = made[0]?.answer.flow.reader?.facts;
    if (facts !== undefined) facts.provisional = true;
    made[0]?.more(200_000);
    await rt.clock.advance(600);
    const during = figures()["project  output_tokens"]?.used ?? 0;
    expect(during).toBeGreaterThan(256);
    made[0]?.end();
    expect(figures()["project  output_tokens"]?.used).toBeGreaterThan(during * 0.9);
  });

  test("more than the limit holds goes when it is full, and the debt is waited for", async () => {
    const { rt, send, answers } = scene({ limits: { itpm: 600 } });
    const made = answers();
    await send({ body: Buffer.alloc(40_000) });
    made[0]?.tell({ inputTokens: 10_000 });
    made[0]?.end();
    const no = refusal(await send({ body: Buffer.alloc(4) }));
    expect(no.code).toBe("limit_input_tokens");
    expect(no.again).toBe(false);
    expect(no.retryAfterMs).toBeGreaterThan(900_000);
    await rt.clock.advance(no.retryAfterMs ?? 0);
    expect((await send({ body: Buffer.alloc(4) })).ok).toBe(true);
  });

  test("count_tokens and lists draw a request and nothing else", async () => {
    const { send, figures } = scene({ limits: { rpm: 10, itpm: 1_000, otpm: 1_000 }, budget: { usd_per_day: 1 } });
    await send({ path: "/v1/messages/count_tokens", body: Buffer.alloc(100_000) });
    await send({ path: "/v1/models", method: "GET", model: "" });
    const used = Object.fromEntries(Object.entries(figures()).map(([name, one]) => [name, Math.round(one.used)]));
    expect(used).toMatchObject({
      "project  requests": 2,
      "project  input_tokens": 0,
      "project  output_tokens": 0,
      "project  usd_per_day": 0,
    });
  });
});

describe("streams", () => {
  test("count while they run, and are given back however they end", async () => {
    const { send, answers, figures } = scene({ limits: { streams: 2 } });
    const made = answers();
    await send({ stream: true });
    await send({ stream: true });
    const no = refusal(await send({ stream: true }));
    expect(no).toMatchObject({ code: "limit_streams", retryAfterMs: 1_000 });
    // One that is not streamed is no stream.
    expect((await send({ stream: false })).ok).toBe(true);
    made[0]?.cut();
    expect((await send({ stream: true })).ok).toBe(true);
    made[1]?.answer.flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "" });
    made[3]?.end();
    expect(figures()["project  streams"]?.used).toBe(0);
  });

  test("a failure before the answer gives its place back", async () => {
    const { send, give } = scene({ limits: { streams: 1 } });
    give(async () => failed("timed-out"));
    for (let i = 0; i < 3; i++) expect(await send({ stream: true })).toMatchObject({ verdict: "timed-out" });
  });
});

describe("budgets", () => {
  const price = (usage: Partial<Usage>) =>
    costOf({ ...NO_USAGE, ...usage }, MODEL, { atMs: 1_767_225_600_000 }).picoUsd;

  test("are charged exactly what the answer cost, cache and all", async () => {
    const { send, answers, figures } = scene({ budget: { usd_per_hour: 1, usd_per_day: 5, usd_per_month: 50 } });
    const made = answers();
    const usage = { inputTokens: 1_000, cacheReadTokens: 20_000, cacheWrite1hTokens: 300, outputTokens: 777 };
    await send({ stream: true });
    made[0]?.tell(usage);
    made[0]?.end();
    // 1,000 x 3 + 20,000 x 0.30 + 300 x 6 + 777 x 15 dollars a million.
    expect(price(usage)).toBe((3_000 + 6_000 + 1_800 + 11_655) * 1e6);
    for (const period of ["hour", "day", "month"])
      expect(figures()[`project  usd_per_${period}`]?.used).toBe(price(usage));
  });

  test("spent: 429 with the time to the window's end, and no retry when that is long", async () => {
    const { rt, send, answers } = scene({ budget: { usd_per_hour: 0.01 } });
    const made = answers();
    await send({ maxTokens: 10 });
    made[0]?.tell({ outputTokens: 10_000 });
    made[0]?.end();
    const no = refusal(await send({ maxTokens: 10 }));
    expect(no).toMatchObject({ code: "budget_spent", again: false, retryAfterMs: 3_600_000 });
    expect(no.message).toMatch(
      /^The budget of \$0\.010 per hour of project web is spent.* 2026-01-01 01:00 UTC.*`budget\.usd_per_hour`\.$/,
    );
    await rt.clock.advance(3_590_000);
    expect(refusal(await send({ maxTokens: 10 }))).toMatchObject({ again: undefined, retryAfterMs: 10_000 });
    await rt.clock.advance(10_000);
    expect((await send({ maxTokens: 10 })).ok).toBe(true);
  });

  test("a hundred at once at the edge never reserve more than is left", async () => {
    const { send, answers, figures } = scene({ budget: { usd_per_day: 0.05 } });
    answers();
    const all = await Promise.all(Array.from({ length: 100 }, () => send({ maxTokens: 100 })));
    const went = all.filter((one) => one.ok).length;
    expect(went).toBeGreaterThan(10);
    expect(went).toBeLessThan(100);
    const day = figures()["project  usd_per_day"];
    expect(day?.used).toBeLessThanOrEqual(0.05 * PICO_PER_USD);
    expect(day?.used).toBeGreaterThan(0.04 * PICO_PER_USD);
  });

  test("a model without a price is charged as the dearest", async () => {
    const { send, answers, figures } = scene({ budget: { usd_per_day: 5 } });
    const made = answers();
    await send({ model: "claude-next-9" });
    made[0]?.tell({ outputTokens: 1_000 }, "claude-next-9");
    made[0]?.end();
    expect(figures()["project  usd_per_day"]?.used).toBeGreaterThan(price({ outputTokens: 1_000 }));
  });

  test("the model that answered sets the price, whatever was asked for", async () => {
    const { send, answers, figures } = scene({ budget: { usd_per_day: 5 } });
    const made = answers();
    await send({ model: "claude-haiku-4-5" });
    made[0]?.tell({ outputTokens: 1_000 }, MODEL);
    made[0]?.end();
    expect(figures()["project  usd_per_day"]?.used).toBe(price({ outputTokens: 1_000 }));
  });

  test("begin with what the ledger knows; false alarms after a restart there are none", async () => {
    const asked: unknown[] = [];
    const spent = async (spec: { dimension: string }, window: number) => {
      asked.push([spec.dimension, window]);
      return BigInt(0.6 * PICO_PER_USD);
    };
    const { rt, send, answers, figures } = scene({ budget: { usd_per_day: 1 } }, { options: { spentSince: spent } });
    answers();
    await send({ maxTokens: 10 });
    await rt.clock.advance(1);
    expect(asked).toEqual([["usd_per_day", 1_767_225_600_000]]);
    expect(figures()["project  usd_per_day"]?.used).toBeGreaterThan(0.6 * PICO_PER_USD);
    expect(figures()["project  usd_per_day"]?.used).toBeLessThan(0.61 * PICO_PER_USD);
  });

  test("batches go while something is left, and draw a request", async () => {
    const { send, answers, figures } = scene({ limits: { rpm: 10 }, budget: { usd_per_day: 0.001 } });
    const made = answers();
    const batch = { path: "/v1/messages/batches", model: "" };
    expect((await send(batch)).ok).toBe(true);
    expect(figures()["project  usd_per_day"]?.used).toBe(0);
    await send({ maxTokens: 10 });
    made[1]?.tell({ outputTokens: 10_000 });
    made[1]?.end();
    expect(refusal(await send(batch)).code).toBe("budget_spent");
  });

  test("and while something is left for each model: theirs stand deep in the body", async () => {
    const { send, answers, figures } = scene({
      models: [{ match: "claude-opus-*", limits: { rpm: 1 }, budget: { usd_per_day: 0.001 } }],
    });
    const made = answers();
    const batch = { path: "/v1/messages/batches", model: "" };
    for (let i = 0; i < 3; i++) expect((await send(batch)).ok).toBe(true);
    expect(figures()["project claude-opus-* usd_per_day"]?.used).toBe(0);
    await send({ model: "claude-opus-5", maxTokens: 10 });
    made[3]?.tell({ outputTokens: 10_000 }, "claude-opus-5");
    made[3]?.end();
    expect(refusal(await send(batch)).code).toBe("budget_spent");
    expect((await send({ maxTokens: 10 })).ok).toBe(true);
  });

  test("have what a batch came to when the ledger has it, once however often its results are fetched", async () => {
    let ledger = 0;
    const rules: readonly Rule[] = [
      { scope: projectScope("web"), allowance: { models: [{ match: "claude-haiku-*", budget: { usd_per_day: 3 } }] } },
      { scope: everyoneScope(), allowance: { budget: { usd_per_day: 5 } } },
    ];
    const spentSince = async () => BigInt(ledger);
    const { rt, send, answers, figures } = scene({}, { rules, options: { spentSince } });
    const made = answers();
    await rt.clock.advance(60_000);
    const used = () => [
      figures()["project claude-haiku-* usd_per_day"]?.used,
      figures()["everyone  usd_per_day"]?.used,
    ];
    for (const path of [
      "/v1/messages/batches/msgbatch_1/results",
      "/v1/messages/batches/msgbatch_1/results?beta=true",
    ]) {
      await send({ method: "GET", path, model: "", body: null });
      made.at(-1)?.end();
      ledger = 2 * PICO_PER_USD;
      await rt.clock.advance(10_000);
      expect(used()).toEqual([2 * PICO_PER_USD, 2 * PICO_PER_USD]);
    }
    await send({ method: "GET", path: "/v1/messages/batches/msgbatch_1", model: "", body: null });
    made.at(-1)?.end();
    ledger = 3 * PICO_PER_USD;
    await rt.clock.advance(60_000);
    expect(used()[1]).toBe(2 * PICO_PER_USD);
  });
});

test("what is left stands in one line for the answer's header", async () => {
  const { send, answers } = scene({ limits: { rpm: 60, streams: 4 }, budget: { usd_per_day: 2 } });
  answers();
  const base = exchange();
  const x = { tally: base.tally };
  await send({ ...x, stream: true, maxTokens: 10 });
  expect(x.tally.limits?.header()).toMatch(
    /^requests;l=60;r=59;t=1, streams;l=4;r=3;t=0, usd_per_day;l=2;r=1\.99\d+;t=86400$/,
  );
});
