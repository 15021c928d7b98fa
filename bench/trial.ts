// One measurement: a fresh mock, a fresh candidate, one scenario's load, CPU and memory of the candidate's process tree.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Candidate, Running } from "./candidates/candidate.ts";
import { type Crew, LOAD_CPU, type Member } from "./crew.ts";
import type { Native } from "./native.ts";
import { busySeconds, cpuSeconds, processTree, residentBytes } from "./procfs.ts";
import { bodyText, rawRequest } from "./requests.ts";
import type { Quantiles, Row, ScenarioName } from "./row.ts";
import { checkSanity, mockStats } from "./sanity.ts";
import { type Scenario, scenarioNamed } from "./scenarios.ts";

/** Where and how long to measure. */
export interface Bench {
  crew: Crew;
  native: Native;
  seconds: number;
  warmup: number;
  nodeFlags: string[];
  /** Called when the measured window opens and closes. */
  onWindow?: (edge: "begin" | "end") => void;
}

/** What the load generator prints at its end; times in microseconds. */
interface LoadReport {
  seconds: number;
  completed: number;
  totalCompleted: number;
  started: number;
  events: number;
  open: number;
  answering: number;
  oldestMs: number;
  backlog: number;
  lastBadStatus: number;
  errors: Record<string, number> & { total: number };
  latency: Quantiles;
  firstByte: Quantiles;
  eventDelay: Quantiles;
}

const MB = 1024 * 1024;

/** A run is failed when more than this share of its requests went wrong. */
export const MAX_ERROR_SHARE = 0.001;

/** Share of the warm-up time that goes to a scenario's warming load, where it has one. */
const WARM_SHARE = 0.75;

function loadArguments(load: Record<string, number>): string[] {
  return Object.entries(load).map(([name, value]) => `${name}=${value}`);
}

interface Edge {
  cpu: number;
  own: number;
  busy: number;
  resident: number;
}

function edge(candidate: number[], all: number[]): Edge {
  return { cpu: cpuSeconds(candidate), own: cpuSeconds(all), busy: busySeconds(), resident: residentBytes(candidate) };
}

async function startMock(bench: Bench, scenario: Scenario): Promise<Running> {
  const member = bench.crew.start({
    name: "mock",
    cpu: LOAD_CPU,
    command: bench.native.mock,
    args: ["0", String(scenario.intervalMs * 1_000), String(scenario.deltas)],
    lines: true,
  });
  const port = await new Promise<number>((resolve, reject) => {
    member.onLine((line) => resolve(Number(line.split(" ")[1])));
    void member.ended.then(() => reject(new Error(`the mock ended: ${member.logTail()}`)));
  });
  return { port, member, key: "sk-bench", headers: {} };
}

/** Starts the load generator; `begin` and `end` are called at the edges of its window. Resolves with its report. */
async function runLoad(
  bench: Bench,
  arguments_: string[],
  edges: { begin?: (load: Member) => void; end?: (load: Member) => void },
): Promise<LoadReport> {
  const member = bench.crew.start({
    name: "load",
    cpu: LOAD_CPU,
    command: bench.native.load,
    args: arguments_,
    lines: true,
  });
  let report: LoadReport | undefined;
  member.onLine((line) => {
    if (line === "begin") edges.begin?.(member);
    else if (line === "end") edges.end?.(member);
    else report = JSON.parse(line) as LoadReport;
  });
  await member.ended;
  // The last line may be delivered after the exit event.
  for (let waited = 0; report === undefined && waited < 1_000; waited += 10) await sleep(10);
  if (report === undefined) throw new Error(`the load generator gave no report: ${member.logTail()}`);
  return report;
}

function milliseconds(q: Quantiles): Quantiles {
  const scaled: Quantiles = { n: q.n };
  for (const mark of ["p50", "p90", "p99", "max"] as const) {
    const value = q[mark];
    if (value !== undefined) scaled[mark] = value / 1_000;
  }
  return scaled;
}

function failureOf(scenario: Scenario, report: LoadReport, foreignCompletions: number): string | undefined {
  const share = report.errors.total / Math.max(1, report.totalCompleted + report.errors.total);
  if (share > MAX_ERROR_SHARE || (scenario.memory && report.errors.total > 0))
    return `${report.errors.total} errors of ${report.started}: ${JSON.stringify(report.errors)}, last status ${report.lastBadStatus}`;
  if (report.completed + report.events === 0) return "nothing completed";
  if (scenario.mode !== "sse" && report.oldestMs > 5_000) return `a request hangs since ${report.oldestMs} ms`;
  if (foreignCompletions < 0)
    return `counts disagree: the mock saw ${-foreignCompletions} requests fewer than were answered`;
  if (scenario.memory && report.answering < (scenario.load.conns ?? 0) * 0.99)
    return `only ${report.answering} streams were open`;
  return undefined;
}

