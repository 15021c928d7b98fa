// Runs a program under the checkout's Node 24 in place of this process: same terminal, same signals, same exit code.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { node24, ROOT } from "./setup.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
const PARENT_CHECK_MS = 250;

/**
 * Starts Node 24 with `args` in the checkout and waits for its end.
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it, as a shell counts
 */
export function runNode(args, { env = process.env } = {}) {
  const child = spawn(node24(), args, { cwd: ROOT, env, stdio: "inherit" });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole foreground group: passing it on would be a second one.
    if (signal === "SIGINT" && isatty(0)) return;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  const watch = watchParent(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      for (const name of SIGNALS) process.off(name, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

// npm signals the shell it started, and the shell dies without a word to us: `kill` on `npm start` would leave an orphan.
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, PARENT_CHECK_MS);
  return watch;
}
