// What /proc says about a process tree and the machine: CPU time, resident memory, busy time.
import { readdirSync, readFileSync } from "node:fs";

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // A thread or process may end between listing and reading.
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** On-CPU time in nanoseconds from the text of a schedstat file ("run wait slices"). Throws when it is not one. */
export function parseSchedstat(text: string): number {
  const first = text.trim().split(/\s+/)[0] ?? "";
  if (!/^\d+$/.test(first)) throw new Error(`not a schedstat: ${JSON.stringify(text)}`);
  return Number(first);
}

/** Resident memory in bytes from the text of /proc/PID/status; 0 when it has no VmRSS line. */
export function parseResident(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Busy time of all CPUs in seconds from the text of /proc/stat: all but idle and iowait, at 100 ticks a second. */
export function parseBusy(text: string): number {
  const cpu = /^cpu\s+(.*)$/m.exec(text)?.[1];
  if (cpu === undefined) throw new Error("no cpu line in /proc/stat");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = cpu.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq + steal) / 100;
}

/** The process and all its descendants. */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (const task of list(`/proc/${pid}/task`)) {
    const children = read(`/proc/${pid}/task/${task}/children`) ?? "";
    for (const child of children.split(" ")) if (child.trim() !== "") found.push(...processTree(Number(child)));
  }
  return found;
}

/** On-CPU seconds of all threads of the given processes so far. */
export function cpuSeconds(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids)
    for (const task of list(`/proc/${pid}/task`)) {
      const text = read(`/proc/${pid}/task/${task}/schedstat`);
      if (text !== undefined) total += parseSchedstat(text);
    }
  return total / 1e9;
}

/** Resident bytes of the given processes together. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + parseResident(read(`/proc/${pid}/status`) ?? ""), 0);
}

/** Busy seconds of the whole machine so far. */
export function busySeconds(): number {
  return parseBusy(readFileSync("/proc/stat", "utf8"));
}
