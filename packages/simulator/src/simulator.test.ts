// The Messages API on real sockets: answers, framing, blocks, stop reasons, credentials, versions.

import { afterAll, beforeAll, expect, test } from "vitest";
import { BASH, eventsOf, joined, type TestStand, testStand, turn } from "./test-stand.ts";

let stand: TestStand;
beforeAll(async () => {
  stand = await testStand({ models: ["my-model"] });
});
afterAll(() => stand.simulator.close());

const json = async (body: unknown, headers: Record<string, string> = {}) => {
  const seen = await stand.ask(body, { headers });
  return { status: seen.status, headers: seen.headers, value: JSON.parse(seen.body.toString()) };
};

test("a JSON answer has the API's shape and headers", async () => {
  const { status, headers, value } = await json(turn("hello there"));
  expect(status).toBe(200);
  expect(value).toMatchObject({
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-6",
    stop_reason: "end_turn",
    stop_sequence: null,
  });
  expect(value.id).toMatch(/^msg_\w{24}$/);
  expect(value.content[0].text).toContain('"hello there"');
  expect(value.usage).toMatchObject({ input_tokens: 5, cache_read_input_tokens: 0, service_tier: "standard" });
  expect(value.usage.output_tokens).toBe(Math.ceil(value.content[0].text.length / 4));
  expect(headers["request-id"]).toMatch(/^req_\w{24}$/);
  expect(headers["anthropic-organization-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers["anthropic-ratelimit-requests-remaining"]).toMatch(/^\d+$/);
  expect(headers["anthropic-ratelimit-requests-reset"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(headers.server).toBe("cloudflare");
  expect(headers["cf-ray"]).toBeDefined();
  expect(headers.date).toBeDefined();
});

test("a stream keeps the grammar: start, blocks in order, pings, delta, stop", async () => {
  const seen = await stand.ask(turn("run: echo hi", { stream: true, thinking: { type: "adaptive" }, tools: [BASH] }));
  expect(seen.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(seen.headers["cache-control"]).toBe("no-cache");
  const events = eventsOf(seen.body);
  for (const { event, data } of events) expect(data.type).toBe(event);
  const names = events.map(({ event }) => event);
  expect(names[0]).toBe("message_start");
  expect(names.filter((name) => name === "message_start")).toHaveLength(1);
  expect(names.slice(1, 3)).toEqual(["content_block_start", "ping"]);
  expect(names.slice(-2)).toEqual(["message_delta", "message_stop"]);
  const starts = events.filter(({ event }) => event === "content_block_start");
  expect(starts.map(({ data }) => data.index)).toEqual([0, 1, 2]);
  expect(starts.map(({ data }) => (data.content_block as { type: string }).type)).toEqual([
    "thinking",
    "text",
    "tool_use",
  ]);
  expect(JSON.parse(joined(seen.body, "input_json_delta", "partial_json"))).toEqual({ command: "echo hi" });
  const thinking = events.filter(({ data }) => data.index === 0 && data.delta !== undefined);
  expect(thinking.at(-1)?.data.delta).toMatchObject({ type: "signature_delta" });
  expect(events.at(-2)?.data.delta).toMatchObject({ stop_reason: "tool_use" });
});

test("JSON and stream say the same for the same prompt, on any simulator of the seed", async () => {
  const other = await testStand();
  const whole = await json(turn("say 40 words"));
  const stream = await other.ask(turn("say 40 words", { stream: true }));
  await other.simulator.close();
  expect(joined(stream.body, "text_delta", "text")).toBe(whole.value.content[0].text);
  expect(whole.value.content[0].text.split(" ")).toHaveLength(40);
});

test("another seed says something else", async () => {
  const other = await testStand({ seed: "another" });
  const [a, b] = [await stand.ask(turn("say 20 words")), await other.ask(turn("say 20 words"))];
  await other.simulator.close();
  expect(JSON.parse(a.body.toString()).content).not.toEqual(JSON.parse(b.body.toString()).content);
});

test("a tool's result is quoted, with the thinking block sent back and its signature checked", async () => {
  const first = await json(turn("run: date", { thinking: { type: "adaptive" }, tools: [BASH] }));
  const call = first.value.content.find((block: { type: string }) => block.type === "tool_use");
  const result = { type: "tool_result", tool_use_id: call.id, content: [{ type: "text", text: "it is noon" }] };
  const messages = [
    { role: "user", content: "run: date" },
    { role: "assistant", content: first.value.content },
    { role: "user", content: [result] },
  ];
  const second = await json({ ...turn(""), thinking: { type: "adaptive" }, tools: [BASH], messages });
  expect(second.status).toBe(200);
  expect(second.value.content.at(-1).text).toContain("it is noon");
  const edited = structuredClone(messages);
  (edited[1]?.content as Array<{ thinking?: string }>)[0] = {
    ...(first.value.content[0] as object),
    thinking: "something else",
  };
  const refused = await json({ ...turn(""), thinking: { type: "adaptive" }, tools: [BASH], messages: edited });
  expect(refused.status).toBe(400);
  expect(refused.value.error.message).toBe("messages.1.content.0: Invalid `signature` in `thinking` block");
});

test("omitted thinking has a signature and no text", async () => {
  const { value } = await json(turn("hi", { thinking: { type: "adaptive", display: "omitted" } }));
  expect(value.content[0]).toMatchObject({ type: "thinking", thinking: "" });
  expect(value.content[0].signature.length).toBeGreaterThan(40);
  expect(value.usage.output_tokens_details.thinking_tokens).toBeGreaterThan(10);
});

test.each([
  ["max_tokens", turn("say 200 words", { max_tokens: 10 }), {}],
  ["stop_sequence", turn("say: one STOP two", { stop_sequences: ["STOP"] }), { stop_sequence: "STOP" }],
  ["tool_use", turn("anything", { tools: [BASH], tool_choice: { type: "any" } }), {}],
  ["refusal", turn("stop: refusal"), { stop_details: { type: "refusal", category: "general_harms" } }],
  ["refusal", turn("stop: refusal-before"), { content: [] }],
  ["pause_turn", turn("stop: pause_turn"), {}],
  ["model_context_window_exceeded", turn("stop: model_context_window_exceeded"), {}],
  ["end_turn", turn("hello"), {}],
])("stop reason %s, JSON and streamed", async (reason, body, more) => {
  const { value } = await json(body);
  expect(value).toMatchObject({ stop_reason: reason, ...more });
  const seen = await stand.ask({ ...body, stream: true });
  const delta = eventsOf(seen.body).find(({ event }) => event === "message_delta");
  expect(delta?.data.delta).toMatchObject({ stop_reason: reason });
});

test("documents are cited when they ask for it", async () => {
  const document = {
    type: "document",
    title: "T",
    source: { type: "text", data: "The tide turns at six." },
    citations: { enabled: true },
  };
  const body = turn("", { messages: [{ role: "user", content: [document, { type: "text", text: "when?" }] }] });
  const { value } = await json(body);
  expect(value.content).toHaveLength(3);
  expect(value.content[1].citations).toEqual([
    {
      type: "char_location",
      cited_text: "The tide turns at six.",
      document_index: 0,
      document_title: "T",
      start_char_index: 0,
      end_char_index: 22,
    },
  ]);
  const seen = await stand.ask({ ...body, stream: true });
  expect(
    eventsOf(seen.body).filter(({ data }) => (data.delta as { type?: string })?.type === "citations_delta"),
  ).toHaveLength(1);
});

test("a script answers word for word", async () => {
  const script = {
    blocks: [
      { type: "redacted_thinking", data: "abc" },
      { type: "text", text: "exactly" },
      { type: "server_tool_use", name: "web_search", input: { query: "q" } },
      { type: "web_search_tool_result", tool_use_id: "x", content: [] },
    ],
    stop_reason: "pause_turn",
    usage: { server_tool_use: { web_search_requests: 1 } },
  };
  const { value } = await json(turn("hi"), { "x-simulator-answer": JSON.stringify(script) });
  expect(value.content.map((block: { type: string }) => block.type)).toEqual(script.blocks.map(({ type }) => type));
  expect(value).toMatchObject({ stop_reason: "pause_turn", usage: { server_tool_use: { web_search_requests: 1 } } });
  const wrong = await json(turn("hi"), { "x-simulator-answer": '{"bloks":[]}' });
  expect([wrong.status, wrong.value.error.message]).toEqual([400, expect.stringContaining('no "bloks"')]);
});

test.each([
  [{ "x-api-key": "", authorization: "" }, 401, "authentication_error"],
  [{ "x-api-key": "", authorization: "Bearer" }, 401, "authentication_error"],
  [{ "x-api-key": "", authorization: "Bearer token" }, 200, undefined],
  [{ "anthropic-version": "" }, 400, "invalid_request_error"],
  [{ "anthropic-version": "2024-01-01" }, 400, "invalid_request_error"],
  [{ "anthropic-version": "2026-10-21" }, 200, undefined],
  [{ "anthropic-beta": "never-heard-of-2030-01-01" }, 200, undefined],
  [{ origin: "http://page" }, 401, "authentication_error"],
])("headers %j give %i", async (headers, status, type) => {
  const answer = await json(turn("hi"), headers);
  expect([answer.status, answer.value.error?.type]).toEqual([status, type]);
  if (type !== undefined) expect(answer.value.request_id).toBe(answer.headers["request-id"]);
});

test("only listed keys are accepted when there is a list", async () => {
  const other = await testStand({ apiKeys: ["right"] });
  const [wrong, right] = [
    await other.ask(turn("hi")),
    await other.ask(turn("hi"), { headers: { "x-api-key": "right" } }),
  ];
  await other.simulator.close();
  expect([wrong.status, right.status]).toEqual([401, 200]);
});

test("strict mode refuses unknown betas and fields in the API's words", async () => {
  const other = await testStand({ strict: true });
  const beta = await other.ask(turn("hi"), { headers: { "anthropic-beta": "no-such-2030-01-01" } });
  const field = await other.ask(turn("hi", { nonsense: 1 }));
  await other.simulator.close();
  expect(beta.body.toString()).toContain("Unexpected value(s) `no-such-2030-01-01` for the `anthropic-beta` header");
  expect(field.body.toString()).toContain("nonsense: Extra inputs are not permitted");
});

test("unknown paths are a 404 in the envelope, /api/hello is not", async () => {
  const lost = await stand.ask({}, { path: "/v1/nothing" });
  expect([lost.status, JSON.parse(lost.body.toString()).error.type]).toEqual([404, "not_found_error"]);
  const method = await stand.ask("", { method: "PUT" });
  expect(method.status).toBe(404);
  const hello = await stand.ask("", { method: "HEAD", path: "/api/hello", headers: { "x-api-key": "" } });
  expect(hello.status).toBe(200);
});

test("bodies above 32 MB get a 413 without being read", async () => {
  const seen = await stand.ask("", { headers: { "content-length": String(33 * 1024 * 1024) } });
  expect([seen.status, JSON.parse(seen.body.toString()).error.type]).toEqual([413, "request_too_large"]);
});
