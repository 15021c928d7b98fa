// One circuit: closed, open with few probes, half-open with one probe at a time, closed again after two good ones, then
// with a growing share of the traffic. One that flaps is held out.

import { between, type Random } from "@fairlead/runtime";
import { Row } from "./row.ts";
import { Window, wilsonLower } from "./window.ts";

/** The numbers of a circuit. */
export interface CircuitNumbers {
  /** Failures in a row that open it. */
  readonly consecutive: number;
  /** Weighted samples that the window needs before its share counts. */
  readonly volume: number;
  /** Share of failures whose 95 % lower bound opens it. */
  readonly share: number;
  /** First opening, milliseconds; doubles with each opening in a row. */
  readonly baseMs: number;
  /** Longest opening, milliseconds. */
  readonly capMs: number;
  /** Good probes in a row that close it. */
  readonly rise: number;
  /** One attempt in so many that were turned away may probe, even before the time is over: a busy caller finds out sooner. */
  readonly probeEvery: number;
  /** After it closed its share of the traffic grows from a tenth to the whole in this time, milliseconds. */
  readonly rampMs: number;
}

/** Seconds of the sliding window: twice Hystrix's 10, for requests that take longer. */
const WINDOW_SECONDS = 20;
/** An attempt that began this recently and succeeded says that a full upstream still answers in part, milliseconds. */
const RECENT_SUCCESS_MS = 3_000;
/**
 * A row must be so long that the errors that are usual there would make one by chance no more than once in so many attempts:
 * 5 at 3 % of errors, 7 at 10 %, 14 at 30 %; where more than half fail the share decides.
 */
const BY_CHANCE = 1e-7;
/**
 * Failures in a row from which new requests go elsewhere first while one at a time finds out: with 2 % of random errors
 * one request in 125,000 begins such a row, and all that it costs is a copy of a request.
 */
const DOUBT = 3;
/** So long after the newest failure nobody doubts any more, milliseconds: where no copy could be sent, a request finds out. */
const DOUBT_MS = 3_000;
/** Healthy time after which one past opening is forgiven, milliseconds (same source). */
const FORGIVE_MS = 30_000;

/** Openings within `FLAP_MS` after which it is held out, where others can serve, until the first of them is that old. */
const FLAPS = 3;
/** Span in which flaps are counted, milliseconds: three openings and closings make six changes at most in ten minutes. */
const FLAP_MS = 600_000;
/** Share of the traffic with which a circuit begins after it closed. Source: Envoy's slow start (min_weight_percent 10 %). */
const FIRST_SHARE = 0.1;

/** What an attempt was let through as; handed back with its result so that an old call cannot decide a new state. */
export interface Permit {
  readonly epoch: number;
  readonly probe: boolean;
  /** Its number; permits are numbered in the order in which they are given. */
  readonly n: number;
  /** When it was given, monotonic milliseconds. */
  readonly at: number;
}

export type CircuitState = "closed" | "open" | "half-open";

/** A circuit of one scope. All times are monotonic milliseconds. */
export class Circuit {
  #numbers: CircuitNumbers;
  readonly #random: Random;
  readonly #window = new Window(WINDOW_SECONDS);
  #state: CircuitState = "closed";
  #epoch = 0;
  #openUntil = 0;
  #earliest = 0;
  #turnedAway = 0;
  readonly #flaps: number[] = [];
  #failShare = 0;
  #openings = 0;
  #closedAt = 0;
  /** When it closed last; what never opened carries its whole share. */
  #closedFrom = Number.NEGATIVE_INFINITY;
  readonly #row: Row;
  #given = 0;
  /** When the newest attempt that succeeded began. */
  #goodFrom = Number.NEGATIVE_INFINITY;
  /** Streams that broke after their content, since one came whole. */
  readonly #cuts: Row;
  #probing = false;
  #goodProbes = 0;
  /** Why it opened last, for people. */
  why = "";

  constructor(numbers: CircuitNumbers, random: Random) {
    this.#numbers = numbers;
    this.#random = random;
    this.#row = new Row(numbers.consecutive);
    this.#cuts = new Row(numbers.consecutive);
  }

  /** Goes on with other numbers: what was seen and decided so far stays. */
  retune(numbers: CircuitNumbers): void {
    this.#numbers = numbers;
  }

  /** The state at `now`, without changing it. */
  state(now: number): CircuitState {
    return this.#state === "open" && this.#due(now) ? "half-open" : this.#state;
  }

  /** Milliseconds until the next probe may go; 0 when something may go now. */
  waitMs(now: number): number {
    return this.#state === "open" && !this.#due(now) ? Math.max(0, this.#openUntil - now) : 0;
  }

  /** An attempt was kept from going. */
  turnedAway(): void {
    this.#turnedAway += 1;
  }

