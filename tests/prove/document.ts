// docs/proof.md from the played goals: how to repeat it, each goal's world, the table.

import { availableParallelism, cpus } from "node:os";
import { systemClock } from "@fairlead/runtime";
import type { Goal } from "./goal.ts";
import type { Subject } from "./subject.ts";
import { type Line, showAim, showCell } from "./table.ts";

/** What the document is made of. */
export interface Proof {
  readonly goals: readonly Goal[];
  readonly lines: readonly Line[];
  readonly subjects: readonly Subject[];
  /** How many fixed seeds and how many fresh ones. */
  readonly fixed: number;
  readonly freshSeeds: number;
  readonly peerSeeds: number;
  /** The fresh seeds are this and a number. */
  readonly fresh: string;
  readonly requests: number;
  readonly seconds: number;
  /** Runs in which an invariant did not hold. */
  readonly broken: number;
}

/** The document. */
export function proofDocument(proof: Proof): string {
  const { goals, lines, subjects } = proof;
  const date = new Date(systemClock().wall()).toISOString().slice(0, 10);
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? "an unknown processor"}, Node ${process.versions.node}`;
  const missed = lines.filter(({ met }) => met === false).length;
  const judged = lines.filter(({ met }) => met !== undefined).length;
  return `<!-- Written by \`npm run prove -- --document\`; do not edit. -->
# The proof

Clients, several gateway instances and the platforms they call, in virtual time on one clock. The instances run the gateway's
own stack, unmodified, with the defaults of its configuration; only time, chance and the wire are simulated. Peers are policies
written from their published descriptions, in the same worlds.

- Command: \`npm run prove\`; one world again, exactly: \`node --conditions=source tests/prove/main.ts --goal G1 --seed fixed-1\`
- ${date}, ${machine}: ${proof.fixed} fixed seeds and ${proof.freshSeeds} fresh ones (\`${proof.fresh}-1\` and on), ${proof.peerSeeds} for each peer, ${proof.requests.toLocaleString("en")} requests in ${proof.seconds} s
- ${judged - missed} of ${judged} targets met; ${proof.broken} runs broke an invariant

Each cell: median over the seeds / 95th percentile on the bad side. A target holds for the latter unless it says otherwise.
In fresh seeds the numbers of the worlds are shaken too, the network delays, loses and resets, and wall clocks jump.

${goals.map((goal) => section(goal, lines, subjects)).join("\n\n")}

## Who is compared

| subject | source |
|---|---|
${subjects.map(({ name, source }) => `| ${name} | ${source} |`).join("\n")}
`;
}

function section(goal: Goal, lines: readonly Line[], subjects: readonly Subject[]): string {
  const own = lines.filter((line) => line.goal === goal);
  const shown = subjects.filter(({ name }) =>
    own.some(({ cells }) => cells.some(({ subject, cell }) => subject === name && cell !== undefined)),
  );
  const rows = own.map(({ measure, met, cells }) => {
    const verdict = met === undefined ? "" : met ? "met" : "**missed**";
    const figures = shown.map(({ name }) => showCell(measure, cells.find(({ subject }) => subject === name)?.cell));
    return `| ${measure.name} | ${showAim(measure)} | ${verdict} | ${figures.join(" | ")} |`;
  });
  return `## ${goal.id}: ${goal.title}

${goal.world}

| figure | target | | ${shown.map(({ name }) => name).join(" | ")} |
|---|---|---|${shown.map(() => "---|").join("")}
${rows.join("\n")}${goal.bound === undefined ? "" : `\n\nWhat stands in the way of more: ${goal.bound}`}`;
}
