// docs/confirmed.md, and the lines that the command prints.

import type { Confirmed } from "./confirm.ts";
import { type Aim, met, type Row } from "./goal.ts";

/** A row as a line. */
export function lineOf(row: Row): string {
  const { figure, from } = row;
  const aim = row.here ?? row.proof;
  const target = aim === undefined ? "" : ` (${aimText(aim, row)}, ${verdictOf(row).replaceAll("*", "")})`;
  return `${figure}: ${valueText(row.measured, row)}${target}; ${from}`;
}

/** The document. */
export function confirmedDocument(
  all: readonly Confirmed[],
  run: { readonly day: string; readonly place: string; readonly seconds: number },
): string {
  const rows = all.flatMap((one) => one.rows);
  const judged = rows.filter((row) => met(row) !== undefined);
  const reached = judged.filter((row) => met(row) === true).length;
  return `<!-- Written by \`npm run confirm -- --document\`; do not edit. -->
# Confirmed over real sockets

The goals of [the proof](proof.md), each once with the programs that users run: \`fairlead simulator\` as the platforms,
\`fairlead gateway\` with a configuration file, and \`fairlead load\` as the clients, each a process of its own, over loopback.
Faults are set while it runs, over the simulator's control address; what counts is what the simulator's log and bills say, and
what the loads saw.

- Command: \`npm run confirm\`; one goal: \`npm run confirm -- --goal G4\`
- ${run.day}, ${run.place}, ${run.seconds} s
- ${reached} of ${judged.length} targets met

Rates and times are smaller than in the proof, as far as two cores carry them beside clients and platforms; the figures are
counts and shares for that reason. Where a target here is wider than in the proof, the last column says why. One run is one draw:
the proof's seeds say how far draws lie apart.

${all.map(goalText).join("\n")}`;
}

function goalText({ goal, rows }: Confirmed): string {
  return `## ${goal.id}: ${goal.title}

${goal.world}

| figure | target of the proof | target here | measured | | confirmed with | remark |
|---|---|---|---|---|---|---|
${rows.map(rowText).join("\n")}
`;
}

function rowText(row: Row): string {
  const proof = row.proof === undefined ? "" : aimText(row.proof, row);
  const here = row.here === undefined ? proof : aimText(row.here, row);
  return `| ${row.figure} | ${proof} | ${here} | ${valueText(row.measured, row)} | ${verdictOf(row)} | ${row.from} | ${row.note ?? ""} |`;
}

function verdictOf(row: Row): string {
  const verdict = met(row);
  if (verdict === undefined) return "";
  return verdict ? "met" : "**missed**";
}

function aimText(aim: Aim, row: Row): string {
  return `${aim.is === "at most" ? "<=" : ">="} ${valueText(aim.value, row)}`;
}

function valueText(value: number, { unit, digits }: Row): string {
  if (Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return "never";
  const shown = (unit === "%" ? value * 100 : value).toFixed(digits);
  return unit === "" ? shown : `${shown} ${unit}`;
}
