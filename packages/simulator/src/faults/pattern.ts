// Patterns: how often a fault hits, decided opportunity by opportunity.

import type { Clock, Random } from "@fairlead/runtime";

/** All that is given must hold. Nothing given: always. */
export interface Pattern {
  /** Hits at the first opportunity only. Same as `times: 1`. */
  once?: boolean;
  /** Hits at so many opportunities, then never again. */
  times?: number;
  /** Hits this share of the opportunities, 0 to 1, drawn from the seed. */
  share?: number;
  /** Milliseconds from being added during which it can hit. */
  forMs?: number;
  /** Down for `downMs`, up for `upMs`, again and again, beginning down. Milliseconds. */
  flap?: { upMs: number; downMs: number };
}

const KEYS = ["once", "times", "share", "forMs", "flap"];

/** Reads a pattern; a sentence when it is wrong. */
export function readPattern(raw: unknown): Pattern | string {
  if (raw === undefined || raw === null || raw === "always") return {};
  if (raw === "once") return { once: true };
  if (typeof raw !== "object" || Array.isArray(raw)) return 'pattern must be an object, "once" or "always"';
  const given = raw as Record<string, unknown>;
  const extra = Object.keys(given).find((key) => !KEYS.includes(key));
  if (extra !== undefined) return `pattern knows no "${extra}"; it takes ${KEYS.join(", ")}`;
  const pattern: Pattern = {};
  if (given.once !== undefined) {
    if (typeof given.once !== "boolean") return "pattern.once must be true or false";
    pattern.once = given.once;
  }
  for (const [key, low, high] of [
    ["times", 1, Number.MAX_SAFE_INTEGER],
    ["share", 0, 1],
    ["forMs", 0, Number.MAX_SAFE_INTEGER],
  ] as const) {
    const value = given[key];
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= low && value <= high)) {
      return `pattern.${key} must be a number from ${low}${high === 1 ? " to 1" : " up"}`;
    }
    pattern[key] = value;
  }
  if (given.flap !== undefined) {
    const flap = given.flap as Record<string, unknown>;
    const { upMs, downMs } = flap ?? {};
    if (typeof upMs !== "number" || typeof downMs !== "number" || !(upMs >= 0 && downMs > 0)) {
      return "pattern.flap needs upMs (at least 0) and downMs (above 0), milliseconds";
    }
    pattern.flap = { upMs, downMs };
  }
  return pattern;
}

/** Keeps count for one rule. */
export class Gate {
  readonly pattern: Pattern;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #from: number;
  #hits = 0;

  constructor(pattern: Pattern, clock: Clock, random: Random) {
    this.pattern = pattern;
    this.#clock = clock;
    this.#random = random;
    this.#from = clock.now();
  }

  /** How often it has hit. */
  get hits(): number {
    return this.#hits;
  }

  /** True when it can never hit again. */
  get spent(): boolean {
    const { once, times, forMs } = this.pattern;
    const most = once === true ? 1 : times;
    return (
      (most !== undefined && this.#hits >= most) || (forMs !== undefined && this.#clock.now() - this.#from >= forMs)
    );
  }

  /** True while its time windows are open, whatever the counts. */
  get down(): boolean {
    const { flap, forMs } = this.pattern;
    const age = this.#clock.now() - this.#from;
    if (forMs !== undefined && age >= forMs) return false;
    return flap === undefined || age % (flap.upMs + flap.downMs) < flap.downMs;
  }

  /** Takes one opportunity: true when the fault hits it. */
  take(): boolean {
    if (this.spent || !this.down) return false;
    const { share } = this.pattern;
    if (share !== undefined && this.#random.next() >= share) return false;
    this.#hits += 1;
    return true;
  }
}
