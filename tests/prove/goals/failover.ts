// G5: whether the failure of one platform is seen by anybody, for every way to fail before the first content.

import type { CircuitFact } from "@fairlead/engine";
import { forkSeed } from "@fairlead/runtime";
import { FAULTS, type FaultKind } from "../faults.ts";
import { quantile, successShare, times } from "../figures.ts";
import { atLeast, atMost, type Dice, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { rowOf } from "../invariants.ts";
import { networkOf } from "../network.ts";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";

const WARM = 20_000;
/** How long the primary fails, and from when on waiting counts as waiting after detection, milliseconds. */
const TOLD = { failing: 30_000, detected: 10_000 };
/** Where each probe costs a time-out the first ones, which come close together, are still detection. */
const SILENT = { failing: 120_000, detected: 40_000 };
const INSTANCES = 4;
const TIMED = { headMs: 2_000, firstTokenMs: 3_000 };
/** An answer that fails inside has had its head first, milliseconds. */
const HEAD_MS = 10;

/** G5. */
export const FAILOVER: Goal = {
  id: "G5",
  title: "Invisible failover",
  world: `4 instances, 30 requests a second, a primary and a secondary platform. After 20 s every attempt on the primary fails for 30 s (120 s where it is silent), once for each of ${Object.keys(FAULTS).length} kinds: ${Object.values(
    FAULTS,
  )
    .map(({ name }) => name)
    .join(
      "; ",
    )}. Time-outs: head 2 s, first content 3 s. The network delays and stalls in fresh seeds, and resets nothing. An instance has moved when it opened a circuit or first sent a new request elsewhere. Victims are the failures that convince it: those that it had been told of when its last attempt before that went to the primary, and the next one. Told besides is what it had sent by then: what is under way when the first failure is told cannot be called back by anybody, and with 12.5 requests a second at one instance those are five on average for a 504 after 400 ms, and 25 for a time-out of 2 s. In silence the first failure is told by a time-out.`,
  bound:
    "five failures in a row, of two requests at least, are the evidence for a circuit; three already send new requests elsewhere. What is under way when the third is told cannot be called back, and with several failing at the same moment one more is counted.",
  measures: [
    atLeast("success, all kinds", "%", 0.9999, 3),
    atMost("errors that a client saw", "", 0, 0, "all"),
    atMost("told at once: added p99 of first content after detection, worst kind", "ms", 300, 0),
    atMost("told at once: victims of one instance before it moves, worst kind", "", 5, 0),
    atMost("silent kinds: added p99 of first content after detection, worst kind", "ms", 300, 0),
    atMost("silent kinds: victims of one instance before it moves, worst kind", "", 5, 0),
    told("told at once: sent by one instance before it moves, worst kind", "", 0),
    told("silent kinds: sent by one instance before it moves, worst kind", "", 0),
    told("success, worst kind", "%", 2, "low"),
  ],
  async run(subject, dice) {
    const rows: Row[] = [];
    for (const kind of Object.values(FAULTS)) rows.push(await failing(subject, dice, kind));
    const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
    const base = quantile(
      rows.flatMap(({ calm }) => calm),
      0.99,
    );
    const worst = (slow: boolean, of: (row: Row) => number) =>
      Math.max(...rows.filter((row) => row.slow === slow).map(of));
    return {
      figures: [
        1 - sum(({ seen }) => seen) / sum(({ requests }) => requests),
        sum(({ seen }) => seen),
        worst(false, ({ p99 }) => p99) - base,
        worst(false, ({ victims }) => victims),
        worst(true, ({ p99 }) => p99) - base,
        worst(true, ({ victims }) => victims),
        worst(false, ({ sentTo }) => sentTo),
        worst(true, ({ sentTo }) => sentTo),
        Math.min(...rows.map(({ success }) => success)),
      ],
      broken: rows.flatMap(({ broken }) => broken).slice(0, 5),
      requests: sum(({ requests }) => requests),
      notes: rows.map(
        ({ name, seen, p99, victims, sentTo, story }) =>
          `${name}: ${seen} errors, +${Math.round(p99 - base)} ms, ${victims} victims, ${sentTo} sent; ${story}`,
      ),
    };
  },
};

type Row = Awaited<ReturnType<typeof failing>>;

async function failing(subject: Subject, dice: Dice, kind: FaultKind) {
  // Who opens a circuit has moved, and who sends the first try of a new request to the secondary, unless it always did.
  const balances = new Array<boolean>(INSTANCES).fill(false);
  const moved = new Array<boolean>(INSTANCES).fill(false);
  const victims = new Array<number>(INSTANCES).fill(0);
  const toldOf = new Array<number>(INSTANCES).fill(0);
  const sentTo = new Array<number>(INSTANCES).fill(0);
  const tellsAfter = Number.isFinite(kind.afterMs)
    ? kind.afterMs + HEAD_MS
    : kind.how === "fail"
      ? TIMED.headMs
      : TIMED.firstTokenMs;
  const rate = dice.vary(30, 20, 50);
  const seed = dice.for(kind.name);
  // One thing is wrong at a time: a reset on the way to the platform that is left would be a second failure of one request,
  // and the spend cap may not pay for a third try of what may have been billed twice.
  const network = { ...networkOf(seed, forkSeed(seed, "network plan")), resetShare: 0 };
  const world: World = new World({
    seed,
    network,
    subject,
    instances: INSTANCES,
    platforms: [PLATFORM, { ...PLATFORM, name: "secondary" }],
    patienceMs: 30_000,
    setting: TIMED,
    facts(fact, instance) {
      if (fact.kind === "circuit" && (fact as CircuitFact).upstream !== "secondary") moved[instance] = true;
    },
    hooks: {
      sent(x, target, instance) {
        if (target.name === "secondary" && world.history.attempts[rowOf(x)] === 1) {
          if (world.primary.fault === undefined) balances[instance] = true;
          else if (balances[instance] !== true) moved[instance] = true;
        }
        if (
          kind !== FAULTS.stale &&
          target.name !== "secondary" &&
          world.primary.fault !== undefined &&
          moved[instance] !== true
        ) {
          sentTo[instance] = (sentTo[instance] as number) + 1;
          victims[instance] = (toldOf[instance] as number) + 1;
          world.at(world.clock.now() + tellsAfter, () => {
            toldOf[instance] = (toldOf[instance] as number) + 1;
          });
        }
      },
    },
  });
  const span = kind.slow ? SILENT : TOLD;
  const end = WARM + span.failing;
  world.arrivals(0, end, rate, rate, () => ({}));
  world.at(WARM, () => {
    world.primary.fault = kind;
  });
  await world.run(end);
  const { history, invariants } = world;
  let seen = 0;
  for (let row = 0; row < history.count; row++) if (history.state[row] !== STATE.good) seen += 1;
  return {
    name: kind.name,
    slow: kind.slow,
    story: world.story("of it"),
    seen,
    requests: history.count,
    calm: times(history, 0, WARM - 5_000, STATE.good, "settled"),
    p99: quantile(times(history, WARM + span.detected, end, STATE.good, "settled"), 0.99),
    victims: Math.max(...victims),
    sentTo: Math.max(...sentTo),
    success: successShare(history, WARM, end),
    broken: invariants.found.map((one) => `${kind.name}: ${one}`),
  };
}
