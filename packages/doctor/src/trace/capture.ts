// A packet capture beside the examination, by tcpdump or dumpcap where one of them is there and allowed.

import { type ChildProcess, spawn } from "node:child_process";
import type { Runtime } from "@fairlead/runtime";
import type { Machine } from "../machine.ts";
import type { Words } from "../words.ts";

/** How long a capture may take to begin, and to end after it was told to, milliseconds. */
const BEGIN_MS = 1_500;
const END_MS = 1_500;
/** Largest capture, packets: an examination takes some hundreds. */
const MOST_PACKETS = "50000";

/** A capture that runs. */
export interface Capture {
  readonly tool: string;
  readonly filter: string;
  end(): Promise<void>;
}

/** Begins to capture what goes to and from `addresses`; the reason when that is not possible. */
export async function beginCapture(
  path: string,
  addresses: readonly string[],
  machine: Machine,
  rt: Runtime,
): Promise<Capture | Words> {
  const tool = ["tcpdump", "dumpcap"].flatMap((name) => {
    const command = machine.findCommand(name);
    return command === undefined ? [] : [{ name, command }];
  })[0];
  if (tool === undefined) return { en: "neither tcpdump nor dumpcap is installed", zh: "未安装 tcpdump 或 dumpcap" };
  if (addresses.length === 0) return { en: "the target's address is not known", zh: "不知道目标的地址" };
  const filter = addresses.map((address) => `host ${address}`).join(" or ");
  const child = spawn(tool.command, argumentsOf(tool.name, path, filter), { stdio: ["ignore", "ignore", "pipe"] });
  const refusal = await whetherItRuns(child, rt);
  if (refusal !== undefined) {
    child.kill("SIGKILL");
    return { en: `${tool.name} could not capture: ${refusal}`, zh: `${tool.name} 无法抓包：${refusal}` };
  }
  return { tool: tool.name, filter, end: () => endOf(child, rt) };
}

function argumentsOf(tool: string, path: string, filter: string): string[] {
  if (tool === "dumpcap") return ["-q", "-i", "any", "-c", MOST_PACKETS, "-f", filter, "-w", path];
  // As root tcpdump would become another user, who may not write into that folder.
  const asRoot = process.getuid?.() === 0 ? ["-Z", "root"] : [];
  return ["-i", "any", "-n", "-U", "--immediate-mode", "-c", MOST_PACKETS, "-w", path, ...asRoot, filter];
}

/** Undefined when it captures; else its last line. */
function whetherItRuns(child: ChildProcess, rt: Runtime): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    const settle = (reason: string | undefined) => {
      timer.cancel();
      resolve(reason);
    };
    const timer = rt.clock.timer(BEGIN_MS, () => settle("it did not begin in time"));
    child.stderr?.on("data", (piece: Buffer) => {
      said += piece.toString("utf8");
      if (/listening on|Capturing on|File:/i.test(said)) settle(undefined);
    });
    child.once("error", (e: NodeJS.ErrnoException) => settle(e.code ?? e.message));
    child.once("exit", (code) => settle(said.trim().split("\n").at(-1)?.slice(0, 200) || `exit code ${code}`));
  });
}

/** SIGINT lets it write what it has; SIGKILL follows. */
function endOf(child: ChildProcess, rt: Runtime): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = rt.clock.timer(END_MS, () => {
      child.kill("SIGKILL");
      resolve();
    });
    child.once("exit", () => {
      timer.cancel();
      resolve();
    });
    child.kill("SIGINT");
  });
}
