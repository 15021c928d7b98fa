// Adaptive concurrency: how many attempts may be under way at one upstream at once. No limit until overload shows.

import { Pace } from "./pace.ts";
import { UNBEGUN_STEP_MS, Unbegun } from "./unbegun.ts";
import { wilsonLower } from "./window.ts";

/** The numbers of a concurrency limit. */
export interface ConcurrencyNumbers {
  /** Most attempts at once, whatever is learned. */
  readonly ceiling: number;
  /** Median of the normalised times to first token, as a multiple of the healthy one, from which an upstream counts as congested. */
  readonly slow: number;
  /** Share of overload answers, at the lower end of its 95 % interval, from which it counts as overloaded. */
  readonly overload: number;
}

/** What one attempt said: content came, the upstream was overloaded (or too slow to begin), or nothing of that kind. */
export type Sign = "good" | "overload" | "none";

/** Outcomes that are judged together, at most, and how old they may be, milliseconds. */
const WINDOW = 200;
const WINDOW_MS = 20_000;
/** Fewest outcomes that are evidence: smaller windows swing by half in a healthy system. With a limit in force a third does. */
const EVIDENCE = 50;
const EVIDENCE_LIMITED = 16;
/** Fewer refusals than that are evidence too when they are many of a few, and not all of one moment: z = 3.29 is 99.9 %. */
const SURE = { count: 8, spanMs: 1_000, z: 3.29 } as const;
/** Samples whose median is compared, at most. */
const MEDIAN_OF = 50;
/** Every so many outcomes and starts the state is judged; with a full window a fourth as often, which is as quick at its rate. */
const JUDGE_EVERY = 5;
/** Slowness counts only where more is under way than the healthy level times this, plus two: else it is not from load. */
const CROWD = 1.5;
/** After a cut nothing grows for so long, milliseconds: what is in the upstream's queue must drain first. */
const HOLD_MS = 1_500;
/**
 * Growth in the time that an answer takes (a second at least) as a share of the healthy level: begins small, doubles each
 * such time without a sign of load, up to the last.
 */
const GROWTH = [0.07, 0.15, 0.25] as const;
/**
 * Each refusal takes this share off the limit. Callers who share an upstream grow alike and yield by what they have, so
 * that their limits meet (additive increase, multiplicative decrease: Chiu and Jain 1989).
 */
const YIELD = 0.07;
const ROUND_MS = 1_000;
/** After a restart: callers on many machines come back together, each on its own. */
const RETURN = 0.22;
/**
 * A caller that carries less than so many at once comes back as if it carried that many: 2.2 attempts more a second burden
 * nobody, and waiting for a share of little takes as long as for a share of much.
 */
const RETURN_LEVEL = 10;
/** Up to this multiple of the healthy time to first token growth gathers speed; up to the next it stays slow; beyond it stops. */
const BRISK = 1.4;
const LADEN = 1.8;
/** A slot that met overload rests as long as an answer takes, within these bounds, milliseconds. */
const REST_MS = [1_000, 10_000] as const;
/** A limit that was not needed for so long is forgotten, milliseconds. */
const FORGET_MS = 30_000;
/** A cut leaves at least, and at most, this share of what was under way. */
const CUT = [0.3, 0.95] as const;
/** What a size may add to the time at which content is due, milliseconds, at most. */
const SIZE_MOST_MS = 30_000;
/** A median that is slower by less than this is noise, whatever its ratio, milliseconds: a busy machine of our own, say. */
const SLOW_MS = 400;
/**
 * So many that wait for twice the time which 95 % do not exceed, and at least so long, make an upstream silent when
 * nothing began that started after them: three are one in 8,000 even where each does so by chance once in twenty times.
 */
const SILENT = { count: 3, tails: 2, ms: 1_000 } as const;
/** Weight of one more answer in the mean duration, once there are many. */
const DURATION_WEIGHT = 0.02;
/** Span of the slow mean of what is under way, milliseconds. */
const LEVEL_MS = 60_000;

/**
 * The limit of one platform and model. It is infinite until overload shows: by the share of overload answers first, then
 * by the time to first token (normalised by what the request's size lets expect; never by total latency, which differs a
 * hundredfold between honest requests), seen in answers and in the age of attempts that have none yet. Then it becomes
 * what the upstream was seen to complete: completions per second times the healthy duration (Little's law). It grows again
 * while nothing shows, at most by a quarter of the healthy level per second, and is forgotten when nobody needs it.
 *
 * A limit from throughput and round trip is the idea of Vegas (Brakmo and Peterson 1994) and BBR (Cardwell et al. 2016).
 * That windows of fewer than some fifty outcomes mislead where work has exponential length was seen in virtual time.
 */
