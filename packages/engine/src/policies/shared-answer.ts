// One answer for several requests: each reads it at its own pace, from its beginning, and the upstream is read once.

import { CODES, wordsOf } from "../codes.ts";
import type { Exchange, Tally } from "../exchange.ts";
import type { Fault, Flow, Sink, Source, SourceSink } from "../flow.ts";
import { EventLog, type LogPlace } from "../mechanics/event-log.ts";
import type { Answer } from "../outcome.ts";
import { boundTo, faultOf, followingFlow, UNREAD } from "./followed.ts";

/** What all shared answers hold together, bytes. */
export interface SharedRoom {
  used: number;
  readonly limit: number;
}

/** What a shared answer tells whoever made it. */
export interface SharedHooks {
  /** Its beginning is gone: nobody can join any more. */
  closed(): void;
  /** The last who read it has left before its end. */
  idle(): void;
  /** It has ended. */
  ended(): void;
}

/** When all of them together hold too much, one that holds no more than this is left alone, bytes. */
const FLOOR_BYTES = 65_536;

/**
 * The answer is read from the upstream as fast as its quickest reader wants it, so that a slow one stalls nobody. What the
 * slower ones have yet to read is kept, at most `limit` bytes: who falls further behind is cut off with an error that says
 * so, unless it is the only one left. What all have read is kept too, for who comes late, as long as the bound allows.
 */
export class SharedAnswer implements Sink {
  readonly #answer: Answer;
  readonly #limit: number;
  readonly #room: SharedRoom;
  readonly #hooks: SharedHooks;
  readonly #log = new EventLog();
  readonly #readers = new Set<LogReader>();
  /** Who pays: its request tells what the answer cost, the others' tell nothing. */
  #payer: LogReader | undefined;
  #closed = false;
  #begun = false;
  #ended = false;

  constructor(answer: Answer, limitBytes: number, room: SharedRoom, hooks: SharedHooks) {
    this.#answer = answer;
    this.#limit = limitBytes;
    this.#room = room;
    this.#hooks = hooks;
  }

