#!/usr/bin/env node
// The doctor by itself: looks at the Node it runs on, then starts. In syntax that old versions of Node can read.

var version = process.versions.node.split(".").map(Number);

function fail(text) {
  console.error(text);
  process.exit(2);
}

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  fail(
    "fairlead-doctor: needs Node 20.19 or newer, and this is Node " +
      process.versions.node +
      " (" +
      process.execPath +
      ").\nFix: install Node 24 from https://nodejs.org (or: nvm install 24), then run again.",
  );
} else {
  // Whatever was forgotten must not look like a verdict (1), nor leave the terminal without a cursor.
  process.on("uncaughtException", (error) => {
    if (process.stdout.isTTY) process.stdout.write("\u001b[?25h");
    // biome-ignore lint/complexity/useOptionalChain: parsed by any Node
    fail("fairlead-doctor: a mistake of the doctor; please report these lines (INTERNAL):\n" + (error && error.stack));
  });
  // By its own name, so that the conditions of this process choose between the build and the source.
  import("@fairlead/doctor/command").then(
    (doctor) =>
      doctor.main(process.argv.slice(2)).then((code) => {
        // A lookup of a name that hangs would keep the process for minutes.
        process.exit(code);
      }),
    (error) => {
      if (error.code !== "ERR_MODULE_NOT_FOUND") return fail(error.stack || String(error));
      fail(
        "fairlead-doctor: " +
          error.message.split("\n")[0] +
          "\nFix: in a checkout, run `npm run build`; otherwise install @fairlead/doctor again.",
      );
    },
  );
}
