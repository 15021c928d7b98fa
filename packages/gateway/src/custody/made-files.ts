// Files that an answer made: the ids in what code execution tells, read off the bytes on their way.

import { type Flow, followingFlow, type Source, type SourceSink } from "@fairlead/engine";

const KEY = Buffer.from('"file_id"');
/**
 * In the type of each code execution tool. Node's search looks for the first character by memchr, which passes quickly over a
 * body where that is rare; from 8 characters on it changes to a search that is ten times slower.
 */
const TOOL_PART = Buffer.from("_execut");
const TOOL = Buffer.from("code_execution");
/** A line of results longer than this is passed on unread, bytes. An answer of 128,000 tokens is about 1 MB. */
const LONGEST_LINE = 16_777_216;
const LINE_FEED = 0x0a;

/** Whether a request lets the API run code, which can make files. */
export function makesFiles(body: Buffer): boolean {
  return body.includes(TOOL_PART) && body.includes(TOOL);
}

/**
 * The files that blocks of an answer made. Only what the API itself writes counts: the content of code execution's results
 * and `container_upload`. What a model says, or hands to a tool of the caller's, could name anybody's file.
 */
export function madeFiles(blocks: unknown): readonly string[] {
  const ids = new Set<string>();
  for (const block of listOf(blocks)) {
    const { type, file_id, content } = objectOf(block);
    if (type === "container_upload") take(ids, file_id);
    else if (typeof type === "string" && type.endsWith("code_execution_tool_result")) {
      for (const output of listOf(objectOf(content).content)) take(ids, objectOf(output).file_id);
    }
  }
  return [...ids];
}

/** The files that an answer in one piece made. */
export function filesOfMessage(body: Buffer): readonly string[] {
  return body.includes(KEY) ? madeFiles(parsed(body.toString("utf8")).content) : [];
}

/** The files that whole frames of a stream tell of: such a block comes complete in its `content_block_start`. */
export function filesOfFrames(frames: Buffer): readonly string[] {
  if (!frames.includes(KEY)) return [];
  return frames
    .toString("utf8")
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:") && line.includes('"file_id"'))
    .flatMap((line) => madeFiles([parsed(line.slice(5)).content_block]));
}

/** Reads the results of a batch as they pass, line by line. */
export class ResultFiles {
  #line: Buffer[] = [];
  #size = 0;

  /** The files that the lines tell of which this chunk completes. */
  push(chunk: Buffer): readonly string[] {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const lines = Buffer.concat([...this.#line, chunk.subarray(0, end)]);
    this.#line = [];
    this.#size = 0;
    this.#keep(chunk.subarray(end + 1));
    return filesOfLines(lines);
  }

  /** Those of a last line without an end. */
  rest(): readonly string[] {
    return filesOfLines(Buffer.concat(this.#line));
  }

  #keep(piece: Buffer): void {
    if (this.#size > LONGEST_LINE || piece.length === 0) return;
    this.#size += piece.length;
    if (this.#size > LONGEST_LINE) this.#line = [];
    else this.#line.push(piece);
  }
}

function filesOfLines(lines: Buffer): readonly string[] {
  if (!lines.includes(KEY)) return [];
  return lines
    .toString("utf8")
    .split("\n")
    .filter((line) => line.includes('"file_id"'))
    .flatMap((line) => madeFiles(objectOf(objectOf(parsed(line).result).message).content));
}

/** How a flow is listened to. */
export interface Listener {
  /** Ids in bytes that pass. */
  readonly find: (chunk: Buffer) => readonly string[];
  /** Ids in what is left at the end. */
  readonly rest?: (() => readonly string[]) | undefined;
  /** Notes ids; bytes that tell of them wait for it. Never rejects. */
  readonly note: (ids: readonly string[]) => Promise<void>;
}

/** The flow with the same bytes, where an id passes on only once it is noted: who reads it may ask for it at once. */
export function listenedFlow(flow: Flow, listener: Listener): Flow {
  return followingFlow(new Listened(flow, listener), flow);
}

class Listened implements Source {
  readonly #flow: Flow;
  readonly #listener: Listener;
  #waiting: Buffer[] = [];
  #busy = false;
  #paused = false;
  #ended = false;

  constructor(flow: Flow, listener: Listener) {
    this.#flow = flow;
    this.#listener = listener;
  }

  start(sink: SourceSink): void {
    const over = () => {
      this.#ended = true;
      if (!this.#busy) this.#finish(sink);
    };
    this.#flow.pipe({ write: (chunk) => this.#take(chunk, sink), end: over, fail: over });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#busy) this.#flow.resume();
  }

  cancel(): void {
    this.#waiting = [];
    this.#flow.abort({
      verdict: "cancelled",
      code: "client_gone",
      type: "api_error",
      message: "nobody reads the answer any more",
    });
  }

  #take(chunk: Buffer, sink: SourceSink): boolean {
    if (this.#busy) {
      this.#waiting.push(chunk);
      return false;
    }
    const ids = this.#listener.find(chunk);
    if (ids.length === 0) {
      sink.data(chunk);
      return !this.#paused;
    }
    this.#noted(ids, sink, () => sink.data(chunk));
    return false;
  }

  #noted(ids: readonly string[], sink: SourceSink, go: () => void): void {
    this.#busy = true;
    void this.#listener.note(ids).then(() => {
      this.#busy = false;
      go();
      while (!this.#busy && this.#waiting.length > 0) this.#take(this.#waiting.shift() as Buffer, sink);
      if (this.#busy) return;
      if (this.#ended) this.#finish(sink);
      else if (!this.#paused) this.#flow.resume();
    });
  }

  #finish(sink: SourceSink): void {
    const ids = this.#listener.rest?.() ?? [];
    if (ids.length === 0) sink.end();
    else {
      this.#busy = true;
      void this.#listener.note(ids).then(() => sink.end());
    }
  }
}

function take(ids: Set<string>, id: unknown): void {
  if (typeof id === "string" && id !== "" && id.length <= 200 && !id.includes("\0")) ids.add(id);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null ? (value as { readonly [key: string]: unknown }) : {};
}

function parsed(text: string): { readonly [key: string]: unknown } {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}
