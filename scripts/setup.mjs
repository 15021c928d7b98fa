// Brings a bare checkout to where it can run: npm packages, Node 24, the build, test clients, Debian packages.
// Runs on plain Node 20 with nothing installed, because it is what installs things.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Oldest Node that the server side runs on (docs/decisions/0020 has why). */
const NODE_FLOOR = [22, 19];

const LOCK_WAIT_MS = 5 * 60_000;

/** A set-up step that failed; its message says what to do, so a caller prints it without a stack. */
export class SetupError extends Error {
  name = "SetupError";
}

/** Runs `main` and ends the process with its exit code; a SetupError is printed as plain text, exit code 1. */
export async function runScript(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`fairlead: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Installs the checkout's npm packages when what is installed differs from package-lock.json. */
export function ensureNodeModules() {
  ensurePackages(ROOT, "npm packages (once, about half a minute)");
}

/** Installs the clients that the tests drive (SDKs, Claude Code), a separate npm project in tests/clients. */
export function ensureClients() {
  const folder = join(ROOT, "tests", "clients");
  if (existsSync(join(folder, "package-lock.json"))) {
    ensurePackages(folder, "real clients for the tests (once, about 400 MB)");
  }
}

/** Compiles all packages into their dist folders with `tsc -b`; costs a few milliseconds when nothing changed. */
export function ensureBuilt({ force = false } = {}) {
  const stampFile = join(ROOT, "node_modules", ".fairlead-built");
  if (!force && readText(stampFile) === buildStamp()) return;
  exclusively(() => {
    if (!force && readText(stampFile) === buildStamp()) return;
    const tsc = join(ROOT, "node_modules", "typescript7", "bin", "tsc");
    say("building");
    const run = spawnSync(process.execPath, [tsc, "-b"], { cwd: ROOT, encoding: "utf8" });
    if (run.status !== 0) throw new SetupError(`the build failed (tsc -b):\n${run.stdout}${run.stderr}`);
    writeFileSync(stampFile, buildStamp());
  });
}

/**
 * Installs Debian packages whose command is not on the PATH.
 * @param wanted package names; `{ name, command }` where the command has another name than its package, or a path in
 * which one folder may be `*` where Debian keeps it off the PATH
 */
export function ensureDebian(wanted) {
  const missing = wanted
    .map((entry) => (typeof entry === "string" ? { name: entry, command: entry } : entry))
    .filter(({ command }) => findCommand(command) === undefined)
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const list = missing.join(" ");
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${list}`;
  if (findCommand("apt-get") === undefined) {
    throw new SetupError(
      `${list} is missing and this is no Debian. Install it with your package manager, then run again.`,
    );
  }
  if (process.getuid?.() !== 0) throw new SetupError(`${list} is missing. Run as root: ${byHand}`);
  say(`installing Debian packages: ${list}`);
  // RUNLEVEL=1 keeps a freshly installed server (nginx, redis) from being started as a service.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...missing]]) {
    const run = spawnSync("apt-get", ["-q", ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    if (run.status !== 0) {
      throw new SetupError(`apt-get ${args[0]} failed, try by hand: ${byHand}\n${tail(`${run.stdout}${run.stderr}`)}`);
    }
  }
}

/**
 * Path of the Node that runs everything but the scripts: the checkout's own 24, else this one if it is new enough.
 * Throws SetupError that names the fix when there is neither.
 */
export function node24() {
  const own = join(ROOT, "node_modules", ".bin", "node");
  if (existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return process.execPath;
  throw new SetupError(
    `Fairlead needs Node ${NODE_FLOOR.join(".")} or newer, this is ${process.versions.node} (${process.platform}-${process.arch}).\n` +
      "On linux-x64 the checkout brings Node 24 itself: run `npm ci`. Elsewhere install Node 24 from https://nodejs.org and run again.",
  );
}

function ensurePackages(folder, what) {
  if (isInstalled(folder)) return;
  exclusively(() => {
    if (isInstalled(folder)) return;
    say(`installing ${what}`);
    const [command, ...first] = npmCommand();
    // No package in the lock needs an install script, so none is run.
    const args = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const env = { ...process.env };
    delete env.npm_config_local_prefix;
    const run = spawnSync(command, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    if (run.status !== 0) {
      const why = run.error ? run.error.message : tail(`${run.stdout}${run.stderr}`);
      throw new SetupError(`npm ci failed in ${folder} (is the npm registry reachable?):\n${why}`);
    }
  });
}

/** True when node_modules holds exactly what the lock asks for, read from the record that npm itself leaves there. */
export function isInstalled(folder) {
  const record = readText(join(folder, "node_modules", ".package-lock.json"));
  if (record === undefined) return false;
  const wanted = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(record).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes("node_modules/")) continue;
    const found = present[path];
    if (found === undefined) {
      if (!entry.optional || isForThisMachine(entry)) return false;
    } else if (found.version !== entry.version || found.link !== entry.link) return false;
  }
  return Object.keys(present).every((path) => path in wanted);
}

// Packages gated by libc are left out: telling glibc from musl costs more than it saves here.
function isForThisMachine({ os, cpu, libc }) {
  return os?.includes(process.platform) === true && cpu?.includes(process.arch) === true && libc === undefined;
}

function npmCommand() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running) === "npm-cli.js" && existsSync(running)) {
    return [process.env.npm_node_execpath ?? process.execPath, running];
  }
  return ["npm"];
}

// Everything that goes into the build and everything that came out of it, by path, size and time.
function buildStamp() {
  const hash = createHash("sha256");
  const add = (file) => {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${mtimeMs} ${size}\n`);
  };
  for (const name of ["package-lock.json", "tsconfig.base.json", "tsconfig.json"]) add(join(ROOT, name));
  const packages = join(ROOT, "packages");
  for (const name of readdirSync(packages).sort()) {
    for (const file of ["package.json", "tsconfig.json"]) {
      if (existsSync(join(packages, name, file))) add(join(packages, name, file));
    }
    for (const folder of ["src", "dist"]) for (const file of filesUnder(join(packages, name, folder))) add(file);
  }
  return hash.digest("hex");
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

/** First file of that name on the PATH or in the system folders that a user's PATH often lacks. */
function findCommand(command) {
  if (command.startsWith("/")) return findPath(command);
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

function findPath(path) {
  const [before, after] = path.split("*");
  if (after === undefined) return existsSync(path) ? path : undefined;
  if (!existsSync(before)) return undefined;
  return readdirSync(before)
    .map((name) => `${before}${name}${after}`)
    .find((each) => existsSync(each));
}

// Two terminals may start at once in a fresh checkout; npm ci twice in one folder ruins both.
function exclusively(work) {
  const folder = join(ROOT, ".fairlead");
  const lock = join(folder, "setup.lock");
  mkdirSync(folder, { recursive: true });
  const giveUp = Date.now() + LOCK_WAIT_MS;
  let told = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(readText(lock));
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    else if (Date.now() > giveUp) {
      throw new SetupError(
        `process ${holder} has been setting up for five minutes. If it is none of yours: rm ${lock}`,
      );
    } else {
      if (!told) say(`waiting for another set-up in this checkout (process ${holder})`);
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function tail(text) {
  return text.trimEnd().split("\n").slice(-30).join("\n");
}

function say(what) {
  process.stderr.write(`fairlead: ${what}\n`);
}
