// `npm run limits:confirm`: shared limits on a real Redis; arguments after -- go to tests/limits/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  return runNode(["--conditions=source", "tests/limits/main.ts", ...process.argv.slice(2)]);
});
