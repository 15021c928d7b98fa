// `npm run plots`: plays the worlds of the plots and writes docs/policies/plots; `--check` only says which are out of step.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawn } from "./chart.ts";
import { PLOTS } from "./plots.ts";

const { values, positionals: wanted } = parseArgs({
  options: { check: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = PLOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(`Plots are ${PLOTS.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
const folder = new URL("../../../docs/policies/plots/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const plot of chosen) {
  const file = new URL(`${plot.name}.svg`, folder);
  const text = drawn(await plot.make());
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (values.check) process.exitCode = 1;
  else writeFileSync(file, text);
  console.log(`docs/policies/plots/${plot.name}.svg ${values.check ? "is not what the code draws now" : "written"}`);
}
