// How long each connection of the soak stays idle.

/** Idle times of a full soak, seconds: just past 30, 60, 120, 240, 350 and 400, where products cut. */
const FULL = [30, 60, 120, 240, 355, 410] as const;
/** Longest soak, seconds: past every known limit of an edge; more would only cost time. */
export const MAX_SOAK_SECONDS = 1_800;
/** TCP keep-alive of the second row of sockets, seconds. */
const KEEP_ALIVE_SECONDS = 20;

/** One connection of the soak. */
export interface Step {
  readonly idleSeconds: number;
  /** Undefined: without TCP keep-alive. */
  readonly keepAliveSeconds?: number;
}

/** The ladder up to `seconds`: at most six plain sockets, and with keep-alive those whose idle time leaves room for two probes. */
export function soakLadder(seconds: number): readonly Step[] {
  const bound = Math.min(Math.max(Math.floor(seconds), 1), MAX_SOAK_SECONDS);
  const idles = bound < FULL[0] ? halvings(bound) : FULL.filter((one) => one <= bound);
  if (!idles.includes(bound)) idles.push(bound);
  const plain = idles.slice(-6);
  const keep = Math.max(1, Math.min(KEEP_ALIVE_SECONDS, Math.floor(bound / 4)));
  const kept = plain.filter((one) => one >= 2 * keep);
  return [
    ...plain.map((idleSeconds) => ({ idleSeconds })),
    ...kept.map((idleSeconds) => ({ idleSeconds, keepAliveSeconds: keep })),
  ];
}

/** 8 gives 1 2 4 8. */
function halvings(bound: number): number[] {
  const steps: number[] = [];
  for (let one = bound; one >= 1 && steps.length < 4; one /= 2) steps.unshift(Math.floor(one));
  return [...new Set(steps)];
}
