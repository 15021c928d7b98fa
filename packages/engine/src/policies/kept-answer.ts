// An answer that is kept: how it is written down on its way to its reader, and read out again, event by event.

import { SseSplitter } from "@fairlead/protocol";
import type { Exchange } from "../exchange.ts";
import { type AnswerFacts, type Fault, Flow, type Reader, type Sink, type Source, type SourceSink } from "../flow.ts";
import type { Kept } from "../mechanics/answer-store.ts";
import type { Answer } from "../outcome.ts";
import type { Target } from "../targets/target.ts";
import { boundTo, UNREAD } from "./followed.ts";

/** One answer in the cache. */
export interface KeptAnswer extends Kept {
  readonly status: number;
  readonly headers: readonly string[];
  readonly bytes: Buffer;
  /** Where each event of a stream ends, as an index into the bytes; undefined for an answer in one piece. */
  readonly ends: Uint32Array | undefined;
  readonly facts: AnswerFacts;
  readonly target: Target;
  readonly rewritten: Answer["rewritten"];
}

/** What an entry takes besides its bytes and headers: objects, key, map. About. */
const ENTRY_BYTES = 1_024;

/** Headers about the moment or the connection of the first answer, which are not true of a later one. */
const OF_THE_MOMENT = /^(?:date|age|set-cookie|retry-after(?:-ms)?|anthropic-(?:ratelimit|priority|fast)-.*)$/i;

/**
 * Blocks that bind an answer to an account or come from tools of the server. In a text of the answer the quotes would be
 * escaped, so that it cannot look like one.
 */
const UNREPEATABLE =
  /"type"\s*:\s*"(?:thinking|redacted_thinking|compaction|server_tool_use|mcp_tool_use|mcp_tool_result|container_upload|\w+_tool_result)"/;

/**
 * The entry for an answer whose flow has ended well, or undefined when it must not be given again: a message that was
 * refused, paused or cut, that holds signed thinking or what tools of the server did, a stream without its last event.
 * @param message whether a message of the Messages API was asked for
 */
export function keptAnswer(
  answer: Answer,
  pieces: readonly Buffer[],
  message: boolean,
  at: number,
  ttlMs: number,
  tookMs: number,
): KeptAnswer | undefined {
  const { flow, status, target, rewritten } = answer;
  const { reader } = flow;
  const facts = reader?.facts ?? { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };
  if (reader?.streamed === true && !reader.complete) return undefined;
  const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  if (message) {
    const { stopReason } = facts;
    if (stopReason === undefined || stopReason === "refusal" || stopReason === "pause_turn") return undefined;
    if (UNREPEATABLE.test(bytes.toString("latin1"))) return undefined;
  }
  const headers: string[] = [];
  let size = bytes.length + ENTRY_BYTES;
  for (let i = 0; i < answer.headers.length; i += 2) {
    const name = answer.headers[i] as string;
    const value = answer.headers[i + 1] as string;
    if (OF_THE_MOMENT.test(name)) continue;
    headers.push(name, value);
    size += 2 * (name.length + value.length);
  }
  const ends = reader?.streamed === true ? endsOfEvents(bytes) : undefined;
  if (ends !== undefined) size += ends.byteLength;
  return { status, headers, bytes, ends, facts, target, rewritten, size, at, until: at + ttlMs, tookMs };
}

/** The answer again, for one request. */
export function replay(kept: KeptAnswer, x: Exchange): Answer {
  const { status, headers, target, rewritten, ends } = kept;
  const flow = new Flow(new Replay(kept), new KeptReader(kept));
  // What is in one piece is all here, and who answers looks for that.
  if (ends === undefined) void flow.hold("end", Number.POSITIVE_INFINITY);
  return { ok: true, status, headers, flow: boundTo(x.signal, flow), target, rewritten };
}

function endsOfEvents(bytes: Buffer): Uint32Array {
  const ends: number[] = [];
  const splitter = new SseSplitter((frame) => ends.push(frame.byteOffset + frame.length - bytes.byteOffset));
  splitter.push(bytes);
  if (ends[ends.length - 1] !== bytes.length) ends.push(bytes.length);
  return Uint32Array.from(ends);
}

/** Hands the bytes out event by event, as long as the sink wants more. */
class Replay implements Source {
  readonly #bytes: Buffer;
  readonly #ends: Uint32Array;
  #sink: SourceSink | undefined;
  #event = 0;
  #paused = false;
  #over = false;
  #pumping = false;

  constructor({ bytes, ends }: KeptAnswer) {
    this.#bytes = bytes;
    this.#ends = ends ?? Uint32Array.of(bytes.length);
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    this.#pump();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  cancel(): void {
    this.#over = true;
  }

  #pump(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#pumping) return;
    const ends = this.#ends;
    this.#pumping = true;
    while (!this.#over && !this.#paused && this.#event < ends.length) {
      const from = this.#event === 0 ? 0 : (ends[this.#event - 1] as number);
      const to = ends[this.#event] as number;
      this.#event += 1;
      if (to > from) sink.data(this.#bytes.subarray(from, to));
    }
    this.#pumping = false;
    if (this.#over || this.#event < ends.length) return;
    this.#over = true;
    sink.end();
  }
}

/** Tells again what was read of the answer when it came. */
class KeptReader implements Reader {
  readonly streamed: boolean;
  readonly started = true;
  readonly content = true;
  readonly complete = true;
  readonly fault = undefined;
  readonly told = false;
  readonly facts: AnswerFacts;

  constructor({ ends, facts }: KeptAnswer) {
    this.streamed = ends !== undefined;
    this.facts = facts;
  }

  push(chunk: Buffer): Buffer {
    return chunk;
  }

  finish(): { readonly rest: undefined; readonly fault: undefined } {
    return { rest: undefined, fault: undefined };
  }
}

/** Writes an answer down while it passes, at its reader's pace. */
export class Recording implements Source, Sink {
  readonly #leader: Flow;
  readonly #limit: number;
  #done: ((pieces: Buffer[] | undefined) => void) | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #sink: SourceSink | undefined;
  #paused = false;

  /** @param done called once: with all pieces when the answer came to a good end, with nothing when it did not or was too long */
  constructor(leader: Flow, limitBytes: number, done: (pieces: Buffer[] | undefined) => void) {
    this.#leader = leader;
    this.#limit = limitBytes;
    this.#done = done;
  }

  /** True once somebody reads. */
  get begun(): boolean {
    return this.#sink !== undefined;
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    this.#leader.pipe(this);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#leader.resume();
  }

  cancel(): void {
    this.#tell(false);
    this.#leader.abort(UNREAD);
  }

  write(chunk: Buffer): boolean {
    if (this.#done !== undefined) {
      this.#bytes += chunk.length;
      if (this.#bytes > this.#limit) this.#tell(false);
      else this.#pieces.push(chunk.buffer.byteLength > 2 * chunk.length ? Buffer.from(chunk) : chunk);
    }
    this.#sink?.data(chunk);
    return !this.#paused;
  }

  end(): void {
    this.#tell(this.#leader.ending?.fault === undefined);
    this.#sink?.end();
  }

  fail(fault: Fault): void {
    this.#tell(false);
    // With a reader the fault is found there; without one it must be said.
    if (this.#leader.reader === undefined) this.#sink?.fail(fault.message);
    else this.#sink?.end();
  }

  #tell(good: boolean): void {
    const done = this.#done;
    const pieces = this.#pieces;
    this.#done = undefined;
    this.#pieces = [];
    done?.(good ? pieces : undefined);
  }
}
