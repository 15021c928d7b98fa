// Single frames: names, data, the WHATWG reading, printing; and the reader on top.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EVENT_NAMES,
  frameData,
  frameName,
  type ParsedFrame,
  PING_FRAME,
  parseFrame,
  printFrame,
  SseReader,
} from "./sse.ts";

const buffer = (text: string): Buffer => Buffer.from(text);

describe("frameName", () => {
  test("knows every event of the API, as it is printed", () => {
    for (const name of EVENT_NAMES) {
      expect(frameName(buffer(printFrame(name, '{"type":"x"}')))).toBe(name);
      expect(frameName(buffer(`event:${name}\r\ndata:{}\r\n\r\n`))).toBe(name);
      expect(frameName(buffer(`data: {}\nevent: ${name}\n\n`))).toBe(name);
    }
  });

  test("is not misled by names of the same length or beginning", () => {
    for (const name of [
      "message_stxrt",
      "content_block_dxlta",
      "content_block_sxop",
      "pong",
      "ping2",
      "errox",
      "message_delta2",
      "m",
      "c",
      "",
    ]) {
      expect(frameName(buffer(`event: ${name}\ndata: {}\n\n`))).toBe(name);
    }
  });

  test("agrees with the full reading, a second event line included", () => {
    const line = fc.oneof(
      fc.constantFrom(...EVENT_NAMES).map((name) => `event: ${name}`),
      fc.constantFrom("data: {}", "data:", "data", ": note", "id: 4", "event", "event:ping", "retry: 10", " data: x"),
    );
    const end = fc.constantFrom("\n", "\n", "\n", "\r\n", "\r");
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), end, (lines, eol) => {
        const frame = buffer(`${lines.join(eol)}${eol}${eol}`);
        const parsed = parseFrame(frame);
        expect(frameName(frame)).toBe(parsed.event);
        expect(frameData(frame)?.toString()).toBe(parsed.hasData ? parsed.data : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("frameData", () => {
  test("is a view of the frame where there is one data line", () => {
    const frame = buffer('event: content_block_delta\ndata: {"a":"\u00e9"}\n\n');
    const data = frameData(frame);
    expect(data?.toString()).toBe('{"a":"\u00e9"}');
    expect(data?.buffer).toBe(frame.buffer);
  });

  test("joins several lines, and is undefined for a comment", () => {
    expect(frameData(buffer("event: error\ndata: a\ndata: b\n\n"))?.toString()).toBe("a\nb");
    expect(frameData(buffer(": alive\n\n"))).toBeUndefined();
  });
});

describe("parseFrame", () => {
  test("reads fields by the WHATWG rules", () => {
    expect(parseFrame(buffer("\ufeffevent: a\ndata:  two\ndata\ndata:x\nid: 7\nretry: 250\nodd: 1\n: c\n\n"))).toEqual({
      event: "a",
      data: " two\n\nx",
      hasData: true,
      id: "7",
      retry: 250,
      comment: false,
    });
    expect(parseFrame(buffer("retry: 2x\nid: a\0b\n\n"))).toEqual({
      event: "",
      data: "",
      hasData: false,
      comment: false,
    });
    expect(parseFrame(buffer(": ping\r\r"))).toEqual({ event: "", data: "", hasData: false, comment: true });
  });

  test("reads a last frame without its blank line or line end", () => {
    expect(parseFrame(buffer("event: a\ndata: 1"))).toMatchObject({ event: "a", data: "1" });
    expect(parseFrame(buffer("event: a\r\ndata: 1\r\n"))).toMatchObject({ event: "a", data: "1" });
  });
});

describe("printFrame", () => {
  test("prints what parseFrame reads", () => {
    const text = fc.string({ unit: "grapheme" }).map((s) => s.replace(/\r\n?/g, "\n"));
    fc.assert(
      fc.property(fc.constantFrom(...EVENT_NAMES, "other"), text, (event, data) => {
        const parsed = parseFrame(buffer(printFrame(event, data)));
        expect(parsed.event).toBe(event);
        expect(parsed.data).toBe(data);
      }),
    );
  });

  test("prints the API's own form, and refuses a name that forges fields", () => {
    expect(printFrame("ping", '{"type": "ping"}')).toBe(PING_FRAME.toString());
    expect(printFrame("", "a\r\nb\rc")).toBe("data: a\ndata: b\ndata: c\n\n");
    expect(() => printFrame("a\ndata: x", "y")).toThrow(TypeError);
  });
});

describe("SseReader", () => {
  function read(chunks: readonly Uint8Array[]): { events: ParsedFrame[]; comments: number } {
    const events: ParsedFrame[] = [];
    let comments = 0;
    const reader = new SseReader(
      (event) => events.push(event),
      () => {
        comments += 1;
      },
    );
    for (const chunk of chunks) reader.push(chunk);
    reader.end();
    return { events, comments };
  }

  test("delivers events in order, comments apart, the unterminated last one at the end", () => {
    const bytes = buffer("event: a\ndata: \u{1f600}\n\n: c\n\nevent: none\n\nevent: b\ndata: 2");
    for (let i = 0; i <= bytes.length; i++) {
      const { events, comments } = read([new Uint8Array(bytes.subarray(0, i)), bytes.subarray(i)]);
      expect(events.map((e) => [e.event, e.data])).toEqual([
        ["a", "\u{1f600}"],
        ["b", "2"],
      ]);
      expect(comments).toBe(1);
    }
  });
});
