#!/usr/bin/env node
// The doctor by itself: looks at the Node it runs on, then starts. Written for any Node that knows modules.

var version = process.versions.node.split(".").map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error("fairlead-doctor: needs Node 20.19 or newer, and this is Node " + process.versions.node + " (" + process.execPath + ").\nFix: install Node 24 from https://nodejs.org, then run again.");
  process.exitCode = 2;
} else {
  import("@fairlead/doctor").then(function (doctor) {
    return doctor.main(process.argv.slice(2)).then(function (code) {
      process.exitCode = code;
    });
  });
}
