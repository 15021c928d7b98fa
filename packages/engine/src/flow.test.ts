// Tests of the flow: holding, releasing, backpressure, and that only a whole answer ends as one.

import { describe, expect, test } from "vitest";
import { handFlow, lineReader } from "../testing/exchange.ts";
import { bytesSource, type Ending, type Fault, Flow, type Sink } from "./flow.ts";

class Taker implements Sink {
  text = "";
  ended = 0;
  fault: Fault | undefined;
  faults = 0;
  wants = true;
  write(chunk: Buffer): boolean {
    this.text += chunk.toString();
    return this.wants;
  }
  end(): void {
    this.ended += 1;
  }
  fail(fault: Fault): void {
    this.fault = fault;
    this.faults += 1;
  }
}

const FAULT: Fault = { verdict: "too-slow", code: "idle_timeout", type: "timeout_error", message: "silent" };

describe("bytes", () => {
  test("pass unchanged from the source to the sink, and the end is told once", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    expect(source.starts).toBe(1);
    source.push("start\nte");
    source.push("xt one\nstop\n");
    source.end();
    expect(sink.text).toBe("start\ntext one\nstop\n");
    expect([sink.ended, sink.faults]).toEqual([1, 0]);
    const ending = await flow.ended;
    expect(ending.verdict).toBe("ok");
    expect(ending.bytes).toBe(20);
    expect(flow.ending).toBe(ending);
  });

  test("of a flow that nobody judges pass as they are and end as they end", async () => {
    const { flow, source } = handFlow(null);
    const plain = new Flow(bytesSource(Buffer.from("whole")), undefined);
    const sink = new Taker();
    plain.pipe(sink);
    expect([sink.text, sink.ended]).toEqual(["whole", 1]);
    expect((await plain.ended).verdict).toBe("ok");
    flow.pipe(new Taker());
    source.fail("reset");
    expect((await flow.ended).verdict).toBe("cut-early");
  });

  test("of an empty answer end without a piece", () => {
    const flow = new Flow(bytesSource(Buffer.alloc(0)), undefined);
    const sink = new Taker();
    flow.pipe(sink);
    expect([sink.text, sink.ended]).toEqual(["", 1]);
  });

  test("nothing that comes after the end is delivered or told", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\nstop\n");
    source.end();
    source.push("text b\n");
    source.fail("late");
    source.end();
    flow.abort(FAULT);
    expect(sink.text).toBe("text a\nstop\n");
    expect([sink.ended, sink.faults]).toEqual([1, 0]);
    expect((await flow.ended).verdict).toBe("ok");
  });
});

describe("an answer that breaks", () => {
  test("after content is a cut, told to the sink, never an end", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("start\ntext a\n");
    source.fail("reset by peer");
    expect([sink.ended, sink.faults]).toEqual([0, 1]);
    expect(sink.fault?.code).toBe("cut");
    expect((await flow.ended).verdict).toBe("cut");
  });

  test("by a clean HTTP end without the grammar's end is a cut too", () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("start\ntext a\n");
    source.end();
    expect([sink.ended, sink.fault?.verdict]).toEqual([0, "cut"]);
  });

  test("after its grammar's end is whole: nothing is missing", () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\nstop\n");
    source.fail("reset by peer");
    expect([sink.ended, sink.faults]).toEqual([1, 0]);
  });

  test("with the upstream's own error ends there: that event is the last, and nothing is added", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\nerror busy\ntext b\n");
    expect(sink.text).toBe("text a\nerror busy\n");
    expect([sink.ended, sink.faults, flow.told]).toEqual([1, 0, true]);
    expect(source.cancelled).toBe(true);
    expect((await flow.ended).verdict).toBe("overloaded");
  });

  test("with what is no event is told as a fault, and the connection is given up", () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\njunk\n");
    expect(sink.fault?.code).toBe("malformed_event");
    expect([sink.text, source.cancelled]).toEqual(["text a\n", true]);
  });

  test("by our own hand frees the connection", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\n");
    flow.abort(FAULT);
    expect([source.cancelled, sink.fault]).toEqual([true, FAULT]);
    expect((await flow.ended).fault).toBe(FAULT);
  });

  test("complete() ends it as whole and frees the connection", async () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    source.push("text a\nstop\n");
    flow.complete();
    expect([source.cancelled, sink.ended]).toEqual([true, 1]);
    expect((await flow.ended).verdict).toBe("ok");
  });
});

