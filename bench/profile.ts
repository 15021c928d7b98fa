// A CPU profile of the gateway under one scenario: where its own time goes, function by function.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Candidate } from "./candidates/candidate.ts";
import { CHECKOUT, OUT } from "./native.ts";
import type { ScenarioName } from "./row.ts";
import { layOut } from "./table.ts";
import { type Bench, measure } from "./trial.ts";

/** The parts of a .cpuprofile that are read here; times in microseconds. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

/** Self time of one function. */
export interface SelfTime {
  name: string;
  /** File from the checkout's root with line, or node: module, or "" for the engine itself. */
  place: string;
  microseconds: number;
}

function place(url: string, line: number): string {
  if (url.startsWith("file://")) {
    const path = relative(CHECKOUT, new URL(url).pathname);
    return `${path.replace(/^.*node_modules\//, "")}:${line + 1}`;
  }
  return url === "" ? "" : `${url}:${line + 1}`;
}

/** Self time by function, largest first, of the samples between two moments (same clock as startTime). */
export function selfTimes(profile: CpuProfile, from = -Infinity, to = Infinity): SelfTime[] {
  const byId = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const found = new Map<string, SelfTime>();
  let at = profile.startTime;
  profile.samples.forEach((id, i) => {
    // A delta is the time before its sample; what the sample saw lasts until the next one.
    at += profile.timeDeltas[i] ?? 0;
    const frame = byId.get(id);
    if (frame === undefined || at < from || at > to) return;
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    const where = place(frame.url, frame.lineNumber);
    const key = `${name} ${where}`;
    const entry = found.get(key) ?? { name, place: where, microseconds: 0 };
    entry.microseconds += Math.max(0, profile.timeDeltas[i + 1] ?? 0);
    found.set(key, entry);
  });
  return [...found.values()].sort((a, b) => b.microseconds - a.microseconds);
}

/** Sums self times by what owns the code: a file, a package, a node: module, or (garbage collector) and its like. */
export function byOwner(times: readonly SelfTime[]): SelfTime[] {
  const sums = new Map<string, number>();
  for (const time of times) {
    const owner =
      time.place === "" ? (time.name.startsWith("(") ? time.name : "(native)") : time.place.replace(/:\d+$/, "");
    sums.set(owner, (sums.get(owner) ?? 0) + time.microseconds);
  }
  return [...sums]
    .map(([name, microseconds]) => ({ name, place: "", microseconds }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

function rowsOf(times: readonly SelfTime[], total: number, units: number, most: number): string[][] {
  return times
    .slice(0, most)
    .map((time) => [
      time.name,
      `${((100 * time.microseconds) / total).toFixed(1)} %`,
      (time.microseconds / units).toFixed(2),
      time.place,
    ]);
}

/** Runs the scenario once against the candidate with --cpu-prof and returns the report as text. */
export async function profile(bench: Bench, candidate: Candidate, scenario: ScenarioName): Promise<string> {
  const directory = join(OUT, "profile");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const window = { begin: 0, end: 0 };
  const flags = ["--cpu-prof", `--cpu-prof-dir=${directory}`, "--cpu-prof-interval=200", ...bench.nodeFlags];
  const row = await measure(
    {
      ...bench,
      nodeFlags: flags,
      onWindow: (edge) => {
        // V8 stamps samples with the monotonic clock, as hrtime does.
        window[edge] = Number(process.hrtime.bigint() / 1_000n);
      },
    },
    candidate,
    scenario,
    1,
  );
  const files = readdirSync(directory).filter((name) => name.endsWith(".cpuprofile"));
  const file = files[0];
  if (file === undefined)
    throw new Error(
      `no profile in ${directory}: did the gateway end by itself on SIGTERM? (A killed process writes none.)`,
    );
  const parsed = JSON.parse(readFileSync(join(directory, file), "utf8")) as CpuProfile;
  const times = selfTimes(parsed, window.begin, window.end);
  const busy = times.filter((time) => time.name !== "(idle)");
  const total = busy.reduce((sum, time) => sum + time.microseconds, 0);
  const streaming = row.events > 0;
  const units = Math.max(1, streaming ? row.events : row.completed);
  const head = [["self time", "share", `us/${streaming ? "event" : "request"}`, "where"]];
  const { cpuUs } = row;
  return [
    `${candidate.name} under ${scenario}: ${Math.round(row.perSecond)} a second, ${cpuUs?.toFixed(1)} us CPU each while profiled`,
    row.failure === undefined ? "" : `FAILED: ${row.failure}`,
    layOut([...head, ...rowsOf(busy, total, units, 45)], [3]),
    layOut([
      ["by owner", "share", head[0]?.[2] ?? ""],
      ...rowsOf(byOwner(busy), total, units, 25).map((cells) => cells.slice(0, 3)),
    ]),
    `profile: ${join(directory, file)} (open it in Chrome DevTools, or with npx speedscope)`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
