// Envoy (envoyproxy.io docs "Outlier detection", "Circuit breaking: retry budget"): 5 consecutive 5xx eject for 30 s * k, at most 10 % of hosts, panic below 50 %, retries 20 % of active.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { attempt, opened, peer, statusOf, wait } from "./peer.ts";

const RETRIES = 1;
const CONSECUTIVE = 5;
const BASE_MS = 30_000;
const MAX_MS = 300_000;
const INTERVAL_MS = 10_000;
const MAX_EJECTED = 0.1;
const PANIC = 0.5;
const BUDGET = 0.2;
const MIN_RETRIES = 3;
const BACKOFF_MS = 25;

interface Host {
  readonly target: Target;
  row: number;
  times: number;
  until: number;
  checked: number;
}

/** Round robin over hosts that are not ejected; a retry avoids nobody (retry_on 5xx, 1 retry, the default). */
export const ENVOY = peer(
  "Envoy",
  "envoyproxy.io docs, Outlier detection and retry budgets",
  { spreads: true, timesAttempts: false },
  ({ rt, targets }) => {
    const hosts: Host[] = targets.map((target) => ({ target, row: 0, times: 0, until: 0, checked: 0 }));
    let turn = 0;
    let active = 0;
    let retries = 0;
    const ejected = (now: number) => hosts.filter(({ until }) => until > now).length;
    const choose = (now: number): Host => {
      const fit = hosts.filter(({ until }) => until <= now);
      const list = fit.length / hosts.length < PANIC ? hosts : fit;
      turn += 1;
      return list[turn % list.length] as Host;
    };
    const note = (host: Host, bad: boolean) => {
      const now = rt.clock.now();
      if (host.until <= now && now - host.checked >= INTERVAL_MS) {
        host.times = Math.max(0, host.times - Math.floor((now - Math.max(host.checked, host.until)) / INTERVAL_MS));
        host.checked = now;
      }
      host.row = bad ? host.row + 1 : 0;
      // At least one host may be ejected, whatever the share.
      const room = ejected(now) < Math.max(1, Math.floor(MAX_EJECTED * hosts.length));
      if (host.row >= CONSECUTIVE && host.until <= now && room) {
        host.times += 1;
        opened(rt, host.target);
        host.until = now + Math.min(MAX_MS, BASE_MS * host.times);
        host.row = 0;
        host.checked = now;
      }
    };
    return async (x) => {
      active += 1;
      for (let n = 0; ; n++) {
        const host = choose(rt.clock.now());
        const outcome = await attempt(x, host.target, n);
        if (n > 0) retries -= 1;
        note(host, !outcome.ok && (statusOf(outcome) === 0 || statusOf(outcome) >= 500));
        if (outcome.ok || n === RETRIES || x.signal.aborted || !retryable(outcome)) {
          active -= 1;
          return outcome;
        }
        if (retries >= Math.max(MIN_RETRIES, BUDGET * active)) {
          active -= 1;
          return outcome;
        }
        retries += 1;
        if (!(await wait(rt, rt.random.next() * BACKOFF_MS * 2 ** n, x))) {
          retries -= 1;
          active -= 1;
          return failure("client_gone", {}, { target: host.target });
        }
      }
    };
  },
);

/** retry_on: 5xx, reset, connect-failure. */
function retryable(failed: Failure): boolean {
  return statusOf(failed) === 0 || statusOf(failed) >= 500;
}
