// From an outcome to a Response: the upstream's status, headers and bytes, with backpressure and an honest end.

import {
  type Answer,
  type Exchange,
  type Failure,
  type Fault,
  type Flow,
  type Outcome,
  type Sink,
  traceLine,
} from "@fairlead/engine";
import { errorBody } from "@fairlead/protocol";
import { errorFrame } from "@fairlead/providers/anthropic";
import { abortReason, fetchFailed, ownStatus, terminated, unanswered } from "./errors.ts";

/** What a response must know of the call it answers. */
export interface Answering {
  readonly x: Exchange;
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  /** Called when the body's stream is made, so that one that nobody reads can be given up. */
  readonly made: (response: Response, body: ReadableStream<Uint8Array>) => void;
}

/** Bytes that wait in a body for their reader before the upstream is paused. */
const AHEAD = 65_536;
/** Statuses that must not have a body (fetch standard, "null body status"). */
const BODYLESS = new Set([101, 103, 204, 205, 304]);

/** The Response of an outcome. Throws what fetch would throw when there is none. */
export function respond(outcome: Outcome, to: Answering): Response {
  if (outcome.ok) return stream(outcome, to);
  if (outcome.held !== undefined) return stream(outcome.held, to);
  if (outcome.response !== undefined) {
    const { status, headers, body } = outcome.response;
    return finish(bytes(body), status, headers, to, outcome.target?.name, false);
  }
  if (outcome.verdict === "cancelled") throw abortReason(to.signal);
  if (unanswered(outcome)) throw fetchFailed(outcome, to.x);
  return refused(outcome, to);
}

/** A refusal of ours, told as the API tells one. */
function refused(failed: Failure, to: Answering): Response {
  const { status, type, final } = ownStatus(failed);
  const text = errorBody(type as Parameters<typeof errorBody>[0], failed.message, {
    errorCode: `fairlead_${failed.code ?? "internal"}`,
    requestId: to.x.id,
  });
  const headers = ["content-type", "application/json", "request-id", to.x.id];
  if (final) headers.push("x-should-retry", "false");
  if (failed.retryAfterMs !== undefined) headers.push("retry-after", String(Math.ceil(failed.retryAfterMs / 1_000)));
  return finish(bytes(Buffer.from(text)), status, headers, to, failed.target?.name, false);
}

function stream(answer: Answer, to: Answering): Response {
  const { flow, status, headers, rewritten, target } = answer;
  if (BODYLESS.has(status) || to.x.method === "HEAD") {
    flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
    return finish(null, status, headers, to, target.name, rewritten === true);
  }
  const sink = new BodySink(flow, to);
  const response = finish(sink.stream, status, headers, to, target.name, rewritten === true);
  to.made(response, sink.stream);
  flow.pipe(sink);
  return response;
}

function finish(
  body: ReadableStream<Uint8Array> | Uint8Array | null,
  status: number,
  raw: readonly string[],
  to: Answering,
  upstream: string | undefined,
  rewritten: boolean,
): Response {
  const headers = new Headers();
  for (let i = 0; i < raw.length; i += 2) {
    try {
      headers.append(raw[i] as string, raw[i + 1] as string);
    } catch {
      // A header that the fetch standard cannot hold (a name or value that is none) is left out, as fetch leaves it out.
    }
  }
  if (upstream !== undefined) headers.set("fairlead-upstream", upstream);
  headers.set("fairlead-attempts", String(to.x.tally.attempts));
  headers.set("fairlead-request-id", to.x.id);
  const { cache, cacheAgeMs } = to.x.tally;
  headers.set("fairlead-cache", cache ?? "off");
  if (cacheAgeMs !== undefined) headers.set("fairlead-cache-age", String(Math.floor(cacheAgeMs / 1_000)));
  traced(to.x, headers);
  if (rewritten) headers.set("fairlead-rewritten", "model");
  const response = new Response(BODYLESS.has(status) ? null : body, { status, headers });
  Object.defineProperty(response, "url", { value: to.url, configurable: true });
  return response;
}

/** What was done so far, when the caller wants to know; what a gateway of ours did in the last attempt stands in brackets. */
function traced({ traced: wanted, tally }: Exchange, headers: Headers): void {
  const behind = headers.get("fairlead-trace");
  headers.delete("fairlead-trace");
  if (wanted !== true) return;
  // An answer that is given again brings the trace of who asked for it first.
  const its = behind === null || tally.reused !== undefined ? "" : ` (${behind})`;
  headers.set("fairlead-trace", (traceLine(tally.steps) || "none") + its);
}

function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

/** What Node's types leave out of the standard's controller. */
interface ByobHolder {
  readonly byobRequest: { respond(bytes: number): void } | null;
}

/** The body's stream: takes from the flow what its reader has room for. */
class BodySink implements Sink {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #flow: Flow;
  readonly #to: Answering;
  #controller: ReadableByteStreamController | undefined;
  #over = false;

  constructor(flow: Flow, to: Answering) {
    this.#flow = flow;
    this.#to = to;
    this.stream = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => flow.resume(),
        cancel: () => {
          this.#over = true;
          to.x.signal.abort("the body was cancelled");
          flow.abort({
            verdict: "cancelled",
            code: "client_gone",
            type: "api_error",
            message: "the body was cancelled",
          });
        },
      },
      { highWaterMark: AHEAD },
    );
  }

  write(chunk: Buffer): boolean {
    const controller = this.#controller;
    if (this.#over || controller === undefined) return true;
    // A copy: a byte stream takes the memory of what it is given, and a chunk may be part of a larger buffer.
    controller.enqueue(new Uint8Array(chunk));
    return (controller.desiredSize ?? 0) > 0;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
  }

  fail(fault: Fault): void {
    const controller = this.#controller;
    if (this.#over || controller === undefined) return;
    this.#over = true;
    const { x, signal } = this.#to;
    if (fault.verdict === "cancelled") controller.error(abortReason(signal));
    else if (this.#flow.reader?.streamed === true) {
      controller.enqueue(new Uint8Array(errorFrame(x.look.dialect, fault, x.id)));
      this.#close();
    } else controller.error(terminated(fault, x));
  }

  #close(): void {
    const controller = this.#controller as unknown as
      | (Omit<ReadableByteStreamController, "byobRequest"> & ByobHolder)
      | undefined;
    controller?.close();
    // A reader with a buffer of its own waits for an answer to that buffer even at the end.
    controller?.byobRequest?.respond(0);
  }
}
