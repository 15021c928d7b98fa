// The delivery of one answer: events at their pace, pings in silence, faults at their phases, bytes with backpressure.

import type { Clock, Random } from "@fairlead/runtime";
import { type AnswerEvent, events, plannedTokens } from "./answers/events.ts";
import type { Plan } from "./answers/plan.ts";
import { CHARS_PER_TOKEN } from "./answers/tokens.ts";
import type { UsageMeter } from "./answers/usage-meter.ts";
import { ByteLine } from "./byte-line.ts";
import type { Printer } from "./dialects/printer.ts";
import type { Exchange } from "./exchange.ts";
import type { Hit } from "./faults/book.ts";
import { fragments } from "./faults/fragment.ts";
import type { Phase, PieceFilter, Running } from "./faults/kind.ts";
import { fire, strikeAt } from "./strikes.ts";

/** In one write at most, when nothing asks for smaller ones, characters. */
const COALESCED = 16_384;
/** A JSON answer up to this size is sent with its content-length. Larger ones are chunked. Tokens. */
const MEASURED_TOKENS = 2_000_000;

const PING = { kind: "ping" } as const;

/** Everything a delivery needs. */
export interface Order {
  exchange: Exchange;
  plan: Plan;
  printer: Printer;
  meter: UsageMeter;
  random: Random;
  clock: Clock;
  hits: Hit[];
  headers: Record<string, string>;
  /** Milliseconds before the head, and output tokens per second; 0 means no waiting. */
  headMs: number;
  tokensPerSecond: number;
  /** Told of output tokens as they are produced. */
  produced(tokens: number): void;
}

/** Delivers the answer. True when it went out whole. */
export async function deliver(order: Order): Promise<boolean> {
  const delivery = new Delivery(order);
  return order.printer.streamed ? delivery.stream() : delivery.whole();
}

class Delivery implements Running {
  readonly #order: Order;
  readonly #line: ByteLine;
  readonly #source: Iterator<AnswerEvent>;
  readonly #filters: PieceFilter[] = [];
  readonly #single: boolean;
  #held = "";
  #next: { event: AnswerEvent; text: string } | undefined;
  #pieces: Array<{ event: AnswerEvent; text: string }> | undefined;
  #due = 0;
  #spokenAt = 0;
  #told = 0;
  #thinking = false;
  #pinged = false;
  last: AnswerEvent | undefined;

  constructor(order: Order) {
    this.#order = order;
    this.#line = new ByteLine(order.exchange);
    this.#source = events(order.plan, order.meter, order.random);
    const { chunking } = order.plan;
    this.#single = chunking === "event" || order.tokensPerSecond > 0;
    if (chunking === "random") this.#line.add(fragments(0, order.random, order.exchange));
    else if (typeof chunking === "number") this.#line.add(fragments(chunking, order.random, order.exchange));
  }

  get printer(): Printer {
    return this.#order.printer;
  }

