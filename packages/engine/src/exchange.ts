// The exchange: one request on its way down, immutable, copied for each attempt.

import type { Usage } from "@fairlead/protocol";
import type { Signal } from "@fairlead/runtime";
import type { Flow } from "./flow.ts";
import type { Failure } from "./outcome.ts";
import type { Conversation } from "./targets/conversation.ts";
import type { Estimate } from "./targets/grant.ts";
import type { Ranking } from "./targets/ranking.ts";
import type { Target } from "./targets/target.ts";

/** What a look at the bytes told about the request; never the parsed body. */
export interface Look {
  /** `claude`: the Messages API and what judges like it; `openai`: chat completions; `plain`: anything else passed through. */
  readonly dialect: "claude" | "openai" | "plain";
  /** Top-level model, when the body has one. */
  readonly model: string | undefined;
  /** Byte spans (start, end) of the model's string literal in the body, for the splice. */
  readonly modelSpans: ReadonlyArray<readonly [number, number]>;
  readonly stream: boolean;
  readonly maxTokens: number | undefined;
  /** metadata.user_id, when sent. */
  readonly userId: string | undefined;
}

/** Who asks. */
export interface Principal {
  readonly project: string;
  /** Recognisable, not secret: the id of the key, or `t_` and the client of a token. */
  readonly keyId: string;
  /** The person or service behind it, when there is one: `user:…`, `service:…`. */
  readonly actor?: string | undefined;
  /** What it may do; undefined where nobody asks (a program's own client). */
  readonly scopes?: readonly string[] | undefined;
  /** Patterns of the models that it may name: each list must hold one that matches. Undefined means every model. */
  readonly models?: ReadonlyArray<readonly string[]> | undefined;
}

/** One try that has ended, as the next one must know it. */
export interface Try {
  readonly target: Target | undefined;
  readonly failure: Failure;
  /** Monotonic time at which it ended, milliseconds. */
  readonly at: number;
  /** Milliseconds it took. */
  readonly tookMs: number;
}

/** How urgent a request is, most urgent first. Under pressure the last are shed first, and none is starved. */
export type Priority = "interactive" | "agent" | "background" | "batch";

/** All priorities, most urgent first. */
export const PRIORITIES: readonly Priority[] = ["interactive", "agent", "background", "batch"];

/** The priority that a `fairlead-priority` header names; what is no priority counts as none said: interactive. */
export function priorityOf(header: string | null | undefined): Priority {
  return PRIORITIES.find((one) => one === header) ?? "interactive";
}

/** One thing that was done about a request: the decision trace is a list of them. */
export interface Step {
  /** Monotonic time at which it was over, milliseconds. */
  readonly at: number;
  /**
   * `queued` it waited for room; `sent` an attempt had its outcome; `waited` a back-off; `moved` another target was
   * chosen; `hedged` a second attempt went beside the first; `joined` another request's answer was shared; `cached` an
   * answer was at hand; `held` it failed where it was and could not go elsewhere; `refused` it was turned away here.
   */
  readonly what: "queued" | "sent" | "waited" | "moved" | "hedged" | "joined" | "cached" | "held" | "refused";
  readonly upstream: string | undefined;
  /** How long it took, milliseconds. */
  readonly ms: number;
  /** The verdict of an attempt, or the reason, in a few words without anything of the request's content. */
  readonly why: string;
}

/** The place of a request in a trace (W3C Trace Context), in lower-case hexadecimal. */
export interface TraceIds {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits: the request's own span. */
  readonly spanId: string;
  /** The caller's span; undefined when the trace begins here. */
  readonly parentId: string | undefined;
  readonly sampled: boolean;
}

/** What an attempt came to. */
export interface AttemptCost {
  /** When it began, Unix milliseconds. */
  readonly at: number;
  /** Undefined when its model has no price. */
  readonly picoUsd: number | undefined;
  readonly usage: Usage;
  /** The model that is to be paid for; undefined when none was named. */
  readonly model: string | undefined;
}

