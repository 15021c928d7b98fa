// A stream of events with the values put back, wherever the deltas cut a placeholder.

import { SseSplitter } from "@fairlead/protocol";
import { answerStrings, nestedJson, open } from "./answer-strings.ts";
import type { Restorer } from "./restorer.ts";

/** Texts that may be held back at once; an answer has one block open at a time. */
const CHANNELS = 64;

/** The beginning of a placeholder that is held back, and the frame around it, to send it in if nothing follows. */
interface Pending {
  readonly text: string;
  readonly head: string;
  readonly tail: string;
}

/** Where the running text of a frame stands: one literal of its JSON. */
interface Running {
  /** Which text goes on here: of a block, of a choice. */
  readonly channel: string;
  readonly start: number;
  readonly end: number;
  readonly nested: boolean;
  /** Where its frame says more than the text: the data around it in a frame that says nothing else. */
  readonly alone?: readonly [head: string, tail: string];
}

/** What one frame does: texts that go on in it, texts that are over, before or with it. */
interface Reading {
  readonly running: readonly Running[];
  /** Channels (by prefix) that end before this frame; those that run in it too end with it. */
  readonly ends: string | undefined;
  /** Literals that are whole. */
  readonly whole: ReadonlyArray<readonly [start: number, end: number, nested: boolean]>;
}

const PASSED: Reading = { running: [], ends: undefined, whole: [] };

/**
 * Puts values back into a stream. At most the beginning of one placeholder is held back for each text, until its next delta
 * or its end. Chunks without a placeholder go on as they are.
 */
export class RestoredStream {
  readonly #restorer: Restorer;
  readonly #splitter: SseSplitter;
  readonly #pending = new Map<string, Pending>();
  #frames: Buffer[] = [];

  constructor(restorer: Restorer) {
    this.#restorer = restorer;
    this.#splitter = new SseSplitter((frame) => this.#frames.push(frame));
  }

  /** Takes bytes in any cut; returns those that may go on. */
  push(chunk: Buffer): Buffer {
    const whole = this.#splitter.push(chunk);
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length === 0) return whole;
    if (this.#pending.size === 0 && whole.indexOf(0x5b) < 0) return whole;
    let changed = false;
    const out = frames.map((frame) => {
      const text = frame.toString("latin1");
      const put = this.#frame(text);
      if (put === text) return frame;
      changed = true;
      return Buffer.from(put, "latin1");
    });
    return changed ? Buffer.concat(out) : whole;
  }

  /** What is left when the stream is over, however it ended. */
  rest(): Buffer {
    const held = this.#flushed("");
    const rest = this.#splitter.rest();
    return held === "" ? rest : Buffer.concat([Buffer.from(held, "latin1"), rest]);
  }

  #frame(frame: string): string {
    const found = /(?:^|[\r\n])data: ?([^\r\n]*)/.exec(frame);
    if (found === null || /[\r\n]data:/.test(frame.slice(found.index + found[0].length))) return frame;
    const data = found[1] as string;
    const from = found.index + found[0].length - data.length;
    const reading = readingOf(data);
    const { running, ends, whole } = reading;
    const edits: [number, number, string][] = [];
    for (const [start, end, nested] of whole) {
      const text = data.slice(start, end);
      const put = this.#restorer.replaced(text, nested);
      if (put !== text) edits.push([start, end, put]);
    }
    // What a frame says besides (a role, the name of a call) must go out, whatever is held back of its text.
    const [first] = running;
    let swallow = running.length === 1 && first?.alone === undefined && ends === undefined && whole.length === 0;
    let held = "";
    for (const one of running) {
      const before = this.#pending.get(one.channel)?.text ?? "";
      const own = data.slice(one.start, one.end);
      const text = this.#restorer.replaced(before + own, one.nested);
      const over = ends !== undefined && one.channel.startsWith(ends);
      const open = over ? 0 : this.#restorer.open(text);
      const put = open === 0 ? text : text.slice(0, -open);
      if (open > 0) {
        if (!this.#pending.has(one.channel) && this.#pending.size >= CHANNELS) held += this.#flushed("");
        this.#pending.set(one.channel, around(frame, from, data, one, text.slice(-open)));
      } else this.#pending.delete(one.channel);
      if (put !== own) edits.push([one.start, one.end, put]);
      if (put !== "" || open === 0) swallow = false;
    }
    if (ends !== undefined) held += this.#flushed(ends);
    if (swallow) return held;
    if (edits.length === 0) return held === "" ? frame : held + frame;
    return held + edited(frame, from, edits);
  }

  /** Frames for what is held back of the channels that begin so; nothing is held of them afterwards. */
  #flushed(prefix: string): string {
    let frames = "";
    for (const [channel, { text, head, tail }] of this.#pending) {
      if (!channel.startsWith(prefix)) continue;
      frames += head + text + tail;
      this.#pending.delete(channel);
    }
    return frames;
  }
}

