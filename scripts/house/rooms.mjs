// The house's plan: which room may use which, where rules do not apply, and the few exceptions with their reasons.

/**
 * Arrows between rooms: a room may import the rooms listed, by package name. "providers/anthropic" allows that entry
 * only. A room without a row is a finding, so a new room starts here.
 */
export const ARROWS = {
  runtime: [],
  protocol: [],
  stores: ["runtime"],
  simulator: ["runtime", "protocol"],
  engine: ["runtime", "protocol", "stores"],
  providers: ["engine", "protocol", "runtime"],
  client: ["engine", "providers/anthropic", "providers/transport", "protocol", "runtime"],
  doctor: ["protocol", "runtime"],
  gateway: ["engine", "providers", "stores", "protocol", "runtime"],
  cli: ["client", "gateway", "doctor", "simulator", "stores", "protocol", "runtime"],
};

/** Rooms that must install nothing from outside: they run inside other people's programs. */
export const NO_THIRD_PARTY = ["runtime", "protocol", "engine", "providers", "client", "doctor"];

/** Rooms that may touch time and chance directly. */
export const OWN_TIME = ["runtime", "cli"];

/** Path prefixes that may read process.env. */
export const OWN_ENVIRONMENT = [
  "packages/cli/",
  "packages/gateway/src/config/",
  "packages/doctor/src/local-machine.ts",
];

/** Names that say nothing; a file or folder called so collects what belongs elsewhere. */
export const EMPTY_NAMES = ["util", "utils", "common", "helper", "helpers", "shared", "core", "types", "misc"];

/** A file longer than this is two files, lines. */
export const MAX_LINES = 400;

/**
 * Exceptions: this file may break this rule for this name, for this reason. A row that excuses nothing is a finding.
 * `name` is the name as the finding prints it (crypto.randomBytes, process.env, the variable's name).
 */
export const EXCEPTIONS = [
  {
    file: "packages/stores/src/sqlite/worker.ts",
    rule: "side-effect",
    name: "if (parentPort !== null) serve(parentPort, workerData as ...",
    reason: "it is the entry of a thread, as a bin is that of a process, and does nothing outside of one",
  },
];
