// Validation: what the API refuses, in its words, and what it takes.

import { expect, test } from "vitest";
import { messagesProblem } from "./validation.ts";

const RULES = { version: "2023-06-01", seed: "s", models: ["house-model"], strict: false, counting: false };
const user = (content: unknown = "hi") => ({ role: "user", content });
const base = (more: Record<string, unknown> = {}) => ({
  model: "claude-opus-5",
  max_tokens: 100,
  messages: [user()],
  ...more,
});
const refused = (body: Record<string, unknown>, rules = {}) => messagesProblem(body, { ...RULES, ...rules })?.message;
const use = (id: string) => ({ role: "assistant", content: [{ type: "tool_use", id, name: "t", input: {} }] });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "r" });

test.each([
  [{ model: undefined }, "model: Field required"],
  [{ max_tokens: undefined }, "max_tokens: Field required"],
  [{ max_tokens: "5" }, "max_tokens: Input should be a valid integer"],
  [{ max_tokens: -1 }, "max_tokens: Input should be greater than or equal to 0"],
  [
    { max_tokens: 128_001 },
    "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for claude-opus-5",
  ],
  [{ messages: [] }, "messages: at least one message is required"],
  [{ messages: "hi" }, "messages: Input should be a valid list"],
  [{ messages: [{ role: "robot", content: "x" }] }, "messages.0.role: Input should be 'user', 'assistant' or 'system'"],
  [{ messages: [{ role: "user" }] }, "messages.0.content: Field required"],
  [{ messages: [user("")] }, "messages.0: user messages must have non-empty content"],
  [{ messages: [user([{ text: "x" }])] }, "messages.0.content.0.type: Field required"],
  [{ model: "gpt-5" }, "model: gpt-5"],
  [{ model: "us.anthropic.claude-opus-5" }, "model: us.anthropic.claude-opus-5"],
  [
    { messages: [user(), { role: "assistant", content: "So" }] },
    "This model does not support assistant message prefill. The conversation must end with a user message.",
  ],
  [
    { thinking: { type: "enabled", budget_tokens: 2_000 }, max_tokens: 4_000 },
    '"thinking.type.enabled" is not supported for this model.',
  ],
  [{ model: "claude-opus-4-5", thinking: { type: "adaptive" } }, "adaptive thinking is not supported on this model"],
  [
    { model: "claude-fable-5", thinking: { type: "disabled" } },
    '"thinking.type.disabled" is not supported for this model.',
  ],
  [{ model: "claude-opus-4-5", thinking: { type: "enabled", budget_tokens: 100 } }, "greater than or equal to 1024"],
  [
    { model: "claude-opus-4-5", thinking: { type: "enabled", budget_tokens: 2_000 } },
    "`max_tokens` must be greater than `thinking.budget_tokens`.",
  ],
  [
    { model: "claude-opus-5-5", tools: [{ name: "t", input_schema: {} }], tool_choice: { type: "any" } },
    "thinking is always on",
  ],
  [{ tool_choice: { type: "tool", name: "none" } }, "Tool 'none' not found"],
  [
    { model: "claude-opus-4-5", messages: [user("x".repeat(900_000))] },
    "prompt is too long: 225002 tokens > 200000 maximum",
  ],
  [
    { messages: [user(), use("a"), user("go on")] },
    "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: a.",
  ],
  [{ messages: [user([result("z")])] }, "unexpected `tool_use_id` found in `tool_result` blocks: z."],
  [
    {
      messages: [
        user(),
        { role: "assistant", content: [{ type: "thinking", thinking: "x", signature: "abc" }] },
        user(),
      ],
    },
    "messages.1.content.0: Invalid `signature` in `thinking` block",
  ],
])("%j: %s", (more, message) => {
  expect(refused(base(more))).toContain(message);
});

test.each([
  [{}],
  [{ max_tokens: 0 }],
  [{ model: "house-model" }],
  [{ model: "claude-haiku-4-5-20251001", max_tokens: 32_000, thinking: { type: "enabled", budget_tokens: 31_999 } }],
  [{ model: "claude-sonnet-4-5", messages: [user(), { role: "assistant", content: "So" }] }],
  [
    {
      thinking: { type: "adaptive", display: "omitted" },
      context_management: { edits: [] },
      anything: { unknown: true },
    },
  ],
  [
    {
      messages: [
        user(),
        { role: "system", content: [{ type: "text", text: "note" }], output_config: { effort: "low" } },
      ],
    },
  ],
  [{ messages: [user(), use("a"), { role: "system", content: "note" }, user([result("a")])] }],
  [{ messages: [user(), use("a"), use("b"), user([result("a")]), user([result("b")])] }],
  [
    {
      messages: [
        user(),
        { role: "assistant", content: [{ type: "server_tool_use", id: "s", name: "web_search", input: {} }] },
      ],
    },
  ],
  [{ temperature: 0.5, top_p: 0.9, top_k: 5 }],
])("%j is taken", (more) => {
  expect(refused(base(more))).toBeUndefined();
});

test("the new version refuses sampling, documents of the assistant and citations of the user", () => {
  const rules = { version: "2026-10-21" };
  for (const field of ["temperature", "top_p", "top_k"]) {
    expect(refused(base({ [field]: 1 }), rules)).toBe(`${field}: Extra inputs are not permitted`);
  }
  const document = { role: "assistant", content: [{ type: "document", source: {} }] };
  expect(refused(base({ messages: [user(), document, user()] }), rules)).toContain(
    "not permitted in assistant messages",
  );
  const cited = user([{ type: "text", text: "x", citations: [{}] }]);
  expect(refused(base({ messages: [cited] }), rules)).toContain("citations");
  expect(refused(base({ messages: [cited] }))).toBeUndefined();
});

test("counting needs no max_tokens; an unknown model is a 404", () => {
  expect(refused(base({ max_tokens: undefined }), { counting: true })).toBeUndefined();
  expect(messagesProblem(base({ model: "claude-nothing-9" }), RULES)).toMatchObject({
    status: 404,
    type: "not_found_error",
  });
});
