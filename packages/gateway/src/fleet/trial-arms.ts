// What is seen of a new configuration beside the one in force, and what follows from it.

/** What one configuration did with its requests. */
export interface Arm {
  requests: number;
  failed: number;
  /** Times to first content of what went well, counted in steps of a fourth of a doubling. */
  times: number[];
}

/** Both. */
export interface Arms {
  readonly old: Arm;
  readonly new: Arm;
}

/** What a trial is judged by; options of `fleet`. */
export interface TrialRules {
  readonly minMs: number;
  readonly minRequests: number;
  /** Share of failures above the old one's that is too much. */
  readonly errors: number;
  /** Multiple of the old one's times that is too much. */
  readonly slower: number;
}

/** What to do now, and why. */
export interface Judgement {
  readonly what: "go-on" | "promote" | "roll-back";
  readonly why: string;
}

/** Steps per doubling of a time. */
const STEPS = 4;
const MOST_STEPS = 96;
/** Fewest failures that may end a trial before its time: one hiccup is none. */
const EARLY_FAILURES = 5;
/** 99 % in one direction: looked at every second, a looser bound would err now and then. */
const SURE = 2.58;
/** Times are compared from so many on each side. */
const ENOUGH_TIMES = 30;
/** What is slower by less than this is noise, milliseconds. */
const NOISE_MS = 100;

/** Nothing seen yet. */
export function emptyArms(): Arms {
  return { old: { requests: 0, failed: 0, times: [] }, new: { requests: 0, failed: 0, times: [] } };
}

/** Counts one request. `firstMs`: time to its first content, when it went well. */
export function count(arm: Arm, failed: boolean, firstMs = 0): void {
  arm.requests += 1;
  if (failed) {
    arm.failed += 1;
    return;
  }
  const step = Math.min(MOST_STEPS, Math.floor(Math.log2(Math.max(0, firstMs) + 1) * STEPS));
  while (arm.times.length <= step) arm.times.push(0);
  arm.times[step] = (arm.times[step] ?? 0) + 1;
}

/** The sum over instances. */
export function together(all: readonly Arms[]): Arms {
  const sum = emptyArms();
  for (const arms of all) {
    for (const side of ["old", "new"] as const) {
      const [to, from] = [sum[side], arms[side]];
      to.requests += from.requests;
      to.failed += from.failed;
      from.times.forEach((n, i) => {
        while (to.times.length <= i) to.times.push(0);
        to.times[i] = (to.times[i] ?? 0) + n;
      });
    }
  }
  return sum;
}

/** The time that a share of the requests does not exceed, milliseconds, to a fourth of a doubling; 0 when nothing is known. */
export function quantile(arm: Arm, share: number): number {
  const all = arm.times.reduce((sum, n) => sum + n, 0);
  let left = all * share;
  for (const [step, n] of arm.times.entries()) {
    left -= n;
    if (n > 0 && left <= 0) return 2 ** ((step + 1) / STEPS) - 1;
  }
  return 0;
}

/**
 * Rolls back as soon as more failures are all but certain (the new share's lower bound lies above the old one's upper bound
 * and the allowance), promotes when the time is over, enough was seen, and nothing is worse; goes on until then.
 */
export function judge({ old, new: fresh }: Arms, ranMs: number, rules: TrialRules): Judgement {
  const oldShare = old.requests === 0 ? 0 : old.failed / old.requests;
  const share = fresh.requests === 0 ? 0 : fresh.failed / fresh.requests;
  // Of an old one that nothing is known of, half may fail.
  const oldMost = old.requests === 0 ? 0.5 : upper(old.failed, old.requests);
  const says = `${percent(share)} of ${fresh.requests} requests failed, before ${percent(oldShare)} of ${old.requests}`;
  const worse = share > oldShare + rules.errors;
  if (
    worse &&
    fresh.failed >= EARLY_FAILURES &&
    lower(fresh.failed, fresh.requests) > Math.min(0.9, oldMost + rules.errors)
  )
    return { what: "roll-back", why: says };
  const due = ranMs >= rules.minMs && fresh.requests >= rules.minRequests;
  const slow = slower(old, fresh, rules);
  if (slow !== undefined && (due || fresh.requests >= rules.minRequests)) return { what: "roll-back", why: slow };
  if (!due) {
    const left = Math.max(0, rules.minRequests - fresh.requests);
    const seconds = Math.max(0, Math.ceil((rules.minMs - ranMs) / 1_000));
    return { what: "go-on", why: `${seconds} s and ${left} requests to go; so far ${says}` };
  }
  if (worse) return { what: "roll-back", why: says };
  // In an outage that both see nothing is known of the new one.
  if (share > 0.5) return { what: "go-on", why: `most requests fail with both: ${says}` };
  return { what: "promote", why: says };
}

function slower(old: Arm, fresh: Arm, { slower: times }: TrialRules): string | undefined {
  if (Math.min(old.requests - old.failed, fresh.requests - fresh.failed) < ENOUGH_TIMES) return undefined;
  for (const share of [0.5, 0.95]) {
    const [before, now] = [quantile(old, share), quantile(fresh, share)];
    if (now > before * times + NOISE_MS)
      return `first content took ${Math.round(now)} ms at ${share * 100} %, before ${Math.round(before)} ms`;
  }
  return undefined;
}

/** Wilson's score interval. */
function lower(bad: number, all: number): number {
  const share = bad / all;
  const centre = share + SURE ** 2 / (2 * all);
  const spread = SURE * Math.sqrt((share * (1 - share) + SURE ** 2 / (4 * all)) / all);
  return Math.max(0, (centre - spread) / (1 + SURE ** 2 / all));
}

function upper(bad: number, all: number): number {
  return 1 - lower(all - bad, all);
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
