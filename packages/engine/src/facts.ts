// The facts that the engine tells: one per attempt, one per request, one per change of a circuit.

import type { Fact } from "@fairlead/runtime";
import type { Exchange } from "./exchange.ts";
import type { AnswerFacts } from "./flow.ts";
import type { Verdict } from "./verdict.ts";

/** An attempt ended (for an answer: its content began, or it was whole). */
export interface AttemptFact extends Fact {
  readonly kind: "attempt";
  readonly x: Exchange;
  readonly verdict: Verdict;
  readonly code: string | undefined;
  readonly status: number | undefined;
  /** Milliseconds from the attempt's start to its verdict. */
  readonly tookMs: number;
}

/** The retry policy waits before it tries again. */
export interface WaitFact extends Fact {
  readonly kind: "wait";
  readonly x: Exchange;
  readonly waitMs: number;
  readonly upstream: string;
}

/** A circuit opened, let a probe through, or closed. */
export interface CircuitFact extends Fact {
  readonly kind: "circuit";
  readonly upstream: string;
  readonly scope: string;
  readonly state: "closed" | "open" | "half-open" | "parked";
  readonly why: string;
}

/** A request ended, its answer's bytes included. */
export interface RequestFact extends Fact {
  readonly kind: "request";
  readonly x: Exchange;
  /** Verdict of the whole: `ok`, or how it failed, a cut after content included. */
  readonly verdict: Verdict;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly upstream: string | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly attempts: number;
  /** Milliseconds to the outcome (first content), and to the last byte. */
  readonly firstMs: number;
  readonly totalMs: number;
  /** Milliseconds of the total that attempts on the wire took until their verdict. */
  readonly wireMs: number;
  readonly bytes: number;
  readonly answer: AnswerFacts | undefined;
  /**
   * Undefined when the request got an answer of its own. Otherwise it cost nothing, whatever `answer` tells of usage: the
   * answer was kept (`cache`), or belongs to another request, whose fact tells the cost (`joined`).
   */
  readonly reused?: "cache" | "joined" | undefined;
}
