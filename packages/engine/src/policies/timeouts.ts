// Time-outs of one attempt: connect (kept by the transport), response head, and silence between bytes.

import type { Clock, Timer } from "@fairlead/runtime";
import { Signal } from "@fairlead/runtime";
import { CODES, wordsOf } from "../codes.ts";
import type { Exchange } from "../exchange.ts";
import type { Fault, Flow } from "../flow.ts";
import { duration, type Values } from "../options.ts";
import { failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";

/** Options of `timeouts`. `total` is the SDK's own default of 10 minutes; the others are choices of ours: a handshake takes milliseconds, a long prompt a minute, and the API pings a silent stream every few seconds. */
export const TIMEOUT_OPTIONS = {
  connect: duration(50, 120_000, 5_000, "TCP, proxy and TLS handshake together."),
  head: duration(
    100,
    3_600_000,
    60_000,
    "From the request sent to the response headers of a stream; an answer in one piece has 50 ms more for each of its max_tokens, and until `total` when it has none.",
  ),
  first_token: duration(
    100,
    3_600_000,
    120_000,
    "From the attempt's start to the first sign of content in a stream; pings are not content.",
  ),
  idle: duration(100, 3_600_000, 60_000, "Silence between two pieces of an answer; pings break the silence."),
  total: duration(
    1_000,
    86_400_000,
    600_000,
    "The whole request with all attempts: until a stream's content begins, until any other answer is whole.",
  ),
} as const;

/**
 * The headers of an answer in one piece come when it is whole, so each token that it may have adds to their time,
 * milliseconds: 20 tokens a second is slower than any model of the price table writes.
 */
const MS_PER_TOKEN = 50;

/** After the last event of a whole answer the upstream has this long to end the response before we do, milliseconds. */
const TAIL_MS = 1_000;

/**
 * Ends attempts that have gone silent.
 * @param timesOf the time-outs that hold for an attempt; they may differ by model and upstream
 */
export function timeouts(timesOf: (x: Exchange) => Values<typeof TIMEOUT_OPTIONS>): Layer {
  return (rt) => ({
    name: "timeouts",
    says: "ends an attempt whose head does not come or whose bytes stop coming",
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const options = timesOf(x);
      const upstream = x.target?.name ?? "";
      const headMs = headLimit(x, options);
      const signal = new Signal();
      const stop = x.signal.onAbort((reason) => signal.abort(reason));
      const timer = rt.clock.timer(headMs, () => signal.abort("head"));
      const outcome = await next({ ...x, signal });
      timer.cancel();
      if (!outcome.ok) {
        stop();
        if (signal.reason === "head") return failure("head_timeout", { upstream, ms: headMs }, { target: x.target });
        return outcome;
      }
      const { flow } = outcome;
      watchSilence(rt.clock, flow, options.idle, upstream);
      // What is called off from here on ends the flow itself: a source that is cancelled tells nobody.
      const off = x.signal.onAbort((reason) => flow.abort(calledOff(reason)));
      flow.tap({ end: off });
      return outcome;
    },
  });
}

function headLimit({ look }: Exchange, options: Values<typeof TIMEOUT_OPTIONS>): number {
  if (look.stream) return options.head;
  if (look.maxTokens === undefined) return options.total;
  return Math.min(options.total, options.head + Math.max(0, look.maxTokens) * MS_PER_TOKEN);
}

/** The fault of a flow that was called off by its deadline or by whoever asked. */
function calledOff(reason: string): Fault {
  const code = reason === "deadline" ? "deadline" : "client_gone";
  const { verdict, type } = CODES[code];
  return { verdict, code, type, message: reason === "deadline" ? "the time of the request was up" : reason };
}

/** Aborts a flow that brings no bytes for `idleMs`. Nothing is done per byte: once a second a timer looks whether some came. */
function watchSilence(clock: Clock, flow: Flow, idleMs: number, upstream: string): void {
  let last = clock.now();
  let seen = flow.bytes;
  let timer: Timer | undefined;
  const check = () => {
    if (flow.bytes !== seen) {
      seen = flow.bytes;
      last = clock.now();
    }
    const whole = flow.reader?.complete === true;
    const left = (whole ? Math.min(TAIL_MS, idleMs) : idleMs) - (clock.now() - last);
    if (flow.paused) last = clock.now();
    if (left > 0 || flow.paused) timer = clock.timer(Math.min(Math.max(left, 1), TAIL_MS), check);
    else if (whole) flow.complete();
    else {
      const early = flow.reader !== undefined && !flow.reader.content;
      flow.abort({
        verdict: early ? "too-slow" : "cut",
        code: "idle_timeout",
        type: CODES.idle_timeout.type,
        message: wordsOf("idle_timeout", { upstream, ms: idleMs }),
      });
    }
  };
  timer = clock.timer(Math.min(idleMs, TAIL_MS), check);
  flow.tap({ end: () => timer?.cancel() });
}
