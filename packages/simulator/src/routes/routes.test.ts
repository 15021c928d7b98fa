// The other endpoints on real sockets: counting, models, batches, files, completions, chat completions.

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BASH, type TestStand, testStand, turn } from "../test-stand.ts";

let stand: TestStand;
beforeAll(async () => {
  stand = await testStand({ batchMs: 40, models: ["house-model"] });
});
afterAll(() => stand.simulator.close());

async function call(method: string, path: string, body: unknown = "", headers: Record<string, string> = {}) {
  const seen = await stand.ask(body, { method, path, headers });
  const text = seen.body.toString();
  return {
    status: seen.status,
    headers: seen.headers,
    text,
    value: text.startsWith("{") && !text.includes("}\n{") ? JSON.parse(text) : undefined,
  };
}

test("counting agrees with the usage of the request", async () => {
  const asked = turn("how many?", { tools: [BASH], system: "be brief" });
  const counted = await call("POST", "/v1/messages/count_tokens?beta=true", { ...asked, max_tokens: undefined });
  const answered = await call("POST", "/v1/messages", asked);
  expect(counted.value).toEqual({ input_tokens: answered.value.usage.input_tokens });
});

test("models are listed in pages, told one by one, and lost with a 404", async () => {
  const all = await call("GET", "/v1/models?limit=1000");
  const ids = all.value.data.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining(["claude-opus-5-5", "claude-haiku-4-5", "house-model"]));
  expect(all.value).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) });
  const first = await call("GET", "/v1/models?limit=2");
  expect(first.value.has_more).toBe(true);
  const next = await call("GET", `/v1/models?limit=2&after_id=${first.value.last_id}`);
  expect([...first.value.data, ...next.value.data].map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 4));
  const before = await call("GET", `/v1/models?limit=2&before_id=${ids[4]}`);
  expect(before.value.data.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2, 4));
  expect((await call("GET", "/v1/models?limit=0")).status).toBe(400);
  expect((await call("GET", "/v1/models/claude-opus-5-5")).value).toMatchObject({
    type: "model",
    id: "claude-opus-5-5",
    max_tokens: 128_000,
  });
  expect((await call("GET", "/v1/models/none")).value.error.type).toBe("not_found_error");
});

test("a batch runs to its end, with results as JSON lines at half the price", async () => {
  const requests = [
    { custom_id: "good", params: turn("say 10 words") },
    { custom_id: "bad", params: turn("x", { max_tokens: -1 }) },
  ];
  const made = await call("POST", "/v1/messages/batches", { requests });
  expect(made.value).toMatchObject({
    type: "message_batch",
    processing_status: "in_progress",
    request_counts: { processing: 2 },
    results_url: null,
  });
  const path = `/v1/messages/batches/${made.value.id}`;
  expect((await call("GET", `${path}/results`)).status).toBe(404);
  await expect.poll(async () => (await call("GET", path)).value.processing_status).toBe("ended");
  const ended = await call("GET", path);
  expect(ended.value.request_counts).toEqual({ processing: 0, succeeded: 1, errored: 1, canceled: 0, expired: 0 });
  const results = await call("GET", new URL(ended.value.results_url).pathname);
  const [good, bad] = results.text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(good).toMatchObject({
    custom_id: "good",
    result: { type: "succeeded", message: { stop_reason: "end_turn", usage: { service_tier: "batch" } } },
  });
  expect(bad).toMatchObject({
    custom_id: "bad",
    result: { type: "errored", error: { error: { type: "invalid_request_error" } } },
  });
  const { usage, costUsd } = stand.simulator.bills().bills.at(-1) ?? {};
  expect(costUsd).toBeCloseTo((Number(usage?.input_tokens) * 1.5 + Number(usage?.output_tokens) * 7.5) / 1e6, 10);
  expect((await call("GET", "/v1/messages/batches?limit=1")).value.data[0].id).toBe(made.value.id);
  expect((await call("DELETE", path)).value).toEqual({ id: made.value.id, type: "message_batch_deleted" });
  expect((await call("GET", path)).status).toBe(404);
});

test("a batch that is cancelled ends with its requests canceled", async () => {
  const made = await call("POST", "/v1/messages/batches", { requests: [{ custom_id: "a", params: turn("x") }] });
  const path = `/v1/messages/batches/${made.value.id}`;
  expect((await call("DELETE", path)).status).toBe(400);
  expect((await call("POST", `${path}/cancel`)).value.processing_status).toBe("canceling");
  await expect.poll(async () => (await call("GET", path)).value.request_counts.canceled).toBe(1);
  const twice = {
    requests: [
      { custom_id: "a", params: {} },
      { custom_id: "a", params: {} },
    ],
  };
  expect((await call("POST", "/v1/messages/batches", twice)).text).toContain("custom_id must be unique");
});

