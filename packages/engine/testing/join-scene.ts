// Test pieces of joining: the layer with an upstream that is driven by hand, and readers that gather.

import {
  type Answer,
  type Exchange,
  type Failure,
  type Fault,
  JOIN_OPTIONS,
  Joins,
  join,
  newTally,
  type Outcome,
  readOptions,
  type Sink,
} from "@fairlead/engine";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { exchange, failed, type HandSource, handFlow, lineReader, target } from "./exchange.ts";

export const KEY = { idempotencyKey: "k1" };
export const COUNT = { path: "/v1/messages/count_tokens?beta=true" };

/** One call that went to the upstream. */
export interface Call {
  readonly x: Exchange;
  readonly source: HandSource;
  answer(): Promise<void>;
  fail(failure: Failure): Promise<void>;
}

export function scene(options: object = {}) {
  const rt = virtualRuntime("join");
  const values = readOptions("join", JOIN_OPTIONS, options);
  const joins = new Joins(rt, values);
  const policy = join(values, joins)(rt);
  const calls: Call[] = [];
  const next = (x: Exchange): Promise<Outcome> =>
    new Promise((resolve) => {
      const { flow, source } = handFlow(lineReader(x.look.stream));
      const stop = x.signal.onAbort((reason) => {
        flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: reason });
        resolve(failed("cancelled"));
      });
      flow.tap({ end: stop });
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      calls.push({
        x,
        source,
        async answer() {
          if (x.look.stream) {
            const held = flow.hold("content", 1e6);
            source.push("start\ntext 0\n");
            await held;
          }
          resolve(answer);
          await settle();
        },
        async fail(failure) {
          resolve(failure);
          await settle();
        },
      });
    });
  const settle = () => rt.clock.advance(0);
  const ask = (more: Partial<Exchange> = KEY) => {
    const signal = new Signal();
    const x = exchange({ signal, tally: tally(), ...more });
    const reader = new Collector();
    const outcome = policy.handle(x, next);
    let settled: Outcome | undefined;
    void outcome.then((one) => {
      settled = one;
    });
    return {
      x,
      signal,
      outcome,
      get settled() {
        return settled;
      },
      async read() {
        const got = await outcome;
        if (!got.ok) throw new Error(got.message);
        reader.flow = got.flow;
        got.flow.pipe(reader);
        return reader;
      },
    };
  };
  return { rt, joins, calls, ask, settle };
}

export function tally(): Exchange["tally"] {
  return newTally();
}

/** Gathers text; takes no more while `full`. */
export class Collector implements Sink {
  text = "";
  ended = false;
  fault: Fault | undefined;
  full = false;
  flow: { resume(): void; abort(fault: Fault): void } | undefined;

  write(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return !this.full;
  }
  end(): void {
    this.ended = true;
  }
  fail(fault: Fault): void {
    this.fault = fault;
  }
  drain(): void {
    this.full = false;
    this.flow?.resume();
  }
}
