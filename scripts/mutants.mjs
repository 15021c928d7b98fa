// `npm run mutants`: planted faults that the tests must notice; arguments after -- go to tests/mutants/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  return runNode(["--conditions=source", "tests/mutants/main.ts", ...process.argv.slice(2)]);
});
