// Test pieces of the gateway's layers: exchanges, targets, failures, answers driven by hand that tell their usage.

import {
  type AnswerFacts,
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

/** An exchange, with whatever a test wants otherwise. */
export function exchange(more: Partial<Exchange> = {}): Exchange {
  return {
    id: "req_1",
    attempt: 0,
    method: "POST",
    path: "/v1/messages",
    headers: [],
    body: Buffer.from("{}"),
    look: { dialect: "claude", model: "m", modelSpans: [], stream: true, maxTokens: undefined, userId: undefined },
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

/** A target that nothing may be sent to. */
export function target(name: string): Target {
  return {
    name,
    platform: name,
    account: name,
    contextWindow: () => Number.POSITIVE_INFINITY,
    modelName: (model) => model,
    send: () => Promise.reject(new Error(`nothing may be sent to ${name} in this test`)),
  };
}

/** A failure with a verdict of the table. */
export function failed(verdict: Failure["verdict"], more: Partial<Failure> = {}): Failure {
  return { ...failure("cut_early", { upstream: "x", reason: verdict }), code: undefined, verdict, ...more };
}

/** An upstream's own error answer. */
export function response(status: number): NonNullable<Failure["response"]> {
  return { status, headers: ["content-type", "application/json"], body: Buffer.from(`{"status":${status}}`) };
}

/** An answer whose bytes and usage come when the test says so. */
export function handFlow(): { readonly flow: Flow; readonly facts: AnswerFacts; bytes(count: number): void } {
  const facts: AnswerFacts = { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };
  const reader: Reader = {
    streamed: true,
    started: true,
    content: true,
    complete: true,
    fault: undefined,
    told: false,
    facts,
    push: (chunk) => chunk,
    finish: () => ({ rest: undefined, fault: undefined }),
  };
  let sink: SourceSink | undefined;
  const source: Source = {
    start(one) {
      sink = one;
    },
    pause() {},
    resume() {},
    cancel() {},
  };
  return { flow: new Flow(source, reader), facts, bytes: (count) => sink?.data(Buffer.alloc(count, "x")) };
}
