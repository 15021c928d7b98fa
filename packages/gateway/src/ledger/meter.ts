// The meter: follows each attempt from the moment before it leaves to its last byte, for one row of the ledger.

import {
  type AnswerFacts,
  type AttemptCost,
  type Ending,
  type Exchange,
  type Failure,
  type Flow,
  failure,
  type Layer,
  type Next,
  type Outcome,
  type Tap,
  VERDICTS,
} from "@fairlead/engine";
import { mergeUsage, NO_USAGE, type Prices, totalInput, type Usage } from "@fairlead/protocol";
import { newId, type Runtime, type Signal, type Timer } from "@fairlead/runtime";
import { type Ended, type LedgerRow, StoreError } from "@fairlead/stores";
import { batchRows, resultsOf } from "./batch-rows.ts";
import type { Books, FaultPoint, OpenAttempt } from "./books.ts";
import { identityOf, requestIdIn } from "./identity.ts";
import type { OutputRate } from "./output-rate.ts";
import type { Sample, Sampler } from "./sampler.ts";
import type { RunningRow } from "./spool-record.ts";
import { cleanText, NOTHING_USED, type UsageColumns, usageColumns } from "./usage-columns.ts";

/**
 * How often running attempts are looked at, milliseconds, while there are any: what a killed gateway does not know of an
 * answer is what came since. At 100 tokens a second that is half a token.
 */
const LOOK_MS = 5;
/** The same where nothing of what runs is kept. */
const SELDOM_MS = 50;

/** What the meter works with. */
export interface MeterParts {
  readonly books: Books;
  readonly rate: OutputRate;
  /** The prices of now. */
  prices(): Prices;
  /** Name of this instance of the gateway. */
  readonly instance: string;
  /** Keeps prompts and answers of projects that asked for it. */
  readonly sampler?: Sampler | undefined;
  readonly fault?: ((point: FaultPoint) => void) | undefined;
}

/** Writes each attempt into the books: when it leaves, while its answer flows, and how it ended. */
export function meter(parts: MeterParts): Layer {
  return (rt) => {
    const watch = new Watch(parts, rt);
    return {
      name: "meter",
      says: "writes each attempt into the ledger's spool before it leaves, and what it used when it has ended",
      async handle(x: Exchange, next: Next): Promise<Outcome> {
        const refused = refusal(parts.books, x);
        if (refused !== undefined) return refused;
        const attempt = new Attempt(parts, rt, x);
        try {
          parts.books.started(attempt);
        } catch (e) {
          if (!StoreError.is(e)) throw e;
          const more = { target: x.target, unsent: true, local: true, retryAfterMs: 10_000 };
          return failure("ledger_unwritable", { reason: e.message }, more);
        }
        watch.begin();
        let outcome: Outcome;
        try {
          const sent = next(x);
          parts.fault?.("sent");
          outcome = await sent;
        } catch (e) {
          attempt.failed(failure("internal", {}, { target: x.target }));
          throw e;
        }
        if (outcome.ok) attempt.answered(outcome.status, outcome.headers, outcome.flow);
        else attempt.failed(outcome);
        return outcome;
      },
    };
  };
}

/** Why an attempt must not be made: what it costs could not be written down for long. */
function refusal(books: Books, x: Exchange): Failure | undefined {
  const { level } = books;
  if (level === "well" || level === "failing") return undefined;
  const more = { target: x.target, unsent: true, local: true, retryAfterMs: 30_000 };
  if (level === "full") return failure("ledger_full", {}, more);
  return x.priority === "batch" ? failure("ledger_crowded", {}, more) : undefined;
}

/** Looks at what runs, and only while something runs. */
class Watch {
  readonly #parts: MeterParts;
  readonly #rt: Runtime;
  #timer: Timer | undefined;

  constructor(parts: MeterParts, rt: Runtime) {
    this.#parts = parts;
    this.#rt = rt;
  }

  begin(): void {
    const { books } = this.#parts;
    this.#timer ??= this.#rt.clock.timer(books.tally === undefined ? SELDOM_MS : LOOK_MS, () => {
      this.#timer = undefined;
      for (const attempt of books.running) if (attempt instanceof Attempt) attempt.look();
      books.carryOver();
      books.tally?.write();
      if (books.running.length > 0) this.begin();
    });
  }
}

