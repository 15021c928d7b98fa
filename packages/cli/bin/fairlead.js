#!/usr/bin/env node
// The fairlead command: looks at the Node it runs on, then starts the program. Written for any Node that knows modules.

const FLOOR = [22, 19];

/**
 * Commands that serve for days: the size of their nursery is fixed, half of it costs a fourteenth more CPU, and it is
 * collected in one thread: so little survives there that threads cost more than they save.
 */
const SERVERS = ["gateway", "start"];
const NURSERY = "--max-semi-space-size";
const NURSERY_FLAGS = [NURSERY + "=32", "--no-parallel-scavenge"];

/** Commands after which the process ends at once: a lookup of a name that hangs would keep it for minutes. */
const ENDS_AT_ONCE = ["doctor"];

/**
 * Starts this process over, in place and with the same id, when V8 must be told something that it only hears at its start.
 * Not where somebody has told it already, nor where a process cannot be replaced (Windows).
 */
function restarted() {
  const told = process.execArgv.concat(process.env.NODE_OPTIONS || "").some((one) => one.includes(NURSERY));
  if (told || !SERVERS.includes(process.argv[2]) || typeof process.execve !== "function") return false;
  const flags = process.execArgv.concat(NURSERY_FLAGS);
  process.execve(process.execPath, [process.execPath].concat(flags, process.argv.slice(1)), process.env);
  return true;
}

function start() {
  const version = process.versions.node.split(".").map(Number);
  if (version[0] < FLOOR[0] || (version[0] === FLOOR[0] && version[1] < FLOOR[1])) {
    console.error(
      "fairlead: needs Node " +
        FLOOR.join(".") +
        " or newer, and this is Node " +
        process.versions.node +
        " (" +
        process.execPath +
        ").\n" +
        "Fix: install Node 24 from https://nodejs.org (or: nvm install 24), then run again.\n" +
        "In a checkout of Fairlead on linux-x64, `npm start` brings its own Node 24.",
    );
    process.exitCode = 1;
    return;
  }
  if (restarted()) return;
  // By its own name, so that the conditions of this process choose between the build and the source.
  import("fairlead").then(
    (program) =>
      program.main(process.argv.slice(2)).then((code) => {
        if (ENDS_AT_ONCE.includes(process.argv[2])) process.exit(code);
        process.exitCode = code;
      }),
    (error) => {
      if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      console.error(
        "fairlead: " +
          error.message.split("\n")[0] +
          "\nFix: in a checkout, run `npm run build`; otherwise install fairlead again.",
      );
      process.exitCode = 1;
    },
  );
}

start();
