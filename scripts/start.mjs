// `npm start`: brings the checkout up and starts Fairlead (gateway, simulator); arguments after -- go to it.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["packages/cli/bin/fairlead.js", "start", ...process.argv.slice(2)]);
});
