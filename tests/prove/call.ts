// One attempt on a simulated platform: from its start to its answer's end, as a source of marks.

import {
  type Exchange,
  type Failure,
  Flow,
  failure,
  type Outcome,
  type Source,
  type SourceSink,
  type Target,
} from "@fairlead/engine";
import { NO_USAGE, type Usage } from "@fairlead/protocol";
import type { Timer } from "@fairlead/runtime";
import { type FaultKind, PING_MS } from "./faults.ts";
import { LightReader, MARKS } from "./light-answer.ts";
import type { Platform, Work } from "./platform.ts";

/** What an answer costs where the world has no opinion. */
const USAGE: Usage = { ...NO_USAGE, inputTokens: 500, outputTokens: 200 };

/** One attempt. Its platform begins it when a slot is free. */
export class Call implements Source {
  readonly x: Exchange;
  readonly target: Target;
  readonly instance: number;
  readonly #platform: Platform;
  #resolve: ((outcome: Outcome) => void) | undefined;
  #stop: () => void;
  #timer: Timer | undefined;
  #sink: SourceSink | undefined;
  #work: Work | undefined;
  #inSlot = false;
  #gone = false;
  #inTime = false;
  /** Marks that came before anybody read. */
  #early: (() => void) | undefined;

  constructor(platform: Platform, x: Exchange, target: Target, instance: number, resolve: (outcome: Outcome) => void) {
    this.#platform = platform;
    this.x = x;
    this.target = target;
    this.instance = instance;
    this.#resolve = resolve;
    this.#stop = x.signal.onAbort(this.#aborted);
  }

  /** It arrives after `ms`, unless it is given up on the way. */
  later(ms: number, arrived: () => void): void {
    this.#timer = this.#platform.clock.timer(ms, arrived);
  }

  /** A slot is taken: the answer comes as `work` says. */
  begin(work: Work): void {
    this.#inSlot = true;
    this.#work = work;
    this.#timer = this.#platform.clock.timer(work.firstMs, this.#first);
  }

  /** Fails after `ms`, without a slot. */
  failLater(ms: number, failed: Failure): void {
    this.#timer = this.#platform.clock.timer(ms, () => this.#settle(failed));
  }

  /** A fault happens to it. */
  strike(kind: FaultKind): void {
    const { clock } = this.#platform;
    if (kind.how === "fail") {
      const { outcome } = kind;
      if (outcome !== undefined && kind.afterMs !== Number.POSITIVE_INFINITY)
        this.failLater(kind.afterMs, outcome(this.target));
      return;
    }
    this.#timer = clock.timer(10, () => {
      this.#answer();
      this.#say(() => this.#sink?.data(kind.afterContent ? MARKS.content : MARKS.head));
      if (kind.how === "pings") this.#ping();
      else if (kind.how !== "silence")
        this.#timer = clock.timer(kind.afterMs, () => this.#say(() => this.#break(kind.how)));
    });
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = undefined;
    early?.();
  }

  pause(): void {}

  resume(): void {}

  cancel(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#sink = undefined;
    // A platform that queues does not notice that somebody hung up: the slot stays taken to the end.
    if (this.#inSlot && this.#platform.plan.mode === "queue") return;
    this.#timer?.cancel();
    this.#free();
  }

  readonly #aborted = (reason: string): void => {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (resolve === undefined) return;
    this.cancel();
    const code = reason === "deadline" ? "deadline" : "client_gone";
    resolve(failure(code, {}, { target: this.target }));
  };

  readonly #first = (): void => {
    const work = this.#work as Work;
    const { clock } = this.#platform;
    this.#timer = clock.timer(work.totalMs - work.firstMs, this.#last);
    if (this.#gone) return;
    this.#inTime = clock.now() <= this.x.deadline;
    this.#answer();
    this.#say(() => this.#sink?.data(MARKS.content));
    this.#platform.hooks.good(this.x, this.target, this.instance);
  };

  readonly #last = (): void => {
    this.#free();
    if (this.#gone) return;
    this.#gone = true;
    if (this.#inTime) this.#platform.useful += (this.#work as Work).totalMs;
    this.#say(() => {
      const sink = this.#sink;
      sink?.data(MARKS.stop);
      sink?.end();
    });
  };

  #ping(): void {
    this.#timer = this.#platform.clock.timer(PING_MS, () => {
      this.#sink?.data(MARKS.head);
      if (!this.#gone) this.#ping();
    });
  }

  #break(how: FaultKind["how"]): void {
    const sink = this.#sink;
    if (how === "overloaded-event") sink?.data(MARKS.overloaded);
    else if (how === "error-event") sink?.data(MARKS.broken);
    else if (how === "reset") sink?.fail("connection reset");
    else sink?.end();
  }

  #say(what: () => void): void {
    if (this.#sink !== undefined) {
      what();
      return;
    }
    const before = this.#early;
    this.#early =
      before === undefined
        ? what
        : () => {
            before();
            what();
          };
  }

  #answer(): void {
    const usage = this.#platform.hooks.usage?.(this.x, this.target) ?? USAGE;
    this.#settle({
      ok: true,
      status: 200,
      headers: this.#platform.headersOf(this.x),
      flow: new Flow(this, new LightReader(usage)),
      target: this.target,
      rewritten: false,
    });
  }

  #settle(outcome: Outcome): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#stop();
    resolve?.(outcome);
  }

  #free(): void {
    if (!this.#inSlot) return;
    this.#inSlot = false;
    this.#platform.left();
  }
}
