// Rate limits: buckets in virtual time, their headers, and the 429 on the wire.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { modelClass, RateLimits } from "./rate-limits.ts";
import { testStand, turn } from "./test-stand.ts";

const OPUS = "claude-opus-5";

test("requests refill continuously: 60 a minute with a burst of one second is one per second", async () => {
  const { clock } = virtualRuntime(1);
  const limits = new RateLimits({ rpm: 60, burstSeconds: 1 }, clock);
  const ask = () => limits.admit("k", OPUS, 10, "org").problem;
  expect(ask()).toBeUndefined();
  expect(ask()).toMatchObject({ status: 429, type: "rate_limit_error", headers: { "retry-after": "1" } });
  await clock.advance(1_000);
  expect(ask()).toBeUndefined();
  expect(limits.admit("other", OPUS, 10, "org").problem).toBeUndefined();
  expect(limits.admit("k", "claude-haiku-5-5", 10, "org").problem).toBeUndefined();
});

test("input and output have buckets of their own, and the message names the one that is empty", async () => {
  const { clock } = virtualRuntime(1);
  const limits = new RateLimits({ itpm: 6_000, otpm: 600 }, clock);
  expect(limits.admit("k", OPUS, 5_000, "org").problem).toBeUndefined();
  const input = limits.admit("k", OPUS, 2_000, "org").problem;
  expect(input?.message).toContain("rate limit of 6,000 input tokens per minute (org: org, model: claude-opus-5)");
  expect(input?.headers?.["retry-after"]).toBe("10");
  limits.produced("k", OPUS, 900);
  const output = limits.admit("k", OPUS, 1, "org").problem;
  expect(output?.message).toContain("600 output tokens per minute");
  expect(output?.headers?.["retry-after"]).toBe("31");
  await clock.advance(31_000);
  expect(limits.admit("k", OPUS, 1, "org").problem).toBeUndefined();
});

test("a prompt larger than the whole bucket passes once the bucket is full", async () => {
  const { clock } = virtualRuntime(1);
  const limits = new RateLimits({ itpm: 1_000 }, clock);
  expect(limits.admit("k", OPUS, 5_000, "org").problem).toBeUndefined();
  expect(limits.admit("k", OPUS, 5_000, "org").problem?.headers?.["retry-after"]).toBe("300");
});

test("headers tell limit, remaining and reset; tokens are rounded to thousands", () => {
  const { clock } = virtualRuntime(1);
  const { headers } = new RateLimits({ rpm: 50, itpm: 40_000, otpm: 8_000 }, clock).admit("k", OPUS, 1_400, "org");
  expect(headers).toMatchObject({
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:02Z",
    "anthropic-ratelimit-input-tokens-limit": "40000",
    "anthropic-ratelimit-input-tokens-remaining": "39000",
    "anthropic-ratelimit-output-tokens-remaining": "8000",
    "anthropic-ratelimit-tokens-limit": "40000",
  });
});

test("models share buckets as the API has them", () => {
  const { clock } = virtualRuntime(1);
  const limits = new RateLimits({ classes: { "opus-4": { rpm: 1 } } }, clock);
  expect(modelClass("claude-opus-4-8")).toBe(modelClass("claude-opus-4-5-20251101"));
  expect(modelClass("claude-opus-5")).not.toBe(modelClass("claude-opus-5-5"));
  expect(limits.admit("k", "claude-opus-4-8", 1, "org").problem).toBeUndefined();
  expect(limits.admit("k", "claude-opus-4-6", 1, "org").problem?.status).toBe(429);
});

test("on the wire: 429 with its headers, cache reads not counted, output charged as produced", async () => {
  const stand = await testStand({ limits: { rpm: 3, itpm: 100_000, otpm: 50, burstSeconds: 60 } });
  const first = await stand.ask(turn("say 100 words"));
  expect(first.status).toBe(200);
  const second = await stand.ask(turn("hi", { stream: true }));
  expect(second.status).toBe(429);
  const error = JSON.parse(second.body.toString());
  expect(error.error).toMatchObject({
    type: "rate_limit_error",
    message: expect.stringContaining("50 output tokens per minute"),
  });
  expect(Number(second.headers["retry-after"])).toBeGreaterThan(60);
  expect(second.headers["anthropic-ratelimit-output-tokens-remaining"]).toBe("0");
  expect(second.headers["anthropic-organization-id"]).toBe(first.headers["anthropic-organization-id"]);
  await stand.simulator.close();
});