/** A row in the making. */
type Draft = { -readonly [K in keyof RunningRow]: RunningRow[K] };

/** One attempt. It holds nothing of the request's body. */
class Attempt implements OpenAttempt, Tap {
  page: OpenAttempt["page"];
  seat = -1;
  readonly row: Draft;
  readonly #parts: MeterParts;
  readonly #rt: Runtime;
  readonly #startedAt: number;
  readonly #signal: Signal;
  readonly #bodyBytes: number;
  readonly #generates: boolean;
  /** The model's name as the upstream got it. */
  readonly #model: string | undefined;
  readonly #sample: Sample | undefined;
  /** Who pays hears what it came to. */
  readonly #spent: Exchange["tally"]["spent"];
  #flow: Flow | undefined;
  /** The usage that was written down last, and whether anything was. */
  #told: Usage | undefined;
  #headTold = false;
  /** Its place among the counts, and the bytes that were counted there last. */
  #place: number | undefined;
  #counted = 0;

  constructor(parts: MeterParts, rt: Runtime, x: Exchange) {
    const { target, look } = x;
    this.#parts = parts;
    this.#rt = rt;
    this.#startedAt = rt.clock.now();
    this.#signal = x.signal;
    this.#sample = parts.sampler?.begin(x);
    this.#spent = x.tally.spent;
    this.#bodyBytes = x.body?.length ?? 0;
    const who = identityOf(x);
    this.#generates = GENERATES.has(who.route);
    this.#model = look.model === undefined ? undefined : (target?.modelName(look.model) ?? look.model);
    // All at once and in one order: rows are made for each attempt.
    this.row = {
      attemptId: newId(rt.random, "att_"),
      requestId: x.id,
      attempt: Math.max(1, x.tally.attempts),
      callerRequestId: who.callerRequestId,
      upstreamRequestId: undefined,
      messageId: undefined,
      instance: parts.instance,
      at: Math.floor(rt.clock.wall()),
      project: who.project,
      keyId: who.keyId,
      actor: who.actor,
      session: who.session,
      route: who.route,
      stream: who.stream,
      modelAsked: who.modelAsked,
      // Until the answer tells: a name that only we know has no price, and no place in the provider's report.
      modelServed: this.#generates && this.#model !== look.model ? cleanText(this.#model) : undefined,
      upstream: target?.name ?? "",
      region: cleanText(target?.region),
      headMs: undefined,
      firstTokenMs: undefined,
      status: undefined,
      expectedInput: this.#generates ? parts.rate.input(this.#model ?? "", this.#bodyBytes) : undefined,
    };
  }

