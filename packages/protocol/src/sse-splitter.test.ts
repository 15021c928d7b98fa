// The splitter: every byte once, every frame once, whatever the chunks are.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SseSplitter } from "./sse-splitter.ts";

interface Run {
  readonly complete: Buffer[];
  readonly frames: string[];
  readonly rest: Buffer;
}

function run(chunks: readonly Buffer[]): Run {
  const frames: string[] = [];
  const splitter = new SseSplitter((frame) => frames.push(frame.toString("latin1")));
  const complete = chunks.map((chunk) => splitter.push(chunk));
  return { complete, frames, rest: splitter.rest() };
}

/** Frames by the plain reading of the rule: text into lines, lines into blocks that a blank line ends. */
function framesOf(bytes: Buffer): { frames: string[]; rest: string } {
  const text = bytes.toString("latin1");
  const bom = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
  const frames: string[] = [];
  let start = 0;
  let at = bom;
  const line = /([^\r\n]*)(\r\n|\n|\r)/y;
  for (;;) {
    line.lastIndex = at;
    const found = line.exec(text);
    if (found === null) return { frames, rest: text.slice(start) };
    at = line.lastIndex;
    if (found[1] !== "") continue;
    const frame = text.slice(start, at);
    if (!/^[\r\n]/.test(frame)) frames.push(frame);
    start = at;
  }
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((c) => c % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const piece = fc.constantFrom(
  "event: message_stop",
  "data: {}",
  "data: \u00e9\u{1f600}",
  ":",
  ": ping",
  "x",
  "\n",
  "\n",
  "\r",
  "\r\n",
  "\n\n",
  "\r\r",
  "\r\n\r\n",
  "\n\r",
);
const stream = fc
  .tuple(fc.constantFrom("", "\ufeff", "\ufeff\n"), fc.array(piece, { maxLength: 40 }))
  .map(([head, parts]) => Buffer.from(head + parts.join("")));

describe("SseSplitter", () => {
  test("hands on every byte, and the same frames, under any chunking", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { maxLength: 30 }), (bytes, cuts) => {
        const { complete, frames, rest } = run(cut(bytes, cuts));
        expect(Buffer.concat([...complete, rest]).equals(bytes)).toBe(true);
        // A CR at the end of a chunk ends the frame at once; its LF then stands in no frame.
        const plain = (list: readonly string[]) =>
          list.map((frame) => frame.replace(/\r\n/g, "\n").replace(/\r/g, "\n"));
        expect(plain(frames)).toEqual(plain(framesOf(bytes).frames));
      }),
      { numRuns: 2000 },
    );
  });

  test("cut at every single byte", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const lines = ["\ufeffevent: a", "data: \u{1f600}", "", ": c", "", "", "data: b", "", "data: last"];
      const bytes = Buffer.from(lines.join(end) + end);
      const one = run([...bytes].map((byte) => Buffer.from([byte])));
      expect(Buffer.concat([...one.complete, one.rest]).equals(bytes)).toBe(true);
      expect(one.frames).toHaveLength(3);
      for (let i = 0; i <= bytes.length; i++) {
        const two = run([bytes.subarray(0, i), bytes.subarray(i)]);
        expect(two.frames).toHaveLength(3);
        expect(two.rest.toString()).toBe(`data: last${end}`);
      }
    }
  });

  test("what is complete ends at the last boundary that has come, and not later", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(400), { maxLength: 30 }), (bytes, cuts) => {
        const splitter = new SseSplitter(() => undefined);
        let given = 0;
        let out = 0;
        for (const chunk of cut(bytes, cuts)) {
          given += chunk.length;
          out += splitter.push(chunk).length;
          expect(splitter.heldBytes).toBe(given - out);
          expect(given - out).toBe(Buffer.from(framesOf(bytes.subarray(0, given)).rest, "latin1").length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a whole chunk comes back as the same object, without a copy", () => {
    const frames: Buffer[] = [];
    const splitter = new SseSplitter((frame) => frames.push(frame));
    const one = Buffer.from("event: a\ndata: 1\n\n");
    const two = Buffer.from("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n");
    expect(splitter.push(one)).toBe(one);
    expect(frames[0]).toBe(one);
    expect(splitter.push(two)).toBe(two);
    expect(frames.map(String)).toEqual(["event: a\ndata: 1\n\n", "event: a\ndata: 1\n\n", "event: b\ndata: 2\n\n"]);
    expect(frames[2]?.buffer).toBe(two.buffer);
  });

  test("a CR boundary at the end of a chunk is not delayed, and its LF makes no frame", () => {
    const frames: string[] = [];
    const splitter = new SseSplitter((frame) => frames.push(frame.toString()));
    expect(splitter.push(Buffer.from("data: 1\r\n\r")).toString()).toBe("data: 1\r\n\r");
    expect(splitter.heldBytes).toBe(0);
    expect(splitter.push(Buffer.from("\n")).toString()).toBe("\n");
    expect(splitter.push(Buffer.from("data: 2\r\n\r\n")).toString()).toBe("data: 2\r\n\r\n");
    expect(frames).toEqual(["data: 1\r\n\r", "data: 2\r\n\r\n"]);
  });

  test("a CR that ends a line at the end of a chunk does not make the LF behind it a blank line", () => {
    const { frames, rest } = run([Buffer.from("event: a\r"), Buffer.from("\ndata: 1\r"), Buffer.from("\n\r\n")]);
    expect(frames).toEqual(["event: a\r\ndata: 1\r\n\r\n"]);
    expect(rest).toHaveLength(0);
  });

  test("the beginning of a BOM that is none is a byte of the first line", () => {
    const bytes = Buffer.from([0xef, 0xbb, 0x0a, 0x0a]);
    for (const chunks of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      const { frames, complete } = run(chunks);
      expect(frames).toEqual(["\xef\xbb\n\n"]);
      expect(complete.at(-1)?.equals(bytes)).toBe(true);
    }
  });

  test("a large frame in small chunks is joined once", () => {
    const frame = Buffer.from(`data: ${"x".repeat(4_000_000)}\n\n`);
    const chunks: Buffer[] = [];
    for (let i = 0; i < frame.length; i += 100) chunks.push(frame.subarray(i, i + 100));
    const { complete, frames } = run(chunks);
    expect(frames).toHaveLength(1);
    expect(complete.filter((part) => part.length > 0)).toHaveLength(1);
    expect(complete.at(-1)?.equals(frame)).toBe(true);
  });

  test("rest gives the unfinished frame back once", () => {
    const splitter = new SseSplitter(() => undefined);
    splitter.push(Buffer.from("data: 1\n\ndata: "));
    splitter.push(Buffer.from("2"));
    expect(splitter.heldBytes).toBe(7);
    expect(splitter.rest().toString()).toBe("data: 2");
    expect(splitter.heldBytes).toBe(0);
    expect(splitter.rest()).toHaveLength(0);
  });
});
