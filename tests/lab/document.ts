// docs/doctor-lab.md from the played lab.

import { countOf, coverageProblems } from "./coverage.ts";
import type { Judged } from "./judge.ts";
import { NOT_PRODUCED } from "./not-produced.ts";
import { ROWS } from "./rows.ts";
import { type Named, NODES } from "./scenario.ts";
import type { Speed } from "./speed.ts";

/** The page. Its seconds differ from run to run, the rest only when the doctor does. */
export function labDocument(
  scenarios: readonly Named[],
  judged: readonly Judged[],
  speeds: readonly Speed[],
  versions: { readonly [major: string]: string },
  seconds: number,
): string {
  const bad = judged.filter(({ problems }) => problems.length > 0);
  const gaps = coverageProblems(scenarios);
  return `<!-- Written by \`npm run doctor:lab\`; do not edit. -->
# The doctor's lab

Each scenario is a small internet of its own in network namespaces (client, router, servers; no root needed), with one fault, two, or none.
\`fairlead-doctor --json\`, as built, runs in it on Node ${NODES.map((major) => versions[major]).join(", ")}, and once more in Chinese on the last of them.
A run is as expected when the verdict's code, the exit code, the other findings, the fix and the time are what the scenario's file in \`tests/lab/scenarios\` says, when the report is valid by its schema, when both languages have the same findings and commands, and when no planted key is in the output.

${countOf(scenarios, "fault")} faults, ${countOf(scenarios, "composite")} pairs of faults, ${countOf(scenarios, "control")} lines that work: ${judged.length} runs in ${Math.round(seconds)} s, ${bad.length === 0 ? "all as expected" : `${bad.length} not as expected`}.
Make this page again with \`npm run doctor:lab\`; \`npm test\` plays every scenario on Node 24 and on one of the others.

## Speed

| Node | start (\`--version\`), ms | healthy line, quick examination, ms |
|---|---|---|
${speeds.map(({ major, startMs, examinedMs }) => `| ${versions[major]} | ${startMs} | ${examinedMs} |`).join("\n")}

Medians of several runs, nothing else running.

## Scenarios

Seconds are those of the whole program, as a user waits for it, while other worlds ran beside it.

| scenario | what is wrong | verdict | ${NODES.map((major) => `Node ${major}`).join(" | ")} |
|---|---|---|${NODES.map(() => "---|").join("")}
${scenarios.map((named) => rowOf(named, judged)).join("\n")}

## Rows of the catalogue and the scenarios that play them

| row | symptom | scenarios |
|---|---|---|
${ROWS.filter(({ id }) => NOT_PRODUCED.every(({ row }) => row !== id))
  .map(({ id, symptom }) => `| ${id} | ${symptom} | ${playersOf(id, scenarios)} |`)
  .join("\n")}

## Not played, and why

| row | symptom | reason |
|---|---|---|
${NOT_PRODUCED.map(({ row, reason }) => `| ${row} | ${ROWS.find(({ id }) => id === row)?.symptom ?? ""} | ${reason} |`).join("\n")}

${gaps.length === 0 ? `Every one of the ${ROWS.length} rows is played or listed.` : `**Open:** ${gaps.join("; ")}.`}
`;
}

/** The first columns of the page's scenarios: what must not be out of step with the files. */
export function scenarioColumns({ name, scenario }: Named): string {
  const { verdict, also } = scenario.expect;
  const codes = [verdict ?? "none", ...(scenario.kind === "composite" ? (also ?? []) : [])].join(", ");
  return `| ${name} | ${scenario.about.replaceAll("|", "\\|")} | ${codes} |`;
}

function rowOf(named: Named, judged: readonly Judged[]): string {
  const cells = NODES.map((major) => cellOf(judged.filter((one) => one.name === named.name && one.major === major)));
  return `${scenarioColumns(named)} ${cells.join(" | ")} |`;
}

function cellOf(runs: readonly Judged[]): string {
  const first = runs[0];
  if (first === undefined) return "";
  const wrong = runs.find(({ problems }) => problems.length > 0);
  return wrong === undefined ? (first.ms / 1_000).toFixed(1) : `**${wrong.verdict}**`;
}

function playersOf(id: string, scenarios: readonly Named[]): string {
  const players = scenarios.filter(({ scenario }) => scenario.rows.includes(id)).map(({ name }) => name);
  return players.length === 0 ? "**none**" : players.join(", ");
}