export class Concurrency {
  #numbers: ConcurrencyNumbers;
  #limit = Number.POSITIVE_INFINITY;
  #inFlight = 0;
  /** Ends of rests of slots whose attempt found the upstream overloaded, in order. */
  readonly #resting: number[] = [];
  readonly #signs = new Uint8Array(WINDOW);
  readonly #times = new Float64Array(WINDOW);
  readonly #stamps = new Float64Array(WINDOW);
  #at = 0;
  #count = 0;
  #sinceJudged = 0;
  #judgeEvery = JUDGE_EVERY;
  readonly #unbegun = new Unbegun();
  /** Healthy median of the normalised time to first token, milliseconds; 0 = not known. */
  #base = 0;
  #learnedAt = 0;
  /** Newest median as a multiple of the healthy one. */
  #load = 1;
  /** Healthy mean duration of an attempt that succeeded, milliseconds; 0 = not known. */
  #duration = 0;
  #durations = 0;
  /** Healthy level: a slow mean of what is under way while nothing shows. */
  #level = 0;
  #known = 0;
  #mean = 0;
  #notedAt = 0;
  readonly #completions = new Pace(2_500);
  /** What started before this says nothing about what is allowed now. */
  #cutAt = 0;
  #heldUntil = 0;
  #grownAt = 0;
  #calmSince = 0;
  #fast = false;
  #neededAt = 0;
  /** Why it was cut last. */
  why = "";

  constructor(numbers: ConcurrencyNumbers) {
    this.#numbers = numbers;
  }

  /** Goes on with other numbers: what was learned stays. */
  retune(numbers: ConcurrencyNumbers): void {
    this.#numbers = numbers;
  }

