// `npm run limits:confirm`: shared limits in virtual time and on a real Redis; exits 1 when a target is missed.

import { writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { formatDay } from "@fairlead/protocol";
import { systemClock } from "@fairlead/runtime";
import { AWAY_SHARE, limitsPage, type Named, PAGE, type Seeded } from "./document.ts";
import { BURST_MS, LIMIT } from "./offer.ts";
import { measure, type Trouble } from "./real-fleet.ts";
import { play } from "./virtual-fleet.ts";

const HELP = `npm run limits:confirm -- [options]
  --seeds N     seeds in virtual time (10)
  --seconds N   length of the run without trouble on a real Redis (60)
  --document    write ${PAGE}`;

/** The runs with trouble last so long, milliseconds; it is made in their middle. */
const TROUBLED_MS = 30_000;

const TROUBLES: readonly Trouble[] = [
  {
    ...{ name: "Redis stopped in its tracks for 10 s", from: 8_000, to: 18_000 },
    begin: ({ redis }) => redis.pause(),
    end: ({ redis }) => redis.resume(),
  },
  {
    ...{ name: "Redis killed, and started again after 8 s", from: 8_000, to: 16_000 },
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.start(),
  },
  {
    ...{ name: "Redis slow: 500 ms each way for 10 s", from: 8_000, to: 18_000 },
    begin: ({ line }) => line.delay(500),
    end: ({ line }) => line.delay(() => 0.5 + Math.random() * 9.5),
  },
  {
    ...{ name: "the way to Redis cut for 10 s", from: 8_000, to: 18_000 },
    begin({ line }) {
      line.refuse(true);
      line.cut();
    },
    end: ({ line }) => line.refuse(false),
  },
];

function load(): string {
  return `${(loadavg()[1] ?? 0).toFixed(1)} on ${availableParallelism()} processors`;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    seconds: { type: "string", default: "60" },
    document: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const missed: string[] = [];
const check = (what: string, holds: boolean) => {
  if (!holds) missed.push(what);
  console.log(`  ${holds ? "holds" : "MISSED"}: ${what}`);
};

const virtual: Seeded[] = [];
for (let i = 1; i <= Number(values.seeds); i++) {
  const seed = `limits-${i}`;
  const { went: _, ...figures } = await play(seed, 60_000);
  virtual.push({ seed, figures });
  console.log(seed, JSON.stringify(figures));
  check("over 0", figures.over === 0);
  check("under at most 2 %", figures.under <= 0.02);
  check("at most 0.02 calls a request", figures.trades <= 0.02);
}

const real: Named[] = [];
const forMs = Number(values.seconds) * 1_000;
const steady = await measure("real", forMs);
real.push({ name: `no trouble, ${values.seconds} s`, figures: steady });
console.log("real", JSON.stringify(steady));
check("over 0", steady.over === 0);
check("under at most 2 %", steady.under <= 0.02);
check("at most 0.02 calls a request", steady.commands <= 0.02);
check("decision p99 at most 50 µs", steady.p99Us <= 50);
for (const trouble of TROUBLES) {
  const figures = await measure(trouble.name, TROUBLED_MS, trouble);
  real.push({ name: trouble.name, figures });
  console.log(trouble.name, JSON.stringify(figures));
  const allowed = ((LIMIT * BURST_MS) / 1_000 + (LIMIT * TROUBLED_MS) / 1_000) * AWAY_SHARE;
  check(`over at most ${allowed}`, figures.over <= allowed);
  check("under at most 5 %", figures.under <= 0.05);
  check("99 of 100 decisions within a tick and a round trip", figures.p99Ms <= 60);
  check("back within 30 s", figures.backMs !== undefined && figures.backMs <= 30_000);
}
if (values.document) {
  writeFileSync(
    PAGE,
    limitsPage("npm run limits:confirm -- --document", formatDay(systemClock().wall()), load(), virtual, real),
  );
  console.log(`wrote ${PAGE}`);
}
if (missed.length > 0) {
  console.log(`${missed.length} targets missed`);
  process.exit(1);
}
