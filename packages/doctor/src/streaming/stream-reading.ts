// What a streamed answer was, from the pieces in which it arrived.

import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { EVENT_NAMES, type ParsedFrame, SseReader } from "@fairlead/protocol";
import type { Bursts, Streamed } from "../facts/streaming.ts";
import { type Answered, headerOf } from "../wire/http.ts";
import { type Broken, isBroken } from "../wire/tcp.ts";

/** One piece of the body as it was read; `at` in milliseconds since the request was sent. */
export interface Piece {
  readonly at: number;
  readonly data: Buffer;
}

/** Everything that came back for one streamed request. */
export interface Arrival {
  readonly encoding: Streamed["encoding"];
  readonly via: Streamed["via"];
  readonly answer: Answered | Broken;
  readonly pieces: readonly Piece[];
}

/** Events that come within that time belong to one burst, milliseconds: a network splits what was sent at once. */
const TOGETHER_MS = 60;
/** The tail of an answer is its last 5 %, and no less than this, milliseconds. */
const TAIL_MS = 60;
const TELLING =
  /^(?:server|via|x-accel-buffering|x-cache|cf-ray|request-id|fairlead-.*|x-squid-error|x-proxy.*|transfer-encoding)$/i;

interface Seen {
  readonly at: number;
  readonly bytes: number;
  readonly kind: "event" | "ping" | "comment";
}

/** Reads it. Never throws: what cannot be read is said in the result. */
export async function readStream({ encoding, via, answer, pieces }: Arrival): Promise<Streamed> {
  if (isBroken(answer))
    return {
      ...NOTHING,
      encoding,
      via,
      error: answer.error,
      endMs: Math.round(answer.ms),
      headersMs: Math.round(answer.ms),
    };
  const contentEncoding = headerOf(answer.headers, "content-encoding")?.trim().toLowerCase();
  const contentType = headerOf(answer.headers, "content-type");
  const belied = beliedBy(pieces, contentEncoding, encoding);
  const plain = await decode(pieces, contentEncoding, belied);
  const seen: Seen[] = [];
  const names = new Set<string>();
  let unnamed = 0;
  let failure: string | undefined;
  let at = 0;
  const take = (frame: ParsedFrame) => {
    const type = typeOf(frame);
    if (type === undefined) return;
    if (frame.event === "") unnamed += 1;
    names.add(type);
    if (type === "error") failure = errorOf(frame.data);
    seen.push({ at, bytes: frame.data.length, kind: type === "ping" ? "ping" : "event" });
  };
  const reader = new SseReader(take, () => seen.push({ at, bytes: 0, kind: "comment" }));
  for (const piece of plain.pieces) {
    at = piece.at;
    reader.push(piece.data);
  }
  reader.end();
  const events = seen.filter(({ kind }) => kind === "event");
  const beats = seen.filter(({ kind }) => kind !== "event");
  const firstMs = pieces[0]?.at ?? answer.endMs;
  const lastMs = pieces.at(-1)?.at ?? answer.endMs;
  const tail = lastMs - Math.max((lastMs - answer.headersMs) * 0.05, TAIL_MS);
  const stopped = names.has("message_stop");
  const body = Buffer.concat(plain.pieces.map(({ data }) => data)).toString("utf8");
  const streamed = answer.status === 200 && events.length > 0;
  const fault = plain.broken ? "broken" : belied;
  const error = failure ?? answer.cut;
  return {
    encoding,
    via,
    status: answer.status,
    ...(error === undefined ? {} : { error }),
    headersMs: Math.round(answer.headersMs),
    firstMs: Math.round(firstMs),
    lastMs: Math.round(lastMs),
    endMs: Math.round(answer.endMs),
    reads: pieces.length,
    bytes: pieces.reduce((sum, { data }) => sum + data.length, 0),
    events: events.length,
    pings: beats.filter(({ kind }) => kind === "ping").length,
    comments: beats.filter(({ kind }) => kind === "comment").length,
    maxGapMs: Math.round(maxGap([answer.headersMs, ...pieces.map((piece) => piece.at)])),
    silenceMs: Math.round(answer.endMs - lastMs),
    tailShare: events.length === 0 ? 0 : events.filter((one) => one.at >= tail).length / events.length,
    beatsBefore: beats.filter((one) => one.at < tail).length,
    eventLines: unnamed === 0,
    bursts: burstsOf(seen),
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(fault === undefined ? {} : { belied: fault, firstBytes: hexOf(pieces) }),
    ...(streamed ? {} : { bodyStart: body.slice(0, 200) }),
    headers: answer.headers.filter(([name]) => TELLING.test(name)),
    ending: !streamed ? "no-stream" : stopped ? "whole" : failure !== undefined ? "error-event" : endedBy(answer.cut),
  };
}

function endedBy(cut: string | undefined): "timeout" | "cut" {
  return cut === "TIMEOUT" ? "timeout" : "cut";
}