  /** Begins to read for these requests, the first of which pays. Called once; returns an answer for each. */
  begin(requests: readonly Exchange[]): Answer[] {
    const readers = requests.map((x) => this.#add(x));
    this.#answer.flow.pipe(this);
    this.#begun = true;
    return readers.map((one, i) => this.#answerOf(one, requests[i] as Exchange));
  }

  /** One more reader; undefined when the beginning is gone. */
  join(x: Exchange): Answer | undefined {
    return this.#closed ? undefined : this.#answerOf(this.#add(x), x);
  }

  /** Gives it up: nobody reads it, and nobody shall. */
  stop(): void {
    this.#close();
    this.#answer.flow.abort(UNREAD);
    this.#forget();
  }

  /** Keeps no beginning for late readers any more. */
  close(): void {
    this.#close();
    this.#forget();
  }

  write(chunk: Buffer): boolean {
    this.#room.used += this.#log.add(chunk).length;
    for (const reader of this.#readers) reader.pump();
    if (this.#begun) this.#shrink();
    return this.#wanted();
  }

  end(): void {
    this.#over();
  }

  fail(): void {
    this.#over();
  }

  /** The reader's sink has room again. */
  wants(): void {
    if (this.#closed) this.#forget();
    if (!this.#ended) this.#answer.flow.resume();
  }

  left(reader: LogReader): void {
    if (!this.#readers.delete(reader)) return;
    if (!this.#ended && reader === this.#payer) this.#passOn(reader);
    if (this.#closed) this.#forget();
    if (this.#ended) return;
    if (this.#readers.size === 0) this.#hooks.idle();
    else if (this.#wanted()) this.#answer.flow.resume();
  }

  get log(): EventLog {
    return this.#log;
  }

  get leader(): Flow {
    return this.#answer.flow;
  }

  /** True when all bytes are in the log. */
  get whole(): boolean {
    return this.#ended;
  }

  #add(x: Exchange): LogReader {
    const reader = new LogReader(this, x.tally);
    this.#readers.add(reader);
    if (this.#payer === undefined) this.#payer = reader;
    else x.tally.reused = "joined";
    return reader;
  }

  #answerOf(reader: LogReader, { signal }: Exchange): Answer {
    const flow = followingFlow(reader, this.#answer.flow);
    reader.flow = flow;
    return { ...this.#answer, flow: boundTo(signal, flow) };
  }

  #wanted(): boolean {
    if (this.#readers.size === 0) return this.#log.bytes <= this.#limit;
    for (const reader of this.#readers) if (reader.hungry) return true;
    return false;
  }

  /** Who pays has left: the next one pays, and the one that left told nothing yet. */
  #passOn(from: LogReader): void {
    const next = this.#readers.values().next().value;
    if (next === undefined) return;
    this.#payer = next;
    next.tally.reused = undefined;
    from.tally.reused = "joined";
  }

  #over(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.pump();
    this.#hooks.ended();
  }

  #full(): boolean {
    const { bytes } = this.#log;
    return bytes > this.#limit || (this.#room.used > this.#room.limit && bytes > FLOOR_BYTES);
  }

  #shrink(): void {
    if (this.#closed) this.#forget();
    // What has ended grows no more, and leaves with its readers.
    if (this.#ended || !this.#full()) return;
    this.#close();
    this.#forget();
    if (this.#readers.size === 0) {
      this.stop();
      return;
    }
    while (this.#full() && this.#readers.size > 1) this.#slowest().cut(lagged(this.#limit));
  }

  #slowest(): LogReader {
    let slowest: LogReader | undefined;
    for (const reader of this.#readers) if (slowest === undefined || reader.at < slowest.at) slowest = reader;
    return slowest as LogReader;
  }

  #forget(): void {
    let least = this.#log.end;
    for (const { at } of this.#readers) least = Math.min(least, at);
    this.#room.used -= this.#log.forget(least);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hooks.closed();
  }
}

/** One reader's place in the log, as the source of its flow. */
class LogReader implements Source, LogPlace {
  at = 0;
  flow: Flow | undefined;
  /** Of its request; the request itself, with its body, is not held on to. */
  readonly tally: Tally;
  readonly #shared: SharedAnswer;
  #sink: SourceSink | undefined;
  #paused = false;
  #over = false;
  #pumping = false;

  constructor(shared: SharedAnswer, tally: Tally) {
    this.#shared = shared;
    this.tally = tally;
  }

  /** Whether it would take more now. */
  get hungry(): boolean {
    return this.#sink !== undefined && !this.#paused;
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    this.pump();
    if (this.hungry) this.#shared.wants();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.pump();
    if (this.hungry) this.#shared.wants();
  }

  cancel(): void {
    this.#over = true;
    this.#shared.left(this);
  }

  /** Hands on what came, as far as its sink takes it. */
  pump(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#pumping) return;
    const { log } = this.#shared;
    this.#pumping = true;
    while (!this.#over && !this.#paused && this.at < log.end) sink.data(log.piece(this.at++));
    this.#pumping = false;
    if (this.#over || this.at < log.end || !this.#shared.whole) return;
    this.#over = true;
    this.#shared.left(this);
    // With a reader the fault is found there; without one it must be said.
    const { leader } = this.#shared;
    const fault = leader.reader === undefined ? faultOf(leader) : undefined;
    if (fault === undefined) sink.end();
    else sink.fail(fault.message);
  }

  /** Ends it before its time. */
  cut(fault: Fault): void {
    if (this.flow === undefined) this.cancel();
    else this.flow.abort(fault);
  }
}

function lagged(limit: number): Fault {
  const { verdict, type } = CODES.join_lagged;
  return { verdict, code: "join_lagged", type, message: wordsOf("join_lagged", { limit: `${limit / 1_048_576} MB` }) };
}
