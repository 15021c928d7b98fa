// `npm run ledger:kill`: kills gateways' ledgers, compares what is left with the bill, writes docs/ledger-proof.md.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Part, proofDocument } from "./document.ts";
import { type KillResult, killRun } from "./kill-run.ts";
import { socketRun } from "./socket-run.ts";
import { postgresHarm, sqliteHarm } from "./store-harm.ts";

const HELP = `npm run ledger:kill -- [options]

  --store sqlite|postgres|both  where rows go (both)
  --kills N                     processes to kill, 1 to 100000 (100)
  --attempts N                  attempts in all (1000 for each kill)
  --seed TEXT                   chance (part-1); a part of the same store, form and seed replaces the one before
  --sockets                     real gateway processes, a real simulator and clients, instead of the driven meter
  --slow SHARE                  with --sockets: answers that come at a model's pace, 0 to 1 (1); others come at once
  --no-document                 print the figures only

Parts add up in docs/ledger-proof.json; docs/ledger-proof.md is written from all of them.
`;

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "both" },
    kills: { type: "string", default: "100" },
    attempts: { type: "string" },
    seed: { type: "string", default: "part-1" },
    sockets: { type: "boolean", default: false },
    slow: { type: "string", default: "1" },
    "no-document": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const attempts = Number(values.attempts ?? kills * 1_000);
const slowShare = Number(values.slow);
const wrong =
  !(slowShare >= 0 && slowShare <= 1) ||
  !["sqlite", "postgres", "both"].includes(values.store) ||
  !Number.isInteger(kills) ||
  kills < 1 ||
  kills > 100_000 ||
  !Number.isInteger(attempts) ||
  attempts < kills;
if (values.help || wrong) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

let bad = 0;
for (const store of values.store === "both" ? ["sqlite", "postgres"] : [values.store]) {
  const result = store === "sqlite" ? await onSqlite() : await onPostgres();
  const part: Part = {
    store,
    form: values.sockets ? "sockets" : "driven",
    seed: values.seed,
    day: new Date().toISOString().slice(0, 10),
    countedMs: 5,
    ...(values.sockets ? { slowShare } : {}),
    ...result,
    byPoint: [...result.byPoint].sort(),
    harmed: [...result.harmed].sort(),
  };
  console.log(part);
  if (
    part.lost + part.double + part.wrong + part.drift + part.leftInSpool > 0 ||
    !part.sumsHold ||
    (part.offAfter ?? 0) > 0
  )
    bad += 1;
  if (!values["no-document"]) keep(part);
}
process.exitCode = bad === 0 ? 0 : 1;

function onSqlite(): Promise<KillResult> {
  const run = { kills, attempts, seed: values.seed, store: "sqlite:{folder}/ledger.db", harm: sqliteHarm, told };
  return values.sockets ? socketRun({ ...run, slowShare }) : killRun(run);
}

async function onPostgres(): Promise<KillResult> {
  const { startPostgres } = await import("../stores/postgres-server.ts");
  const server = await startPostgres();
  try {
    const run = { kills, attempts, seed: values.seed, store: server.url, harm: () => postgresHarm(server), told };
    return await (values.sockets ? socketRun({ ...run, slowShare }) : killRun(run));
  } finally {
    await server.remove();
  }
}

function told(done: number, of: number): void {
  if (done % 50 === 0 || done === of) console.error(`${done} of ${of} killed`);
}

function keep(part: Part): void {
  const json = fileURLToPath(new URL("../../docs/ledger-proof.json", import.meta.url));
  let parts: Part[] = [];
  try {
    parts = JSON.parse(readFileSync(json, "utf8")) as Part[];
  } catch {
    // The first part.
  }
  const name = ({ store, form, seed }: Part) => `${form} ${store} ${seed}`;
  parts = [...parts.filter((one) => name(one) !== name(part)), part].sort((a, b) => (name(a) < name(b) ? -1 : 1));
  writeFileSync(json, `${JSON.stringify(parts, undefined, 1)}\n`);
  writeFileSync(json.replace(/json$/, "md"), proofDocument(parts));
}
