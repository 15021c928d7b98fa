// An answer on its way back: a flow over the upstream's, with the values put back as its bytes pass.

import {
  type Answer,
  bytesSource,
  type Flow,
  followingFlow,
  type Outcome,
  type Source,
  type SourceSink,
} from "@fairlead/engine";
import { restoredJson } from "./restored-json.ts";
import { RestoredStream } from "./restored-stream.ts";
import type { Restorer } from "./restorer.ts";

/** The outcome with the values of its request put back; failures and what an upstream says of them stay as they are. */
export function restoredOutcome(outcome: Outcome, restorer: Restorer): Outcome {
  if (outcome.ok) return restoredAnswer(outcome, restorer);
  return outcome.held === undefined ? outcome : { ...outcome, held: restoredAnswer(outcome.held, restorer) };
}

function restoredAnswer(answer: Answer, restorer: Restorer): Answer {
  const { flow, headers } = answer;
  if (headerOf(headers, "content-encoding") !== undefined) return answer;
  const streamed =
    flow.reader?.streamed === true || /^text\/event-stream\b/i.test(headerOf(headers, "content-type") ?? "");
  if (streamed) {
    const stream = new RestoredStream(restorer);
    const source = passing(
      flow,
      (chunk) => stream.push(chunk),
      () => stream.rest(),
    );
    return { ...answer, flow: followingFlow(source, flow) };
  }
  // An answer that was too long to be held whole is passed on as it comes.
  if (flow.ending === undefined) return answer;
  const pieces: Buffer[] = [];
  flow.pipe({
    write(chunk) {
      pieces.push(chunk);
      return true;
    },
    end() {},
    fail() {},
  });
  const body = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  const put = restoredJson(body, restorer);
  const told = put === body ? headers : without(headers, "content-length");
  return { ...answer, headers: told, flow: followingFlow(bytesSource(put), flow) };
}

/** The bytes of a flow through a change. Its pauses are the reader's; how it ended is read off the flow itself. */
function passing(flow: Flow, push: (chunk: Buffer) => Buffer, rest: () => Buffer): Source {
  let paused = false;
  return {
    start(sink: SourceSink) {
      const over = () => {
        const last = rest();
        if (last.length > 0) sink.data(last);
        sink.end();
      };
      flow.pipe({
        write(chunk) {
          const out = push(chunk);
          if (out.length > 0) sink.data(out);
          return !paused;
        },
        end: over,
        fail: over,
      });
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      flow.resume();
    },
    cancel() {
      flow.abort({
        verdict: "cancelled",
        code: "client_gone",
        type: "api_error",
        message: "nobody reads the answer any more",
      });
    },
  };
}

function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return headers[i + 1];
  return undefined;
}

function without(headers: readonly string[], name: string): string[] {
  const rest: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() !== name) rest.push(headers[i] as string, headers[i + 1] as string);
  }
  return rest;
}
