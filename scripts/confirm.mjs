// `npm run confirm`: the goals of the proof once over real sockets; arguments after -- go to tests/confirm/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  return runNode(["--conditions=source", "tests/confirm/main.ts", ...process.argv.slice(2)]);
});
