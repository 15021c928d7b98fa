// Plays outages against a world and judges them: what failed by it, what was let in beyond limits, what the ledger lacks.

import { setTimeout as sleep } from "node:timers/promises";
import { ask, Callers, type Seen } from "./callers.ts";
import { type Base, BURST_S, OPEN, type OutageWorld, RPM, type Sums } from "./outage-world.ts";
import type { Part } from "./parts.ts";

/** How one outage went. */
export interface Played {
  readonly name: string;
  readonly says: string;
  readonly before: Seen;
  readonly during: Seen;
  /** What was let in beyond the limit, as a share of it; below 0 when less was used. */
  readonly overAdmitted: number;
  /** Seconds from the return until the ledger said what the bill says; undefined when it did not in 30. */
  readonly settledS: number | undefined;
  readonly ledger: Sums | undefined;
  readonly bill: Sums;
  readonly faults: readonly string[];
}

/** How a start without stores went. */
export interface ColdStart {
  /** Seconds from the start of the process until it listened: with its stores, and without any. */
  readonly withS: number;
  readonly withoutS: number;
  readonly source: string;
  readonly failed: readonly string[];
  readonly settledS: number | undefined;
  readonly faults: readonly string[];
}

/** Bounds: 5 % beyond a limit, the ledger whole within 30 s of the return, a start within 2 s. */
const OVER = 0.05;
const WHOLE_S = 30;
const START_S = 2;
/** The answers that were on their way when it began still count on the old terms. */
const EDGE = 2;

/** Plays one outage of so many seconds. */
export async function play(world: OutageWorld, part: Part, seconds: number, calmS = 4, base?: Base): Promise<Played> {
  const callers = new Callers(world.units);
  await sleep(BURST_S * 1_000 + 1_000);
  callers.cut();
  await sleep(calmS * 1_000);
  const before = callers.cut();
  await part.begin(world);
  await sleep(seconds * 1_000);
  const during = callers.cut();
  await part.end(world);
  const returned = performance.now();
  await sleep(1_500);
  const after = callers.cut();
  await callers.stop();
  const settledS = await world.settled(WHOLE_S, returned, base);
  const rate = RPM / 60;
  // What was not used before may be used now, up to the burst.
  const saved = Math.max(0, Math.min(rate * BURST_S, rate * before.seconds - before.admitted));
  const allowed = rate * during.seconds + EDGE + saved;
  const overAdmitted = (during.admitted - allowed) / allowed;
  const faults = [
    ...(during.failed.length + after.failed.length > 0
      ? [
          `${during.failed.length + after.failed.length} requests failed: ${[...new Set([...during.failed, ...after.failed])].join(", ")}`,
        ]
      : []),
    ...(during.cappedFailed.length > 0 ? [`limited project: ${[...new Set(during.cappedFailed)].join(", ")}`] : []),
    ...(during.unready > 0 ? [`/readyz was not 200 ${during.unready} times`] : []),
    ...(overAdmitted > OVER ? [`${(overAdmitted * 100).toFixed(1)} % beyond the limit`] : []),
    ...(settledS === undefined ? [`the ledger was not whole within ${WHOLE_S} s`] : []),
  ];
  const ledger = await world.ledger().catch(() => undefined);
  return {
    name: part.name,
    says: part.says,
    before,
    during,
    overAdmitted,
    settledS,
    ledger,
    bill: world.bill(),
    faults,
  };
}

/** Stops both gateways, kills both stores, starts the gateways, and brings the stores back. */
export async function coldStart(world: OutageWorld): Promise<ColdStart> {
  const [first] = world.units;
  if (first === undefined) throw new Error("there is no gateway");
  for (const unit of world.units) await unit.end("SIGTERM");
  await first.start();
  const withS = first.startMs / 1_000;
  await first.end("SIGTERM");
  await Promise.all([world.redis.kill(), world.postgres.kill()]);
  const failed: string[] = [];
  for (const unit of world.units) {
    await unit.start();
    for (let i = 0; i < 20; i++) {
      const got = await ask(unit, OPEN, `cold ${i}`);
      if (got !== "200") failed.push(got);
    }
  }
  const withoutS = first.startMs / 1_000;
  const notes = first
    .log()
    .filter(({ event, detail }) => event === "config-note" && detail?.startsWith("started with"));
  const source = notes.at(-1)?.detail ?? "the store's revision";
  await Promise.all([world.redis.start(), world.postgres.start()]);
  const settledS = await world.settled(WHOLE_S, performance.now());
  const faults = [
    ...(failed.length > 0 ? [`${failed.length} requests failed: ${[...new Set(failed)].join(", ")}`] : []),
    ...(withoutS - withS > START_S ? [`the start took ${(withoutS - withS).toFixed(1)} s longer without stores`] : []),
    ...(source.includes("last configuration that was good") ? [] : [`it started with ${source}`]),
    ...(settledS === undefined ? [`the ledger was not whole within ${WHOLE_S} s`] : []),
  ];
  return { withS, withoutS, source, failed, settledS, faults };
}
