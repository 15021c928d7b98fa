// `npm run doctor:lab`: the doctor in every world of the lab on every Node; writes docs/doctor-lab.md. Arguments after -- go to
// tests/lab/run.ts; with any the page is left alone.
import { LAB_DEBIAN } from "./lab-tools.mjs";
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureDebian, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  const given = process.argv.slice(2);
  ensureNodeModules();
  ensureBuilt();
  ensureDebian(LAB_DEBIAN);
  return runNode(["--conditions=source", "tests/lab/run.ts", ...(given.length === 0 ? ["--document"] : given)]);
});
