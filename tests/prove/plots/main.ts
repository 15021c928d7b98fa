// `npm run plots`: plays the worlds of the plots and writes docs/policies/plots; names as arguments draw only those.

import { mkdirSync, writeFileSync } from "node:fs";
import { drawn } from "./chart.ts";
import { PLOTS } from "./plots.ts";

const wanted = process.argv.slice(2);
const chosen = PLOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (chosen.length === 0) {
  console.error(`Plots are ${PLOTS.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
const folder = new URL("../../../docs/policies/plots/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const plot of chosen) {
  const startedAt = performance.now();
  writeFileSync(new URL(`${plot.name}.svg`, folder), drawn(await plot.make()));
  console.log(`wrote docs/policies/plots/${plot.name}.svg (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
}
