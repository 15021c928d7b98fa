// `npm run bench`: measures Fairlead beside direct, nginx and Portkey; arguments after -- go to bench/main.ts.
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureDebian, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt();
  // The C library's headers come with no command; found from /usr/bin.
  ensureDebian(["nginx", "gcc", { name: "libc6-dev", command: "../include/stdio.h" }]);
  return runNode(["--conditions=source", "bench/main.ts", ...process.argv.slice(2)]);
});
