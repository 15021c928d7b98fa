// `npm run prove`: plays every goal for the engine and its peers over many seeds, prints the table, exits 1 when a target is missed.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemRandom } from "@fairlead/runtime";
import { playAll } from "./crew.ts";
import { proofDocument } from "./document.ts";
import { FIXED } from "./goal.ts";
import { GOALS } from "./goals.ts";
import { SUBJECTS } from "./subjects.ts";
import { linesOf, printed } from "./table.ts";
import type { Done, Job } from "./worker.ts";

const HELP = `npm run prove -- [options]
  --goal G1,G2     these goals only
  --subject NAME   this subject only (fairlead, "Anthropic SDK", ...)
  --seed SEED      this seed only, with the figures of each run: replays it exactly
  --fixed N        how many fixed seeds (50)
  --fresh N        how many fresh seeds (50)
  --peers N        how many seeds for each peer (5)
  --threads N      threads (2)
  --document       write docs/proof.md
  --list           every run's figures`;

/** So many broken invariants are told in words. */
const MAX_TOLD = 20;

const { values } = parseArgs({
  options: {
    goal: { type: "string" },
    subject: { type: "string" },
    seed: { type: "string" },
    fixed: { type: "string", default: "50" },
    fresh: { type: "string", default: "50" },
    peers: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    document: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const wanted = values.goal?.split(",");
const goals = GOALS.filter(({ id }) => wanted === undefined || wanted.includes(id));
const subjects = SUBJECTS.filter(({ name }) => values.subject === undefined || values.subject === name);
if (goals.length === 0 || subjects.length === 0 || (wanted ?? []).length > GOALS.length) {
  console.error(
    `Goals are ${GOALS.map(({ id }) => id).join(", ")}; subjects ${SUBJECTS.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(2);
}

const fresh = Math.floor(systemRandom().next() * 2 ** 32).toString(36);
const seeds =
  values.seed !== undefined
    ? [values.seed]
    : [
        ...Array.from({ length: Number(values.fixed) }, (_, i) => `${FIXED}${i + 1}`),
        ...Array.from({ length: Number(values.fresh) }, (_, i) => `${fresh}-${i + 1}`),
      ];
const peerSeeds = seeds.slice(0, values.seed === undefined ? Number(values.peers) : 1);
const jobs: Job[] = goals.flatMap((goal) =>
  subjects
    .filter(({ name, spreads }) => goal.without?.[name] === undefined && (goal.spreadsOnly !== true || spreads))
    .flatMap(({ name, ours }) => (ours ? seeds : peerSeeds).map((seed) => ({ goal: goal.id, subject: name, seed }))),
);

const startedAt = performance.now();
const runs: Done[] = [];
let toldBroken = 0;
const progress = new Map(
  goals.map(({ id }) => [id, { left: jobs.filter(({ goal }) => goal === id).length, ms: 0, requests: 0 }]),
);
await playAll(jobs, Number(values.threads), (done) => {
  runs.push(done);
  const { job } = done;
  if (values.list || values.seed !== undefined) {
    const figures = done.figures.map((one) => Number(one.toPrecision(5))).join(" ");
    console.log(
      `${job.goal} ${job.subject} ${job.seed}: ${figures} (${done.requests} requests, ${Math.round(done.tookMs)} ms)`,
    );
  }
  if (values.seed !== undefined) for (const note of done.notes ?? []) console.log(`  ${note}`);
  for (const what of toldBroken < MAX_TOLD ? done.broken : []) {
    toldBroken += 1;
    console.log(`${job.goal} ${job.subject} seed ${job.seed}: BROKEN ${what}`);
  }
  const goal = progress.get(job.goal);
  if (goal === undefined) return;
  goal.left -= 1;
  goal.ms += done.tookMs;
  goal.requests += done.requests;
  if (goal.left > 0) return;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const each = ((goal.ms * 1_000) / goal.requests).toFixed(1);
  console.log(
    `${job.goal} done after ${seconds} s: ${goal.requests} requests, ${(goal.ms / 1_000).toFixed(1)} s of one core, ${each} us a request`,
  );
});

const lines = linesOf(
  goals,
  subjects.map(({ name }) => name),
  runs,
);
console.log(printed(lines));
const broken = runs.filter((run) => run.broken.length > 0);
const missed = lines.filter(({ met }) => met === false);
const requests = runs.reduce((sum, run) => sum + run.requests, 0);
const coreSeconds = Math.round(runs.reduce((sum, run) => sum + run.tookMs, 0) / 1_000);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  `\n${seeds.length} seeds (fresh: ${fresh}-1 and on), ${peerSeeds.length} for each peer, ${requests} requests in ${seconds} s (${coreSeconds} s of one core)`,
);
console.log(`${missed.length} targets missed, ${broken.length} runs with a broken invariant`);
for (const { goal, measure } of missed) console.log(`missed: ${goal.id} ${measure.name}`);
for (const { job } of broken.slice(0, 10)) {
  console.log(`replay: node --conditions=source tests/prove/main.ts --goal ${job.goal} --seed ${job.seed}`);
}
if (values.document) {
  writeFileSync(
    new URL("../../docs/proof.md", import.meta.url),
    proofDocument({
      goals,
      lines,
      subjects,
      fixed: seeds.filter((seed) => seed.startsWith(FIXED)).length,
      freshSeeds: seeds.filter((seed) => !seed.startsWith(FIXED)).length,
      peerSeeds: peerSeeds.length,
      fresh,
      requests,
      seconds,
      broken: broken.length,
    }),
  );
  console.log("written: docs/proof.md");
}
process.exitCode = missed.length === 0 && broken.length === 0 ? 0 : 1;
