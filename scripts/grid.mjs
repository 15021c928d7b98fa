// `npm run grid`: every fault in every phase through the gateway, as a table; arguments after -- go to tests/grid/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["--conditions=source", "tests/grid/main.ts", ...process.argv.slice(2)]);
});
