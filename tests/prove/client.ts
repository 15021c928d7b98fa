// One client with one request: waits, leaves when its patience is over, and reads the answer to the end.

import type { Flow, Outcome, Sink } from "@fairlead/engine";
import type { Signal, Timer } from "@fairlead/runtime";
import { count } from "./figures.ts";
import { STATE } from "./history.ts";
import { LightReader, MARKS } from "./light-answer.ts";
import type { World } from "./world.ts";

/** A client leaves so much later than it said it would, so that a late outcome is seen to be late, milliseconds. */
const GRACE_MS = 5;
/** Where attempts are timed and retried, the caller leaves it to them: its own patience is so many times what it finds useful. */
const TIMED_ATTEMPTS = 4;

/** Waits for an outcome and reads a flow. */
export class Client implements Sink {
  readonly #world: World;
  readonly #row: number;
  readonly #deadline: number;
  readonly #over: ((row: number) => void) | undefined;
  readonly #leave: Timer;
  #flow: Flow | undefined;
  /** True for bytes of the real grammar, which their own reader judges. */
  #real = false;
  #content = false;
  #stop = false;
  #fault = false;

  constructor(world: World, row: number, deadline: number, signal: Signal, over: ((row: number) => void) | undefined) {
    this.#world = world;
    this.#row = row;
    this.#deadline = deadline;
    this.#over = over;
    const left = deadline - world.clock.now();
    const patience = world.plan.subject.timesAttempts ? left * TIMED_ATTEMPTS : left + GRACE_MS;
    this.#leave = world.clock.timer(patience, () => {
      signal.abort("the client gave up");
      this.#flow?.abort({
        verdict: "cancelled",
        code: "client_gone",
        type: "api_error",
        message: "the client gave up",
      });
    });
  }

  /** Waits for the outcome. */
  go(outcome: Promise<Outcome>): void {
    outcome.then(
      (one) => this.#settled(one),
      (error: unknown) => {
        this.#world.invariants.broken(`request ${this.#row} threw ${error}`, this.#world.clock.now());
        this.#end(STATE.failed);
      },
    );
  }

  write(chunk: Buffer): boolean {
    if (chunk === MARKS.content) {
      this.#content = true;
      this.#leave.cancel();
      this.#world.history.settled[this.#row] = this.#world.clock.now();
    } else if (chunk === MARKS.stop) this.#stop = true;
    else if (chunk === MARKS.overloaded || chunk === MARKS.broken) this.#fault = true;
    if (this.#stop && !this.#content)
      this.#world.invariants.broken(`request ${this.#row} had its end before its content`, this.#world.clock.now());
    return true;
  }

  end(): void {
    const { clock, invariants, plan } = this.#world;
    if (this.#real) {
      this.#stop = this.#flow?.reader?.complete === true;
      this.#fault = this.#flow?.ending?.fault !== undefined;
    }
    if (!this.#fault && !this.#stop && plan.subject.ours) {
      invariants.broken(`request ${this.#row} ended as if whole without its end`, clock.now());
    }
    this.#end(this.#fault || !this.#stop ? STATE.broken : STATE.good);
  }

  fail(): void {
    this.#end(STATE.broken);
  }

  #settled(outcome: Outcome): void {
    const { clock, history, invariants, plan } = this.#world;
    const now = clock.now();
    history.settled[this.#row] = now;
    if (plan.subject.ours) invariants.settled(this.#row, this.#deadline, now);
    if (outcome.ok) {
      this.#flow = outcome.flow;
      if (!(outcome.flow.reader instanceof LightReader)) {
        this.#real = true;
        this.#leave.cancel();
      }
      outcome.flow.pipe(this);
    } else {
      count(this.#world.whys, `${outcome.code ?? outcome.verdict}${outcome.local ? " here" : ""}`);
      this.#end(outcome.local ? STATE.refused : STATE.failed);
    }
  }

  #end(state: number): void {
    const { clock, history } = this.#world;
    const row = this.#row;
    this.#leave.cancel();
    history.ended[row] = clock.now();
    const late = (history.settled[row] as number) > this.#deadline;
    history.state[row] = late && state === STATE.good ? STATE.late : state;
    history.ends[row] = (history.ends[row] as number) + 1;
    this.#world.open -= 1;
    this.#over?.(row);
  }
}
