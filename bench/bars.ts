// The bars of the project: what Fairlead must reach in this bench, each a median of paired rounds.
import type { CandidateName } from "./candidates/candidate.ts";
import { byRound } from "./results.ts";
import type { Row, ScenarioName } from "./row.ts";
import { pairedDifferences, pairedRatios, spread } from "./statistics.ts";
import { layOut, show } from "./table.ts";

interface Bar {
  about: string;
  scenario: ScenarioName;
  /** less: other / fairlead at least; times: fairlead / other at most; added: fairlead - direct at most; plain: at most. */
  kind: "less" | "times" | "added" | "plain";
  other?: CandidateName;
  bound: number;
  unit: string;
  digits: number;
  read: (row: Row) => number | undefined;
}

const cpu = (row: Row) => row.cpuUs;
const less = (scenario: ScenarioName, about: string, bound: number): Bar => ({
  about: `CPU ${about}, times less than Portkey`,
  scenario,
  kind: "less",
  other: "portkey",
  bound,
  unit: "x",
  digits: 1,
  read: cpu,
});
const times = (
  scenario: ScenarioName,
  about: string,
  bound: number,
  other: CandidateName = "nginx",
  named: string = other,
): Bar => ({
  about: `CPU ${about}, against ${named}`,
  scenario,
  kind: "times",
  other,
  bound,
  unit: "x",
  digits: 2,
  read: cpu,
});

/** The bars; each is a promise of the project. */
export const BARS: readonly Bar[] = [
  less("json-small", "per small JSON request", 8),
  less("json-100k", "per request with a 100 KB body", 5),
  less("stream", "per stream event", 1.7),
  times("json-small", "per small JSON request", 3),
  times("json-100k", "per request with a 100 KB body", 8),
  times("stream", "per stream event", 1.8),
  times("json-small", "per small JSON request", 1.15, "first-road", "the first road"),
  times("json-100k", "per request with a 100 KB body", 1.15, "first-road", "the first road"),
  times("stream", "per stream event", 1.15, "first-road", "the first road"),
  {
    about: "added to the first event of a stream, p50",
    scenario: "first-event",
    kind: "added",
    other: "direct",
    bound: 0.6,
    unit: " ms",
    digits: 2,
    read: (row) => row.firstByteMs.p50,
  },
  {
    about: "added to a JSON answer at 400 a second, p50",
    scenario: "rate",
    kind: "added",
    other: "direct",
    bound: 0.6,
    unit: " ms",
    digits: 2,
    read: (row) => row.latencyMs.p50,
  },
  {
    about: "memory per open stream at 1,000",
    scenario: "memory",
    kind: "plain",
    bound: 45,
    unit: " KB",
    digits: 1,
    read: (row) => row.kbPerStream,
  },
];

/** How a bar came out; undefined when the run did not measure it. */
export interface Verdict {
  bar: Bar;
  values: number[];
  met: boolean | undefined;
}

function values(bar: Bar, rows: readonly Row[]): number[] {
  const own = byRound(rows, bar.scenario, "fairlead", bar.read);
  if (bar.other === undefined) return [...own.values()];
  const other = byRound(rows, bar.scenario, bar.other, bar.read);
  if (bar.kind === "less") return pairedRatios(other, own);
  return bar.kind === "times" ? pairedRatios(own, other) : pairedDifferences(own, other);
}

/** Holds the rows against every bar. */
export function judge(rows: readonly Row[]): Verdict[] {
  return BARS.map((bar) => {
    const all = values(bar, rows);
    const middle = spread(all)?.median;
    const met = middle === undefined ? undefined : bar.kind === "less" ? middle >= bar.bound : middle <= bar.bound;
    return { bar, values: all, met };
  });
}

/** The bars as a table. */
export function barsTable(verdicts: readonly Verdict[]): string {
  const cells = verdicts.map(({ bar, values: all, met }) => [
    bar.about,
    `${bar.kind === "less" ? "at least" : "at most"} ${bar.bound}${bar.unit}`,
    show(spread(all), bar.digits, bar.unit),
    met === undefined ? "not measured" : met ? "met" : "MISSED",
  ]);
  return layOut([["bar", "wanted", "measured", ""], ...cells], [3]);
}
