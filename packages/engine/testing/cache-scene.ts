// Test pieces of the cache: the layer before an upstream that says what the test wants, and readers with a pace.

import {
  CACHE_OPTIONS,
  Cache,
  cache,
  type Exchange,
  type Fault,
  newTally,
  type Outcome,
  type Reader,
  readOptions,
  type Sink,
} from "@fairlead/engine";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { exchange, failed, type HandSource, handFlow, lineReader, target } from "./exchange.ts";

export const COUNT = { path: "/v1/messages/count_tokens" };
export const ZERO = { body: Buffer.from('{"model":"m","temperature":0,"messages":[]}') };
export const ASKED = { cache: "use" as const, body: Buffer.from('{"model":"m","messages":[]}') };

export class PacedCollector implements Sink {
  readonly chunks: string[] = [];
  ended = false;
  fault: Fault | undefined;
  /** Takes so many chunks and then no more. */
  room = Number.POSITIVE_INFINITY;

  get text(): string {
    return this.chunks.join("");
  }
  write(chunk: Buffer): boolean {
    this.chunks.push(chunk.toString("latin1"));
    return this.chunks.length < this.room;
  }
  end(): void {
    this.ended = true;
  }
  fail(fault: Fault): void {
    this.fault = fault;
  }
}

export function scene(options: object = {}) {
  const rt = virtualRuntime("cache");
  const values = readOptions("cache", CACHE_OPTIONS, { early: 0, ...options });
  const answers = new Cache(rt, values);
  const policy = cache(values, answers)(rt);
  const sources: HandSource[] = [];
  let outcome: (x: Exchange) => Promise<Outcome> = async () => failed("overloaded");
  const script = {
    /** What the upstream answers from now on: the text, whole, in one write. */
    says(text: string, more: { stopReason?: string; status?: number; headers?: string[]; tookMs?: number } = {}) {
      outcome = async (x) => {
        if (more.tookMs !== undefined) await new Promise<void>((done) => rt.clock.timer(more.tookMs ?? 0, done));
        const reader = reads(x.look.stream, more.stopReason);
        const { flow, source } = handFlow(reader);
        sources.push(source);
        const held = flow.hold(x.look.stream ? "content" : "end", 1e9);
        source.push(text);
        if (!x.look.stream) source.end();
        await held;
        const { status = 200, headers = [] } = more;
        return { ok: true, status, headers, flow, target: target("a"), rewritten: false };
      };
    },
    fails(verdict: "overloaded" | "cut-early" = "overloaded") {
      outcome = async () => failed(verdict);
    },
  };
  let calls = 0;
  const ask = async (more: Partial<Exchange> = COUNT, stream = false, room = Number.POSITIVE_INFINITY) => {
    const look = { ...exchange().look, stream };
    const x = exchange({
      signal: new Signal(),
      look,
      tally: newTally(),
      ...more,
    });
    const before = calls;
    const got = await rt.clock.runUntil(
      policy.handle(x, (out) => {
        calls += 1;
        return outcome(out);
      }),
    );
    const reader = new PacedCollector();
    reader.room = room;
    if (got.ok) got.flow.pipe(reader);
    if (got.ok && stream && calls > before) {
      sources[sources.length - 1]?.push("stop\n");
      sources[sources.length - 1]?.end();
    }
    return { x, got, reader, text: reader.text, upstream: calls > before, state: x.tally.cache };
  };
  return { rt, answers, script, ask };
}

/** Reads lines, and knows a stop reason when there is one. */
export function reads(streamed: boolean, stopReason: string | undefined): Reader {
  const reader = lineReader(streamed);
  reader.facts.stopReason = stopReason;
  return reader;
}