/** What is held back, and the frame for it: this one, or one like it that says nothing twice. */
function around(frame: string, from: number, data: string, one: Running, text: string): Pending {
  if (one.alone === undefined) {
    return { text, head: frame.slice(0, from + one.start), tail: frame.slice(from + one.end) };
  }
  const [head, tail] = one.alone;
  return { text, head: frame.slice(0, from) + head, tail: tail + frame.slice(from + data.length) };
}

function edited(frame: string, from: number, edits: readonly [number, number, string][]): string {
  let out = "";
  let done = 0;
  for (const [start, end, put] of [...edits].sort((a, b) => a[0] - b[0])) {
    out += frame.slice(done, from + start) + put;
    done = from + end;
  }
  return out + frame.slice(done);
}

/** What an event's data holds, in the dialects of messages, complete and chat completions. */
function readingOf(data: string): Reading {
  if (data === "[DONE]") return { ...PASSED, ends: "" };
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return PASSED;
  }
  if (typeof event !== "object" || event === null) return PASSED;
  const { type, index, choices, completion } = event as { [key: string]: unknown };
  if (Array.isArray(choices)) return choicesReading(data, event as { [key: string]: unknown }, choices);
  if (typeof completion === "string") return completionReading(data, (event as { stop_reason?: unknown }).stop_reason);
  switch (type) {
    case "content_block_start":
    case "content_block_delta":
      return blockReading(data, `b${String(index)}.`, event as { [key: string]: unknown });
    case "content_block_stop":
      return { ...PASSED, ends: `b${String(index)}.` };
    case "message_delta":
    case "message_stop":
    case "error":
      return { ...PASSED, ends: "" };
    default:
      return PASSED;
  }
}

function blockReading(data: string, channel: string, event: { [key: string]: unknown }): Reading {
  const part = (event.delta ?? event.content_block) as { type?: unknown } | undefined;
  const kind = String(part?.type);
  if (/^(?:thinking|redacted_thinking|signature)/.test(kind) || /_tool_result$/.test(kind)) return PASSED;
  const running: Running[] = [];
  const whole: [number, number, boolean][] = [];
  answerStrings(data, (start, end, path) => {
    const [first, key] = path;
    if (first !== "delta" && first !== "content_block") return;
    // What a block begins with is whole: its frame must go out, whatever its end looks like.
    const flows = first === "delta" && path.length === 2 && (key === "text" || key === "partial_json");
    if (flows) running.push({ channel, start, end, nested: nestedJson(path) });
    else if (open(path)) whole.push([start, end, nestedJson(path)]);
  });
  return { running, ends: undefined, whole };
}

function choicesReading(data: string, event: { [key: string]: unknown }, choices: readonly unknown[]): Reading {
  const running: Running[] = [];
  const list = choices as readonly ({
    index?: unknown;
    finish_reason?: unknown;
    delta?: { tool_calls?: { index?: unknown }[] };
  } | null)[];
  const { id, object, created, model } = event;
  // Of the event only what names it: usage and the like are told once.
  const lead = JSON.stringify({ id, object, created, model, choices: [] }).slice(0, -2);
  const alone = (choice: unknown, head: string, tail: string): readonly [string, string] => [
    `${lead}{"index":${Number(choice) || 0},${head}`,
    `${tail},"finish_reason":null}]}`,
  ];
  answerStrings(data, (start, end, path) => {
    const [first, at, delta, key, call, part, name] = path;
    if (first !== "choices" || typeof at !== "number") return;
    const choice = list[at];
    const index = choice?.index ?? at;
    const run = (channel: string, nested: boolean, head: string, tail: string) =>
      running.push({ channel: `c${String(index)}.${channel}`, start, end, nested, alone: alone(index, head, tail) });
    if (delta === "text" && path.length === 3) run("", false, '"text":"', '"');
    else if (delta !== "delta") return;
    else if ((key === "content" || key === "refusal") && path.length === 4) {
      run(key, false, `"delta":{"${key}":"`, '"}');
    } else if (key === "function_call" && call === "arguments" && path.length === 5) {
      run("f", true, '"delta":{"function_call":{"arguments":"', '"}}');
    } else if (key === "tool_calls" && typeof call === "number" && part === "function" && name === "arguments") {
      const number = choice?.delta?.tool_calls?.[call]?.index ?? call;
      const head = `"delta":{"tool_calls":[{"index":${Number(number) || 0},"function":{"arguments":"`;
      run(`t${String(number)}`, true, head, '"}}]}');
    }
  });
  const over = list.find((one) => one?.finish_reason !== undefined && one?.finish_reason !== null);
  return { running, ends: over === undefined ? undefined : `c${String(over?.index ?? 0)}.`, whole: [] };
}

function completionReading(data: string, stop: unknown): Reading {
  const running: Running[] = [];
  answerStrings(data, (start, end, path) => {
    if (path.length === 1 && path[0] === "completion") running.push({ channel: "p.", start, end, nested: false });
  });
  return { running, ends: typeof stop === "string" ? "p." : undefined, whole: [] };
}
