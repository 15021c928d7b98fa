// One step of a load: so many requests at once, or so many per second whatever becomes of them.

import { performance } from "node:perf_hooks";
import { exponential, type Random, seededRandom } from "@fairlead/runtime";
import { Answer, withoutKey } from "./answer.ts";
import { Connection, type Endpoint } from "./connection.ts";
import type { MadeRequest, Maker } from "./request-maker.ts";
import { Score } from "./score.ts";

/** One step as asked for. */
export interface StepPlan {
  /** `at-once`: a new request as soon as one has ended. `rate`: requests arrive by themselves, as from many users. */
  readonly kind: "at-once" | "rate";
  /** Requests at once, or requests per second on average. */
  readonly level: number;
  /** Ends when so many were sent after the warm-up; undefined: only by time. */
  readonly requests: number | undefined;
  /** Sends for so long after the warm-up, milliseconds; undefined: only by count. */
  readonly durationMs: number | undefined;
  readonly warmUpMs: number;
  /** A request that takes longer has failed, milliseconds. */
  readonly timeoutMs: number;
  /** A stream without content for so long has failed, milliseconds; undefined: no bound of its own. */
  readonly firstTokenMs?: number | undefined;
  /** Pause of a conversation before each turn, milliseconds on average (exponential); undefined: none. */
  readonly thinkMs?: number | undefined;
  /** Connections at most; requests of a `rate` step wait for one when all are taken. */
  readonly connections: number;
  readonly stream: boolean;
  readonly seed: string;
  readonly tenants: number;
}

/** What a step came to. */
export interface StepResult {
  readonly plan: StepPlan;
  readonly score: Score;
  /** How long was measured, seconds: what the rates are per. */
  readonly seconds: number;
  /** Share of the time that this tool's own thread was busy, 0 to 1. Near 1 it measures itself. */
  readonly busy: number;
  /** Most connections at once. */
  readonly mostOpen: number;
  /** Longest that a due request had to wait for a connection, milliseconds. Counted in its time. */
  readonly waitedMs: number;
  readonly interrupted: boolean;
}

/** Timers come up to this late; an arrival is taken to be due when its timer came, milliseconds. */
const GRAIN_MS = 2;
/** After a connection failed, its place pauses: doubled each time up to the most, milliseconds. */
const PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;
const SWEEP_MS = 50;

/** Runs one step. `stop` ends it at once. */
export class Step {
  readonly #plan: StepPlan;
  readonly #endpoint: Endpoint;
  readonly #maker: Maker;
  readonly #startedAt = performance.now();
  readonly #score: Score;
  readonly #idle: Connection[] = [];
  readonly #under = new Map<Connection, UnderWay>();
  readonly #pauses: Random;
  /** When requests were due that wait for a connection; those before `#taken` have theirs. */
  readonly #waiting: number[] = [];
  #taken = 0;
  readonly #elu = performance.eventLoopUtilization();
  readonly #timers = new Set<NodeJS.Timeout>();
  #sent = 0;
  #mostOpen = 0;
  #waitedMs = 0;
  #lastEnd = 0;
  #pausing = 0;
  #closed = false;
  #interrupted = false;
  #settle: (() => void) | undefined;

  constructor(plan: StepPlan, endpoint: Endpoint, maker: Maker) {
    this.#plan = plan;
    this.#pauses = seededRandom(`${plan.seed}/pauses`);
    this.#endpoint = endpoint;
    this.#maker = maker;
    this.#score = new Score(this.#startedAt + plan.warmUpMs, plan.tenants, Date.now());
    if (plan.durationMs !== undefined) this.#score.until = this.#score.from + plan.durationMs;
  }

  get score(): Score {
    return this.#score;
  }

  /** Share of the step that is over, 0 to 1, the warm-up included. */
  get progress(): number {
    const { durationMs, requests, warmUpMs } = this.#plan;
    const passed = performance.now() - this.#startedAt;
    const byTime = durationMs === undefined ? 0 : passed / (warmUpMs + durationMs);
    const byCount = requests === undefined ? 0 : this.#score.requests / requests;
    return Math.min(1, Math.max(byTime, byCount));
  }

