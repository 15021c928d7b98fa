// An answer with values put back is a flow like any other: its pauses, its end, its breaks and its being called off.

import {
  type Answer,
  bytesSource,
  type Failure,
  type Fault,
  Flow,
  failure,
  type Reader,
  type Source,
  type SourceSink,
} from "@fairlead/engine";
import { describe, expect, test } from "vitest";
import { Placeholders } from "./placeholder.ts";
import { restoredOutcome } from "./restored-answer.ts";
import { Restorer } from "./restorer.ts";

const placeholders = new Placeholders("key");
const MAIL = "anna@nordwind-handel.de";
const TAG = placeholders.of("email", MAIL);
const restorer = new Restorer([...placeholders.values]);
const delta = (text: string) =>
  `data: ${JSON.stringify({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\n\n`;

const reader = (streamed: boolean): Reader => ({
  streamed,
  push: (chunk) => chunk,
  started: true,
  content: true,
  complete: false,
  fault: undefined,
  told: false,
  finish: () => ({ rest: undefined, fault: undefined }),
  facts: { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined },
});

/** A source that is driven by hand. */
class Hand implements Source {
  sink: SourceSink | undefined;
  readonly calls: string[] = [];
  start(sink: SourceSink) {
    this.sink = sink;
  }
  pause() {
    this.calls.push("pause");
  }
  resume() {
    this.calls.push("resume");
  }
  cancel() {
    this.calls.push("cancel");
  }
}

function answerOf(flow: Flow, headers: readonly string[] = []): Answer {
  return { ok: true, status: 200, headers, flow, target: {} as Answer["target"], rewritten: false };
}

/** What a client gets, and how it ends. */
class Client {
  text = "";
  ending = "";
  fault: Fault | undefined;
  wants = true;
  write(chunk: Buffer) {
    this.text += chunk;
    return this.wants;
  }
  end() {
    this.ending = "end";
  }
  fail(fault: Fault) {
    this.ending = "fail";
    this.fault = fault;
  }
}

function streamed() {
  const hand = new Hand();
  const inner = new Flow(hand, reader(true));
  const outcome = restoredOutcome(answerOf(inner), restorer);
  if (!outcome.ok) throw new Error("no answer");
  const client = new Client();
  outcome.flow.pipe(client);
  return { hand, inner, outer: outcome.flow, client };
}

describe("a restored stream", () => {
  test("a client that has enough pauses the upstream, and resumes it", () => {
    const { hand, outer, client } = streamed();
    hand.sink?.data(Buffer.from(delta("a")));
    expect(hand.calls).toEqual([]);
    client.wants = false;
    hand.sink?.data(Buffer.from(delta(TAG)));
    expect(hand.calls).toEqual(["pause"]);
    client.wants = true;
    outer.resume();
    expect(hand.calls).toEqual(["pause", "resume"]);
    expect(client.text).toBe(delta("a") + delta(MAIL));
  });

  test("it ends as the upstream's did, with what was held back before", async () => {
    const { hand, inner, outer, client } = streamed();
    hand.sink?.data(Buffer.from(delta(TAG.slice(0, 8))));
    expect(client.text).toBe("");
    hand.sink?.end();
    expect([client.ending, client.text]).toEqual(["end", delta(TAG.slice(0, 8))]);
    expect((await outer.ended).verdict).toBe((await inner.ended).verdict);
  });

  test("a break is told with the upstream's own fault", () => {
    const { hand, client } = streamed();
    hand.sink?.data(Buffer.from(delta(`x${TAG.slice(0, 8)}`)));
    hand.sink?.fail("reset by peer");
    expect(client.ending).toBe("fail");
    expect(client.fault).toMatchObject({ verdict: "cut", message: "reset by peer" });
    expect(client.text).toBe(delta("x") + delta(TAG.slice(0, 8)));
  });

  test("called off on either side, the connection is freed", () => {
    const gone: Fault = { verdict: "cancelled", code: "client_gone", type: "api_error", message: "gone" };
    const one = streamed();
    one.outer.abort(gone);
    expect(one.hand.calls).toEqual(["cancel"]);
    expect(one.inner.ending?.verdict).toBe("cancelled");
    const two = streamed();
    two.inner.abort(gone);
    expect([two.hand.calls, two.client.fault]).toEqual([["cancel"], gone]);
  });
});

describe("a restored whole answer", () => {
  const whole = async (text: string, headers: readonly string[]) => {
    const flow = new Flow(bytesSource(Buffer.from(text)), reader(false));
    await flow.hold("end", 1_000);
    const outcome = restoredOutcome(answerOf(flow, headers), restorer);
    if (!outcome.ok) throw new Error("no answer");
    expect(outcome.flow.ending).toBeDefined();
    const client = new Client();
    outcome.flow.pipe(client);
    return [client.text, client.ending, outcome.headers];
  };

  test("its length is left out when it is another, and kept when it is not", async () => {
    expect(await whole(`{"text":"${TAG}"}`, ["Content-Length", "30", "a", "b"])).toEqual([
      `{"text":"${MAIL}"}`,
      "end",
      ["a", "b"],
    ]);
    expect(await whole('{"text":"[]"}', ["Content-Length", "13"])).toEqual([
      '{"text":"[]"}',
      "end",
      ["Content-Length", "13"],
    ]);
  });

  test("a compressed answer is not touched", async () => {
    expect((await whole(TAG, ["content-encoding", "gzip"]))[0]).toBe(TAG);
  });

  test("a failure stays as it is, but for an answer that is held with it", async () => {
    const failed = failure("deadline");
    expect(restoredOutcome(failed, restorer)).toBe(failed);
    const flow = new Flow(bytesSource(Buffer.from(delta(TAG))), reader(true));
    const held = restoredOutcome({ ...failed, held: answerOf(flow) } as Failure, restorer);
    const client = new Client();
    if (!held.ok) held.held?.flow.pipe(client);
    expect(client.text).toBe(delta(MAIL));
  });
});
