// The windows in which a refusing region's listener is closed.

import type { Clock, Random } from "@fairlead/runtime";
import type { FaultRule } from "./rule.ts";

/** Runs a rule's windows: tells when the port closes and opens. Returns the way to stop, which opens it. */
export function closedWindow(
  rule: FaultRule,
  clock: Clock,
  random: Random,
  tell: (closed: boolean) => void,
): () => void {
  const { once, times, share, forMs, flap } = rule.pattern;
  const windowMs = rule.params.number("windowMs");
  const count = once === true ? 1 : times;
  const until = Math.min(
    forMs ?? Number.POSITIVE_INFINITY,
    count === undefined ? Number.POSITIVE_INFINITY : count * windowMs,
  );
  const from = clock.now();
  let closed = false;
  let timer: { cancel(): void } | undefined;
  const set = (next: boolean) => {
    if (next !== closed) tell(next);
    closed = next;
  };
  const step = (down: boolean) => {
    const age = clock.now() - from;
    set(down && age < until);
    if (age >= until) return;
    if (flap !== undefined) later(down ? flap.downMs : flap.upMs, () => step(!down || flap.upMs === 0));
    else if (share !== undefined) later(windowMs, () => step(random.next() < share));
    else if (until !== Number.POSITIVE_INFINITY) later(until - age, () => set(false));
  };
  const later = (ms: number, run: () => void) => {
    timer = clock.timer(Math.min(ms, Math.max(1, until - (clock.now() - from))), run);
  };
  step(share === undefined || random.next() < share);
  return () => {
    timer?.cancel();
    set(false);
  };
}