const NO_BURSTS: Bursts = { count: 0, bytes: 0, events: 0, gapMs: 0, sizeSpread: 0, gapSpread: 0 };
const NOTHING = {
  headersMs: 0,
  firstMs: 0,
  lastMs: 0,
  endMs: 0,
  reads: 0,
  bytes: 0,
  events: 0,
  pings: 0,
  comments: 0,
  maxGapMs: 0,
  silenceMs: 0,
  tailShare: 0,
  beatsBefore: 0,
  eventLines: true,
  bursts: NO_BURSTS,
  headers: [],
  ending: "no-stream",
} as const;

/** The type of a frame of the Messages API: by its event line, or by its data where the line is gone. */
function typeOf({ event, data }: ParsedFrame): string | undefined {
  if (event !== "" && event !== "message") return event;
  const type = /^\s*\{\s*"type"\s*:\s*"([a-z_]+)"/.exec(data)?.[1];
  return type !== undefined && (EVENT_NAMES as readonly string[]).includes(type) ? type : undefined;
}

function errorOf(data: string): string {
  return /"type"\s*:\s*"([a-z_]+_error)"/.exec(data)?.[1] ?? "error";
}

/** Events in the order in which they came, gathered where they came together. Pings and comments are data too here. */
function burstsOf(seen: readonly Seen[]): Bursts {
  const bursts: { at: number; bytes: number; events: number }[] = [];
  for (const { at, bytes, kind } of seen) {
    let last = bursts.at(-1);
    if (last === undefined || at - last.at > TOGETHER_MS) {
      last = { at, bytes: 0, events: 0 };
      bursts.push(last);
    }
    last.bytes += bytes;
    if (kind === "event") last.events += 1;
  }
  if (bursts.length === 0) return NO_BURSTS;
  const whole = bursts.length > 1 ? bursts.slice(0, -1) : bursts;
  const gaps = bursts.slice(1).map(({ at }, i) => at - (bursts[i]?.at ?? 0));
  // The last gap is as long as it took the rest to come.
  const full = gaps.length > 1 ? gaps.slice(0, -1) : gaps;
  const sizes = whole.map(({ bytes }) => bytes);
  return {
    count: bursts.length,
    bytes: median(sizes),
    events: median(whole.map(({ events }) => events)),
    gapMs: Math.round(median(gaps)),
    sizeSpread: spread(sizes),
    gapSpread: spread(full),
  };
}

/** The middle value; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function spread(values: readonly number[]): number {
  if (values.length < 2) return 1;
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  if (mean === 0) return 0;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length;
  return Math.round((Math.sqrt(variance) / mean) * 1_000) / 1_000;
}

function maxGap(times: readonly number[]): number {
  let max = 0;
  for (let i = 1; i < times.length; i++) max = Math.max(max, (times[i] ?? 0) - (times[i - 1] ?? 0));
  return max;
}

function hexOf(pieces: readonly Piece[]): string {
  return Buffer.concat(pieces.slice(0, 4).map(({ data }) => data))
    .subarray(0, 8)
    .toString("hex");
}

/** What the first bytes are, by their magic; brotli has none. */
function magicOf(pieces: readonly Piece[]): "gzip" | "zstd" | undefined {
  const hex = hexOf(pieces);
  if (hex.startsWith("1f8b")) return "gzip";
  return hex.startsWith("28b52ffd") ? "zstd" : undefined;
}

function beliedBy(
  pieces: readonly Piece[],
  announced: string | undefined,
  asked: "identity" | "gzip",
): Streamed["belied"] {
  if (pieces.length === 0) return undefined;
  const magic = magicOf(pieces);
  if (announced === undefined || announced === "identity")
    return magic === undefined ? undefined : "there-not-announced";
  if (announced === "gzip" && magic !== "gzip") return "announced-not-there";
  if (announced === "zstd" && magic !== "zstd") return "announced-not-there";
  return announced === asked ? undefined : "not-asked-for";
}

interface Decoded {
  readonly pieces: readonly Piece[];
  readonly broken: boolean;
}

/** Undoes the compression piece by piece, so that what came out keeps the time of what went in. */
async function decode(
  pieces: readonly Piece[],
  announced: string | undefined,
  belied: Streamed["belied"],
): Promise<Decoded> {
  const kind = magicOf(pieces) ?? (belied === "announced-not-there" ? undefined : announced);
  const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  const brotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };
  const stream =
    kind === "gzip"
      ? createGunzip(flush)
      : kind === "deflate"
        ? createInflate(flush)
        : kind === "br"
          ? createBrotliDecompress(brotli)
          : undefined;
  if (stream === undefined) return { pieces, broken: false };
  const out: Piece[] = [];
  let at = 0;
  let broken = false;
  stream.on("data", (data: Buffer) => out.push({ at, data }));
  stream.on("error", () => {
    broken = true;
  });
  for (const piece of pieces) {
    at = piece.at;
    await new Promise<void>((resolve) => {
      // A stream that breaks closes and never calls back.
      stream.once("close", resolve);
      stream.write(piece.data, () => {
        stream.off("close", resolve);
        resolve();
      });
    });
    if (broken) break;
  }
  stream.destroy();
  return { pieces: out, broken };
}
