// `npm run stores:die`: Redis and PostgreSQL fail under running gateways; arguments after -- go to tests/outage/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["--conditions=source", "tests/outage/main.ts", ...process.argv.slice(2)]);
});
