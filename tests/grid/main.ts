// `npm run grid`: plays the grid, prints the table, writes docs/grid.md. Arguments: names of faults, to play only those.

import { writeFileSync } from "node:fs";
import { FAULT_GRID } from "@fairlead/simulator";
import { gridDocument } from "./document.ts";
import { playGrid, type Verdict } from "./grid.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !FAULT_GRID.some(({ fault }) => fault === name));
if (unknown.length > 0) {
  console.error(
    `No fault ${unknown.join(", ")}. The faults are ${[...new Set(FAULT_GRID.map(({ fault }) => fault))].join(", ")}.`,
  );
  process.exit(2);
}
const cells = FAULT_GRID.filter(({ fault }) => wanted.length === 0 || wanted.includes(fault));
const startedAt = performance.now();
let done = 0;
const verdicts = await playGrid(() => {
  done += 1;
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${cells.length}`);
}, cells);
if (process.stderr.isTTY) process.stderr.write("\r");
for (const verdict of verdicts) console.log(line(verdict));
const bad = verdicts.filter(({ violations }) => violations.length > 0);
console.log(
  `\n${verdicts.length} cells in ${Math.round((performance.now() - startedAt) / 1_000)} s, ${bad.length} with a violation`,
);
for (const { cell, violations } of bad)
  console.log(`  ${cell.fault} at ${cell.phase} ${cell.streamed ? "streamed" : "JSON"}: ${violations.join("; ")}`);
if (wanted.length === 0) {
  writeFileSync(new URL("../../docs/grid.md", import.meta.url), gridDocument(verdicts));
  console.log("written: docs/grid.md");
}
process.exitCode = bad.length === 0 ? 0 : 1;

function line({ cell, pair, attempts, ms, alone, aloneAttempts, aloneMs, held, violations }: Verdict): string {
  const name = `${cell.fault} ${cell.phase}`.padEnd(42);
  const how = (outcome: string, tries: number, took: number) =>
    `${outcome.padEnd(13)} ${String(tries).padStart(3)} ${`${took} ms`.padStart(8)}`;
  return `${violations.length === 0 ? " " : "!"} ${name} ${cell.streamed ? "stream" : "JSON  "}  ${how(pair, attempts, ms)}   alone: ${how(alone, aloneAttempts, aloneMs)}${held === undefined ? "" : `   held: ${held}`}`;
}
