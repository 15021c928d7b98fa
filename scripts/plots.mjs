// `npm run plots`: draws the plots of docs/policies from worlds in virtual time; names after -- draw only those.
import { runNode } from "./run-node.mjs";
import { ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  return runNode(["--conditions=source", "tests/prove/plots/main.ts", ...process.argv.slice(2)]);
});
