// The flow: one pump for an answer's bytes, from the wire to whoever reads, judged by a reader on the way.

import type { Usage } from "@fairlead/protocol";
import type { Code } from "./codes.ts";
import type { Verdict } from "./verdict.ts";

/** Where bytes come from. `start` is called once; after `cancel` nothing more is delivered. */
export interface Source {
  start(sink: SourceSink): void;
  pause(): void;
  resume(): void;
  /** Gives the rest up and frees the connection. */
  cancel(): void;
}

/** Who takes the bytes of a source. Exactly one of `end` and `fail` comes, last. */
export interface SourceSink {
  data(chunk: Buffer): void;
  /** The answer ended as HTTP says it must. */
  end(): void;
  /** The connection broke, or HTTP framing was violated. */
  fail(reason: string): void;
}

/** Why a flow did not end well. */
export interface Fault {
  readonly verdict: Verdict;
  readonly code: Code | undefined;
  readonly type: string;
  readonly message: string;
  /** Attempts that were made before it was told, when a gateway behind said so. */
  readonly attempts?: number | undefined;
}

/** Reads a dialect off the bytes: where frames end, when content begins, whether the answer is whole. */
export interface Reader {
  /** True for a stream of events, false for an answer that is one piece. */
  readonly streamed: boolean;
  /** Takes bytes from the wire; returns those that may go on (whole frames only). */
  push(chunk: Buffer): Buffer;
  /** A generation is visibly under way (a content block began). */
  readonly started: boolean;
  /** Content was seen: from here on the answer cannot be exchanged unnoticed. */
  readonly content: boolean;
  /** The answer is complete by its own grammar. */
  readonly complete: boolean;
  /** The upstream told an error in its stream, or a frame is not what the grammar allows. */
  readonly fault: Fault | undefined;
  /** True when the fault is already told in bytes that were passed on (the upstream's own error event). */
  readonly told: boolean;
  /**
   * Called at the end of the bytes. `held` is the whole answer when nothing was passed on yet, else undefined.
   * Returns what is left to pass on, and the fault when the answer is not whole.
   */
  finish(held: readonly Buffer[] | undefined): { readonly rest: Buffer | undefined; readonly fault: Fault | undefined };
  /** What was read of usage and model so far, or undefined when there was none. */
  readonly facts: AnswerFacts;
  /** How much output has come, where that can be told before the end. */
  readonly output?: OutputCount | undefined;
}

/** What is known of the output of an answer that is not over. */
export interface OutputCount {
  /** Bytes of content that have come: text, thinking and tool input as they stand in the events. */
  readonly bytes: number;
  /** The last count of tokens that the upstream told beside the content; undefined before the first. */
  readonly told: number | undefined;
  /** How many bytes of content had come when it told them. */
  readonly toldAt: number;
}

/** Reads what an answer says of itself where no reader judges it: bytes that pass as they are, compressed or lines of JSON. */
export interface Gleaner {
  push(chunk: Buffer): void;
  /** Called at the end of the bytes; what was found. */
  finish(): AnswerFacts | undefined;
}

/** What an answer told about itself. */
export interface AnswerFacts {
  usage: Usage | undefined;
  model: string | undefined;
  stopReason: string | undefined;
  messageId: string | undefined;
  /** True when an answer in one piece holds no content at all. */
  silent?: boolean | undefined;
  /** True while the usage is that of a stream's beginning, which tells the prompt and no output yet. */
  provisional?: boolean | undefined;
  /** What came of output, where no reader of the flow counts it. */
  output?: OutputCount | undefined;
}

/** How a flow ended. */
export interface Ending {
  readonly verdict: Verdict;
  readonly fault: Fault | undefined;
  /** Bytes that came from the wire. */
  readonly bytes: number;
  readonly facts: AnswerFacts | undefined;
}

/** Who reads a flow. `write` returns false when it has enough for now; then `Flow.resume` is called when it wants more. */
export interface Sink {
  write(chunk: Buffer): boolean;
  /** The answer is over, honestly: whole, or with the upstream's own error event as its last. */
  end(): void;
  /** The answer broke and nobody has told yet. */
  fail(fault: Fault): void;
}

/** Hears how a flow ended. For what came so far there is `Flow.bytes`: nothing is called per chunk. */
export interface Tap {
  end(ending: Ending): void;
  /** Called once, when the first content has come, if the dialect knows content. */
  content?(): void;
}

/** Why a hold was released. */
export type Release = "content" | "ended" | "limit";

/** One answer's bytes. Taps may be many; readers of the bytes are one: first a hold, then a pipe. */
export class Flow implements SourceSink {
  /** How it ended; resolves exactly once, never rejects. */
  readonly ended: Promise<Ending>;
  /** The dialect's reader, or undefined for bytes that nobody judges. */
  readonly reader: Reader | undefined;
  /** Reads along where there is no reader. */
  readonly gleaner: Gleaner | undefined;
  readonly #source: Source;
  readonly #taps: Tap[] = [];
  #settle!: (ending: Ending) => void;
  #ending: Ending | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #holdLimit = 0;
  #holdFor: "content" | "end" | undefined;
  #release: ((why: Release) => void) | undefined;
  #sink: Sink | undefined;
  #started = false;
  #passed = false;
  #paused = false;
  #bytes = 0;
  #told = false;
  #content = false;
  #overhears: ((chunk: Buffer) => void) | undefined;

