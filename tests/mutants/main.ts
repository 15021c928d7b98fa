// `npm run mutants`: plants one fault at a time and sees whether the tests notice; exits 1 when one survives.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./copy.ts";
import { runAll, runClean, type Verdict } from "./crew.ts";
import { mutantsDocument } from "./document.ts";
import { planted } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

const HELP = `npm run mutants -- [options]
  --policy retry,budget  the faults of these policies and mechanics only
  --only TEXT            the faults whose sentence or file holds this text
  --lanes N              processes at once (2)
  --document             write the sections of these policies in docs/mutants.md; not with --only`;

const PAGE = join(ROOT, "docs", "mutants.md");

const { values } = parseArgs({
  options: {
    policy: { type: "string" },
    only: { type: "string" },
    lanes: { type: "string", default: "2" },
    document: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const policies = values.policy?.split(",");
const only = values.only ?? "";
const chosen = MUTANTS.filter(
  ({ policy, file, what }) =>
    (policies === undefined || policies.includes(policy)) && (what.includes(only) || file.includes(only)),
);
if (chosen.length === 0 || (values.document && only !== "")) {
  console.error(`${HELP}\nPolicies: ${[...new Set(MUTANTS.map(({ policy }) => policy))].join(", ")}.`);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

const lost = chosen.filter((mutant) => planted(readFileSync(join(ROOT, mutant.file), "utf8"), mutant) === undefined);
for (const { file, what, find } of lost) {
  console.log(`LOST      ${file}: ${what}\n          its text does not occur exactly once: ${JSON.stringify(find)}`);
}
const startedAt = performance.now();
const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))].sort();
const ill = await runClean(tests);
for (const { by, why } of ill) console.log(`ILL       without any fault: ${by}\n          ${why}`);
if (ill.length > 0) process.exit(1);

const verdicts = await runAll(
  chosen.filter((mutant) => !lost.includes(mutant)),
  Number(values.lanes),
  show,
);
const survived = verdicts.filter(({ how }) => how !== "red");
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
console.log(
  `${verdicts.length} faults planted, ${verdicts.length - survived.length} red, ${survived.length} not, ${lost.length} lost their place; ${seconds} s`,
);
if (values.document && survived.length + lost.length === 0) {
  writeFileSync(PAGE, mutantsDocument(MUTANTS, verdicts, existsSync(PAGE) ? readFileSync(PAGE, "utf8") : ""));
}
process.exit(survived.length + lost.length === 0 ? 0 : 1);

function show({ mutant, how, by, why, tookMs }: Verdict): void {
  const label = { red: "red", survived: "SURVIVED", unloaded: "UNLOADED" }[how].padEnd(9);
  const ms = `${(tookMs / 1_000).toFixed(1)} s`.padStart(7);
  console.log(`${label} ${ms} ${mutant.policy}: ${mutant.what} [${mutant.file}]`);
  if (by !== "") console.log(`                  ${by}${how === "red" ? "" : `: ${why}`}`);
}
