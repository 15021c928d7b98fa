// Usage where bytes pass unread: compressed answers, long ones in one piece, results of batches, chat completions.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Exchange, Outcome, Source, SourceSink } from "@fairlead/engine";
import { printFrame } from "@fairlead/protocol";
import { judge } from "@fairlead/providers/anthropic";
import { afterEach, beforeEach, expect, test } from "vitest";
import { request, scene, TARGET } from "../../testing/ledger-stand.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gleaned-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Sends bytes through the judge and the meter, cut into pieces; what came out must be what went in. */
async function pass(
  { policy }: ReturnType<typeof scene>,
  bytes: Buffer,
  headers: readonly string[],
  more: Partial<Exchange> = {},
  hold = false,
): Promise<void> {
  const source: Source = {
    start(sink: SourceSink) {
      for (let at = 0; at < bytes.length; at += 50_000) sink.data(bytes.subarray(at, at + 50_000));
      sink.end();
    },
    pause() {},
    resume() {},
    cancel() {},
  };
  const x = request(more);
  const judging = { target: TARGET, rewritten: false, strict: false, wall: 0 };
  const outcome: Outcome = await policy.handle(x, () => judge(x, { status: 200, headers, source }, judging));
  if (!outcome.ok) throw new Error(outcome.message);
  if (hold) return void (await outcome.flow.hold("end", 1e9));
  const got: Buffer[] = [];
  outcome.flow.pipe({ write: (chunk) => got.push(chunk) > 0, end() {}, fail() {} });
  await outcome.flow.ended;
  expect(Buffer.concat(got).equals(bytes)).toBe(true);
}

const STREAM = [
  {
    type: "message_start",
    message: { id: "msg_1", model: "claude-opus-5", usage: { input_tokens: 100, output_tokens: 1 } },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 40 } },
  { type: "message_stop" },
]
  .map((event) => printFrame(event.type, JSON.stringify(event)))
  .join("");
const MESSAGE = (text: string) =>
  JSON.stringify({
    id: "msg_1",
    model: "claude-opus-5",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    usage: {
      input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 0 },
      output_tokens: 40,
      server_tool_use: null,
    },
  });
/** Opus 5: 100 * 5 + 40 * 25 = 1500 millionths. */
const COST = 1_500e6;

test.each([
  ["a stream in gzip", gzipSync(STREAM), "text/event-stream", "gzip"],
  ["a stream in brotli", brotliCompressSync(STREAM), "text/event-stream", "br"],
  ["a stream in zstd", zstdCompressSync(STREAM), "text/event-stream", "zstd"],
  ["a message in zstd", zstdCompressSync(MESSAGE("hi")), "application/json", "zstd"],
  ["a stream in deflate", deflateSync(STREAM), "text/event-stream", "deflate"],
  ["a message in deflate without its frame", deflateRawSync(MESSAGE("hi")), "application/json", "deflate"],
  ["a message in gzip", gzipSync(MESSAGE("hi")), "application/json", "gzip"],
])("%s that nobody asked for passes as it is, and is counted", async (_what, bytes, type, encoding) => {
  const stand = scene(folder);
  await pass(stand, bytes, ["content-type", type, "content-encoding", encoding]);
  expect(await stand.rows()).toMatchObject([{ inputTokens: 100, outputTokens: 40, picoUsd: COST, estimated: false }]);
  await stand.service.close();
});

test("a compressed stream that ends too early has its output worked out by what came", async () => {
  const stand = scene(folder);
  const text = JSON.stringify({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: "x".repeat(400) },
  });
  const early = `${STREAM.slice(0, STREAM.indexOf("event: content_block_delta"))}${printFrame("content_block_delta", text)}`;
  await pass(stand, gzipSync(early), ["content-type", "text/event-stream", "content-encoding", "gzip"]);
  // Opus 5: 100 * 5 + 400 / 4 * 25; the count of its beginning would be one token.
  expect(await stand.rows()).toMatchObject([{ outputTokens: 100, picoUsd: 3_000e6, estimated: true }]);
  await stand.service.close();
});

test("a compression bomb, or what is no compression, is an answer that nobody could count", async () => {
  const stand = scene(folder);
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  await pass(stand, bomb, ["content-type", "application/json", "content-encoding", "gzip"]);
  await pass(stand, Buffer.from("plain"), ["content-type", "application/json", "content-encoding", "gzip"]);
  const rows = await stand.rows();
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ ended: "whole", estimated: true, inputTokens: 100 });
  await stand.service.close();
}, 20_000);

test("an answer in one piece too long to be held is counted by its end", async () => {
  const stand = scene(folder);
  await pass(stand, Buffer.from(MESSAGE('} "usage":{ '.repeat(30_000))), ["content-type", "application/json"]);
  // Opus 5.5 was asked for, and Opus 5 has answered.
  const counted = { inputTokens: 100, outputTokens: 40, estimated: false };
  expect(await stand.rows()).toMatchObject([{ ...counted, modelServed: "claude-opus-5", picoUsd: COST }]);
  await stand.service.close();
});

test("a model's name in the content of such an answer is not its own", async () => {
  const stand = scene(folder);
  const usage = { input_tokens: 100, output_tokens: 40 };
  const content = [{ type: "tool_use", input: { model: "claude-haiku-5-5", text: "x".repeat(400_000) } }];
  await pass(stand, Buffer.from(JSON.stringify({ content, usage })), ["content-type", "application/json"]);
  // Opus 5.5, which was asked for: 100 * 4 + 40 * 20.
  expect(await stand.rows()).toMatchObject([{ picoUsd: 1_200e6, estimated: false }]);
  await stand.service.close();
});

