// `npm run operate`: follows docs/operate.md word for word, as root, on this machine: makes /opt/fairlead, /etc/fairlead and
// a user. For a machine that may be changed; a simulated Claude answers. `--list` prints the commands and runs nothing.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensureNodeModules, node24, ROOT, runScript, SetupError } from "./setup.mjs";

/** The blocks of the page that are for a machine without systemd, in order. */
export function blocksOf(text) {
  return [...text.matchAll(/^```sh( systemd| no-systemd)?\n([\s\S]*?)^```$/gm)]
    .filter(([, kind]) => kind !== " systemd")
    .map(([, , block]) => block);
}

async function main() {
  const page = readFileSync(join(ROOT, "docs", "operate.md"), "utf8");
  const blocks = blocksOf(page);
  if (process.argv.includes("--list")) {
    console.log(blocks.join("\n"));
    return 0;
  }
  if (process.getuid?.() !== 0)
    throw new SetupError("the page is written for root; run as root on a machine of your own");
  if (existsSync("/opt/fairlead")) throw new SetupError("/opt/fairlead is there already: the page begins with nothing");
  ensureNodeModules();
  ensureBuilt();
  const simulator = spawn(node24(), [join(ROOT, "packages/cli/bin/fairlead.js"), "simulator", "--quiet"], {
    stdio: "ignore",
  });
  try {
    // One shell for all blocks, as somebody who pastes them has; the simulator stands in for the API as section 5 says.
    const script = blocks
      .map((block, i) => `echo "--- block ${i + 1} of ${blocks.length}" >&2\n${block}`)
      .join("\n")
      .replace(
        "fairlead config check -c /etc/fairlead/fairlead.yaml\n",
        "sed -i 's#^ANTHROPIC_BASE_URL=.*#ANTHROPIC_BASE_URL=http://127.0.0.1:4200#' /etc/fairlead/common.env\n" +
          "set -a; . /etc/fairlead/common.env; set +a\nfairlead config check -c /etc/fairlead/fairlead.yaml\n",
      );
    const run = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, FAIRLEAD_REPOSITORY: ROOT, ANTHROPIC_API_KEY: "sk-ant-simulated-0000" },
    });
    console.log(run.status === 0 ? `all ${blocks.length} blocks ran` : `a block failed with exit code ${run.status}`);
    return run.status === 0 ? 0 : 1;
  } finally {
    simulator.kill();
  }
}

if (process.argv[1]?.endsWith("operate.mjs")) await runScript(main);
