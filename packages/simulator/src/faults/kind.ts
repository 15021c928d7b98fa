// What a fault is: a named kind with parameters, the phases at which it makes sense, and what it does there.

import type { Socket } from "node:net";
import type { Clock, Random } from "@fairlead/runtime";
import type { Study } from "../answers/author.ts";
import type { AnswerEvent } from "../answers/events.ts";
import type { Plan } from "../answers/plan.ts";
import type { Printer } from "../dialects/printer.ts";
import type { Exchange } from "../exchange.ts";
import type { Problem } from "../problem.ts";
import type { ParamSpec, Params } from "./params.ts";

/** Where in an exchange a fault strikes. */
export const PHASES = [
  "connect",
  "before-headers",
  "after-headers",
  "after-message-start",
  "mid-text",
  "mid-thinking",
  "mid-tool",
  "after-message-delta",
] as const;
export type Phase = (typeof PHASES)[number];

/** A phase at which a kind is valid; `meaning` says what it does there when that is not what its summary says. */
export interface PhaseRule {
  phase: Phase;
  /** Streamed answers, answers in one JSON body, or both. */
  on: "both" | "streamed" | "json";
  meaning?: string;
}

/** What a strike comes to: the exchange is finished, or goes on. */
export type Outcome = "ended" | "go-on";

/** A connection at which a fault of phase `connect` strikes. */
export interface Link {
  readonly socket: Socket;
  readonly params: Params;
  readonly clock: Clock;
  /** Lets the connection through to HTTP after all. */
  adopt(): void;
}

/** A request at which a fault strikes. */
export interface Strike {
  readonly exchange: Exchange;
  readonly phase: Phase;
  readonly streamed: boolean;
  readonly params: Params;
  readonly clock: Clock;
  readonly random: Random;
  /** Answers with an error in the dialect's envelope, API headers and all. Only before headers. */
  refuse(problem: Problem): Outcome;
  /** Answers with these bytes and no header of the API (an intermediary speaks). Only before headers. */
  impersonate(status: number, headers: Record<string, string>, body: string): Outcome;
  /** Only once the answer has begun. */
  readonly running?: Running;
}

/** The running answer that a strike finds. */
export interface Running {
  readonly printer: Printer;
  /** The last event that went out. */
  readonly last: AnswerEvent | undefined;
  /** The bytes that would come next; they still do when the answer goes on. */
  peek(): string;
  /** Writes bytes of the strike's own, through whatever shapes the bytes. */
  write(text: string): Promise<void>;
  /** Sends everything held back so far. */
  flush(): Promise<void>;
  /** Produces the rest of the answer without sending it (it is billed). */
  produceRest(): Promise<void>;
}

/** Reworks pieces (frames of a stream, parts of a JSON body) from the fault's phase on. */
export type PieceFilter = (text: string, event: AnswerEvent) => string;

/** Reworks the bytes on their way to the socket from the fault's phase on. */
export interface ByteShape {
  push(bytes: Buffer, emit: Emit): Promise<void>;
  end?(emit: Emit): Promise<void>;
}
/** Hands bytes on and waits for room. */
export type Emit = (bytes: Buffer) => Promise<void>;

/** A kind of fault. A file of this folder exports one. */
export interface FaultKind {
  readonly name: string;
  /** Rows of the catalogue in protocol.md 12 that it stands for. */
  readonly catalogue: readonly string[];
  /** One sentence: what goes over the wire. */
  readonly summary: string;
  /** The first is the default. */
  readonly phases: readonly PhaseRule[];
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** True for what an intermediary or the network does: it hits every path, not only those that generate. */
  readonly edge?: boolean;
  /** Something a client must bring about for the fault to show, e.g. a reused connection. */
  readonly needs?: string;
  /** The pattern when none is given. Default: always. */
  readonly pattern?: Readonly<Record<string, unknown>>;
  /** Closes the listener of the region while the fault is on. */
  readonly closesListener?: true;
  connection?(link: Link): void;
  /** Strikes when the head of the request is read and its body is not. */
  head?(strike: Strike): Promise<Outcome>;
  strike?(strike: Strike): Promise<Outcome>;
  /** False: the request gives the fault no chance, and no count is used up. */
  applies?(exchange: Exchange, params: Params): boolean;
  /** A JSON answer goes out chunked, so that HTTP can end it anywhere. */
  readonly chunked?: true;
  /** The strike needs the finished plan even before headers. */
  readonly needsPlan?: true;
  plan?(plan: Plan, params: Params, study: Study, phase: Phase): Plan;
  headers?(params: Params): Record<string, string>;
  pieces?(params: Params, phase: Phase, printer: Printer): PieceFilter;
  bytes?(params: Params, context: { exchange: Exchange; random: Random }): ByteShape;
}
