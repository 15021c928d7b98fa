// `npm run prove`: every goal of the engine in virtual time, beside its peers; arguments after -- go to tests/prove/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  return runNode(["--conditions=source", "tests/prove/main.ts", ...process.argv.slice(2)]);
});
