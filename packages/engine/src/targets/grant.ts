// A grant: what one attempt holds while it is under way (a slot and a booking), and how all of that is settled, once.

import { limitedInput, type Usage } from "@fairlead/protocol";
import type { Exchange } from "../exchange.ts";
import type { Ending, Flow } from "../flow.ts";
import type { Bagged } from "../mechanics/bag.ts";
import type { Predictor, Route } from "../mechanics/predictor.ts";
import type { Quota, QuotaCost, Reservation } from "../mechanics/quota.ts";
import type { Answer, Failure } from "../outcome.ts";
import type { Quotas } from "./quotas.ts";
import type { Slot } from "./slot.ts";
import type { Target } from "./target.ts";

/** What a grant settles with. */
export interface Books {
  readonly quotas: Quotas;
  readonly predictor: Predictor;
  /** What the attempt cost beyond what was expected, in tokens. */
  charge(x: Exchange, input: number, output: number, now: number): void;
  /** The attempt's content began: how long it took as a multiple of what was expected, and in milliseconds. */
  begun(x: Exchange, target: Target, ratio: number, firstMs: number, now: number): void;
  /** The answer told how much of the prompt is in the target's cache, tokens. */
  cached(x: Exchange, target: Target, tokens: number): void;
  /** Room may have come. */
  freed(grant: Grant): void;
  /** A factor of 0.5 to 1.5. */
  spread(): number;
  now(): number;
}

/** What is known of a request before it goes: what it will draw, and on what that rests. */
export interface Estimate {
  readonly route: Route;
  readonly cost: QuotaCost;
}

/** One attempt's place and booking. */
export class Grant implements Bagged {
  readonly target: Target;
  place = -1;
  #x: Exchange;
  readonly #books: Books;
  readonly #slot: Slot;
  readonly #quota: Quota;
  readonly #booking: Reservation | undefined;
  readonly #estimate: Estimate;
  /** Whether what this attempt shows may be learned as healthy. */
  readonly #sound: boolean;
  #flow: Flow | undefined;
  #over = false;

  constructor(
    books: Books,
    x: Exchange,
    target: Target,
    slot: Slot,
    quota: Quota,
    booking: Reservation | undefined,
    estimate: Estimate,
    sound: boolean,
  ) {
    this.target = target;
    this.#books = books;
    this.#x = x;
    this.#slot = slot;
    this.#quota = quota;
    this.#booking = booking;
    this.#estimate = estimate;
    this.#sound = sound;
  }

  /** Its first content came. */
  begun(answer: Answer): void {
    const { quotas, predictor } = this.#books;
    const { route, cost } = this.#estimate;
    const now = this.#books.now();
    const firstMs = now - this.#slot.startedAt;
    const model = this.#x.look.model ?? "";
    const usage = answer.flow.reader?.facts.usage;
    const input = usage === undefined ? cost.input : limitedInput(usage);
    this.#slot.begun(now, Math.max(1, firstMs - predictor.sizeMs(route, input)));
    this.#books.begun(this.#x, this.target, firstMs / predictor.ttftMs(route, input), firstMs, now);
    if (this.#sound && answer.flow.reader?.streamed === true) predictor.sawFirstToken(route, input, firstMs);
    quotas.learn(this.target, model, answer.headers, now, this.#booking);
    this.#flow = answer.flow;
    // It will not be sent again: who waits for the end of a long stream must not hold the prompt.
    this.#x = { ...this.#x, body: null };
    this.#x.tally.conversation?.forgetBody();
    if (usage !== undefined && this.#booking !== undefined) this.#quota.trueUp(this.#booking, now, { input });
    answer.flow.tap({ end: (ending) => this.#ended(ending) });
  }

  /** What a running stream has produced so far goes on the books: `message_delta` tells it only at the end. */
  trueUp(now: number): void {
    if (this.#booking === undefined || this.#flow === undefined) return;
    const told = this.#flow.reader?.facts.usage?.outputTokens ?? 0;
    const output = Math.max(told, this.#books.predictor.outputOfBytes(this.#x.look.model ?? "", this.#flow.bytes));
    this.#quota.trueUp(this.#booking, now, { output });
  }

  /** The attempt failed before any content. */
  failed(outcome: Failure): void {
    if (this.#over) return;
    this.#over = true;
    const now = this.#books.now();
    const model = this.#x.look.model ?? "";
    this.#slot.failed(now, outcome.verdict, this.#books.spread());
    const headers = outcome.response?.headers;
    if (outcome.verdict === "rate-limited") {
      const { quotas } = this.#books;
      quotas.refused(this.target, model, headers ?? [], now, outcome.retryAfterMs, this.#booking);
    } else {
      if (headers !== undefined) this.#books.quotas.learn(this.target, model, headers, now, this.#booking);
      if (this.#booking !== undefined) this.#quota.settle(this.#booking, now, outcome.unsent ? NOTHING : REFUSED);
    }
    // What the request was charged in the queue stays: its next attempt goes on that.
    this.#books.freed(this);
  }

  #ended(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    const { predictor } = this.#books;
    const { cost, route } = this.#estimate;
    const now = this.#books.now();
    const usage: Usage | undefined = ending.facts?.usage;
    const whole = ending.verdict === "ok";
    this.#slot.ended(now, whole);
    const input = usage === undefined ? cost.input : limitedInput(usage);
    const told = usage?.outputTokens ?? 0;
    const output = whole ? told : Math.max(told, predictor.outputOfBytes(route.model, ending.bytes));
    if (this.#booking !== undefined) this.#quota.settle(this.#booking, now, { requests: 1, input, output });
    if (usage !== undefined) this.#books.cached(this.#x, this.target, cachedOf(usage));
    if (whole && usage !== undefined) predictor.sawUsage(route, usage, route.stream ? ending.bytes : 0);
    this.#books.charge(this.#x, input - cost.input, output - cost.output, now);
    this.#books.freed(this);
  }
}

/** Tokens of the prompt that are in the cache after this answer: read from it, and written to it. */
function cachedOf(usage: Usage): number {
  return usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

const NOTHING: QuotaCost = { requests: 0, input: 0, output: 0 };
/** A refusal counts as a request, and draws no tokens. */
const REFUSED: QuotaCost = { requests: 1, input: 0, output: 0 };
