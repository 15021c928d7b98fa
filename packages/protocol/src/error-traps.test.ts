// The traps, each by the wording or code of the reference, and by what looks alike and is not it.
import { describe, expect, test } from "vitest";
import {
  type ErrorFacts,
  isBodyTooLarge,
  isContextTooLong,
  isPrefillRejected,
  isRampLimit,
  isRegionBlocked,
  isServiceQuota,
  isSpendLimit,
  isThinkingBlockRejected,
  isThinkingModeRejected,
  isThreadLost,
  isUnknownBeta,
  isUnknownField,
} from "./error-traps.ts";

const traps = {
  isBodyTooLarge,
  isContextTooLong,
  isPrefillRejected,
  isRampLimit,
  isRegionBlocked,
  isServiceQuota,
  isSpendLimit,
  isThinkingBlockRejected,
  isThinkingModeRejected,
  isThreadLost,
  isUnknownBeta,
  isUnknownField,
};

type Trap = keyof typeof traps;

const rows: [Trap, ErrorFacts][] = [
  ["isSpendLimit", { status: 429, type: "rate_limit_error", code: "enforced_spend_limit_reached" }],
  ["isSpendLimit", { status: 429, type: "rate_limit_error", code: "contract_spend_limit_reached" }],
  [
    "isSpendLimit",
    {
      status: 429,
      type: "rate_limit_error",
      message: "You have reached your API usage limits: your organization has crossed its monthly API usage threshold.",
    },
  ],
  [
    "isSpendLimit",
    {
      status: 400,
      type: "invalid_request_error",
      message: "You have reached your specified API usage limits. You will regain access",
    },
  ],
  ["isSpendLimit", { status: 400, message: "You have reached your specified workspace API usage limits." }],
  ["isSpendLimit", { status: 400, message: "Your credit balance is too low to access the Anthropic API." }],
  ["isSpendLimit", { status: 402, type: "billing_error", message: "x" }],
  ["isSpendLimit", { type: "billing_error" }],
  ["isSpendLimit", { status: 429, message: "spend limit reached (daily; resets 2026-08-09 00:00 UTC)" }],
  ["isContextTooLong", { status: 400, message: "prompt is too long: 210000 tokens > 200000 maximum" }],
  ["isContextTooLong", { status: 400, message: "Input is too long for requested model." }],
  ["isContextTooLong", { status: 400, message: "input length and `max_tokens` exceed context limit: 1 + 2 > 3" }],
  ["isContextTooLong", { message: "capability_rejected: prompt_too_long" }],
  ["isBodyTooLarge", { status: 413, type: "request_too_large", message: "Request exceeds the maximum size" }],
  ["isBodyTooLarge", { status: 413 }],
  ["isRegionBlocked", { status: 403, type: "forbidden", dialect: "edge-forbidden" }],
  [
    "isRegionBlocked",
    {
      status: 400,
      message: "Access to Anthropic models is not allowed from unsupported countries, regions, or territories.",
    },
  ],
  ["isRampLimit", { status: 429, code: "ramp_limit_exceeded" }],
  ["isServiceQuota", { status: 400, type: "ServiceQuotaExceededException" }],
  [
    "isPrefillRejected",
    {
      status: 400,
      message: "This model does not support assistant message prefill. The conversation must end with a user message.",
    },
  ],
  [
    "isThinkingBlockRejected",
    { status: 400, message: "messages.1.content.0: Invalid `signature` in `thinking` block" },
  ],
  [
    "isThinkingBlockRejected",
    {
      status: 400,
      message: "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified",
    },
  ],
  ["isThinkingModeRejected", { status: 400, message: '"thinking.type.enabled" is not supported for this model. Use' }],
  ["isThinkingModeRejected", { status: 400, message: "adaptive thinking is not supported on this model" }],
  ["isUnknownBeta", { status: 400, message: "Unexpected value(s) `x-1` for the `anthropic-beta` header." }],
  ["isUnknownBeta", { status: 400, message: "invalid beta flag" }],
  ["isUnknownField", { status: 400, message: "context_management: Extra inputs are not permitted" }],
  ["isThreadLost", { status: 404, code: "thread_not_found" }],
];
const names = Object.keys(traps) as Trap[];

describe("each trap", () => {
  test.each(rows)("%s by %j, and no other trap", (name, facts) => {
    expect(names.filter((other) => traps[other](facts))).toEqual([name]);
  });

  test("every trap is tried", () => {
    expect(new Set(rows.map(([name]) => name))).toEqual(new Set(names));
  });

  test.each<ErrorFacts>([
    {},
    {
      status: 429,
      type: "rate_limit_error",
      message: "This request would exceed your organization's rate limit of 50 requests per minute",
    },
    { status: 400, type: "invalid_request_error", message: "max_tokens must be greater than thinking.budget_tokens" },
    { status: 403, type: "permission_error", message: "Your key may not use this model" },
    { status: 500, message: "prompt is too long" },
    { status: 529, type: "overloaded_error", message: "Overloaded" },
    { status: 500, message: "your credit balance is too low" },
  ])("an ordinary error is none of them: %j", (facts) => {
    expect(names.filter((name) => traps[name](facts))).toEqual([]);
  });
});