  /** True when a probe is under way, or one was good: its outcome is worth waiting for. */
  promising(now: number): boolean {
    return (this.#probing || this.#goodProbes > 0) && this.state(now) === "half-open";
  }

  /** Share of the traffic that it should carry, 0.1 to 1: below 1 for a while after it closed. */
  share(now: number): number {
    if (this.#state !== "closed" || this.#numbers.rampMs <= 0) return 1;
    return Math.min(1, FIRST_SHARE + ((1 - FIRST_SHARE) * (now - this.#closedFrom)) / this.#numbers.rampMs);
  }

  /** Milliseconds for which it is held out because it flaps; 0 when it is not. */
  heldMs(now: number): number {
    const [first] = this.#flaps;
    return this.#flaps.length < FLAPS || first === undefined ? 0 : Math.max(0, first + FLAP_MS - now);
  }

  /** Failures in a row, while it is closed. */
  get inRow(): number {
    return this.#row.count;
  }

  /** Whether so many of the newest attempts failed that others should be asked first, though not enough to open it. */
  doubted(now: number): boolean {
    return now - this.#row.newestAt < DOUBT_MS && this.#row.count >= DOUBT;
  }

  /** Share of failures, 0 to 1, that it saw before it opened: an upstream that answers in part is better than none. */
  get failShare(): number {
    return this.#failShare;
  }

  /** Whether an attempt may go now; asking changes nothing. */
  admits(now: number): boolean {
    const state = this.state(now);
    return state === "closed" || (state === "half-open" && !this.#probing);
  }

  /** Lets an attempt through, or undefined when none may go. */
  enter(now: number): Permit | undefined {
    if (!this.admits(now)) return undefined;
    this.#given += 1;
    const probe = this.#state !== "closed";
    if (probe) {
      this.#state = "half-open";
      this.#probing = true;
    }
    return { epoch: this.#epoch, probe, n: this.#given, at: now };
  }

  /** The attempt said nothing about the upstream (called off, or the caller's own fault). */
  left(permit: Permit): void {
    if (permit.probe && permit.epoch === this.#epoch) this.#probing = false;
  }

  /** The attempt succeeded: its first content came. */
  good(permit: Permit, now: number): void {
    if (permit.epoch !== this.#epoch) return;
    if (this.#state === "half-open") {
      if (!permit.probe) return;
      this.#probing = false;
      this.#goodProbes += 1;
      if (this.#goodProbes >= this.#numbers.rise) this.#close(now);
      return;
    }
    this.#window.add(now, 0);
    this.#row.good(permit);
    this.#goodFrom = Math.max(this.#goodFrom, permit.at);
    if (this.#openings > 0 && now - this.#closedAt >= FORGIVE_MS) {
      this.#openings -= 1;
      this.#closedAt = now;
    }
  }

  /**
   * The attempt failed with the given weight. `request` is the request's id: one request alone opens nothing. `partial`:
   * the upstream refused because it is full, which takes turns with success; a row then counts only where nothing that
   * began in the last 3 s succeeded. `floorMs`: how long the upstream asked to be left alone. Returns true when this opened it.
   */
  bad(
    permit: Permit,
    now: number,
    weight: number,
    request: string,
    why: string,
    { partial = false, floorMs = 0 }: { readonly partial?: boolean; readonly floorMs?: number | undefined } = {},
  ): boolean {
    if (permit.epoch !== this.#epoch) return false;
    if (this.#state === "half-open") {
      if (!permit.probe) return false;
      this.#open(now, why, floorMs);
      return true;
    }
    this.#window.add(now, weight);
    this.#row.add(now, permit, request);
    const { good, bad } = this.#window.totals(now);
    const total = good + bad;
    const row = this.#row.ripe(this.#enough(bad, total)) && !(partial && now - this.#goodFrom < RECENT_SUCCESS_MS);
    const share = total >= this.#numbers.volume && wilsonLower(bad, total) > this.#numbers.share;
    if (!row && !share) return false;
    this.#failShare = row ? 1 : bad / total;
    this.#flap(now, why, floorMs);
    return true;
  }

  /** A stream broke after its content. Returns true when this opened it. */
  cut(permit: Permit, now: number, request: string, why: string): boolean {
    if (permit.epoch !== this.#epoch || this.#state !== "closed") return false;
    this.#cuts.add(now, permit, request);
    if (!this.#cuts.ripe(this.#numbers.consecutive)) return false;
    this.#failShare = 1;
    this.#flap(now, why, 0);
    return true;
  }

  /** A stream came to its own end. */
  whole(permit: Permit): void {
    if (permit.epoch === this.#epoch) this.#cuts.good(permit);
  }

  /** How many failures in a row are evidence where so many of all failed of late: a tenth in error has rows by chance. */
  #enough(bad: number, total: number): number {
    const { count } = this.#row;
    const { consecutive, volume } = this.#numbers;
    if (count < consecutive || total - count < volume) return consecutive;
    const usual = wilsonLower(Math.max(0, bad - count), total - count);
    return usual === 0 ? consecutive : Math.max(consecutive, Math.ceil(Math.log(BY_CHANCE) / Math.log(usual)));
  }

  #flap(now: number, why: string, floorMs: number): void {
    this.#flaps.push(now);
    if (this.#flaps.length > FLAPS) this.#flaps.shift();
    this.#open(now, why, floorMs);
  }

  #open(now: number, why: string, floorMs: number): void {
    const span = Math.min(this.#numbers.capMs, this.#numbers.baseMs * 2 ** this.#openings);
    this.#openings += 1;
    this.#state = "open";
    this.#epoch += 1;
    const spread = between(this.#random, 0.5, 1.5);
    this.#openUntil = now + Math.max(floorMs, spread * span);
    // Half of the first opening at least; from there on how many are turned away decides when it is worth an attempt.
    this.#earliest = now + Math.max(floorMs, spread * Math.min(span, this.#numbers.baseMs / 2));
    this.#turnedAway = 0;
    this.#probing = false;
    this.#goodProbes = 0;
    this.why = why;
  }

  #due(now: number): boolean {
    if (now >= this.#openUntil) return true;
    return now >= this.#earliest && this.#turnedAway >= this.#numbers.probeEvery;
  }

  #close(now: number): void {
    this.#state = "closed";
    this.#epoch += 1;
    this.#closedAt = now;
    this.#closedFrom = now;
    this.#row.clear();
    this.#cuts.clear();
    this.#window.clear();
  }
}
