// From a status and an error body to a verdict: the one place where status codes are read.

import { bytesSource, type Exchange, type Target } from "@fairlead/engine";
import { Signal } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import { judge, refusal } from "./judge.ts";

const target: Target = {
  name: "east",
  platform: "p",
  account: "a",
  contextWindow: () => 200_000,
  modelName: (model) => model,
  send: () => Promise.reject(new Error("not here")),
};
const how = { target, rewritten: false, strict: false, wall: Date.parse("2026-11-21T10:00:00Z") };
const x = {
  path: "/v1/messages",
  look: { dialect: "claude" },
  method: "POST",
  signal: new Signal(),
} as unknown as Exchange;
const error = (type: string, message: string, code?: string) =>
  JSON.stringify({
    type: "error",
    error: { type, message, ...(code === undefined ? {} : { details: { error_code: code } }) },
    request_id: "req_1",
  });

describe("refusal", () => {
  it.each([
    [400, error("invalid_request_error", "messages: Field required"), "caller-fault"],
    [400, error("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"), "too-long"],
    [
      400,
      error(
        "invalid_request_error",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
      ),
      "spend-capped",
    ],
    [
      400,
      error("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      "spend-capped",
    ],
    [401, error("authentication_error", "invalid x-api-key"), "unauthorized"],
    [402, error("billing_error", "payment"), "spend-capped"],
    [403, error("permission_error", "no access to this model"), "model-missing"],
    [403, '{"error":{"type":"forbidden","message":"Request not allowed"}}', "region-refused"],
    [403, "<html>blocked</html>", "upstream-fault"],
    [404, error("not_found_error", "model: x"), "model-missing"],
    [408, error("timeout_error", "late"), "timed-out"],
    [409, error("conflict_error", "again"), "conflict"],
    [413, error("request_too_large", "big"), "caller-fault"],
    [413, "<html>413</html>", "caller-fault"],
    [422, error("invalid_request_error", "no"), "caller-fault"],
    [429, error("rate_limit_error", "slow down"), "rate-limited"],
    [
      429,
      error("rate_limit_error", "You have reached your API usage limits", "enforced_spend_limit_reached"),
      "spend-capped",
    ],
    [500, error("api_error", "oops"), "upstream-fault"],
    [502, "<html>502</html>", "upstream-fault"],
    [503, error("overloaded_error", "busy"), "overloaded"],
    [504, error("timeout_error", "late"), "timed-out"],
    [520, "<html>520</html>", "upstream-fault"],
    [529, error("overloaded_error", "Overloaded"), "overloaded"],
    [302, "", "upstream-fault"],
  ])("%d %s", (status, body, verdict) => {
    const made = refusal(status, ["Request-Id", "req_1"], Buffer.from(body), how);
    expect(made.verdict).toBe(verdict);
    // The upstream's own words stay whole, whatever becomes of them.
    expect(made.response).toEqual({ status, headers: ["Request-Id", "req_1"], body: Buffer.from(body) });
  });

  it.each([
    [["retry-after", "2"], 2_000],
    [["Retry-After-Ms", "1500", "retry-after", "9"], 1_500],
    [["retry-after", "Sat, 21 Nov 2026 10:00:07 GMT"], 7_000],
    [["retry-after", "soon"], undefined],
    [["retry-after", "-1"], undefined],
  ])("reads how long to wait from %j", (headers, ms) => {
    expect(refusal(429, headers, Buffer.from(error("rate_limit_error", "x")), how).retryAfterMs).toBe(ms);
  });

  it.each([
    ["true", true],
    ["false", false],
    ["maybe", undefined],
  ])("hears x-should-retry: %s", (value, again) => {
    expect(refusal(500, ["X-Should-Retry", value], Buffer.from(""), how).again).toBe(again);
  });
});

describe("judge", () => {
  const head = (headers: string[], body: string) => ({ status: 200, headers, source: bytesSource(Buffer.from(body)) });

  it.each([
    [["content-type", "text/event-stream; charset=utf-8"], true],
    [["content-type", "application/json"], false],
  ])("gives a 200 with %j its reader", async (headers, streamed) => {
    const outcome = await judge(x, head(headers, ""), how);
    expect(outcome.ok && outcome.flow.reader?.streamed).toBe(streamed);
  });

  it("takes a web page in place of an answer for somebody else's", async () => {
    const outcome = await judge(x, head(["content-type", "text/html"], "<html>Sign in to the network</html>"), how);
    expect(outcome).toMatchObject({ ok: false, verdict: "upstream-fault", code: "not_the_api" });
  });

  it("passes compressed bytes on unread", async () => {
    const outcome = await judge(x, head(["content-type", "application/json", "content-encoding", "gzip"], "x"), how);
    expect(outcome.ok && outcome.flow.reader).toBeUndefined();
  });

  it("keeps an error body that comes in pieces", async () => {
    const body = error("overloaded_error", "Overloaded");
    const source = {
      start(sink: { data(b: Buffer): void; end(): void }) {
        for (const byte of Buffer.from(body)) sink.data(Buffer.from([byte]));
        sink.end();
      },
      pause() {},
      resume() {},
      cancel() {},
    };
    const outcome = await judge(x, { status: 529, headers: [], source }, how);
    expect(!outcome.ok && outcome.response?.body.toString()).toBe(body);
  });
});
