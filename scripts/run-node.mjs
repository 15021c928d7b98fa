// Runs a program under the checkout's Node 24 in place of this process: same terminal, same signals, same exit code.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { node24, ROOT } from "./setup.mjs";

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
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
