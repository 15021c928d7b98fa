// `npm run ledger:kill`: the ledger under kills; arguments after -- go to tests/ledger/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["--conditions=source", "tests/ledger/main.ts", ...process.argv.slice(2)]);
});
