// `fairlead gateway` from source, as a process that will be killed.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The command line, from source. */
export const FAIRLEAD: readonly string[] = ["--conditions=source", join(ROOT, "packages/cli/bin/fairlead.js")];

/** Starts one; resolves when it listens. `cache` keeps compiled code for the next one. Rejects with what it said when it ends first. */
export async function startGateway(file: string, cache: string): Promise<{ child: ChildProcess; url: string }> {
  const env = { ...process.env, UP: "sk-up-0123456789abcdef", NODE_OPTIONS: "", NODE_COMPILE_CACHE: cache };
  const child = spawn(process.execPath, [...FAIRLEAD, "gateway", "-c", file], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      // What it says later is not kept.
      if (text.length < 100_000) text += chunk;
      const found = /data (http:[^,\s]+), admin http:/.exec(text);
      if (found !== null) resolve({ child, url: found[1] as string });
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", () => reject(new Error(`the gateway did not start:\n${text}`)));
  });
}
