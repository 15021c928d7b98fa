// Test pieces of the engine: exchanges, targets, answers driven by hand, and a tiny line dialect to read.

import {
  type Exchange,
  type Failure,
  Flow,
  failure,
  newTally,
  type Reader,
  type Source,
  type SourceSink,
  type Target,
} from "@fairlead/engine";
import { Signal } from "@fairlead/runtime";

/** An exchange of a streamed request, with whatever a test wants otherwise. */
export function exchange(more: Partial<Exchange> = {}): Exchange {
  return {
    id: "req_1",
    attempt: 0,
    method: "POST",
    path: "/v1/messages",
    headers: [],
    body: Buffer.from("{}"),
    look: {
      dialect: "claude",
      model: "m",
      modelSpans: [],
      stream: true,
      maxTokens: undefined,
      userId: undefined,
    },
    principal: undefined,
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: undefined,
    priority: "interactive",
    tally: newTally(),
    tried: [],
    ...more,
  };
}

/** A target that must not be sent to unless `send` is given. */
export function target(name: string, more: Partial<Target> = {}): Target {
  return {
    name,
    platform: name,
    account: name,
    contextWindow: () => Number.POSITIVE_INFINITY,
    modelName: (model) => model,
    send: () => Promise.reject(new Error(`nothing may be sent to ${name} in this test`)),
    ...more,
  };
}

/** A failure with a verdict of the table, as judge would give it. */
export function failed(verdict: Failure["verdict"], more: Partial<Failure> = {}): Failure {
  return { ...failure("cut_early", { upstream: "x", reason: verdict }), code: undefined, verdict, ...more };
}

/** An upstream's own error answer. */
export function response(status: number, body = `{"status":${status}}`): NonNullable<Failure["response"]> {
  return { status, headers: ["content-type", "application/json"], body: Buffer.from(body) };
}

/** A source whose bytes come when the test says so. */
export class HandSource implements Source {
  sink: SourceSink | undefined;
  starts = 0;
  paused = false;
  cancelled = false;

  start(sink: SourceSink): void {
    this.sink = sink;
    this.starts += 1;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  cancel(): void {
    this.cancelled = true;
  }
  push(text: string): void {
    this.sink?.data(Buffer.from(text));
  }
  end(): void {
    this.sink?.end();
  }
  fail(reason = "reset"): void {
    this.sink?.fail(reason);
  }
}

/**
 * Reads lines: `start` begins, `text …` is content, `stop` completes, `error …` is the upstream's own error, `junk` is
 * what the grammar does not allow. A piece of a line is kept back. With `streamed` false: whole when it ends in `}`.
 */
export function lineReader(streamed = true): Reader {
  let rest = "";
  const read = {
    streamed,
    started: false,
    content: false,
    complete: false,
    fault: undefined as Reader["fault"],
    told: false,
    facts: { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined },
    push(chunk: Buffer): Buffer {
      if (!streamed) return chunk;
      rest += chunk.toString();
      const end = rest.lastIndexOf("\n") + 1;
      const whole = rest.slice(0, end);
      rest = rest.slice(end);
      let out = "";
      for (const line of whole.split("\n").slice(0, -1)) {
        if (line === "junk") {
          const verdict = read.content ? "cut" : "cut-early";
          read.fault = { verdict, code: "malformed_event", type: "api_error", message: "junk" };
          break;
        }
        out += `${line}\n`;
        if (line.startsWith("start")) read.started = true;
        if (line.startsWith("text")) read.content = true;
        if (line.startsWith("stop")) read.complete = true;
        if (line.startsWith("error")) {
          read.fault = { verdict: "overloaded", code: undefined, type: "overloaded_error", message: line.slice(6) };
          read.told = true;
          break;
        }
      }
      return Buffer.from(out);
    },
    finish(held: readonly Buffer[] | undefined) {
      const left = Buffer.from(rest);
      rest = "";
      const whole = streamed ? read.complete : held === undefined || Buffer.concat(held).toString().endsWith("}");
      const cut = {
        verdict: read.content ? ("cut" as const) : ("cut-early" as const),
        code: read.content ? ("cut" as const) : ("cut_early" as const),
        type: "api_error",
        message: "it ended without its end",
      };
      return { rest: left, fault: whole ? undefined : cut };
    },
  };
  return read;
}

/** An answer whose bytes the test drives, with the source to drive it by. Null: nobody judges it. */
export function handFlow(reader: Reader | null = lineReader()): { flow: Flow; source: HandSource } {
  const source = new HandSource();
  return { flow: new Flow(source, reader ?? undefined), source };
}
