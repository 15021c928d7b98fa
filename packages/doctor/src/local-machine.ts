// The machine that this process runs on.

import { execFile } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { basename, delimiter, isAbsolute, join } from "node:path";
import * as tls from "node:tls";
import type { Machine, Ran } from "./machine.ts";

/** Largest file that is read, bytes. */
const LARGEST = 1_048_576;
/** Largest output that is kept of a started program, bytes: a store of roots as PEM is under 1 MB. */
const OUTPUT = 8_388_608;

/** The real one. The only place of the doctor that reads the process's environment. */
export function localMachine(): Machine {
  const env = { ...process.env };
  const platform = process.platform === "darwin" || process.platform === "win32" ? process.platform : "linux";
  return {
    platform,
    wsl: platform === "linux" && /microsoft/i.test(readText("/proc/version") ?? ""),
    container: platform === "linux" && inContainer(),
    env,
    home: homeOf(env),
    cwd: cwdOf(env),
    user: userOf(env),
    hostname: hostname(),
    shell: shellOf(platform, env),
    nodeVersion: process.versions.node,
    readText,
    readBytes,
    statOf,
    canRun: (path) => process.platform === "win32" || canRun(path),
    list,
    findCommand: (name) => findCommand(name, platform, env),
    run: (command, args, timeoutMs, extra) => run(command, args, timeoutMs, env, extra),
    ...systemRoots(),
  };
}

/** Node's own reading of the store: 22.15, 23.10 and newer have it. */
function systemRoots(): Pick<Machine, "systemRoots"> {
  const { getCACertificates } = tls as { getCACertificates?: (kind: "system") => string[] };
  return getCACertificates === undefined ? {} : { systemRoots: () => getCACertificates("system") };
}

/** Shell that the user's commands are for, from what it leaves in the environment. */
export function shellOf(platform: Machine["platform"], env: Machine["env"]): Machine["shell"] {
  const modules = env["PSModulePath"] ?? "";
  if (platform === "win32") {
    if (env["MSYSTEM"] !== undefined && env["SHELL"] !== undefined) return "sh";
    // Windows itself sets this for everybody; only PowerShell puts the user's own folder in front.
    return /documents[\\/](?:windows)?powershell/i.test(modules) ? "powershell" : "cmd";
  }
  if (modules !== "") return "powershell";
  const name = basename(env["SHELL"] ?? "");
  return name === "fish" ? "fish" : name === "pwsh" ? "powershell" : "sh";
}

function homeOf(env: Machine["env"]): string {
  try {
    return homedir();
  } catch {
    return env["HOME"] ?? env["USERPROFILE"] ?? "/";
  }
}

/** A working folder that is gone throws. */
function cwdOf(env: Machine["env"]): string {
  try {
    return process.cwd();
  } catch {
    return homeOf(env);
  }
}

/** A user without an entry in the password file throws. */
function userOf(env: Machine["env"]): string {
  try {
    return userInfo().username;
  } catch {
    return env["USER"] ?? env["USERNAME"] ?? "";
  }
}

function inContainer(): boolean {
  if (existsSync("/.dockerenv") || existsSync("/run/.containerenv")) return true;
  return /docker|kubepods|containerd|\/lxc\//.test(readText("/proc/1/cgroup") ?? "");
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    const stat = statSync(path);
    if (stat.isDirectory() || stat.size > LARGEST) return undefined;
    // Files of /proc say that they are empty, and a pipe would be waited for without end.
    if (stat.isFile() && stat.size > 0) return readFileSync(path);
    return stat.isFile() ? readUnsized(path) : undefined;
  } catch {
    return undefined;
  }
}

function readUnsized(path: string): Uint8Array {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(65_536);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}

function readText(path: string): string | undefined {
  const bytes = readBytes(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

function statOf(path: string): ReturnType<Machine["statOf"]> {
  try {
    const stat = statSync(path);
    accessSync(path, constants.R_OK);
    return { kind: stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other", bytes: stat.size };
  } catch (e) {
    return { error: (e as NodeJS.ErrnoException).code ?? "ERROR" };
  }
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function findCommand(name: string, platform: Machine["platform"], env: Machine["env"]): string | undefined {
  const windows = platform === "win32";
  const folders = (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((one) => one !== "" && isAbsolute(one));
  const endings = windows ? ["", ...(env["PATHEXT"] ?? ".COM;.EXE;.BAT;.CMD").split(";")] : [""];
  for (const folder of folders)
    for (const ending of endings) {
      const path = join(folder, name + ending);
      try {
        if (!statSync(path).isFile()) continue;
        if (!windows) accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not there, or not to be run: the next one.
      }
    }
  return undefined;
}

function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  env: Machine["env"],
  extra: { readonly [name: string]: string } = {},
): Promise<Ran | undefined> {
  return new Promise((resolve) => {
    const options = {
      env: { ...env, ...extra },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: OUTPUT,
      windowsHide: true,
      encoding: "utf8",
    } as const;
    try {
      const child = execFile(command, [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === "string" && code !== "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return resolve(undefined);
        resolve({ code: typeof code === "number" ? code : null, stdout, stderr });
      });
      child.stdin?.end();
    } catch {
      resolve(undefined);
    }
  });
}
