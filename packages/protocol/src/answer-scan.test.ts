// The byte scan of whole answers.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanAnswer } from "./scan.ts";

const answer = (text: string) => scanAnswer(Buffer.from(text));

describe("scanAnswer", () => {
  test("reads a message", () => {
    const text = JSON.stringify({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-opus-5-5",
      content: [{ type: "text", text: 'usage "model" {' }],
      stop_reason: "end_turn",
      usage: { input_tokens: 3, output_tokens: 5, cache_read_input_tokens: null },
    });
    expect(answer(text)).toMatchObject({
      ok: true,
      id: "msg_1",
      type: "message",
      model: "claude-opus-5-5",
      stopReason: "end_turn",
      usage: { inputTokens: 3, outputTokens: 5, cacheReadTokens: 0 },
    });
    expect(answer(text).error).toBeUndefined();
  });

  test("reads an error with its code", () => {
    expect(
      answer(
        '{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"c"}},"request_id":"r"}',
      ),
    ).toEqual({
      ok: true,
      type: "error",
      error: { type: "rate_limit_error", message: "m", code: "c" },
    });
    expect(answer('{"type":"error","error":{"details":null,"type":"api_error","message":"m"}}').error).toEqual({
      type: "api_error",
      message: "m",
    });
  });

  test("keeps a null stop reason apart from none, and the last of duplicates", () => {
    expect(answer('{"stop_reason":null}')).toEqual({ ok: true, stopReason: null });
    expect(answer("{}")).toEqual({ ok: true });
    expect(answer('{"model":"a","model":"b","stop_reason":"x","stop_reason":5}')).toEqual({ ok: true, model: "b" });
  });

  test("says no to what is no JSON object, and throws on nothing", () => {
    for (const text of ["", "<html>", "[1]", '{"type":"message"', '{"usage":{"a":}', "{}{}"])
      expect(answer(text)).toEqual({ ok: false });
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof answer(text).ok).toBe("boolean");
        expect(typeof answer(`{"usage":{${text}},"error":{${text}}}`).ok).toBe("boolean");
      }),
    );
  });
});
