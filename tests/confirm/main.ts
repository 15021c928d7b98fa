// `npm run confirm`: each goal once over real sockets. Arguments: --goal G4 (repeatable), --document writes docs/confirmed.md.

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Confirmed, confirm } from "./confirm.ts";
import { confirmedDocument, lineOf } from "./document.ts";
import { met } from "./goal.ts";
import { GOALS } from "./goals.ts";

const { values } = parseArgs({
  options: { goal: { type: "string", multiple: true }, document: { type: "boolean" } },
});
const wanted = values.goal ?? GOALS.map(({ id }) => id);
const unknown = wanted.filter((id) => !GOALS.some((goal) => goal.id === id));
if (unknown.length > 0 || (values.document === true && values.goal !== undefined)) {
  console.error(
    unknown.length > 0
      ? `No goal ${unknown.join(", ")}. They are ${GOALS.map(({ id }) => id).join(", ")}.`
      : "--document is written from all goals: leave --goal out.",
  );
  process.exit(2);
}
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
const startedAt = performance.now();
const all = await confirm(
  GOALS.filter(({ id }) => wanted.includes(id)),
  "whole",
  (one: Confirmed) => {
    console.log(`${one.goal.id} ${one.goal.title}, ${Math.round(one.seconds)} s`);
    for (const row of one.rows) console.log(`  ${lineOf(row)}`);
    if (one.error !== undefined) console.log(`  could not be played: ${one.error}`);
  },
  stop.signal,
);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const rows = all.flatMap((one) => one.rows);
const judged = rows.filter((row) => met(row) !== undefined);
const missed = judged.filter((row) => met(row) === false).length;
const broken = all.filter(({ error }) => error !== undefined).length;
console.log(`${judged.length - missed} of ${judged.length} targets met, ${seconds} s`);
if (values.document === true && broken === 0 && !stop.signal.aborted) {
  const place = `${availableParallelism()} cores of ${cpus()[0]?.model.split(" ").slice(0, 2).join(" ") ?? "an unknown kind"}, Node ${process.versions.node}`;
  const text = confirmedDocument(all, { day: new Date().toISOString().slice(0, 10), place, seconds });
  writeFileSync(new URL("../../docs/confirmed.md", import.meta.url), text);
  console.log("written: docs/confirmed.md");
}
if (stop.signal.aborted) process.exit(130);
process.exitCode = missed + broken === 0 ? 0 : 1;
