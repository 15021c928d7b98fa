// Flows that follow another: their reader tells what that one's reader found, so that bytes are read once.

import type { Signal } from "@fairlead/runtime";
import { type AnswerFacts, type Fault, Flow, type Reader, type Source } from "../flow.ts";

/** A flow of bytes that came, or are coming, through `leader`. They are not read again; the end is as the leader's was. */
export function followingFlow(source: Source, leader: Flow): Flow {
  const reader = leader.reader === undefined ? undefined : new Following(leader, leader.reader);
  const flow = new Flow(source, reader);
  // Who answers in one piece looks whether the flow has ended: what is all here has.
  if (leader.ending !== undefined) void flow.hold("end", Number.POSITIVE_INFINITY);
  return flow;
}

/** Why a leader ended badly; undefined when it did not, or runs. */
export function faultOf(leader: Flow): Fault | undefined {
  return leader.ending?.fault;
}

/** Nobody waits for the answer any more. */
export const UNREAD: Fault = {
  verdict: "cancelled",
  code: "client_gone",
  type: "api_error",
  message: "nobody waits for this answer any more",
};

/** Ends the flow when its request is called off: nothing else between them does. */
export function boundTo(signal: Signal, flow: Flow): Flow {
  const stop = signal.onAbort((reason) => flow.abort({ ...UNREAD, message: reason }));
  flow.tap({ end: stop });
  return flow;
}

class Following implements Reader {
  readonly streamed: boolean;
  readonly fault = undefined;
  readonly #leader: Flow;
  readonly #reader: Reader;

  constructor(leader: Flow, reader: Reader) {
    this.#leader = leader;
    this.#reader = reader;
    this.streamed = reader.streamed;
  }

  get started(): boolean {
    return this.#reader.started;
  }

  get content(): boolean {
    return this.#reader.content;
  }

  get complete(): boolean {
    return this.#leader.ending !== undefined && this.#reader.complete;
  }

  get told(): boolean {
    return this.#leader.told;
  }

  get facts(): AnswerFacts {
    return this.#reader.facts;
  }

  push(chunk: Buffer): Buffer {
    return chunk;
  }

  finish(): { readonly rest: undefined; readonly fault: Fault | undefined } {
    return { rest: undefined, fault: faultOf(this.#leader) };
  }
}