/** Measures one candidate under one scenario once. Throws when the candidate fails its sanity check. */
export async function measure(
  bench: Bench,
  candidate: Candidate,
  scenarioName: ScenarioName,
  round: number,
): Promise<Row> {
  const scenario = scenarioNamed(scenarioName);
  const directory = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  mkdirSync(join(directory, candidate.name));
  const upstream = await startMock(bench, scenario);
  let running: Running | undefined;
  try {
    running = await candidate.start({
      crew: bench.crew,
      upstream: upstream.member,
      upstreamPort: upstream.port,
      directory: join(directory, candidate.name),
      nodeFlags: bench.nodeFlags,
    });
    return await load(bench, candidate, scenario, round, upstream, running, directory);
  } finally {
    await running?.member.stop(5_000);
    await upstream.member.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function load(
  bench: Bench,
  candidate: Candidate,
  scenario: Scenario,
  round: number,
  upstream: Running,
  running: Running,
  directory: string,
): Promise<Row> {
  const requestFile = (name: "request" | "warm", body: string) => {
    const path = join(directory, name);
    writeFileSync(path, rawRequest(running.port, running.key, body, running.headers));
    return path;
  };
  const body = bodyText(scenario.body);
  // A stream of the memory scenario lasts minutes: check that candidate with a short JSON request instead.
  const checked = scenario.memory ? bodyText("small") : body;
  const expectation = await checkSanity(upstream, running, candidate.transparent, checked);
  const pids = processTree(running.member.pid);
  let warmCompleted = 0;
  if (scenario.warm !== undefined) {
    const warm = requestFile("warm", scenario.warm.mode === "sse" ? body : bodyText("small"));
    const seconds = scenario.memory ? bench.warmup : bench.warmup * WARM_SHARE;
    const own = loadArguments(scenario.warm.load);
    const warmed = await runLoad(
      bench,
      [scenario.warm.mode, String(running.port), warm, ...own, "warmup=0", `seconds=${seconds}`],
      {},
    );
    warmCompleted = warmed.totalCompleted;
    // What the warming load left behind is cleared away meanwhile.
    await sleep(scenario.memory ? bench.warmup * 1_000 : 500);
  }
  const idle = residentBytes(pids);
  const own = (member: Member) => [...new Set([...pids, upstream.member.pid, member.pid, process.pid])];
  let before: Edge | undefined;
  let after: Edge | undefined;
  const measured = [
    scenario.mode,
    String(running.port),
    requestFile("request", body),
    ...loadArguments(scenario.load),
    `warmup=${scenario.memory ? 3 : scenario.warm === undefined ? bench.warmup : bench.warmup * (1 - WARM_SHARE)}`,
    `seconds=${bench.seconds}`,
    ...(scenario.memory
      ? ["tail=0.3"]
      : [`bytes=${expectation.bytes}`, ...(expectation.events > 0 ? [`events=${expectation.events}`] : [])]),
  ];
  const report = await runLoad(bench, measured, {
    begin: (member) => {
      before = edge(pids, own(member));
      bench.onWindow?.("begin");
    },
    end: (member) => {
      after = edge(pids, own(member));
      bench.onWindow?.("end");
    },
  });
  if (!running.member.running()) throw new Error(`${candidate.name} died under load:\n${running.member.logTail()}`);
  const stats = await mockStats(upstream.port);
  const streaming = scenario.mode === "sse";
  const units = streaming ? report.events : report.completed;
  const missing = stats.requests - report.totalCompleted - warmCompleted;
  const cpu = before !== undefined && after !== undefined ? after.cpu - before.cpu : undefined;
  const foreign =
    before !== undefined && after !== undefined
      ? (after.busy - before.busy - (after.own - before.own)) / report.seconds
      : 0;
  const residentEnd = after?.resident ?? 0;
  return {
    round,
    scenario: scenario.name,
    candidate: candidate.name,
    failure: failureOf(scenario, report, missing),
    seconds: report.seconds,
    completed: report.completed,
    events: report.events,
    errors: report.errors,
    cpuUs: cpu === undefined || units === 0 ? undefined : (cpu * 1e6) / units,
    perSecond: units / report.seconds,
    latencyMs: milliseconds(report.latency),
    firstByteMs: milliseconds(report.firstByte),
    eventDelayMs: milliseconds(report.eventDelay),
    residentIdleMb: idle / MB,
    residentMb: residentEnd / MB,
    kbPerStream: scenario.memory ? (residentEnd - idle) / 1024 / (scenario.load.conns ?? 1) : undefined,
    foreignCpus: Math.max(0, foreign),
    intact: expectation.intact,
  };
}