  /** Its head came. */
  answered(status: number, headers: readonly string[], flow: Flow): void {
    const { row } = this;
    row.headMs = Math.round(this.#rt.clock.now() - this.#startedAt);
    row.status = status;
    row.upstreamRequestId = requestIdIn(headers);
    this.#flow = flow;
    this.#sample?.follow(flow);
    flow.tap(this);
  }

  content(): void {
    this.row.firstTokenMs = Math.round(this.#rt.clock.now() - this.#startedAt);
  }

  end(ending: Ending): void {
    this.#results();
    const reader = this.#flow?.reader;
    const { facts, verdict, fault } = ending;
    // Its stop reason is told with its last count: nothing can be missing from that.
    const last = verdict === "ok" || facts?.stopReason !== undefined;
    const { used, estimated } = this.#columns(facts, last);
    if (verdict === "ok") this.#learn(facts);
    this.#names(facts);
    const ended =
      verdict === "ok"
        ? "whole"
        : this.#endedBy(facts?.usage !== undefined || reader?.content === true, fault?.message);
    this.#final({ verdict, code: fault?.code, ended, estimated }, used);
    this.#flow = undefined;
  }

  /** There was no answer. */
  failed({ verdict, code, response, unsent, local }: Failure): void {
    // Errors are not billed; what never got an answer may have been worked on.
    const mayCost = this.#generates && !unsent && !local && response === undefined && verdict !== "stale";
    const estimated = mayCost && VERDICTS[verdict].billed !== "no";
    const inputTokens = estimated ? this.#parts.rate.input(this.#model ?? "", this.#bodyBytes) : 0;
    const used = estimated ? this.#priced({ ...NO_USAGE, inputTokens }) : NOTHING_USED;
    if (!estimated) this.row.modelServed = undefined;
    this.row.status = response?.status;
    this.row.upstreamRequestId = response === undefined ? undefined : requestIdIn(response.headers);
    const ended = this.#endedBy(false, undefined);
    // Whoever called it off, the wire knows only that it was.
    const why = this.#signal.reason === "deadline" ? { verdict: "deadline", code: "deadline" } : { verdict, code };
    this.#final({ ...why, ended, estimated }, used);
  }

  /** Takes the results of a batch as they come; where it is kept, writes down what the answer told, and counts what came. */
  look(): void {
    const flow = this.#flow;
    if (flow === undefined) return;
    this.#results();
    const { tally } = this.#parts.books;
    if (tally === undefined) return;
    const { reader } = flow;
    const facts = reader?.facts;
    if (facts?.usage !== this.#told || (!this.#headTold && facts === undefined)) this.#tell(facts);
    if (!this.#generates) return;
    const output = reader?.output;
    const bytes = output?.bytes ?? flow.bytes;
    if (bytes === this.#counted) return;
    this.#counted = bytes;
    this.#place ??= tally.take(this.row.attemptId);
    tally.set(this.#place, this.#outputSoFar(), Math.round(this.#rt.clock.now() - this.#startedAt));
  }

  /** Writes down what the answer has told. */
  #tell(facts: AnswerFacts | undefined): void {
    this.#headTold = true;
    this.#told = facts?.usage;
    const { used, estimated } = this.#columns(facts, facts?.stopReason !== undefined);
    this.#names(facts);
    const { attemptId, status, headMs, firstTokenMs, upstreamRequestId, modelServed, messageId } = this.row;
    const endMs = Math.round(this.#rt.clock.now() - this.#startedAt);
    const told = { attemptId, status, headMs, firstTokenMs, upstreamRequestId, modelServed, messageId, endMs };
    const news: RunningRow = { ...told, ...used, estimated };
    Object.assign(this.row, news);
    this.#parts.books.progress(this, news);
  }

  /** What the results of a batch say that it cost. */
  #results(): void {
    const results = resultsOf(this.#flow);
    if (results === undefined) return;
    const { books, prices } = this.#parts;
    books.add(batchRows(results.batch, results.take(), this.row, prices()));
  }

  /** What it used, as far as that is told or can be worked out. `last`: nothing more will be told. */
  #columns(facts: AnswerFacts | undefined, last: boolean): { used: UsageColumns; estimated: boolean } {
    if (!this.#generates) return { used: NOTHING_USED, estimated: false };
    const usage = facts?.usage;
    if (usage !== undefined && last) {
      // A refusal before any output is not billed (platform.claude.com, "Handle streaming refusals").
      const unbilled = facts?.stopReason === "refusal" && this.#silent(facts);
      if (unbilled) return { used: NOTHING_USED, estimated: false };
      if (facts?.provisional !== true) return { used: this.#priced(usage, facts?.model), estimated: false };
    }
    const inputTokens = this.#parts.rate.input(this.#model ?? "", this.#bodyBytes);
    // There is no prompt of no tokens: its count was not told.
    const known = usage !== undefined && totalInput(usage) > 0 ? usage : { ...(usage ?? NO_USAGE), inputTokens };
    const soFar = mergeUsage(known, { output_tokens: this.#outputSoFar(facts) });
    return { used: this.#priced(soFar, facts?.model), estimated: true };
  }

  #outputSoFar(facts?: AnswerFacts): number {
    const output = this.#flow?.reader?.output ?? facts?.output;
    if (output === undefined) return Math.round((this.#flow?.bytes ?? 0) / BYTES_PER_TOKEN);
    return this.#parts.rate.output(this.#model ?? "", output);
  }

  #silent(facts: AnswerFacts): boolean {
    const output = this.#flow?.reader?.output ?? facts.output;
    return output === undefined ? facts.silent === true : output.bytes === 0;
  }

  #priced(usage: typeof NO_USAGE, served?: string): UsageColumns {
    return usageColumns(usage, served ?? this.#model, this.row.at ?? 0, this.#parts.prices());
  }

  #learn(facts: AnswerFacts | undefined): void {
    const usage = facts?.usage;
    if (usage === undefined || this.#model === undefined) return;
    const { rate } = this.#parts;
    const bytes = this.#flow?.reader?.output?.bytes ?? 0;
    // Thinking that is not shown has tokens and no bytes.
    if (bytes > 0 && usage.iterations === undefined && facts?.provisional !== true)
      rate.learnOutput(this.#model, usage.outputTokens, bytes);
    rate.learnInput(this.#model, totalInput(usage), this.#bodyBytes);
  }

  #endedBy(begun: boolean, why: string | undefined): Ended {
    const reason = this.#signal.reason ?? (why === undefined ? undefined : CALLED_OFF.get(why));
    if (reason === undefined) return begun ? "cut" : "failed";
    return reason === CLIENT_LEFT || reason === NOBODY_WAITS ? "client-left" : "dropped";
  }

  #names(facts: AnswerFacts | undefined): void {
    if (facts === undefined) return;
    this.row.modelServed = cleanText(facts.model) ?? this.row.modelServed;
    this.row.messageId = cleanText(facts.messageId);
  }

  #final(how: Pick<LedgerRow, "verdict" | "code" | "ended" | "estimated">, used: UsageColumns): void {
    const { row } = this;
    const final: LedgerRow = {
      attemptId: row.attemptId,
      requestId: row.requestId ?? "",
      attempt: row.attempt ?? 1,
      callerRequestId: row.callerRequestId,
      upstreamRequestId: row.upstreamRequestId,
      messageId: row.messageId,
      instance: row.instance ?? "",
      at: row.at ?? 0,
      project: row.project ?? "",
      keyId: row.keyId ?? "",
      actor: row.actor,
      session: row.session,
      route: row.route ?? "",
      stream: row.stream ?? false,
      modelAsked: row.modelAsked,
      modelServed: row.modelServed,
      upstream: row.upstream ?? "",
      region: row.region,
      headMs: row.headMs,
      firstTokenMs: row.firstTokenMs,
      endMs: Math.round(this.#rt.clock.now() - this.#startedAt),
      verdict: how.verdict,
      code: how.code,
      status: row.status,
      ended: how.ended,
      inputTokens: used.inputTokens,
      cacheWrite5mTokens: used.cacheWrite5mTokens,
      cacheWrite1hTokens: used.cacheWrite1hTokens,
      cacheReadTokens: used.cacheReadTokens,
      outputTokens: used.outputTokens,
      thinkingTokens: used.thinkingTokens,
      webSearchRequests: used.webSearchRequests,
      webFetchRequests: used.webFetchRequests,
      iterations: used.iterations,
      serviceTier: used.serviceTier,
      speed: used.speed,
      inferenceGeo: used.inferenceGeo,
      priceRow: used.priceRow,
      picoUsd: used.picoUsd,
      priced: used.priced,
      estimated: how.estimated,
    };
    const { books } = this.#parts;
    books.final(this, final);
    this.#spent?.(costOfRow(final, this.#model));
    if (this.#place !== undefined) books.tally?.release(this.#place);
    this.#sample?.end(final);
  }
}

/** What an attempt came to, for who pays; `model` is what the upstream was asked for. */
function costOfRow(row: LedgerRow, model: string | undefined): AttemptCost {
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens, outputTokens } = row;
  const { thinkingTokens, webSearchRequests, webFetchRequests, priceRow, picoUsd, modelServed = model } = row;
  const tokens = { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens, outputTokens, thinkingTokens };
  const usage: Usage = { ...tokens, webSearchRequests, webFetchRequests };
  return { at: row.at, picoUsd: priceRow === undefined ? undefined : picoUsd, usage, model: modelServed };
}

/** Routes whose answers cost tokens. */
const GENERATES: ReadonlySet<string> = new Set(["messages", "complete", "chat_completions"]);
/** Of an answer that tells no usage and whose content nobody counts, as with plain text. */
const BYTES_PER_TOKEN = 4;

const CLIENT_LEFT = "the client closed the connection";
const NOBODY_WAITS = "nobody waits for this answer any more";
/** Faults of a flow that were not the upstream's doing, where no signal tells. */
const CALLED_OFF: ReadonlyMap<string, string> = new Map(
  [CLIENT_LEFT, NOBODY_WAITS, "the gateway was shut down", "a probe is not read on"].map((why) => [why, why]),
);