describe("a hold", () => {
  test("until content keeps everything back, and gives it all to the sink in order", async () => {
    const { flow, source } = handFlow();
    const released = flow.hold("content", 1_000);
    source.push("start\n");
    source.push("text a\ntext b\n");
    expect(await released).toBe("content");
    source.push("text c\n");
    const sink = new Taker();
    flow.pipe(sink);
    source.push("stop\n");
    source.end();
    expect(sink.text).toBe("start\ntext a\ntext b\ntext c\nstop\n");
    expect(source.starts).toBe(1);
    expect(sink.ended).toBe(1);
  });

  test("until the end releases only a whole or a broken answer", async () => {
    const { flow, source } = handFlow();
    let why: string | undefined;
    void flow.hold("end", 1_000).then((one) => {
      why = one;
    });
    source.push("start\ntext a\n");
    await Promise.resolve();
    expect(why).toBeUndefined();
    source.push("stop\n");
    source.end();
    await Promise.resolve();
    expect(why).toBe("ended");
    const sink = new Taker();
    flow.pipe(sink);
    expect([sink.text, sink.ended]).toEqual(["start\ntext a\nstop\n", 1]);
  });

  test("lets go at one byte over the limit, not before, and stops the source meanwhile", async () => {
    const { flow, source } = handFlow();
    const released = flow.hold("end", 12);
    source.push("text aaaaaa\n");
    expect(source.paused).toBe(false);
    source.push("x\n");
    expect(await released).toBe("limit");
    expect(source.paused).toBe(true);
    const sink = new Taker();
    flow.pipe(sink);
    expect(sink.text).toBe("text aaaaaa\nx\n");
    expect(source.paused).toBe(false);
  });

  test("of an answer that breaks before content ends as an early cut", async () => {
    const { flow, source } = handFlow();
    const released = flow.hold("content", 1_000);
    source.push("start\n");
    source.fail("reset");
    expect(await released).toBe("ended");
    expect(flow.ending?.verdict).toBe("cut-early");
  });

  test("of one piece of JSON is judged whole by all its bytes", async () => {
    for (const [text, verdict] of [
      ['{"a":1}', "ok"],
      ['{"a":', "cut-early"],
    ] as const) {
      const { flow, source } = handFlow(lineReader(false));
      const released = flow.hold("end", 1_000);
      for (const char of text) source.push(char);
      source.end();
      expect(await released).toBe("ended");
      expect(flow.ending?.verdict).toBe(verdict);
    }
  });

  test("on an answer that has ended resolves at once", async () => {
    const { flow } = handFlow();
    flow.abort(FAULT);
    expect(await flow.hold("content", 10)).toBe("ended");
  });
});

describe("backpressure", () => {
  test("a sink with enough stops the source until it wants more", () => {
    const { flow, source } = handFlow();
    const sink = new Taker();
    flow.pipe(sink);
    sink.wants = false;
    source.push("text a\n");
    expect([source.paused, flow.paused]).toEqual([true, true]);
    sink.wants = true;
    flow.resume();
    expect([source.paused, flow.paused]).toEqual([false, false]);
  });

  test("a sink that is full from what was held keeps the source stopped", async () => {
    const { flow, source } = handFlow();
    const released = flow.hold("content", 1_000);
    source.push("text a\n");
    await released;
    const sink = new Taker();
    sink.wants = false;
    flow.pipe(sink);
    expect(source.paused).toBe(true);
    flow.resume();
    expect(source.paused).toBe(false);
  });

  test("resume without a pause, or after the end, does not reach the source", () => {
    const { flow, source } = handFlow();
    let resumes = 0;
    source.resume = () => {
      resumes += 1;
    };
    flow.pipe(new Taker());
    flow.resume();
    source.push("text a\nstop\n");
    source.end();
    flow.resume();
    expect(resumes).toBe(0);
  });
});

describe("taps", () => {
  test("hear the ending once, however late they come", () => {
    const { flow, source } = handFlow();
    const endings: Ending[] = [];
    flow.tap({ end: (ending) => endings.push(ending) });
    flow.pipe(new Taker());
    source.push("text a\n");
    expect(flow.bytes).toBe(7);
    source.push("stop\n");
    source.end();
    expect(endings[0]?.bytes).toBe(12);
    flow.tap({ end: (ending) => endings.push(ending) });
    expect(endings.length).toBe(2);
    expect(endings[0]).toBe(endings[1]);
  });

  test("are told before the sink is closed", () => {
    const { flow, source } = handFlow();
    const order: string[] = [];
    flow.tap({ end: () => order.push("tap") });
    const sink = new Taker();
    sink.end = () => order.push("sink");
    flow.pipe(sink);
    source.push("stop\n");
    source.end();
    expect(order).toEqual(["tap", "sink"]);
  });
});
