// `npm run failover`: the sixteen faults of the failover bench, as a scorecard; arguments after -- go to tests/failover/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["--conditions=source", "tests/failover/main.ts", ...process.argv.slice(2)]);
});
