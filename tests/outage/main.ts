// `npm run stores:die`: stores fail under running gateways. Arguments: --part redis-dead (repeatable), --seconds 600, --document.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { lineOf, lineOfStart, outageDocument } from "./document.ts";
import { coldStart, type Played, play } from "./outage.ts";
import { OutageWorld } from "./outage-world.ts";
import { PARTS } from "./parts.ts";

const COLD = "cold-start";
const HELP = `npm run stores:die -- [options]
  --part NAME     one outage (repeatable): ${PARTS.map(({ name }) => name).join(", ")}, ${COLD} (all)
  --seconds N     length of each, 2 to 3600 (60)
  --document      write docs/outage-proof.md; with all parts`;

function options() {
  try {
    return parseArgs({
      options: {
        part: { type: "string", multiple: true },
        seconds: { type: "string", default: "60" },
        document: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (e) {
    console.error(`${(e as Error).message}\n${HELP}`);
    process.exit(2);
  }
}

const values = options();
if (values.help === true) {
  console.log(HELP);
  process.exit(0);
}
const names = [...PARTS.map(({ name }) => name), COLD];
const wanted = values.part ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
const seconds = Number(values.seconds);
if (unknown.length > 0 || !(seconds >= 2 && seconds <= 3_600)) {
  console.error(
    unknown.length > 0
      ? `There is no part ${unknown.join(", ")}. They are ${names.join(", ")}.`
      : "--seconds must be a number from 2 to 3600.",
  );
  process.exit(2);
}
const startedAt = performance.now();
const world = await OutageWorld.start();
// A second signal ends it at once.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void world.close().finally(() => process.exit(130)));
const played: Played[] = [];
try {
  for (const part of PARTS.filter(({ name }) => wanted.includes(name))) {
    const one = await play(world, part, seconds);
    played.push(one);
    console.log(lineOf(one));
    for (const fault of one.faults) console.log(`  ${fault}`);
  }
  const cold = wanted.includes(COLD) ? await coldStart(world) : undefined;
  if (cold !== undefined) {
    console.log(lineOfStart(cold));
    for (const fault of cold.faults) console.log(`  ${fault}`);
  }
  const faults = [...played.flatMap((one) => one.faults), ...(cold?.faults ?? [])].length;
  if (values.document === true && values.part === undefined) {
    const took = Math.round((performance.now() - startedAt) / 1_000);
    const run = { day: new Date().toISOString().slice(0, 10), seconds, took };
    writeFileSync(new URL("../../docs/outage-proof.md", import.meta.url), outageDocument(played, cold, run));
    console.log("written: docs/outage-proof.md");
  }
  process.exitCode = faults === 0 ? 0 : 1;
} finally {
  await world.close();
}
