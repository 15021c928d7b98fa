// What the reader of a Messages API stream sees in it, under any chunking.

import { printFrame } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { ClaudeReader } from "./claude-reader.ts";

const frame = (name: string, data: object) => Buffer.from(printFrame(name, JSON.stringify({ type: name, ...data })));
const START = frame("message_start", {
  message: {
    id: "msg_1",
    model: "claude-opus-5",
    usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 1 },
  },
});
const BLOCK = frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
const PING = frame("ping", {});
const DELTA = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "hé" } });
const BLOCK_END = frame("content_block_stop", { index: 0 });
const MESSAGE_DELTA = frame("message_delta", {
  delta: { stop_reason: "end_turn" },
  usage: { output_tokens: 9, input_tokens: null },
});
const STOP = frame("message_stop", {});
const OVERLOADED = Buffer.from(
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}\n\n',
);
const WHOLE = [START, BLOCK, PING, DELTA, BLOCK_END, MESSAGE_DELTA, STOP];

function read(pieces: readonly Buffer[], strict = false) {
  const reader = new ClaudeReader("east", strict);
  const out = pieces.map((piece) => reader.push(piece));
  const end = reader.fault === undefined ? reader.finish() : { rest: undefined, fault: reader.fault };
  return { reader, out: Buffer.concat(out), end };
}

describe("ClaudeReader", () => {
  it("reads a whole answer, byte by byte or in one piece, and passes every byte on", () => {
    const all = Buffer.concat(WHOLE);
    const bytes = Array.from(all, (_, i) => all.subarray(i, i + 1));
    for (const pieces of [WHOLE, [all], bytes]) {
      const { reader, out, end } = read(pieces);
      expect(out.equals(all)).toBe(true);
      expect(end.fault).toBeUndefined();
      expect(reader.complete).toBe(true);
      expect(reader.facts).toMatchObject({ model: "claude-opus-5", messageId: "msg_1", stopReason: "end_turn" });
      // Cumulative: what message_delta names replaces, what it leaves null stays.
      expect(reader.facts.usage).toMatchObject({ inputTokens: 7, cacheReadTokens: 3, outputTokens: 9 });
    }
  });

  it("sees life at a block's start and content at its first delta, not in pings", () => {
    const reader = new ClaudeReader("east", false);
    const seen = [START, PING, BLOCK, PING, DELTA].map((piece) => {
      reader.push(piece);
      return `${reader.started} ${reader.content}`;
    });
    expect(seen).toEqual(["false false", "false false", "true false", "true false", "true true"]);
  });

  it.each([
    ["before content", [START, OVERLOADED], "overloaded"],
    ["after content", [START, BLOCK, DELTA, OVERLOADED], "cut"],
  ])("takes an error event %s for what it is, and for told", (_, pieces, verdict) => {
    const { reader, out } = read(pieces);
    expect(reader.fault).toMatchObject({ verdict, type: "overloaded_error", message: "Overloaded" });
    expect(reader.told).toBe(true);
    expect(out.equals(Buffer.concat(pieces))).toBe(true);
  });

  it.each([
    ["nothing", [], "the stream held no events"],
    ["a start alone", [START], "the stream ended before the answer was whole"],
    ["a cut in the text", [START, BLOCK, DELTA], "the stream ended before the answer was whole"],
    ["a cut inside an event", [START, BLOCK, DELTA.subarray(0, 30)], "the stream ended before the answer was whole"],
  ])("does not take %s for an answer", (_, pieces, message) => {
    const { end } = read(pieces);
    expect(end.fault).toMatchObject({ verdict: "cut", message });
    expect(end.rest).toBeUndefined();
  });

  it("takes a stop reason, and a last event without its blank line, for an end", () => {
    expect(read(WHOLE.slice(0, -1)).end.fault).toBeUndefined();
    const { end, reader } = read([...WHOLE.slice(0, -1), STOP.subarray(0, -2)]);
    expect(end.fault).toBeUndefined();
    expect(end.rest?.equals(STOP.subarray(0, -2))).toBe(true);
    expect(reader.complete).toBe(true);
  });

  it("stops before an event that cannot be JSON, and passes on what came before it", () => {
    const bad = Buffer.from('event: content_block_delta\ndata: {"type":"content_block_del\n\n');
    for (const pieces of [[START, BLOCK, DELTA, bad, STOP], [Buffer.concat([START, BLOCK, DELTA, bad, STOP])]]) {
      const { reader, out } = read(pieces);
      expect(reader.fault?.code).toBe("malformed_event");
      expect(reader.told).toBe(false);
      expect(
        out.subarray(0, START.length + BLOCK.length + DELTA.length).equals(Buffer.concat([START, BLOCK, DELTA])),
      ).toBe(true);
      expect(out.includes("content_block_del\n")).toBe(false);
    }
  });

  it("looks inside each event only when it is told to", () => {
    const odd = Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta" oops}\n\n');
    expect(read([START, BLOCK, odd], false).reader.fault).toBeUndefined();
    expect(read([START, BLOCK, odd], true).reader.fault?.code).toBe("malformed_event");
  });

  it("lets unknown events pass, JSON or not", () => {
    const unknown = Buffer.from("event: shiny_new_thing\ndata: not json\n\n: a comment\n\n");
    const pieces = [START, unknown, ...WHOLE.slice(1)];
    const { end, out } = read(pieces, true);
    expect(end.fault).toBeUndefined();
    expect(out.equals(Buffer.concat(pieces))).toBe(true);
  });

  it("gives up on an event that never ends", () => {
    const reader = new ClaudeReader("east", false);
    const piece = Buffer.alloc(1_048_576, "x");
    reader.push(Buffer.from("event: content_block_delta\ndata: "));
    for (let i = 0; i < 31; i++) reader.push(piece);
    expect(reader.fault).toBeUndefined();
    for (let i = 0; i < 2; i++) reader.push(piece);
    expect(reader.fault?.code).toBe("frame_too_large");
  });
});