  async stream(): Promise<boolean> {
    const { exchange, clock, headMs } = this.#order;
    if (await this.#before()) return false;
    if (!(await exchange.wait(headMs))) return false;
    this.#head({});
    this.#due = clock.now();
    this.#spokenAt = this.#due;
    if (await this.#reached("after-headers")) return false;
    return this.#pump();
  }

  async whole(): Promise<boolean> {
    const { exchange, plan, hits, headMs, tokensPerSecond } = this.#order;
    if (await this.#before()) return false;
    const tokens = plannedTokens(plan);
    const workMs = tokensPerSecond > 0 ? (tokens / tokensPerSecond) * 1000 : 0;
    if (!(await exchange.wait(headMs + workMs))) {
      const share = Math.min(1, Math.max(0, exchange.age() - headMs) / Math.max(workMs, 1));
      this.#order.meter.add(Math.floor(tokens * share) * CHARS_PER_TOKEN, false);
      return false;
    }
    const shaped = hits.some(
      ({ rule }) => rule.kind.chunked === true || rule.kind.bytes !== undefined || rule.kind.pieces !== undefined,
    );
    if (shaped || tokens > MEASURED_TOKENS) this.#head({});
    else {
      this.#pieces = [...this.#rest()];
      let length = 0;
      for (const { text } of this.#pieces) length += Buffer.byteLength(text);
      this.#pieces.reverse();
      this.#head({ "content-length": String(length) });
    }
    this.#due = this.#order.clock.now();
    this.#spokenAt = this.#due;
    if (await this.#reached("after-headers")) return false;
    return this.#pump();
  }

  peek(): string {
    this.#next ??= this.#pull();
    return this.#next?.text ?? "";
  }

  async write(text: string): Promise<void> {
    await this.flush();
    await this.#line.push(text);
    this.#spokenAt = this.#order.clock.now();
  }

  async flush(): Promise<void> {
    if (this.#held === "") return;
    const text = this.#held;
    this.#held = "";
    const room = this.#line.push(text);
    if (room !== true) await room;
  }

  async produceRest(): Promise<void> {
    const { tokensPerSecond, meter, exchange, plan } = this.#order;
    const left = Math.max(0, plannedTokens(plan) - meter.outputTokens);
    if (tokensPerSecond > 0 && !(await exchange.wait((left / tokensPerSecond) * 1000))) return;
    for (let piece = this.#take(); piece !== undefined; piece = this.#take()) this.#count(piece.event);
  }

  async #pump(): Promise<boolean> {
    const { exchange, plan, printer, clock, tokensPerSecond } = this.#order;
    for (let piece = this.#take(); piece !== undefined; piece = this.#take()) {
      const { event } = piece;
      const chars = "chars" in event ? event.chars : 0;
      if (printer.streamed && tokensPerSecond > 0 && chars > 0) {
        this.#due += (chars / CHARS_PER_TOKEN / tokensPerSecond) * 1000;
        if (this.#due > clock.now() && !(await this.#idle())) return false;
      }
      this.#count(event);
      this.#held += this.#filtered(piece.text, event);
      this.last = event;
      if (this.#single || this.#held.length >= COALESCED) await this.flush();
      if (exchange.over) return false;
      const phase = phaseAfter(event);
      if (phase !== undefined && (await this.#reached(phase))) return false;
      if (event.kind === "content_block_start" && !this.#pinged && plan.pingMs > 0) {
        this.#pinged = true;
        this.#held += this.#filtered(printer.print(PING), PING);
      }
    }
    await this.flush();
    await this.#line.end();
    if (exchange.over) return false;
    exchange.end();
    return true;
  }

  /** Waits until the next event is due, a ping in every stretch of silence. */
  async #idle(): Promise<boolean> {
    const { exchange, clock, plan, printer } = this.#order;
    await this.flush();
    for (let now = clock.now(); now < this.#due; now = clock.now()) {
      const pingAt = plan.pingMs > 0 ? this.#spokenAt + plan.pingMs : Number.POSITIVE_INFINITY;
      if (!(await exchange.wait(Math.max(1, Math.min(this.#due, pingAt) - now)))) return false;
      if (clock.now() >= pingAt) await this.write(this.#filtered(printer.print(PING), PING));
    }
    this.#spokenAt = clock.now();
    return !exchange.over;
  }

  #filtered(text: string, event: AnswerEvent): string {
    let out = text;
    for (const filter of this.#filters) out = filter(out, event);
    return out;
  }

  #head(more: Record<string, string>): void {
    const { exchange, printer, headers, hits } = this.#order;
    const own: Record<string, string> = { ...headers, "content-type": printer.contentType, ...more };
    if (printer.streamed) own["cache-control"] = "no-cache";
    for (const { rule } of hits) Object.assign(own, rule.kind.headers?.(rule.params));
    exchange.head(200, own);
  }

  /** Faults that wait for the plan and strike before the head. */
  async #before(): Promise<boolean> {
    return this.#reached("before-headers");
  }

  async #reached(phase: Phase): Promise<boolean> {
    const { hits, exchange, random, clock } = this.#order;
    const due = hits.filter((hit) => hit.rule.phase === phase && !hit.done);
    if (due.length === 0) return false;
    if (phase !== "before-headers") await this.flush();
    if (phase === "after-headers") await exchange.flushHead();
    for (const hit of due) {
      fire(hit);
      const { kind, params } = hit.rule;
      const filter = kind.pieces?.(params, phase, this.printer);
      if (filter !== undefined) this.#filters.push(filter);
      const shape = kind.bytes?.(params, { exchange, random });
      if (shape !== undefined) this.#line.add(shape);
      const outcome = await strikeAt(hit, { exchange, streamed: this.printer.streamed, clock, random, running: this });
      if (outcome === "ended" || exchange.over) return true;
    }
    const now = clock.now();
    this.#due = Math.max(this.#due, now);
    this.#spokenAt = now;
    return false;
  }

  #count(event: AnswerEvent): void {
    const { meter, produced } = this.#order;
    if (event.kind === "content_block_start") this.#thinking = event.block.type === "thinking";
    if (!("chars" in event) || event.chars === 0) return;
    // A JSON answer was counted when it was measured.
    if (this.#pieces === undefined) meter.add(event.chars, this.#thinking);
    const tokens = meter.outputTokens;
    if (tokens - this.#told < 256) return;
    produced(tokens - this.#told);
    this.#told = tokens;
  }

  #take(): { event: AnswerEvent; text: string } | undefined {
    const piece = this.#next ?? this.#pull();
    this.#next = undefined;
    return piece;
  }

  #pull(): { event: AnswerEvent; text: string } | undefined {
    if (this.#pieces !== undefined) return this.#pieces.pop();
    const step = this.#source.next();
    if (step.done === true) return undefined;
    return { event: step.value, text: this.printer.print(step.value) };
  }

  /** Runs the generation to its end at once, counting, and gives its pieces. */
  *#rest(): Generator<{ event: AnswerEvent; text: string }> {
    for (;;) {
      const piece = this.#pull();
      if (piece === undefined) return;
      this.#count(piece.event);
      yield piece;
    }
  }
}

function phaseAfter(event: AnswerEvent): Phase | undefined {
  if (event.kind === "message_start") return "after-message-start";
  if (event.kind === "message_delta") return "after-message-delta";
  return event.kind === "content_block_delta" ? event.mid : undefined;
}
