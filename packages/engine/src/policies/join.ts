// Join: requests that are the same share one answer while it is made, so that a duplicate costs nothing.

import { type Runtime, Signal, type Timer } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { canonicalKey, namedKey } from "../mechanics/canonical-key.ts";
import { choice, duration, integer, onOff, type Values } from "../options.ts";
import { type Failure, failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import { VERDICTS } from "../verdict.ts";
import { faultOf, UNREAD } from "./followed.ts";
import { kindOf, sampled } from "./request-kind.ts";
import { SharedAnswer, type SharedRoom } from "./shared-answer.ts";

/** Options of `join`. The numbers are choices of ours. */
export const JOIN_OPTIONS = {
  messages: choice(
    ["keyed", "temperature-0", "all", "off"],
    "keyed",
    "Which requests share an answer with the same one under way: keyed only those with an idempotency-key (or x-idempotency-key) header; temperature-0 also those that ask for it; all also sampled ones, of which each caller then gets the same; off none, keys are passed on only.",
  ),
  count_tokens: onOff(true, "Whether counts of tokens are shared while they are under way."),
  models: onOff(true, "Whether lists of models are shared while they are under way."),
  window: duration(0, 86_400_000, 600_000, "How long after its start a request may still be joined."),
  linger: duration(
    0,
    600_000,
    10_000,
    "How long a request with an idempotency key goes on when its client has left, and how long its answer is kept, so that the client's next try finds it.",
  ),
  entries: integer(1, 1_000_000, 1_000, "requests", "Most requests that can be joined at once; further ones go alone."),
  buffer_bytes: integer(
    65_536,
    1_073_741_824,
    4_194_304,
    "bytes",
    "Most that is kept of one shared answer: beyond it nobody can join any more, and a reader that is further behind the quickest is cut off with an error.",
  ),
  total_bytes: integer(
    1_048_576,
    68_719_476_736,
    67_108_864,
    "bytes",
    "Most that all shared answers keep together; beyond it requests go alone, and each keeps 64 KB at most.",
  ),
} as const;

type Options = Values<typeof JOIN_OPTIONS>;

/** A larger body is not hashed, and its request goes alone, bytes: the largest of the Messages API. */
const MAX_BODY = 33_554_432;

/** Somebody who waits for the outcome. */
interface Waiter {
  readonly x: Exchange;
  readonly next: Next;
  readonly since: number;
  answer(outcome: Outcome): void;
  defect(e: unknown): void;
}

/** One request under way that others may join. */
interface Entry {
  readonly key: string;
  /** What the request is, when the key is only its caller's name for it. */
  readonly print: string;
  readonly keyed: boolean;
  /** How long the answer is kept, and the attempt goes on when nobody is there, milliseconds. */
  readonly lingerMs: number;
  readonly startedAt: number;
  readonly waiters: Set<Waiter>;
  /** Calls off the attempt under way. */
  signal: Signal;
  /** Failures that were no fault of who led. */
  failures: number;
  shared: SharedAnswer | undefined;
  /** Runs while nobody reads an answer that is under way. */
  linger: Timer | undefined;
  /** When an answer that is whole is forgotten, monotonic milliseconds; looked at when somebody comes, without a timer. */
  keptUntil: number;
}

/** Counts since the start, and what is shared now. */
export interface JoinFigures {
  /** Answers that others could share, whoever had to fetch them in the end. */
  readonly led: number;
  /** Requests that shared what became of another. */
  readonly joined: number;
  /** Requests that could have been joined or have joined, and went alone for want of room or time. */
  readonly alone: number;
  /** Requests that can be joined now, and bytes that are kept for it. */
  readonly entries: number;
  readonly bytes: number;
}

/** The requests that can be joined; one for all pipelines of an engine. */
export class Joins {
  readonly #rt: Runtime;
  readonly #options: Options;
  readonly #room: SharedRoom;
  readonly #entries = new Map<string, Entry>();
  /** Those whose answer is whole and kept for a repeat, oldest first. */
  readonly #kept = new Set<Entry>();
  #led = 0;
  #sharing = 0;
  #alone = 0;

  constructor(rt: Runtime, options: Options) {
    this.#rt = rt;
    this.#options = options;
    this.#room = { used: 0, limit: options.total_bytes };
  }

  /** False when no request can ever be joined: the layer then has no use. */
  get active(): boolean {
    const { messages, count_tokens, models } = this.#options;
    return messages !== "off" || count_tokens || models;
  }

  get figures(): JoinFigures {
    this.#sweep();
    return {
      led: this.#led,
      joined: this.#sharing,
      alone: this.#alone,
      entries: this.#entries.size,
      bytes: this.#room.used,
    };
  }

  /** Whether a request may share an answer, by what it is. */
  covers(x: Exchange): boolean {
    const { messages, count_tokens, models } = this.#options;
    if (x.body !== null && x.body.length > MAX_BODY) return false;
    if (x.idempotencyKey !== undefined && messages !== "off" && x.method === "POST") return true;
    switch (kindOf(x)) {
      case "messages":
        // What was looked for in the cache may be had by all who ask: one fetches it for them.
        if (messages === "all" || (messages !== "off" && x.tally.cache !== undefined)) return true;
        return messages === "temperature-0" && !sampled(x);
      case "count_tokens":
        return count_tokens;
      case "models":
        return models;
      default:
        return false;
    }
  }

  /** Runs the request, or has it share another's answer. */
  run(x: Exchange, scope: string, next: Next): Promise<Outcome> {
    const print = canonicalKey(x, scope, "exact");
    const key = x.idempotencyKey === undefined ? print : namedKey(x, scope, x.idempotencyKey);
    this.#sweep();
    const entry = this.#entries.get(key);
    // Not all are kept equally long, so the sweep may not have come to it.
    const past = entry !== undefined && entry.keptUntil <= this.#now();
    if (past) this.#giveUp(entry);
    if (entry === undefined || past) return this.#first(x, key, print, next);
    // Another request under a name that is taken is answered on its own: the API itself gives these names no meaning, so
    // that some callers send one and the same with everything.
    if (entry.print !== print) return this.#single(x, next);
    if (this.#now() - entry.startedAt > this.#options.window) return this.#single(x, next);
    if (entry.shared === undefined) return this.#wait(entry, x, next);
    const answer = entry.shared.join(x);
    if (answer === undefined) return this.#single(x, next);
    this.#stay(entry);
    this.#joined(x, this.#now(), answer.target.name);
    return Promise.resolve(answer);
  }

  #single(x: Exchange, next: Next): Promise<Outcome> {
    this.#alone += 1;
    return next(x);
  }

  #first(x: Exchange, key: string, print: string, next: Next): Promise<Outcome> {
    while (this.#full()) {
      // What is only kept for a repeat gives way.
      const oldest = this.#kept.values().next().value;
      if (oldest === undefined) return this.#single(x, next);
      this.#giveUp(oldest);
    }
    const entry: Entry = {
      key,
      print,
      keyed: x.idempotencyKey !== undefined,
      lingerMs: x.lingerMs ?? this.#options.linger,
      startedAt: this.#now(),
      waiters: new Set(),
      signal: new Signal(),
      failures: 0,
      shared: undefined,
      linger: undefined,
      keptUntil: Number.POSITIVE_INFINITY,
    };
    this.#entries.set(key, entry);
    this.#led += 1;
    const outcome = this.#wait(entry, x, next);
    const leader = entry.waiters.values().next().value;
    if (leader === undefined) this.#drop(entry);
    else this.#lead(entry, leader);
    return outcome;
  }

  /** Waits for the outcome; who is called off leaves without it, and the last one puts out the light. */
  #wait(entry: Entry, x: Exchange, next: Next): Promise<Outcome> {
    this.#stay(entry);
    return new Promise((resolve, reject) => {
      let stop = () => {};
      const waiter: Waiter = {
        x,
        next,
        since: this.#now(),
        answer(outcome) {
          stop();
          resolve(outcome);
        },
        defect(e) {
          stop();
          reject(e);
        },
      };
      entry.waiters.add(waiter);
      stop = x.signal.onAbort(() => {
        if (!entry.waiters.delete(waiter)) return;
        resolve(failure("client_gone", {}, { local: true }));
        if (entry.waiters.size === 0) this.#deserted(entry);
      });
    });
  }

  /** Sends the request of one of them. Its client may leave: the attempt is called off with the last who waits. */
  #lead(entry: Entry, leader: Waiter): void {
    const signal = new Signal();
    entry.signal = signal;
    leader.next({ ...leader.x, signal }).then(
      (outcome) => {
        if (outcome.ok) this.#answered(entry, outcome);
        else this.#failed(entry, leader, outcome);
      },
      (e: unknown) => {
        entry.waiters.delete(leader);
        leader.defect(e);
        this.#hand(entry, failure("internal"));
      },
    );
  }

  #answered(entry: Entry, outcome: Outcome & { readonly ok: true }): void {
    // Called off, and answered all the same: nobody is there to read it.
    if (entry.waiters.size === 0 && entry.signal.aborted) {
      outcome.flow.abort(UNREAD);
      return;
    }
    const shared = new SharedAnswer(outcome, this.#options.buffer_bytes, this.#room, {
      closed: () => this.#forget(entry),
      idle: () => this.#deserted(entry),
      ended: () => this.#ended(entry),
    });
    entry.shared = shared;
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    const answers = shared.begin(waiters.map((one) => one.x));
    waiters.forEach((waiter, i) => {
      if (i > 0) this.#joined(waiter.x, waiter.since, outcome.target.name);
      waiter.answer(answers[i] as Outcome);
    });
  }

  /** What concerns the request itself concerns all who sent it; of anything else one other finds out whether it has passed. */
  #failed(entry: Entry, leader: Waiter, failed: Failure): void {
    const { verdict } = failed;
    const own = verdict === "deadline" || verdict === "cancelled";
    if (!own) entry.failures += 1;
    const spent = leader.x.once && !failed.unsent && !failed.local;
    const forAll = !own && (VERDICTS[verdict].scope === "request" || entry.failures > 1 || spent);
    if (!forAll) {
      if (entry.waiters.delete(leader)) leader.answer(failed);
      this.#hand(entry, failed);
      return;
    }
    this.#drop(entry);
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    const tell = this.#copies(failed, waiters);
    waiters.forEach((waiter, i) => {
      if (waiter !== leader) this.#joined(waiter.x, waiter.since, failed.target?.name);
      waiter.answer(tell[i] as Failure);
    });
  }

  /** The failure for each: bytes that were held back with it are shared as an answer's are. */
  #copies(failed: Failure, waiters: readonly Waiter[]): Failure[] {
    const { held } = failed;
    if (held === undefined || waiters.length < 2) return waiters.map(() => failed);
    const nothing = () => {};
    const hooks = { closed: nothing, idle: nothing, ended: nothing };
    const shared = new SharedAnswer(held, this.#options.buffer_bytes, this.#room, hooks);
    const copies = shared.begin(waiters.map((one) => one.x)).map((one) => ({ ...failed, held: one }));
    shared.close();
    return copies;
  }

  /** Whoever has waited longest tries next; the others go on waiting. */
  #hand(entry: Entry, failed: Failure): void {
    const next = entry.waiters.values().next().value;
    if (next === undefined) {
      this.#drop(entry);
      return;
    }
    const upstream = failed.target?.name;
    const now = this.#now();
    next.x.tally.steps.push({ at: now, what: "joined", upstream, ms: now - next.since, why: failed.verdict });
    this.#lead(entry, next);
  }

  #joined(x: Exchange, since: number, upstream: string | undefined): void {
    this.#sharing += 1;
    const now = this.#now();
    x.tally.steps.push({ at: now, what: "joined", upstream, ms: now - since, why: "the same request" });
  }

  /** Nobody waits or reads any more: at once it ends, or, when a repeat may come, after a while. */
  #deserted(entry: Entry): void {
    if (!this.#repeatable(entry)) this.#giveUp(entry);
    else entry.linger ??= this.#rt.clock.timer(entry.lingerMs, () => this.#giveUp(entry));
  }

  #stay(entry: Entry): void {
    entry.linger?.cancel();
    entry.linger = undefined;
  }

  #ended(entry: Entry): void {
    const { shared } = entry;
    const room = this.#options.buffer_bytes;
    const good = shared !== undefined && faultOf(shared.leader) === undefined && shared.log.bytes <= room;
    this.#stay(entry);
    if (!good || !this.#repeatable(entry)) {
      this.#giveUp(entry);
      return;
    }
    entry.keptUntil = this.#now() + entry.lingerMs;
    this.#kept.add(entry);
  }

  /** Whether its client may ask once more, and would find it. */
  #repeatable(entry: Entry): boolean {
    return entry.keyed && entry.lingerMs > 0 && this.#entries.get(entry.key) === entry;
  }

  #full(): boolean {
    return this.#entries.size >= this.#options.entries || this.#room.used >= this.#room.limit;
  }

  /** Forgets the answers whose time is over. */
  #sweep(): void {
    if (this.#kept.size === 0) return;
    const now = this.#now();
    for (const entry of this.#kept) {
      if (entry.keptUntil > now) break;
      this.#giveUp(entry);
    }
  }

  #giveUp(entry: Entry): void {
    this.#drop(entry);
    const { shared } = entry;
    if (shared === undefined) entry.signal.abort(UNREAD.message);
    else if (shared.whole) shared.close();
    else shared.stop();
  }

  #drop(entry: Entry): void {
    this.#stay(entry);
    this.#kept.delete(entry);
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }

  #now(): number {
    return this.#rt.clock.now();
  }
}

/**
 * Lets the same requests of one tenant share an answer. The upstream is called off when the last of them has left. When
 * the one that was sent fails, one other is sent in its place; when that fails too, all are told.
 * @param scope tells apart what must not share beyond the tenant: one of several pipelines
 */
export function join(options: Options, joins: Joins, scope = ""): Layer {
  return () => ({
    name: "join",
    says: `the same requests share one answer: messages ${options.messages}, count_tokens ${options.count_tokens}, models ${options.models}; joined for ${options.window} ms after the start`,
    handle: (x, next) => (joins.covers(x) ? joins.run(x, scope, next) : next(x)),
  });
}