  constructor(source: Source, reader: Reader | undefined, gleaner?: Gleaner) {
    this.#source = source;
    this.reader = reader;
    this.gleaner = gleaner;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** How it ended, or undefined while it runs. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** True while whoever reads has enough: silence is then not the upstream's. */
  get paused(): boolean {
    return this.#paused;
  }

  /** True when the fault, if any, is told in the bytes themselves. */
  get told(): boolean {
    return this.#told;
  }

  /** Bytes that have come from the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Hears every chunk as it comes from the wire, from now on; for the few answers that somebody wants to keep. */
  overhear(hear: (chunk: Buffer) => void): void {
    this.#overhears = hear;
  }

  /** Adds a watcher. One that comes after the end is told the ending at once. */
  tap(tap: Tap): void {
    if (this.#ending !== undefined) tap.end(this.#ending);
    else this.#taps.push(tap);
  }

  /**
   * Keeps the bytes back until content begins, or until the answer is whole. Resolves with why it stopped holding:
   * `content`, `ended` (whole or broken: see `ending`), or `limit` when more than `limitBytes` came first.
   */
  hold(until: "content" | "end", limitBytes: number): Promise<Release> {
    this.#holdFor = until;
    this.#holdLimit = limitBytes;
    return new Promise((resolve) => {
      this.#release = resolve;
      if (this.#ending !== undefined) this.#released("ended");
      else this.#begin();
    });
  }

  /** Sends what was held, then all that comes, to the sink. Called once. */
  pipe(sink: Sink): void {
    this.#sink = sink;
    this.#holdFor = undefined;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    let wants = true;
    for (const chunk of held) {
      this.#passed = true;
      wants = sink.write(chunk);
    }
    if (this.#ending !== undefined) {
      this.#close(this.#ending);
      return;
    }
    if (!wants) this.#pause();
    else if (this.#started) this.resume();
    if (!this.#started) this.#begin();
  }

  /** The sink wants more again. */
  resume(): void {
    if (!this.#paused || this.#ending !== undefined) return;
    this.#paused = false;
    this.#source.resume();
  }

  /** Ends the flow with a fault of ours (a timer, a policy) and frees the connection. */
  abort(fault: Fault): void {
    if (this.#ending !== undefined) return;
    this.#source.cancel();
    this.#finish(fault, false);
  }

  /** Ends the flow as it stands when its grammar says that it is whole; the connection is freed. */
  complete(): void {
    if (this.#ending !== undefined) return;
    this.#source.cancel();
    this.#finish(undefined, false);
  }

  data(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    this.#bytes += chunk.length;
    const reader = this.reader;
    const out = reader === undefined ? chunk : reader.push(chunk);
    this.gleaner?.push(chunk);
    this.#overhears?.(chunk);
    if (reader?.content === true && !this.#content) {
      this.#content = true;
      for (const tap of this.#taps) tap.content?.();
    }
    if (out.length > 0) this.#deliver(out);
    if (this.#ending !== undefined || reader === undefined) return;
    if (reader.fault !== undefined) {
      this.#source.cancel();
      this.#finish(reader.fault, reader.told);
    } else if (reader.content && this.#holdFor === "content") {
      this.#released("content");
    }
  }

  end(): void {
    if (this.#ending !== undefined) return;
    if (this.reader === undefined) {
      this.#finish(undefined, false);
      return;
    }
    const { rest, fault } = this.reader.finish(this.#passed ? undefined : this.#held);
    if (rest !== undefined && rest.length > 0) this.#deliver(rest);
    this.#finish(fault, this.reader.told);
  }

  fail(reason: string): void {
    if (this.#ending !== undefined) return;
    const reader = this.reader;
    if (reader?.complete === true) {
      this.#finish(undefined, false);
      return;
    }
    const early = reader !== undefined ? !reader.content && !this.#passed : !this.#passed;
    this.#finish(
      {
        verdict: early ? "cut-early" : "cut",
        code: early ? "cut_early" : "cut",
        type: "api_error",
        message: reason,
      },
      false,
    );
  }

  #begin(): void {
    this.#started = true;
    this.#source.start(this);
  }

  #deliver(chunk: Buffer): void {
    if (this.#sink !== undefined) {
      this.#passed = true;
      if (!this.#sink.write(chunk)) this.#pause();
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > this.#holdLimit) {
      this.#pause();
      this.#released("limit");
    }
  }

  #pause(): void {
    if (this.#paused || this.#ending !== undefined) return;
    this.#paused = true;
    this.#source.pause();
  }

  #released(why: Release): void {
    this.#holdFor = undefined;
    const release = this.#release;
    this.#release = undefined;
    release?.(why);
  }

  #finish(fault: Fault | undefined, told: boolean): void {
    const ending: Ending = {
      verdict: fault === undefined ? "ok" : fault.verdict,
      fault,
      bytes: this.#bytes,
      facts: this.reader === undefined ? this.gleaner?.finish() : this.reader.facts,
    };
    this.#ending = ending;
    this.#told = told;
    for (const tap of this.#taps) tap.end(ending);
    this.#released("ended");
    if (this.#sink !== undefined) this.#close(ending);
    this.#settle(ending);
  }

  #close(ending: Ending): void {
    if (ending.fault === undefined || this.#told) this.#sink?.end();
    else this.#sink?.fail(ending.fault);
  }
}

/** A source of bytes that are all here already. */
export function bytesSource(bytes: Buffer): Source {
  return {
    start(sink) {
      if (bytes.length > 0) sink.data(bytes);
      sink.end();
    },
    pause() {},
    resume() {},
    cancel() {},
  };
}