/** Running counts of one request, shared by all its copies. */
export interface Tally {
  /** Attempts that went out on the wire. */
  attempts: number;
  /** Milliseconds that attempts took until their verdict. */
  wireMs: number;
  /** Milliseconds spent waiting between attempts. */
  waitMs: number;
  /** Milliseconds spent queued for room. */
  queuedMs: number;
  /**
   * While it waits for room: about how many go before it, and how long it will take by the measured rate, milliseconds;
   * undefined while there is none. Worked out when they are read.
   */
  queued: { readonly place: number; readonly waitMs: number | undefined } | undefined;
  /** What was done so far, oldest first. */
  readonly steps: Step[];
  /** Whether the answer was at hand in the cache; undefined while it was not looked for there. */
  cache: "hit" | "miss" | undefined;
  /** Of a hit: how long ago the answer was made, milliseconds. */
  cacheAgeMs: number | undefined;
  /** Whose answer it is, when this request itself cost nothing: one that was kept, or one that another request got. */
  reused: "cache" | "joined" | undefined;
  /** What it was expected to draw, once somebody asked. */
  estimate: Estimate | undefined;
  /** The conversation that it belongs to, once somebody asked. */
  conversation: Conversation | undefined;
  /** What is left of the limits of who asks, worked out when it is read; undefined when there are none. */
  limits: { header(): string } | undefined;
  /** Hears what each attempt came to when it is over, the one that was answered among them; undefined where nobody asks. */
  spent: ((attempt: AttemptCost) => void) | undefined;
  /** How its targets were ordered last; undefined while there was no choice. */
  ranking: Ranking | undefined;
  /** Its place in a trace, where traces are made. */
  trace: TraceIds | undefined;
}

/**
 * A tally with nothing in it yet. What is found out about a request once is kept here and not in weak maps: an entry of
 * those outlives several collections of young garbage, with all of its request.
 */
export function newTally(steps: Step[] = []): Tally {
  return {
    attempts: 0,
    wireMs: 0,
    waitMs: 0,
    queuedMs: 0,
    queued: undefined,
    steps,
    cache: undefined,
    cacheAgeMs: undefined,
    reused: undefined,
    estimate: undefined,
    conversation: undefined,
    limits: undefined,
    spent: undefined,
    ranking: undefined,
    trace: undefined,
  };
}

/** What a caller says about the cache: to use it, to renew what is in it, or to leave it alone. */
export type CacheWish = "use" | "refresh" | "off";

/** The wish that a `fairlead-cache` header names; undefined for anything else. */
export function cacheWishOf(header: string | null | undefined): CacheWish | undefined {
  return header === "use" || header === "refresh" || header === "off" ? header : undefined;
}

/** Signs of life of an attempt, for who watches it from outside. */
export interface Pulse {
  /** Where it was sent; undefined while it waits for room. */
  target: Target | undefined;
  /** Monotonic time at which it was sent, milliseconds; NaN before. */
  sentAt: number;
  /** Its answer, once there is a head; its bytes are signs of life. */
  flow: Flow | undefined;
}

/** One request. Policies copy it with `{ ...x, … }`, they never change it. */
export interface Exchange {
  /** Our id of the request, the same in every attempt and log line. */
  readonly id: string;
  /** Attempts made before this one: 0 for the first, unless a client of ours in front has made some already. */
  readonly attempt: number;
  readonly method: string;
  /** Path with query, as it came. */
  readonly path: string;
  /** Names and values alternating, in the order and the case in which they came; no hop-by-hop headers, no credentials of ours. */
  readonly headers: readonly string[];
  /** The body's bytes, or null for none. */
  readonly body: Buffer | null;
  readonly look: Look;
  readonly principal: Principal | undefined;
  /** Called off when the client leaves or the deadline passes. */
  readonly signal: Signal;
  /** Monotonic time at which the request must be answered, milliseconds; Infinity when nothing says. */
  readonly deadline: number;
  /** True when the body must not be sent twice unless the first try never reached the upstream (it creates something). */
  readonly once: boolean;
  /** How often the caller has retried already (x-stainless-retry-count): its retries and ours share one budget. */
  readonly callerRetries: number;
  /** Where this attempt goes; set by the route. */
  readonly target: Target | undefined;
  /** The only targets that may take it, in order of preference: what it asks for is there. Undefined: those of its model's rule. */
  readonly among?: readonly Target[] | undefined;
  readonly priority: Priority;
  /** What the attempts cost so far, and what was done: the one part of an exchange that is written to. */
  readonly tally: Tally;
  /**
   * True for a copy that only finds out whether an ill upstream is well again: it goes beside the request, with a tally of
   * its own, and its answer is thrown away.
   */
  readonly probe?: boolean;
  /** Attempts that ended before this one, oldest first. */
  readonly tried: readonly Try[];
  /** The caller's name for this request (`idempotency-key`, `x-idempotency-key`): one with the same name is a repeat of it. */
  readonly idempotencyKey?: string | undefined;
  /** How long an answer is kept for a repeat of it, milliseconds; undefined for as long as `join.linger` says. */
  readonly lingerMs?: number | undefined;
  /** What the caller says about the cache (`fairlead-cache`). */
  readonly cache?: CacheWish | undefined;
  /** The caller wants to be told what was done (`fairlead-trace`), where who answers reads that here. */
  readonly traced?: boolean;
  /** True when values in the body were replaced by placeholders. */
  readonly redacted?: boolean;
  /** Written to as the attempt shows signs of life, when somebody wants to know. */
  readonly pulse?: Pulse | undefined;
}
