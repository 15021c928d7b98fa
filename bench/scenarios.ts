// What is measured: each scenario's load, what the upstream does in it, and the figures that it is about.
import type { BodyName } from "./requests.ts";
import type { Row, ScenarioName } from "./row.ts";

/** A figure of a scenario: how it is called, its unit, how it is read from a row, how it is compared. */
export interface Metric {
  name: string;
  unit: string;
  digits: number;
  /** ratio: to nginx and Portkey; added: minus direct; plain: shown only. */
  compare: "ratio" | "added" | "plain";
  read: (row: Row) => number | undefined;
}

/** One scenario. Times in milliseconds unless said otherwise. */
export interface Scenario {
  name: ScenarioName;
  about: string;
  body: BodyName;
  mode: "closed" | "open" | "sse";
  /** name=value arguments of the load generator. */
  load: Record<string, number>;
  /** Pause between two events of a stream. */
  intervalMs: number;
  /** Text deltas of a stream; the stream has 6 events more. */
  deltas: number;
  /**
   * Load before the scenario's own, when that alone is too thin to warm a JIT in time: what a user of a running gateway
   * waits is asked here, not what the first requests after a start wait. Streams where the scenario has streams
   * (`memory` keeps to small JSON requests: streams before it would leave memory behind that its own would find).
   */
  warm?: { mode: "closed" | "open" | "sse"; load: Record<string, number> };
  /** Measured around open streams rather than in a window: RSS before and after. */
  memory?: boolean;
  metrics: Metric[];
}

const cpu = (unit: string): Metric => ({
  name: "CPU",
  unit: `us/${unit}`,
  digits: 1,
  compare: "ratio",
  read: (row) => row.cpuUs,
});
const perSecond = (unit: string): Metric => ({
  name: "throughput",
  unit: `${unit}/s`,
  digits: 0,
  compare: "plain",
  read: (row) => row.perSecond,
});
const resident: Metric = { name: "RSS", unit: "MB", digits: 0, compare: "plain", read: (row) => row.residentMb };
const latency = (mark: "p50" | "p99", compare: Metric["compare"]): Metric => ({
  name: `latency ${mark}`,
  unit: "ms",
  digits: 2,
  compare,
  read: (row) => row.latencyMs?.[mark],
});
const firstByte = (mark: "p50" | "p99", compare: Metric["compare"]): Metric => ({
  name: `first event ${mark}`,
  unit: "ms",
  digits: 2,
  compare,
  read: (row) => row.firstByteMs?.[mark],
});
const eventDelay = (mark: "p50" | "p99", compare: Metric["compare"]): Metric => ({
  name: `event delay ${mark}`,
  unit: "ms",
  digits: 2,
  compare,
  read: (row) => row.eventDelayMs?.[mark],
});

/** All scenarios. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "json-small",
    about: "1.4 KB request, 1 KB reply, 32 connections, as fast as it goes",
    body: "small",
    mode: "closed",
    load: { conns: 32 },
    intervalMs: 10,
    deltas: 1,
    metrics: [cpu("request"), perSecond("requests"), latency("p50", "plain"), latency("p99", "plain"), resident],
  },
  {
    name: "json-100k",
    about: "100 KB request, 1 KB reply, 32 connections, as fast as it goes",
    body: "large",
    mode: "closed",
    load: { conns: 32 },
    intervalMs: 10,
    deltas: 1,
    metrics: [cpu("request"), perSecond("requests"), latency("p50", "plain"), latency("p99", "plain"), resident],
  },
  {
    name: "stream",
    about: "200 streams, an event each 10 ms each",
    body: "small-stream",
    mode: "sse",
    load: { conns: 200, stagger: 1 },
    intervalMs: 10,
    deltas: 100,
    metrics: [cpu("event"), perSecond("events"), eventDelay("p50", "plain"), eventDelay("p99", "plain"), resident],
  },
  {
    name: "rate",
    about: "1.4 KB request, 1 KB reply, 400 requests a second by schedule",
    body: "small",
    mode: "open",
    load: { rate: 400 },
    warm: { mode: "closed", load: { conns: 32 } },
    intervalMs: 10,
    deltas: 1,
    metrics: [latency("p50", "added"), latency("p99", "added")],
  },
  {
    name: "first-event",
    about: "50 streams, an event each 20.4 ms each, about 50 stream starts a second, no two in step",
    body: "small-stream",
    mode: "sse",
    load: { conns: 50, stagger: 1 },
    warm: { mode: "sse", load: { conns: 1_000, stagger: 1 } },
    // Streams start 20 ms apart. Were the events 20 ms apart too, all streams would tick together, and a first event would
    // wait behind fifty others: that would measure the step, not what a proxy adds.
    intervalMs: 20.4,
    deltas: 50,
    metrics: [firstByte("p50", "added"), firstByte("p99", "added"), eventDelay("p50", "added")],
  },
  {
    name: "memory",
    about: "1,000 open streams, an event a second each",
    body: "small-stream",
    mode: "sse",
    load: { conns: 1_000, stagger: 2 },
    intervalMs: 1_000,
    deltas: 120,
    warm: { mode: "open", load: { rate: 400 } },
    memory: true,
    metrics: [
      { name: "per stream", unit: "KB", digits: 1, compare: "ratio", read: (row) => row.kbPerStream },
      { name: "RSS idle", unit: "MB", digits: 0, compare: "plain", read: (row) => row.residentIdleMb },
      { name: "RSS end", unit: "MB", digits: 0, compare: "plain", read: (row) => row.residentMb },
      perSecond("events"),
    ],
  },
];

/** The scenario of that name. Throws when there is none. */
export function scenarioNamed(name: ScenarioName): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}
