// `npm run build`: compiles every package into its dist folder.
import { ensureBuilt, ensureNodeModules, runScript } from "./setup.mjs";

await runScript(() => {
  ensureNodeModules();
  ensureBuilt({ force: true });
  return 0;
});
