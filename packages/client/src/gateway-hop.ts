// The hop to a gateway of ours: what this client tells it, and nobody else, so that both keep to one budget and one deadline.

import type { Exchange, Outcome, Target } from "@fairlead/engine";
import { rawGet } from "@fairlead/protocol";
import type { Clock } from "@fairlead/runtime";

/**
 * The headers of the hop. `fairlead-attempt`: attempts made so far; `fairlead-deadline`: milliseconds that are left;
 * `fairlead-priority`: how urgent it is, left out when it is interactive; `fairlead-trace`: that its trace is wanted. None of them ever reaches the API itself.
 */
export const HOP_HEADERS: ReadonlySet<string> = new Set([
  "fairlead-attempt",
  "fairlead-deadline",
  "fairlead-priority",
  "fairlead-trace",
]);

/**
 * The same target, which tells a gateway of ours where the request stands, and counts the attempts that the gateway made.
 * It is known by its answers: one that carries `fairlead-request-id` came from one, a success without it did not.
 */
export function gatewayHop<T extends Target>(target: T, clock: Clock): T {
  let gateway = false;
  return {
    ...target,
    async send(this: Target, x: Exchange): Promise<Outcome> {
      const outcome = await target.send.call(this, gateway ? told(x, clock.now()) : x);
      const headers = outcome.ok ? outcome.headers : outcome.response?.headers;
      if (headers === undefined) return outcome;
      const ours = rawGet(headers, "fairlead-request-id") !== undefined;
      if (ours || outcome.ok) gateway = ours;
      const attempts = ours ? rawGet(headers, "fairlead-attempts") : undefined;
      return attempts === undefined || !/^\d{1,4}$/.test(attempts)
        ? outcome
        : { ...outcome, attempts: Number(attempts) };
    },
  };
}

/** The SDK's headers with those of the hop. */
export function withHop(headers: Headers, sent: Headers): Headers {
  const all = new Headers(headers);
  for (const name of HOP_HEADERS) {
    const value = sent.get(name);
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  return all;
}

function told(x: Exchange, now: number): Exchange {
  const headers = [...x.headers, "fairlead-attempt", String(x.attempt)];
  const leftMs = Math.floor(x.deadline - now);
  if (Number.isFinite(leftMs)) headers.push("fairlead-deadline", String(Math.max(1, leftMs)));
  if (x.priority !== "interactive") headers.push("fairlead-priority", x.priority);
  if (x.traced === true) headers.push("fairlead-trace", "1");
  return { ...x, headers };
}
