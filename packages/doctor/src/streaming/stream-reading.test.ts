// What is told of a streamed answer by the times and the bytes of its pieces.

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Answered } from "../wire/http.ts";
import { type Piece, readStream } from "./stream-reading.ts";
import { batchKind, isSuspicious, shapeOf } from "./stream-shape.ts";

const frame = (type: string, more = "") => `event: ${type}\ndata: {"type":"${type}"${more}}\n\n`;
const WORDS = Array.from({ length: 40 }, (_, i) =>
  frame("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"${"x".repeat(1 + (i % 7))}"}`),
);
const FRAMES = [
  frame("message_start"),
  frame("content_block_start"),
  ...WORDS,
  frame("content_block_stop"),
  frame("message_delta"),
  frame("message_stop"),
];
/** As a model makes it: the head at 100 ms, an event each 50 ms. */
const TIMED: readonly Piece[] = FRAMES.map((text, i) => ({ at: 100 + i * 50, data: Buffer.from(text) }));
const END = TIMED.at(-1)?.at ?? 0;

function answer(more: Partial<Answered> = {}, headers: [string, string][] = []): Answered {
  return {
    status: 200,
    headers: [["content-type", "text/event-stream"], ...headers],
    body: Buffer.alloc(0),
    headersMs: 100,
    endMs: END,
    cut: undefined,
    ...more,
  };
}

const read = (pieces: readonly Piece[], more: Partial<Answered> = {}, headers: [string, string][] = []) =>
  readStream({ encoding: "identity", via: "program", answer: answer(more, headers), pieces });

/** Joins pieces; `at` of what is joined is that of its last. */
function joined(pieces: readonly Piece[], full: (held: readonly Piece[]) => boolean): Piece[] {
  const out: Piece[] = [];
  let held: Piece[] = [];
  for (const piece of pieces) {
    held.push(piece);
    if (!full(held) && piece !== pieces.at(-1)) continue;
    out.push({ at: piece.at, data: Buffer.concat(held.map(({ data }) => data)) });
    held = [];
  }
  return out;
}

describe("readStream", () => {
  it("finds nothing odd in a stream that comes as it is made", async () => {
    const one = await read(TIMED);
    expect(one).toMatchObject({ events: 45, pings: 0, eventLines: true, ending: "whole", maxGapMs: 50, status: 200 });
    expect(shapeOf(one)).toBe("steady");
    expect(isSuspicious(one)).toBe(false);
  });

  it("sees an answer held whole", async () => {
    const one = await read([{ at: END, data: Buffer.from(FRAMES.join("")) }], { headersMs: END - 2 });
    expect(shapeOf(one)).toBe("whole");
    expect(isSuspicious(one)).toBe(true);
  });

  it("sees a body held behind early headers", async () => {
    const one = await read([{ at: END, data: Buffer.from(FRAMES.join("")) }]);
    expect(one.tailShare).toBe(1);
    expect(shapeOf(one)).toBe("body");
  });

  it("takes an answer held with pings for intent", async () => {
    const pings = [500, 900, 1_400].map((at) => ({ at, data: Buffer.from(frame("ping")) }));
    const one = await read([...pings, { at: END, data: Buffer.from(FRAMES.join("")) }]);
    expect(one.beatsBefore).toBe(3);
    expect(shapeOf(one)).toBe("beating");
  });

  it("tells a timer from a buffer size by what is kept exactly", async () => {
    // Uneven writing: the pace doubles half-way, so equal times hold unequal bytes and the other way round.
    const uneven = TIMED.map(({ data }, i) => ({ at: 100 + (i < 22 ? i * 80 : 1_760 + (i - 22) * 30), data }));
    const size = await read(joined(uneven, (held) => held.reduce((sum, { data }) => sum + data.length, 0) >= 800));
    expect(shapeOf(size)).toBe("batched");
    expect(batchKind(size)).toBe("size");
    let flushed = 0;
    const byTime = joined(uneven, (held) => {
      const last = held.at(-1)?.at ?? 0;
      if (last - flushed < 480) return false;
      flushed = last;
      return true;
    });
    const timer = await read(byTime);
    expect(shapeOf(timer)).toBe("batched");
    expect(batchKind(timer)).toBe("timer");
  });

  it("says nothing about an answer that is over at once", async () => {
    const one = await read([{ at: 104, data: Buffer.from(FRAMES.join("")) }], { endMs: 105 });
    expect(shapeOf(one)).toBe("quick");
    expect(isSuspicious(one)).toBe(false);
  });

  it("keeps the times of compressed pieces", async () => {
    // Sync-flushed members of one stream cannot be made in one call, so the whole is cut where bytes happen to end.
    const packed = gzipSync(Buffer.from(FRAMES.join("")));
    const half = packed.length >> 1;
    const pieces = [
      { at: 1_000, data: packed.subarray(0, half) },
      { at: 2_000, data: packed.subarray(half) },
    ];
    const one = await readStream({
      encoding: "gzip",
      via: "program",
      answer: answer({ endMs: 2_000 }, [["content-encoding", "gzip"]]),
      pieces,
    });
    expect(one).toMatchObject({ events: 45, ending: "whole", contentEncoding: "gzip", firstMs: 1_000, lastMs: 2_000 });
    expect(one.belied).toBeUndefined();
  });

  it("tells each way in which header and bytes belie each other", async () => {
    const packed = [{ at: 500, data: gzipSync(FRAMES.join("")) }];
    expect((await read(TIMED, {}, [["content-encoding", "gzip"]])).belied).toBe("announced-not-there");
    const hidden = await read(packed);
    expect(hidden).toMatchObject({ belied: "there-not-announced", events: 45, ending: "whole" });
    expect(hidden.firstBytes).toMatch(/^1f8b/);
    expect((await read(packed, {}, [["content-encoding", "gzip"]])).belied).toBe("not-asked-for");
    const broken = Buffer.from(packed[0]?.data ?? []);
    broken.fill(0xff, 20, 60);
    const damaged = await readStream({
      encoding: "gzip",
      via: "program",
      answer: answer({}, [["content-encoding", "gzip"]]),
      pieces: [{ at: 500, data: broken }],
    });
    expect(damaged.belied).toBe("broken");
  });

  it("sees that event lines are gone, whatever the chunks are", async () => {
    const bare = Buffer.from(FRAMES.join("").replace(/event: .*\n/g, ""));
    const pieces = Array.from({ length: Math.ceil(bare.length / 7) }, (_, i) => ({
      at: i,
      data: bare.subarray(i * 7, i * 7 + 7),
    }));
    expect(await read(pieces)).toMatchObject({ eventLines: false, events: 45, ending: "whole" });
  });

  it("tells an end that is none", async () => {
    const part = TIMED.slice(0, 20);
    expect((await read(part)).ending).toBe("cut");
    const reset = await read(part, { cut: "ECONNRESET", endMs: 2_100 });
    expect(reset).toMatchObject({ ending: "cut", error: "ECONNRESET", silenceMs: 2_100 - (part.at(-1)?.at ?? 0) });
    expect((await read(part, { cut: "TIMEOUT" })).ending).toBe("timeout");
    const said = {
      at: 1_200,
      data: Buffer.from('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'),
    };
    expect(await read([...part, said])).toMatchObject({ ending: "error-event", error: "overloaded_error" });
    const json = [{ at: 900, data: Buffer.from('{"type":"message","content":[]}') }];
    expect(await read(json)).toMatchObject({ ending: "no-stream", bodyStart: '{"type":"message","content":[]}' });
    const never = await readStream({
      encoding: "identity",
      via: "program",
      pieces: [],
      answer: { error: "ECONNRESET", message: "", ms: 12, bytesIn: 0 },
    });
    expect(never).toMatchObject({ ending: "no-stream", error: "ECONNRESET", endMs: 12 });
  });
});