  /** Attempts that may be under way at once; the ceiling while nothing showed that there are too many. */
  get limit(): number {
    return Math.min(this.#limit, this.#numbers.ceiling);
  }

  /** Whether a limit was learned and not forgotten. */
  get limited(): boolean {
    return this.#limit !== Number.POSITIVE_INFINITY;
  }

  /** Healthy mean duration of an attempt that succeeded, milliseconds; 0 while not known. */
  get durationMs(): number {
    return this.#duration;
  }

  /**
   * Whether it looks as if nothing came any more: sooner than time-outs tell, and only as good as a guess. It ends with
   * the first content of a newer attempt.
   */
  silent(now: number): boolean {
    const tail = this.#unbegun.tailMs;
    return tail > 0 && this.#unbegun.silent(now, Math.max(SILENT.ms, SILENT.tails * tail)) >= SILENT.count;
  }

  /** Attempts under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether one more may go now. */
  admits(now: number): boolean {
    if (this.#fits(now)) return true;
    this.#neededAt = now;
    // A long answer in the only slot must not stand in the way of growth.
    if (this.#count > 0 || this.#fast) this.#grow(now);
    return this.#fits(now);
  }

  /** Milliseconds until a resting slot is free again; Infinity when none rests. */
  restMs(now: number): number {
    return this.#restingAt(now) === 0 ? Number.POSITIVE_INFINITY : (this.#resting[0] as number) - now;
  }

  /** An attempt goes; its content is due `sizeMs` (for its prompt) later than that of an empty request. */
  enter(now: number, sizeMs = 0): void {
    this.#note(now);
    this.#inFlight += 1;
    this.#unbegun.add(now + Math.min(sizeMs, SIZE_MOST_MS));
    if (this.#inFlight + this.#resting.length >= this.#limit * 0.8) this.#neededAt = now;
    this.#sinceJudged += 1;
    if (this.#sinceJudged >= this.#judgeEvery) this.#judge(now);
  }

  /**
   * The content of an attempt that started at `startedAt` began, `firstMs` after that, normalised for its size. `sizeMs` is
   * what it went with.
   */
  begun(now: number, startedAt: number, firstMs: number, sizeMs = 0): void {
    this.#unbegun.begun(now, startedAt + Math.min(sizeMs, SIZE_MOST_MS));
    if (startedAt >= this.#cutAt) this.#sample(now, 0, firstMs);
  }

  /**
   * An attempt is over without content, and its slot free. After overload the slot stays shut about as long as an answer
   * takes (times `spread`, 0.5 to 1.5): else a queue behind it would send one request after the other into a refusal.
   */
  failed(now: number, startedAt: number, sign: Sign, spread: number, sizeMs = 0): void {
    this.#note(now);
    this.#unbegun.gone(startedAt + Math.min(sizeMs, SIZE_MOST_MS));
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    if (sign !== "overload") return;
    if (this.#limit !== Number.POSITIVE_INFINITY) {
      this.#rest(now + spread * Math.min(Math.max(this.#duration, REST_MS[0]), REST_MS[1]));
    }
    if (startedAt < this.#cutAt) return;
    this.#limit = Math.max(1, this.#limit * (1 - YIELD));
    this.#calmSince = now;
    this.#sample(now, 1, 0);
  }

  /** An attempt whose content had begun is over, and its slot free. `durationMs` of one that came whole, else undefined. */
  ended(now: number, durationMs: number | undefined): void {
    this.#note(now);
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    if (durationMs === undefined) return;
    this.#completions.spanMs = Math.min(20_000, Math.max(2_500, this.#duration));
    this.#completions.add(now);
    // Time in the upstream's queue is no part of the duration.
    if (this.#limit !== Number.POSITIVE_INFINITY && this.#load > BRISK && this.#durations > 0) return;
    this.#durations += 1;
    this.#duration += Math.max(DURATION_WEIGHT, 1 / this.#durations) * (durationMs - this.#duration);
  }

  /** The upstream was shut out and answers again: begins with a tenth of what it carried, and grows by a little less than a quarter of it per second. */
  restart(now: number): void {
    this.#limit = Math.max(1, this.#level * 0.1);
    this.#forgetSamples();
    this.#heldUntil = now;
    this.#grownAt = now;
    this.#calmSince = now;
    this.#neededAt = now;
    this.#fast = true;
  }

  #fits(now: number): boolean {
    const taken = this.#inFlight + this.#restingAt(now);
    return taken + 1 <= this.limit || taken === 0;
  }

  #sample(now: number, sign: number, firstMs: number): void {
    this.#signs[this.#at] = sign;
    this.#times[this.#at] = firstMs;
    this.#stamps[this.#at] = now;
    this.#at = (this.#at + 1) % WINDOW;
    this.#count = Math.min(WINDOW, this.#count + 1);
    this.#sinceJudged += 1;
    if (this.#sinceJudged >= this.#judgeEvery) this.#judge(now);
    else this.#grow(now);
  }

  #judge(now: number): void {
    this.#sinceJudged = 0;
    this.#judgeEvery = Math.max(JUDGE_EVERY, this.#count / 10);
    const limited = this.#limit !== Number.POSITIVE_INFINITY;
    const evidence = limited ? EVIDENCE_LIMITED : EVIDENCE;
    const crowded = limited || this.#mean > this.#level * CROWD + 2;
    // Both: a few that take very long make the median old, a burst makes the wait look long.
    if (
      crowded &&
      this.#tooSlow(this.#unbegun.waitMs(now)) &&
      this.#tooSlow(this.#unbegun.ageMs(now, this.#cutAt, evidence / 2))
    ) {
      this.#load = this.#numbers.slow;
      return this.#cut(now, "slow to begin", 0);
    }
    // Under a limit things change quickly, and old times tell of another one.
    const most = limited ? EVIDENCE_LIMITED : MEDIAN_OF;
    let count = 0;
    let overloads = 0;
    let early = false;
    let sure = false;
    const times: number[] = [];
    for (let back = 1; back <= this.#count; back++) {
      const i = (this.#at - back + WINDOW) % WINDOW;
      if (now - (this.#stamps[i] as number) > WINDOW_MS) break;
      count += 1;
      if (this.#signs[i] === 1) overloads += 1;
      else if (times.length < most) times.push(this.#times[i] as number);
      if (!early && count >= SURE.count && now - (this.#stamps[i] as number) >= SURE.spanMs) {
        early = true;
        sure = wilsonLower(overloads, count, SURE.z) > this.#numbers.overload;
      }
    }
    if (sure) return this.#cut(now, "overloaded", overloads / count);
    if (count < evidence) return this.#grow(now);
    if (wilsonLower(overloads, count) > this.#numbers.overload) return this.#cut(now, "overloaded", overloads / count);
    if (times.length < evidence / 2) return;
    times.sort((a, b) => a - b);
    const median = times[times.length >> 1] as number;
    this.#load = this.#base === 0 || median - this.#base < SLOW_MS / 2 ? 1 : median / this.#base;
    if (this.#tooSlow(median)) {
      if (crowded) return this.#cut(now, "slow to begin", 0);
    } else this.#healthy(now, median);
    this.#grow(now);
  }

  #tooSlow(ms: number): boolean {
    return this.#base > 0 && ms > this.#base * this.#numbers.slow && ms - this.#base > SLOW_MS;
  }

  /** Learns, slowly, what is healthy: the level, and the time to first token, the latter upwards only without a limit. */
  #healthy(now: number, median: number): void {
    // Time without answers, an outage say, teaches nothing.
    const passed = Math.min(5_000, now - this.#learnedAt);
    this.#learnedAt = now;
    const limited = this.#limit !== Number.POSITIVE_INFINITY;
    if (!limited) {
      this.#known = Math.min(LEVEL_MS, this.#known + passed);
      this.#level += Math.min(1, passed / Math.max(1, this.#known)) * (this.#mean - this.#level);
    }
    if (this.#base === 0) this.#base = median;
    else if (!limited || median < this.#base)
      this.#base += Math.min(1, passed / Math.max(this.#known, LEVEL_MS / 6)) * (median - this.#base);
  }

  #cut(now: number, why: string, refused: number): void {
    if (now < this.#heldUntil) return;
    // While use rises the mean lags behind what is under way, and what was not refused is carried.
    const under = Math.max(this.#mean, refused === 0 ? 1 : this.#inFlight, 1);
    const limited = this.#limit !== Number.POSITIVE_INFINITY;
    // What is refused at once does not stand in a queue: what is under way is what the upstream carries.
    const kept = refused === 0 ? this.#carried(now) : limited ? Math.min(under, this.#limit) * (1 - refused) : under;
    const next = Math.min(Math.max(kept, under * CUT[0]), under * CUT[1]);
    this.#limit = Math.max(1, Math.min(next, this.#limit));
    this.why = why;
    this.#cutAt = now;
    this.#heldUntil = now + HOLD_MS;
    this.#grownAt = this.#heldUntil;
    this.#calmSince = this.#heldUntil;
    this.#neededAt = now;
    this.#fast = false;
    // The cut itself answers the refusals; slots that rested on top of it would leave the upstream idle.
    this.#resting.length = 0;
    this.#forgetSamples();
  }

  #grow(now: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY || now <= this.#grownAt) return;
    if (now - this.#neededAt > FORGET_MS) {
      this.#limit = Number.POSITIVE_INFINITY;
      this.#forgetSamples();
      return;
    }
    const seconds = Math.min(1, (now - this.#grownAt) / 1_000);
    this.#grownAt = now;
    if (this.#load > BRISK) this.#calmSince = now;
    const old = this.#base > 0 && this.#unbegun.ageMs(now, this.#cutAt, 1) > this.#base * LADEN + UNBEGUN_STEP_MS;
    if (this.#load > LADEN || old) {
      this.#calmSince = now;
      return;
    }
    // What is not used says nothing about whether more could be.
    const taken = this.#inFlight + this.#resting.length;
    if (taken + 1 <= this.#limit && taken < this.#limit * 0.8 && !this.#fast) return;
    const rounds = Math.max(ROUND_MS, this.#duration) / 1_000;
    const step = Math.min(GROWTH.length - 1, Math.floor((now - this.#calmSince) / 1_000 / rounds));
    const perSecond = this.#fast ? RETURN : (GROWTH[step] as number) / rounds;
    this.#limit += perSecond * Math.max(this.#level, this.#fast ? RETURN_LEVEL : 4) * seconds;
    if (this.#fast && this.#limit > 2 * Math.max(this.#level, 1)) this.#fast = false;
  }

  /** Keeps the quick mean of what is under way up to `now`. */
  #note(now: number): void {
    const passed = now - this.#notedAt;
    if (passed <= 0) return;
    this.#notedAt = now;
    this.#mean += (1 - Math.exp(-passed / 2_000)) * (this.#inFlight - this.#mean);
  }

  /** What the upstream carries by what it completes (Little's law): completions per second times the healthy duration. */
  #carried(now: number): number {
    const perMs = this.#completions.perMs(now);
    return this.#duration === 0 || perMs === 0 ? this.#mean : perMs * this.#duration;
  }

  #rest(until: number): void {
    let i = this.#resting.length;
    this.#resting.push(until);
    for (; i > 0 && (this.#resting[i - 1] as number) > until; i--) this.#resting[i] = this.#resting[i - 1] as number;
    this.#resting[i] = until;
  }

  #restingAt(now: number): number {
    let over = 0;
    while (over < this.#resting.length && (this.#resting[over] as number) <= now) over += 1;
    if (over > 0) this.#resting.splice(0, over);
    return this.#resting.length;
  }

  #forgetSamples(): void {
    this.#count = 0;
    this.#at = 0;
    this.#sinceJudged = 0;
    this.#load = 1;
  }
}
