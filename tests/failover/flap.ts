// Scenario S15: the primary is out for a while and comes back, under a steady trickle of requests.

import { pause, Signal } from "@fairlead/runtime";
import type { Sighting } from "@fairlead/simulator";
import type { Check, Scenario } from "./scenario.ts";

/** How long the primary is out, milliseconds. */
const OUTAGE_MS = 12_000;
/** A request every so often, milliseconds. */
const EVERY_MS = 500;
/** How long requests go on after the outage: half of it is allowed for the way back. Milliseconds. */
const AFTER_MS = 8_000;
/** Attempts at the primary during the outage: those that open the circuit, then one probe for every second request. */
const MOST_ATTEMPTS = 5 + OUTAGE_MS / EVERY_MS / 2;

/** The scenario. */
export const FLAP: Scenario = {
  id: "S15",
  title: "out for a while, and back",
  fault: `the primary answers 503 for ${OUTAGE_MS / 1_000} s, then is well; a request every ${EVERY_MS / 1_000} s`,
  passes: `every request is answered; at most ${MOST_ATTEMPTS} attempts at the primary during the outage (${OUTAGE_MS / EVERY_MS} requests); it is used again within ${OUTAGE_MS / 2_000} s of its recovery`,
  // The outage is a fifth of a usual minute, and so are the openings of the circuit and the way back. All requests are alike,
  // that is one conversation, which would stay for five minutes where its prompt cache is warm.
  config: "\nbreaker: { open: 400ms, max_open: 3s, ramp: 1s }\nbalance: { affinity: false }",
  faults: () => [{ kind: "server-error", params: { status: "503" }, pattern: { forMs: OUTAGE_MS } }],
  checks: () => [],
  async act(stand, ask) {
    const { clock } = stand.runtime;
    const never = new Signal();
    const startedAt = clock.wall();
    const asked: Array<Promise<Sighting>> = [];
    for (let i = 0; i < (OUTAGE_MS + AFTER_MS) / EVERY_MS; i++) {
      asked.push(ask());
      await pause(clock, EVERY_MS, never);
    }
    const seen = await Promise.all(asked);
    const bad = seen.find((one) => one.status !== 200 || !one.whole);
    const primary = stand.reached("primary");
    const during = primary.filter(({ at }) => at < startedAt + OUTAGE_MS).length;
    const back = primary.find(({ status }) => status === 200);
    const wayBackMs = back === undefined ? Number.POSITIVE_INFINITY : back.at - startedAt - OUTAGE_MS;
    const checks: Check[] = [
      ["every request was answered", bad === undefined],
      [`at most ${MOST_ATTEMPTS} attempts at the primary during the outage`, during <= MOST_ATTEMPTS],
      ["the primary is used again in time", wayBackMs <= OUTAGE_MS / 2],
      ["and stays in use", stand.simulator.log.entries.at(-1)?.region === "primary"],
    ];
    return { seen: bad ?? (seen.at(-1) as Sighting), checks };
  },
};