  /** Requests that wait for their answer. */
  get underWay(): number {
    return this.#under.size + this.#waiting.length - this.#taken;
  }

  async run(): Promise<StepResult> {
    const ended = new Promise<void>((resolve) => {
      this.#settle = resolve;
    });
    const sweep = setInterval(() => this.#sweep(), SWEEP_MS);
    if (this.#plan.kind === "at-once") for (let i = 0; i < this.#plan.level; i++) this.#think();
    else this.#arrivals();
    await ended;
    clearInterval(sweep);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const connection of this.#idle) connection.destroy("done");
    const busy = performance.eventLoopUtilization(this.#elu).utilization;
    return {
      plan: this.#plan,
      score: this.#score,
      seconds: this.#seconds(),
      busy,
      mostOpen: this.#mostOpen,
      waitedMs: this.#waitedMs,
      interrupted: this.#interrupted,
    };
  }

  /** Ends it now: what is under way is given up and counted apart. */
  stop(): void {
    if (this.#interrupted) return;
    const now = performance.now();
    this.#interrupted = true;
    this.#closed = true;
    this.#score.until = Math.min(this.#score.until, now);
    const due = [...this.#under.values()].map(({ dueAt }) => dueAt);
    this.#score.abandoned = [...due, ...this.#waiting.slice(this.#taken)].filter((at) => at >= this.#score.from).length;
    this.#waiting.length = 0;
    this.#taken = 0;
    for (const connection of [...this.#under.keys()]) connection.destroy("given up");
    this.#settle?.();
  }

  /** Sends the next of an `at-once` step: what is given, or whatever comes. */
  #next(made?: MadeRequest): void {
    const now = performance.now();
    if (this.#over(now)) return this.#maybeDone();
    this.#send(now, false, made);
  }

  /** As `#next`, after the pause of somebody who reads and thinks. */
  #think(made?: MadeRequest): void {
    const { thinkMs } = this.#plan;
    if (thinkMs === undefined) this.#next(made);
    else this.#later(exponential(this.#pauses, thinkMs), () => this.#next(made));
  }

  /** The arrivals of a `rate` step: exponential gaps, so that they come as from users who know nothing of each other. */
  #arrivals(): void {
    const random = seededRandom(`${this.#plan.seed}/arrivals/${this.#plan.level}`);
    const meanMs = 1_000 / this.#plan.level;
    let due = this.#startedAt + exponential(random, meanMs);
    const tick = () => {
      const now = performance.now();
      while (due <= now) {
        if (this.#over(due)) return this.#maybeDone();
        this.#arrive(now - due <= GRAIN_MS ? now : due);
        due += exponential(random, meanMs);
      }
      this.#later(Math.max(1, Math.floor(due - now)), tick);
    };
    this.#later(1, tick);
  }

  #arrive(dueAt: number): void {
    if (this.#under.size < this.#plan.connections) this.#send(dueAt);
    else {
      this.#count(dueAt);
      this.#waiting.push(dueAt);
    }
  }

  /** True when nothing more may be sent that is due now. */
  #over(dueAt: number): boolean {
    const { requests, durationMs } = this.#plan;
    this.#closed ||=
      (requests !== undefined && this.#sent >= requests) || (durationMs !== undefined && dueAt >= this.#score.until);
    return this.#closed;
  }

  #count(dueAt: number): void {
    if (dueAt >= this.#score.from) this.#sent += 1;
  }

  #send(dueAt: number, counted = false, made = this.#maker.next()): void {
    if (!counted) this.#count(dueAt);
    let connection = this.#idle.pop();
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop();
    connection ??= new Connection(this.#endpoint);
    const on = connection;
    const { pieces, tenant, key, again } = made;
    const answer = new Answer(this.#plan.stream ? "stream" : "json", () => performance.now(), again !== undefined);
    this.#under.set(on, { dueAt, answer });
    this.#mostOpen = Math.max(this.#mostOpen, this.#under.size);
    on.send(pieces, {
      head: (status, head) => answer.head(status, head),
      data: (chunk) => answer.data(chunk),
      over: (broken, keep) => {
        this.#under.delete(on);
        if (this.#interrupted) return;
        const endedAt = performance.now();
        this.#lastEnd = endedAt;
        const late = this.#lateWords(broken);
        const wrong =
          late === undefined
            ? withoutKey(answer.end(broken), key)
            : { kind: "timeout" as const, what: late, message: "" };
        const { firstAt, usage, model } = answer;
        this.#score.take({ dueAt, endedAt, firstAt, wrong, usage, model, tenant });
        if (keep) this.#idle.push(on);
        this.#after(wrong?.kind === "connection", again?.(wrong === undefined ? answer.content : undefined));
      },
    });
  }

  /** One has ended: the next goes, at once or, where nothing can be reached, after a pause. */
  #after(unreached: boolean, turn: MadeRequest | undefined): void {
    const waiting = this.#longestWaiting();
    if (waiting !== undefined) {
      this.#waitedMs = Math.max(this.#waitedMs, performance.now() - waiting);
      this.#send(waiting, true);
      return;
    }
    if (this.#plan.kind === "rate") return this.#maybeDone();
    if (!unreached) {
      this.#pausing = 0;
      this.#think(turn);
      return;
    }
    this.#pausing = Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, this.#pausing * 1.2));
    this.#later(this.#pausing, () => this.#next(turn));
  }

  /** Not by shift, which moves all that is behind: there may be hundreds of thousands. */
  #longestWaiting(): number | undefined {
    const found = this.#waiting[this.#taken];
    if (found === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken >= 1_024 && this.#taken * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#taken);
      this.#taken = 0;
    }
    return found;
  }

  /** What a time-out is called; undefined when there was none. */
  #lateWords(broken: string | undefined): string | undefined {
    const { timeoutMs, firstTokenMs = 0 } = this.#plan;
    if (broken === TIMEOUT) return `no whole answer within ${timeoutMs / 1_000} s`;
    return broken === NO_FIRST_TOKEN ? `no content within ${firstTokenMs / 1_000} s` : undefined;
  }

  #maybeDone(): void {
    if (this.#closed && this.underWay === 0) this.#settle?.();
  }

  /** Gives up requests that take too long. */
  #sweep(): void {
    const now = performance.now();
    const { timeoutMs, firstTokenMs = Number.POSITIVE_INFINITY } = this.#plan;
    for (const [connection, { dueAt, answer }] of [...this.#under]) {
      if (now - dueAt >= timeoutMs) connection.destroy(TIMEOUT);
      else if (now - dueAt >= firstTokenMs && answer.firstAt === undefined) connection.destroy(NO_FIRST_TOKEN);
    }
    // A step that ends by time must end though nothing answers and nothing is due any more.
    if (this.#over(now)) this.#maybeDone();
  }

  #later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }

  /** The span that the rates are per: up to the planned end, or up to the last answer where most came after it. */
  #seconds(): number {
    const { score } = this;
    const enough = score.inTime * 2 >= score.ok;
    if (!enough) {
      score.inTime = score.ok;
      score.tokensInTime = score.outputTokens;
    }
    const byCount = this.#plan.requests !== undefined && this.#sent >= this.#plan.requests;
    const last = enough && !byCount ? score.until : enough ? Math.min(score.until, this.#lastEnd) : this.#lastEnd;
    return Math.max(0.001, (last - score.from) / 1_000);
  }
}

const TIMEOUT = "it took too long";
const NO_FIRST_TOKEN = "nothing came for too long";

interface UnderWay {
  readonly dueAt: number;
  readonly answer: Answer;
}
