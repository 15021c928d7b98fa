// Breaker: attempts pass the circuits of their address and of their platform and model; results feed them.

import type { Exchange } from "../exchange.ts";
import type { Flow } from "../flow.ts";
import type { CircuitNumbers } from "../mechanics/circuit.ts";
import { duration, integer, number, type Values } from "../options.ts";
import { failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import type { Health, Permits } from "../targets/health.ts";
import type { Target } from "../targets/target.ts";

/** Options of `breaker`. Five in a row as Linkerd (7) and Envoy (5) have it, 20 samples and half of them as Hystrix, by the lower end of Wilson's interval (Wilson 1927); the cap keeps the way back short. */
export const BREAKER_OPTIONS = {
  consecutive: integer(
    2,
    100,
    5,
    "failures",
    "Failures in a row, of at least two different requests, that open a circuit.",
  ),
  volume: integer(5, 10_000, 20, "samples", "Attempts within 20 s before their share of failures counts."),
  share: number(
    0.05,
    1,
    0.5,
    "of 1",
    "Share of failures above which a circuit opens, taken at the lower end of its 95 % interval.",
  ),
  open: duration(100, 600_000, 2_000, "First opening; doubles with each opening in a row, spread by half either way."),
  max_open: duration(100, 3_600_000, 15_000, "Longest opening."),
  rise: integer(1, 20, 2, "probes", "Good probes in a row that close a circuit."),
  probe_every: integer(
    1,
    10_000,
    20,
    "attempts",
    "One in so many attempts that were kept away may probe before the opening is over: a busy caller finds out sooner.",
  ),
  ramp: duration(
    0,
    3_600_000,
    30_000,
    "After it closed, the share of traffic grows from a tenth to the whole in this time, where others can serve.",
  ),
  park: duration(
    1_000,
    86_400_000,
    600_000,
    "How long a refused credential or a missing model is left alone before it is tried again.",
  ),
} as const;

/** The circuit's numbers in a block of options. */
export function circuitNumbers(options: Values<typeof BREAKER_OPTIONS>): CircuitNumbers {
  return {
    consecutive: options.consecutive,
    volume: options.volume,
    share: options.share,
    baseMs: options.open,
    capMs: options.max_open,
    rise: options.rise,
    probeEvery: options.probe_every,
    rampMs: options.ramp,
  };
}

/** Keeps attempts away from what is failing, by scope of blame, and lets one probe at a time find out when it is back. */
export function breaker(options: Values<typeof BREAKER_OPTIONS>, health: Health): Layer {
  return () => ({
    name: "breaker",
    says: `opens after ${options.consecutive} failures in a row or when more than ${options.share * 100} % of at least ${options.volume} in 20 s failed; open ${options.open} to ${options.max_open} ms, ${options.rise} good probes close it`,
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const target = x.target;
      if (target === undefined) return next(x);
      const model = x.look.model ?? "";
      const permits = health.enter(target, model, x.probe === true);
      if (permits === undefined && health.halfWell(target, model)) return next(x);
      if (permits === undefined) {
        const unfit = health.unfit(target, model);
        const waitMs = Math.max(unfit?.waitMs ?? 1_000, 1_000);
        return failure(
          "upstream_open",
          { model, why: unfit?.why ?? "", seconds: Math.ceil(waitMs / 1_000) },
          { target, unsent: true, retryAfterMs: waitMs },
        );
      }
      let outcome: Outcome;
      try {
        outcome = await next(x);
      } catch (e) {
        health.left(target, model, permits);
        throw e;
      }
      if (!outcome.ok) {
        if (outcome.verdict === "cancelled" || outcome.verdict === "deadline") health.left(target, model, permits);
        else health.bad(target, model, permits, outcome, x.id);
        return outcome;
      }
      health.good(target, model, permits);
      watchEnd(outcome.flow, health, target, model, permits, x.id);
      return outcome;
    },
  });
}

/** A stream that broke after its content counts against the address, if its permit's time has not passed. */
function watchEnd(flow: Flow, health: Health, target: Target, model: string, permits: Permits, id: string): void {
  flow.tap({
    end({ verdict, fault }) {
      if (verdict === "ok") health.whole(target, model, permits);
      if (verdict !== "cut" && verdict !== "too-slow") return;
      const failed = failure("cut", { reason: fault?.message ?? "" }, { verdict: "cut", target });
      health.bad(target, model, permits, failed, id);
    },
  });
}