test("results of a batch cost half, once for each result, however often they are fetched", async () => {
  const line = (id: string, result: object) => JSON.stringify({ custom_id: id, result });
  const message = JSON.parse(MESSAGE("x")) as object;
  const lines = [
    line("one", { type: "succeeded", message }),
    line("two", { type: "succeeded", message }),
    line("three", { type: "errored", error: { type: "invalid_request_error" } }),
    line("four", { type: "canceled" }),
  ].join("\n");
  const batch = (id: string): Partial<Exchange> => ({
    path: `/v1/messages/batches/${id}/results`,
    method: "GET",
    body: null,
    look: { ...request().look, dialect: "plain", model: undefined, stream: false },
  });
  const stand = scene(folder);
  const headers = ["content-type", "application/binary"];
  await pass(stand, Buffer.from(lines), headers, batch("msgbatch_1"));
  await pass(stand, Buffer.from(lines), headers, batch("msgbatch_1"));
  await pass(stand, gzipSync(lines), [...headers, "content-encoding", "gzip"], batch("msgbatch_2"));
  const rows = await stand.rows();
  const results = rows.filter((row) => row.route === "batch_result");
  expect(
    results
      .map(({ requestId, callerRequestId, picoUsd, serviceTier }) => [requestId, callerRequestId, picoUsd, serviceTier])
      .sort(),
  ).toEqual([
    ["msgbatch_1", "one", COST / 2, "batch"],
    ["msgbatch_1", "two", COST / 2, "batch"],
    ["msgbatch_2", "one", COST / 2, "batch"],
    ["msgbatch_2", "two", COST / 2, "batch"],
  ]);
  expect(rows.filter((row) => row.route === "batch_results")).toHaveLength(3);
  await stand.service.close();
});

test("a chat completion's usage is read, in one piece and in a stream that tells it", async () => {
  const openai = { path: "/v1/chat/completions", look: { ...request().look, dialect: "openai" as const } };
  const stand = scene(folder);
  const usage = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140 };
  const whole = JSON.stringify({ id: "c", model: "claude-opus-5", choices: [{ message: { content: "x" } }], usage });
  await pass(stand, Buffer.from(whole), ["content-type", "application/json"], openai, true);
  const chunks = [
    { model: "claude-opus-5", choices: [{ delta: { role: "assistant", content: "" } }] },
    { model: "claude-opus-5", choices: [{ delta: { content: "x" } }] },
    { model: "claude-opus-5", choices: [{ delta: {}, finish_reason: "stop" }] },
    { model: "claude-opus-5", choices: [], usage },
  ];
  const stream = `${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`;
  await pass(stand, Buffer.from(stream), ["content-type", "text/event-stream"], openai);
  const packed = ["content-encoding", "gzip", "content-type"];
  await pass(stand, gzipSync(whole), [...packed, "application/json"], openai);
  await pass(stand, gzipSync(stream), [...packed, "text/event-stream"], openai);
  const counted = { route: "chat_completions", picoUsd: COST, estimated: false };
  expect(await stand.rows()).toMatchObject([counted, counted, counted, counted]);
  await stand.service.close();
});

test("a chat completion that names its model late, or never, has a price", async () => {
  const openai = { path: "/v1/chat/completions", look: { ...request().look, dialect: "openai" as const } };
  const stand = scene(folder);
  const usage = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140 };
  for (const model of [{ model: "claude-opus-5" }, {}]) {
    const chunks = [
      { choices: [{ delta: { role: "assistant", content: "x".repeat(500) } }], ...model },
      { choices: [{ delta: { content: "x" }, finish_reason: "stop" }], ...model },
      { choices: [], usage, ...model },
    ];
    const stream = `${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`;
    await pass(stand, Buffer.from(stream), ["content-type", "text/event-stream"], openai);
  }
  // Opus 5.5, which was asked for: 100 * 4 + 40 * 20.
  const costs = (await stand.rows()).map(({ picoUsd, priced }) => [picoUsd, priced]);
  expect(costs).toHaveLength(2);
  expect(costs).toContainEqual([COST, true]);
  expect(costs).toContainEqual([1_200e6, true]);
  await stand.service.close();
});

test("a chat completion that tells no usage is estimated by its content, not by what is around it", async () => {
  const openai = { path: "/v1/chat/completions", look: { ...request().look, dialect: "openai" as const } };
  const stand = scene(folder);
  const chunk = (delta: object, more: object = {}) =>
    `data: ${JSON.stringify({
      ...{ id: "msg_01AbCdEfGhIjKlMnOpQrStUv", object: "chat.completion.chunk", created: 1_795_000_000 },
      ...{ model: "claude-opus-5", choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }] },
    })}\n\n`;
  const call = { tool_calls: [{ index: 0, function: { arguments: '{"ab":12}' } }] };
  const stream = [
    chunk({ role: "assistant", content: "" }),
    ...Array.from({ length: 99 }, () => chunk({ content: "thousand" })),
    chunk(call),
    chunk({}, { finish_reason: "tool_calls" }),
    "data: [DONE]\n\n",
  ];
  await pass(stand, Buffer.from(stream.join("")), ["content-type", "text/event-stream"], openai);
  // 99 * 8 + 9 bytes at a quarter of a token.
  expect(await stand.rows()).toMatchObject([{ outputTokens: 200, estimated: true, ended: "whole" }]);
  await stand.service.close();
});
