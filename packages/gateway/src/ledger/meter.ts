// The meter: follows each attempt from the moment before it leaves to its last byte, for one row of the ledger.

import {
  type AnswerFacts,
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
import { NO_USAGE, type Prices, totalInput } from "@fairlead/protocol";
import { newId, type Runtime, type Signal, type Timer } from "@fairlead/runtime";
import { type Ended, type LedgerRow, StoreError } from "@fairlead/stores";
import { batchRows, resultsOf } from "./batch-rows.ts";
import type { Books, FaultPoint, OpenAttempt } from "./books.ts";
import { identityOf, requestIdIn } from "./identity.ts";
import type { OutputRate } from "./output-rate.ts";
import type { Sample, Sampler } from "./sampler.ts";
import { finalRow, type RunningRow } from "./spool-record.ts";
import { cleanText, NOTHING_USED, type UsageColumns, usageColumns } from "./usage-columns.ts";

/** How often running attempts are looked at, milliseconds, while there are any. */
const LOOK_MS = 50;
/** What is known of a running answer is written down again after so many tokens of output, */
const PROGRESS_TOKENS = 32;
/** or after so long, when anything came, milliseconds. */
const PROGRESS_MS = 250;

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
    this.#timer ??= this.#rt.clock.timer(LOOK_MS, () => {
      this.#timer = undefined;
      const { books } = this.#parts;
      for (const attempt of books.running) if (attempt instanceof Attempt) attempt.look();
      books.carryOver();
      if (books.running.size > 0) this.begin();
    });
  }
}

/** One attempt. It holds nothing of the request's body. */
class Attempt implements OpenAttempt, Tap {
  page: OpenAttempt["page"];
  row: RunningRow;
  readonly #parts: MeterParts;
  readonly #rt: Runtime;
  readonly #startedAt: number;
  readonly #signal: Signal;
  readonly #bodyBytes: number;
  readonly #generates: boolean;
  /** The model's name as the upstream got it. */
  readonly #model: string | undefined;
  readonly #sample: Sample | undefined;
  #flow: Flow | undefined;
  #told = 0;
  #toldAt: number;
  #headTold = false;

  constructor(parts: MeterParts, rt: Runtime, x: Exchange) {
    this.#parts = parts;
    this.#rt = rt;
    this.#startedAt = rt.clock.now();
    this.#toldAt = this.#startedAt;
    this.#signal = x.signal;
    this.#sample = parts.sampler?.begin(x);
    this.#bodyBytes = x.body?.length ?? 0;
    const who = identityOf(x);
    this.#generates = GENERATES.has(who.route);
    this.#model = x.look.model === undefined ? undefined : (x.target?.modelName(x.look.model) ?? x.look.model);
    this.row = {
      attemptId: newId(rt.random, "att_"),
      requestId: x.id,
      attempt: Math.max(1, x.tally.attempts),
      instance: parts.instance,
      at: Math.floor(rt.clock.wall()),
      ...who,
      upstream: x.target?.name ?? "",
      region: cleanText(x.target?.region),
      expectedInput: this.#generates ? parts.rate.input(this.#model ?? "", this.#bodyBytes) : undefined,
    };
  }

