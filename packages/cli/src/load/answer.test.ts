// What counts as a whole answer, and by which words failures are counted.

import { describe, expect, it } from "vitest";
import { Answer } from "./answer.ts";

const sse = (...events: ReadonlyArray<{ readonly type: string; readonly [key: string]: unknown }>) =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));

const START = {
  type: "message_start",
  message: { model: "claude-haiku-5-5", usage: { input_tokens: 7, output_tokens: 1 } },
};
const DELTA = { type: "content_block_delta", delta: { type: "text_delta", text: "x" } };
const END = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } };
const STOP = { type: "message_stop" };

function streamed(bytes: Buffer, broken?: string) {
  let now = 0;
  const answer = new Answer("stream", () => now);
  answer.head(200, "http/1.1 200 ok\r\ncontent-type: text/event-stream; charset=utf-8");
  for (const byte of bytes) {
    now += 1;
    answer.data(Buffer.from([byte]));
  }
  return { answer, wrong: answer.end(broken) };
}

function json(status: number, body: string, broken?: string, wishes: "stream" | "json" = "json") {
  const answer = new Answer(wishes, () => 0);
  answer.head(status, `http/1.1 ${status} x\r\ncontent-type: application/json`);
  answer.data(Buffer.from(body));
  return { answer, wrong: answer.end(broken) };
}

describe("Answer", () => {
  it("is whole with message_stop, and knows tokens and first content", () => {
    const before = sse(START).length;
    const { answer, wrong } = streamed(sse(START, DELTA, DELTA, END, STOP));
    expect(wrong).toBeUndefined();
    expect(answer.usage).toMatchObject({ inputTokens: 7, outputTokens: 9 });
    expect(answer.model).toBe("claude-haiku-5-5");
    expect(answer.firstAt).toBe(before + sse(DELTA).length);
  });

  it("never takes a stream without message_stop for a success", () => {
    expect(streamed(sse(START, DELTA, END)).wrong).toMatchObject({
      kind: "cut",
      what: "stream ended without message_stop",
    });
    expect(streamed(sse(START, DELTA), "ECONNRESET").wrong).toMatchObject({
      kind: "cut",
      what: "stream broke: ECONNRESET",
    });
    // The last frame lacks its blank line: it was never told.
    expect(streamed(sse(START, DELTA, STOP).subarray(0, -1)).wrong?.kind).toBe("cut");
    expect(streamed(Buffer.alloc(0)).wrong?.kind).toBe("cut");
  });

  it("names an error that the stream told, a stop after it or not", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    for (const bytes of [sse(START, error), sse(START, error, STOP)]) {
      expect(streamed(bytes).wrong).toEqual({
        kind: "stream",
        what: "error in the stream: overloaded_error",
        message: "Overloaded",
      });
    }
  });

  it("names refusals by status, type and our code", () => {
    const body = (error: object) => JSON.stringify({ type: "error", error });
    expect(json(529, body({ type: "overloaded_error", message: "Overloaded" })).wrong).toEqual({
      kind: "status",
      what: "529 overloaded_error",
      message: "Overloaded",
    });
    const own = { type: "api_error", message: "m", details: { error_code: "fairlead_upstream_open" } };
    expect(json(503, body(own)).wrong?.what).toBe("503 api_error fairlead_upstream_open");
    expect(json(502, "<html>Bad\u001b[31m gateway").wrong?.what).toBe("502");
    expect(json(500, body({ type: "x\u001b[2J y\n", message: "m" })).wrong?.what).toBe("500 x2Jy");
  });

  it("looks into answers that are no streams", () => {
    const message = JSON.stringify({ type: "message", model: "m", usage: { input_tokens: 3, output_tokens: 4 } });
    expect(json(200, message).wrong).toBeUndefined();
    expect(json(200, message).answer.usage).toMatchObject({ inputTokens: 3, outputTokens: 4 });
    expect(json(200, message.slice(0, -1)).wrong?.kind).toBe("content");
    expect(json(200, message, "ECONNRESET").wrong).toMatchObject({ kind: "cut" });
    expect(json(200, message, undefined, "stream").wrong).toMatchObject({ kind: "content" });
    expect(new Answer("json", () => 0).end("ECONNREFUSED while connecting")).toMatchObject({ kind: "connection" });
  });
});
