// Plays the lab from the command line: `node --conditions=source tests/lab/run.ts --only dns-refused --node 24`.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ensureNodes, NODE_VERSIONS } from "../../scripts/nodes.mjs";
import { coverageProblems } from "./coverage.ts";
import { labDocument } from "./document.ts";
import type { Told } from "./inside.ts";
import type { Judged } from "./judge.ts";
import { hindrance, play, readScenarios } from "./play.ts";
import { type Named, NODES, type NodeMajor } from "./scenario.ts";
import { SLOTS } from "./slots.ts";
import { measureSpeed } from "./speed.ts";

const USAGE = `--only a,b     scenarios whose names hold one of these parts (default all)
--node 20,24   Nodes (default 20,22,24,26)
--jobs N       worlds at a time (default ${SLOTS}, and never more on the whole machine)
--repeat N     runs of each (default 1)
--json FILE    writes all results
--show         prints the whole report of each run
--document     writes docs/doctor-lab.md (with all scenarios and Nodes)
--en           leaves out the run in Chinese
--exec CMD     runs a shell command in the client's namespace in place of the doctor ($NODE is the Node)`;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    node: { type: "string", default: NODES.join(",") },
    jobs: { type: "string", default: String(SLOTS) },
    repeat: { type: "string", default: "1" },
    json: { type: "string" },
    exec: { type: "string" },
    document: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
    en: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const why = await hindrance();
  if (why !== undefined) {
    console.error(`no lab here: ${why}`);
    return 2;
  }
  const scenarios = await readScenarios(values.only.split(",").filter((part) => part !== ""));
  if (scenarios.length === 0) {
    console.error(`no scenario holds ${values.only}`);
    return 2;
  }
  const majors = values.node.split(",").map(Number) as NodeMajor[];
  const nodes = ensureNodes(majors) as ReadonlyMap<NodeMajor, string>;
  const began = performance.now();
  const judged = await play({
    scenarios,
    nodes,
    jobs: Number(values.jobs),
    repeat: Number(values.repeat),
    chinese: !values.en,
    ...(values.exec === undefined ? {} : { exec: values.exec }),
    onJudged: print,
    onTold: printExec,
  });
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(judged, undefined, 1));
  if (values.exec !== undefined) return 0;
  if (values.document) await writeDocument(scenarios, judged, nodes, (performance.now() - began) / 1_000);
  const bad = judged.filter(({ problems }) => problems.length > 0);
  console.log(
    `\n${judged.length} runs of ${scenarios.length} scenarios in ${Math.round((performance.now() - began) / 1_000)} s: ${judged.length - bad.length} as expected, ${bad.length} not`,
  );
  for (const name of new Set(bad.map((one) => one.name)))
    console.log(
      `  not as expected: ${name} on ${bad
        .filter((one) => one.name === name)
        .map(({ major, language }) => `${major}${language === "zh" ? " zh" : ""}`)
        .join(", ")}`,
    );
  return bad.length === 0 ? 0 : 1;
}

async function writeDocument(
  scenarios: readonly Named[],
  judged: readonly Judged[],
  nodes: ReadonlyMap<NodeMajor, string>,
  seconds: number,
): Promise<void> {
  const speeds = await measureSpeed(nodes);
  for (const { major, startMs, examinedMs } of speeds)
    console.log(`Node ${major}: starts in ${startMs} ms, examines a healthy line in ${examinedMs} ms`);
  for (const gap of coverageProblems(scenarios)) console.log(`open: ${gap}`);
  writeFileSync(
    new URL("../../docs/doctor-lab.md", import.meta.url),
    labDocument(scenarios, judged, speeds, NODE_VERSIONS, seconds),
  );
  console.log("written: docs/doctor-lab.md");
}

function print(judged: Judged): void {
  const { name, major, language, round, verdict, ms, examinedMs, problems, report, stderr } = judged;
  const times = `${(ms / 1_000).toFixed(2)} s${examinedMs === undefined ? "" : ` (${(examinedMs / 1_000).toFixed(2)} s)`}`;
  const again = Number(values.repeat) > 1 ? ` #${round + 1}` : "";
  console.log(
    `${problems.length === 0 ? "ok  " : "FAIL"} ${name.padEnd(36)} ${major} ${language}${again} ${verdict.padEnd(28)} ${times}`,
  );
  for (const problem of problems) console.log(`       ${problem}`);
  if (problems.length > 0 && report !== undefined) {
    console.log(
      `       findings: ${report.findings.map(({ code, severity, confidence }) => `${code} (${severity} ${confidence})`).join(", ") || "none"}`,
    );
    for (const probe of report.probes)
      if (probe.status !== "pass") console.log(`       ${probe.status} ${probe.id} ${probe.ms} ms: ${probe.note}`);
  }
  if (problems.length > 0 && stderr.trim() !== "") console.log(`       stderr: ${stderr.trim().slice(0, 1_000)}`);
  if (values.show) console.log(JSON.stringify(report, undefined, 1));
}

function printExec(name: string, told: Told): void {
  if (told.kind === "exec")
    console.log(`${name} ${told.major}: exit ${told.code} in ${told.ms} ms\n${told.stdout}${told.stderr}`);
  if (told.kind === "error" && values.exec !== undefined) console.log(`${name}: ${told.error}`);
}

process.exitCode = await main();