  /** Its head came. */
  answered(status: number, headers: readonly string[], flow: Flow): void {
    const headMs = Math.round(this.#rt.clock.now() - this.#startedAt);
    this.row = { ...this.row, status, headMs, upstreamRequestId: requestIdIn(headers) };
    this.#flow = flow;
    this.#sample?.follow(flow);
    flow.tap(this);
  }

  content(): void {
    this.row = { ...this.row, firstTokenMs: Math.round(this.#rt.clock.now() - this.#startedAt) };
  }

  end(ending: Ending): void {
    this.#results();
    const reader = this.#flow?.reader;
    const { facts } = ending;
    // Its stop reason is told with its last count: nothing can be missing from that.
    const last = ending.verdict === "ok" || facts?.stopReason !== undefined;
    const columns = this.#columns(facts, last);
    if (ending.verdict === "ok") this.#learn(facts);
    this.#final({
      ...columns.used,
      estimated: columns.estimated,
      verdict: ending.verdict,
      code: ending.fault?.code,
      ended:
        ending.verdict === "ok"
          ? "whole"
          : this.#endedBy(facts?.usage !== undefined || reader?.content === true, ending.fault?.message),
      ...answerNames(facts),
    });
    this.#flow = undefined;
  }

  /** There was no answer. */
  failed({ verdict, code, response, unsent, local }: Failure): void {
    // Errors are not billed; what never got an answer may have been worked on.
    const mayCost = this.#generates && !unsent && !local && response === undefined && verdict !== "stale";
    const open = mayCost && VERDICTS[verdict].billed !== "no";
    const inputTokens = open ? this.#parts.rate.input(this.#model ?? "", this.#bodyBytes) : 0;
    const used = open ? this.#priced({ ...NO_USAGE, inputTokens }) : NOTHING_USED;
    this.#final({
      ...used,
      estimated: open,
      // Whoever called it off, the wire knows only that it was.
      ...(this.#signal.reason === "deadline" ? { verdict: "deadline", code: "deadline" } : { verdict, code }),
      status: response?.status,
      upstreamRequestId: response === undefined ? undefined : requestIdIn(response.headers),
      ended: this.#endedBy(false, undefined),
    });
  }

  /** Writes down what came since the last look, when it is worth a record. */
  look(): void {
    const flow = this.#flow;
    if (flow === undefined) return;
    this.#results();
    const facts = flow.reader?.facts;
    const output = flow.reader?.output;
    const now = this.#rt.clock.now();
    const tokens = output === undefined ? 0 : this.#parts.rate.output(this.#model ?? "", output);
    const more = tokens - this.#told;
    const due = more >= PROGRESS_TOKENS || (more > 0 && now - this.#toldAt >= PROGRESS_MS);
    const first = !this.#headTold && (facts === undefined || facts.usage !== undefined);
    if (!due && !first) return;
    this.#headTold = true;
    this.#told = tokens;
    this.#toldAt = now;
    const last = facts?.stopReason !== undefined;
    const { used, estimated } = this.#columns(facts, last);
    const { status, headMs, firstTokenMs, upstreamRequestId } = this.row;
    const endMs = Math.round(now - this.#startedAt);
    const news: RunningRow = {
      attemptId: this.row.attemptId,
      status,
      headMs,
      firstTokenMs,
      upstreamRequestId,
      endMs,
      ...used,
      estimated,
      ...answerNames(facts),
    };
    this.row = { ...this.row, ...news };
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
      return { used: unbilled ? NOTHING_USED : this.#priced(usage, facts?.model), estimated: false };
    }
    const model = this.#model ?? "";
    const output = this.#flow?.reader?.output;
    const { rate } = this.#parts;
    const outputTokens =
      output === undefined ? Math.round((this.#flow?.bytes ?? 0) / BYTES_PER_TOKEN) : rate.output(model, output);
    const known = usage ?? { ...NO_USAGE, inputTokens: rate.input(model, this.#bodyBytes) };
    return { used: this.#priced({ ...known, outputTokens }, facts?.model), estimated: true };
  }

  #silent(facts: AnswerFacts): boolean {
    const output = this.#flow?.reader?.output;
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
    if (bytes > 0 && usage.iterations === undefined) rate.learnOutput(this.#model, usage.outputTokens, bytes);
    rate.learnInput(this.#model, totalInput(usage), this.#bodyBytes);
  }

  #endedBy(begun: boolean, why: string | undefined): Ended {
    const reason = this.#signal.reason ?? (why === undefined ? undefined : CALLED_OFF.get(why));
    if (reason === undefined) return begun ? "cut" : "failed";
    return reason === CLIENT_LEFT || reason === NOBODY_WAITS ? "client-left" : "dropped";
  }

  #final(more: Partial<LedgerRow> & { readonly ended: Ended }): void {
    const endMs = Math.round(this.#rt.clock.now() - this.#startedAt);
    const row = finalRow(this.row, { endMs, ...more });
    this.#parts.books.final(this, row);
    this.#sample?.end(row);
  }
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

function answerNames(facts: AnswerFacts | undefined): Partial<LedgerRow> {
  if (facts === undefined) return {};
  return { modelServed: cleanText(facts.model), messageId: cleanText(facts.messageId) };
}
