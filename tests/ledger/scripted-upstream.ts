// An upstream that answers by script and keeps a bill of its own on disk, line by line, before it answers.

import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import {
  type Exchange,
  Flow,
  failure,
  type Outcome,
  type Source,
  type SourceSink,
  type Target,
} from "@fairlead/engine";
import { printFrame } from "@fairlead/protocol";
import { ClaudeReader } from "@fairlead/providers/anthropic";
import { pick, type Random } from "@fairlead/runtime";

/** What one attempt comes to. */
export type Script = "whole" | "long" | "cut" | "left" | "error" | "refusal" | "silent";

/** What the upstream bills for an attempt. */
export interface BilledAttempt {
  /** Request id and attempt number. */
  readonly key: string;
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
  /** True when it is over on the upstream's side. */
  closed: boolean;
}

const MODEL = "claude-haiku-5-5";
const WORD = "abcd";

/** Attempts by their share, in per cent. */
const SHARES: ReadonlyArray<readonly [Script, number]> = [
  ["whole", 79],
  ["long", 3],
  ["cut", 5],
  ["left", 5],
  ["error", 4],
  ["refusal", 2],
  ["silent", 2],
];

/** The script of an attempt, by chance. */
export function scriptOf(random: Random): Script {
  let left = pick(random, 100);
  for (const [script, share] of SHARES) {
    left -= share;
    if (left < 0) return script;
  }
  return "whole";
}

/** The upstream. Its bill is a file of lines: `B key input read write`, `O key output`, `E key output`, `U key`. */
export class ScriptedUpstream {
  readonly target: Target;
  readonly #fd: number;
  readonly #random: Random;

  constructor(file: string, random: Random) {
    this.#fd = openSync(file, "a");
    this.#random = random;
    this.target = {
      name: "scripted",
      platform: "p",
      account: "a",
      contextWindow: () => Number.POSITIVE_INFINITY,
      modelName: (model) => model,
      send: () => Promise.reject(new Error("by hand")),
    };
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A note of the run itself. */
  note(line: string): void {
    this.#write(`N ${line}`);
  }

  /** Answers an attempt. */
  async answer(x: Exchange, script: Script, leave: () => void): Promise<Outcome> {
    const key = `${x.id}#${x.tally.attempts}`;
    if (script === "error") {
      this.#write(`U ${key}`);
      const response = { status: 529, headers: ["request-id", key], body: Buffer.alloc(0) };
      return failure("cut_early", {}, { verdict: "overloaded", response, target: this.target });
    }
    const random = this.#random;
    // What is in the cache makes the prompt's length, so that its tokens are known from its bytes.
    const input = 200 + pick(random, 400);
    const read = pick(random, 300);
    const write = 1_000 - input - read;
    this.#write(`B ${key} ${input} ${read} ${write}`);
    await turn();
    if (script === "silent") {
      leave();
      this.#write(`E ${key} 0`);
      return failure("client_gone", {}, { target: this.target });
    }
    const source = new ScriptedSource(key, script, random, { input, read, write }, (line) => this.#write(line), leave);
    const headers = ["request-id", `up_${key}`];
    const flow = new Flow(source, new ClaudeReader("scripted", false));
    return { ok: true, status: 200, headers, flow, target: this.target, rewritten: false };
  }

  #write(line: string): void {
    writeSync(this.#fd, `${line}\n`);
  }
}

/** The model of every request. */
export const SCRIPTED_MODEL: string = MODEL;

class ScriptedSource implements Source {
  readonly #key: string;
  readonly #script: Script;
  readonly #tokens: number;
  readonly #usage: object;
  readonly #write: (line: string) => void;
  readonly #leave: () => void;
  #over = false;

  constructor(
    key: string,
    script: Script,
    random: Random,
    { input, read, write }: { input: number; read: number; write: number },
    note: (line: string) => void,
    leave: () => void,
  ) {
    this.#key = key;
    this.#script = script;
    this.#tokens = script === "long" ? 600 + pick(random, 3_000) : 5 + pick(random, 120);
    this.#usage = {
      input_tokens: input,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: write,
      output_tokens: 1,
    };
    this.#write = note;
    this.#leave = leave;
  }

  start(sink: SourceSink): void {
    void this.#run(sink);
  }
  pause(): void {}
  resume(): void {}
  cancel(): void {
    this.#over = true;
  }

  async #run(sink: SourceSink): Promise<void> {
    const send = (...events: Array<{ readonly type: string; readonly [key: string]: unknown }>) =>
      sink.data(Buffer.from(events.map((one) => printFrame(one.type, JSON.stringify(one))).join("")));
    const text = (tokens: number) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: WORD.repeat(tokens) },
    });
    const first = { type: "message_start", message: { id: `msg_${this.#key}`, model: MODEL, usage: this.#usage } };
    const stop = (output_tokens: number, stop_reason = "end_turn") => [
      { type: "message_delta", delta: { stop_reason }, usage: { output_tokens } },
      { type: "message_stop" },
    ];
    if (this.#script === "refusal") {
      this.#write(`U ${this.#key}`);
      send(first, ...stop(0, "refusal"));
      return sink.end();
    }
    send(first, { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    const most = this.#script === "cut" || this.#script === "left" ? Math.ceil(this.#tokens / 2) : this.#tokens;
    for (let sent = 0; sent < most && !this.#over; ) {
      const some = Math.min(most - sent, this.#script === "long" ? 40 : 60);
      sent += some;
      this.#write(`O ${this.#key} ${sent}`);
      send(text(some));
      await (this.#script === "long" ? pause(2) : turn());
    }
    if (this.#over) return;
    this.#write(`E ${this.#key} ${most}`);
    if (this.#script === "cut") return sink.fail("the connection was reset");
    if (this.#script === "left") return this.#leave();
    send(...stop(most));
    sink.end();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** The bill that a file holds. A line that the end of the process cut off is left out. */
export function readBill(file: string): { attempts: Map<string, BilledAttempt>; notes: string[] } {
  const attempts = new Map<string, BilledAttempt>();
  const notes: string[] = [];
  const lines = readFileSync(file, "utf8").split("\n");
  lines.pop();
  for (const line of lines) {
    const [kind, key = "", a, b, c] = line.split(" ");
    if (kind === "N") notes.push(line.slice(2));
    else if (kind === "B")
      attempts.set(key, {
        key,
        input: Number(a),
        cacheRead: Number(b),
        cacheWrite: Number(c),
        output: 0,
        closed: false,
      });
    else if (kind === "U") attempts.set(key, { key, input: 0, cacheRead: 0, cacheWrite: 0, output: 0, closed: true });
    else {
      const attempt = attempts.get(key);
      if (attempt === undefined) continue;
      attempt.output = Number(a);
      if (kind === "E") attempt.closed = true;
    }
  }
  return { attempts, notes };
}
