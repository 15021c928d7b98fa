// `npm run failover`: plays the bench, prints the scorecard, writes docs/failover.md. Arguments: scenarios to play alone, as S08.

import { writeFileSync } from "node:fs";
import { playBench, SCENARIOS } from "./bench.ts";
import { failoverDocument, nameOf } from "./document.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !SCENARIOS.some((scenario) => scenario.id === id));
if (unknown.length > 0) {
  console.error(`No scenario ${unknown.join(", ")}. They are ${SCENARIOS.map(({ id }) => id).join(", ")}.`);
  process.exit(2);
}
const scenarios = SCENARIOS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const startedAt = performance.now();
const scores = await playBench(() => {}, scenarios);
for (const { scenario, form, verdict, missing, primary, fallback, ms } of scores) {
  const facts = `primary ${primary}, fallback ${fallback}, ${ms} ms`;
  console.log(
    `${scenario.id} ${scenario.title.padEnd(38)} ${nameOf(form).padEnd(28)} ${verdict.padEnd(8)} ${facts}${missing.length === 0 ? "" : ` (${missing.join("; ")})`}`,
  );
}
const fails = scores.filter(({ verdict }) => verdict === "fail").length;
console.log(`\n${scores.length} runs in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
for (const verdict of ["pass", "partial", "safe", "fail"])
  console.log(`${verdict.padEnd(8)} ${scores.filter((one) => one.verdict === verdict).length}`);
if (wanted.length === 0) {
  writeFileSync(new URL("../../docs/failover.md", import.meta.url), failoverDocument(scores));
  console.log("written: docs/failover.md");
}
process.exitCode = fails === 0 ? 0 : 1;