test("a file goes up, is listed, comes back byte for byte, and goes", async () => {
  const content = Buffer.from([0, 255, 13, 10, 45, 45, 66, 13, 10]);
  const head =
    'Content-Disposition: form-data; name="file"; filename="a b.bin"\r\nContent-Type: application/x-thing\r\n\r\n';
  const form = Buffer.concat([
    Buffer.from(`--B0\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nx\r\n--B0\r\n${head}`),
    content,
    Buffer.from("\r\n--B0--\r\n"),
  ]);
  const made = await call("POST", "/v1/files", form, { "content-type": "multipart/form-data; boundary=B0" });
  expect(made.value).toMatchObject({
    type: "file",
    filename: "a b.bin",
    mime_type: "application/x-thing",
    size_bytes: content.length,
  });
  expect((await call("GET", "/v1/files")).value.data).toEqual([made.value]);
  expect((await call("GET", `/v1/files/${made.value.id}`)).value).toEqual(made.value);
  const back = await stand.ask("", { method: "GET", path: `/v1/files/${made.value.id}/content` });
  expect([back.headers["content-type"], back.body.equals(content)]).toEqual(["application/x-thing", true]);
  expect((await call("DELETE", `/v1/files/${made.value.id}`)).value.type).toBe("file_deleted");
  expect((await call("GET", `/v1/files/${made.value.id}`)).status).toBe(404);
  expect((await call("POST", "/v1/files", "no form")).status).toBe(400);
});

test("legacy completions, JSON and streamed", async () => {
  const body = { model: "claude-opus-5", prompt: "\n\nHuman: say 5 words\n\nAssistant:", max_tokens_to_sample: 100 };
  const whole = await call("POST", "/v1/complete", body);
  expect(whole.value).toMatchObject({ type: "completion", stop_reason: "stop_sequence" });
  expect(whole.value.completion.split(" ")).toHaveLength(5);
  const stream = await call("POST", "/v1/complete", { ...body, stream: true });
  const parts = stream.text
    .split("\n\n")
    .filter((frame) => frame.startsWith("event: completion"))
    .map((frame) => JSON.parse(frame.split("data: ")[1] ?? ""));
  expect(parts.map(({ completion }) => completion).join("")).toBe(whole.value.completion);
  expect(parts.at(-1)?.stop_reason).toBe("stop_sequence");
});

const BEARER = { "x-api-key": "", authorization: "Bearer k", "anthropic-version": "" };
const chat = (more: Record<string, unknown> = {}) => ({
  model: "claude-opus-5",
  messages: [{ role: "user", content: "say 6 words" }],
  ...more,
});

test("chat completions, JSON and streamed, with usage and [DONE]", async () => {
  const whole = await call("POST", "/v1/chat/completions", chat(), BEARER);
  expect(whole.value).toMatchObject({
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant" }, finish_reason: "stop" }],
  });
  const stream = await call(
    "POST",
    "/v1/chat/completions",
    chat({ stream: true, stream_options: { include_usage: true } }),
    BEARER,
  );
  const lines = stream.text.split("\n\n").filter((line) => line.startsWith("data: "));
  expect(lines.at(-1)).toBe("data: [DONE]");
  const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)));
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
    whole.value.choices[0].message.content,
  );
  expect(chunks.at(-1).usage).toEqual(whole.value.usage);
  expect(whole.value.usage.total_tokens).toBe(whole.value.usage.prompt_tokens + whole.value.usage.completion_tokens);
});

test("chat completions call tools and quote their results", async () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "weather",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ];
  const asked = chat({ tools, messages: [{ role: "user", content: 'use tool weather {"city":"Oslo"}' }] });
  const whole = await call("POST", "/v1/chat/completions", asked, BEARER);
  const [called] = whole.value.choices[0].message.tool_calls;
  expect([called.function.name, JSON.parse(called.function.arguments), whole.value.choices[0].finish_reason]).toEqual([
    "weather",
    { city: "Oslo" },
    "tool_calls",
  ]);
  const stream = await call("POST", "/v1/chat/completions", { ...asked, stream: true }, BEARER);
  const args = [...stream.text.matchAll(/^data: (\{.*)$/gm)].map(
    ([, json]) => JSON.parse(json ?? "").choices[0].delta.tool_calls?.[0].function.arguments ?? "",
  );
  expect(JSON.parse(args.join(""))).toEqual({ city: "Oslo" });
  const messages = [
    ...(asked.messages as unknown[]),
    whole.value.choices[0].message,
    { role: "tool", tool_call_id: called.id, content: "rain" },
  ];
  const last = await call("POST", "/v1/chat/completions", chat({ tools, messages }), BEARER);
  expect(last.value.choices[0].message.content).toContain("rain");
});

test("chat completions fail in OpenAI's shape, streams too", async () => {
  const lost = await call("POST", "/v1/chat/completions", chat({ model: "none" }), BEARER);
  expect([lost.status, lost.value.error]).toMatchObject([404, { message: "model: none", param: null }]);
  const cut = await call("POST", "/v1/chat/completions", chat({ stream: true }), {
    ...BEARER,
    "x-simulator-fault": "in-stream-error",
  });
  expect(cut.text.trim().split("\n\n").at(-1)).toContain('data: {"error":{"message":"Overloaded"');
  expect(cut.text).not.toContain("[DONE]");
});

test("compressed request bodies are understood, unknown codings refused", async () => {
  const packed = gzipSync(JSON.stringify(turn("hi")));
  expect((await call("POST", "/v1/messages", packed, { "content-encoding": "gzip" })).status).toBe(200);
  expect(
    (await call("POST", "/v1/messages", packed, { "content-encoding": "zip" })).value.error.details.error_code,
  ).toBe("request_body_encoding_unsupported");
  expect(
    (await call("POST", "/v1/messages", "no gzip", { "content-encoding": "gzip" })).value.error.details.error_code,
  ).toBe("request_body_encoding_invalid");
});
