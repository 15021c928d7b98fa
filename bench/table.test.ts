// The table and the bars over made-up rows: ratios of the same round, failed rows left out and shown.
import { describe, expect, it } from "vitest";
import { BARS, barsTable, judge } from "./bars.ts";
import type { CandidateName } from "./candidates/candidate.ts";
import type { Row } from "./row.ts";
import { scenarioNamed } from "./scenarios.ts";
import { layOut, scenarioTable, show } from "./table.ts";

function row(round: number, candidate: CandidateName, cpuUs: number, failure?: string): Row {
  return {
    round,
    scenario: "json-small",
    candidate,
    failure,
    seconds: 3,
    completed: 1_000,
    events: 0,
    errors: { total: 0 },
    cpuUs,
    perSecond: 1_000,
    latencyMs: { n: 1, p50: 1, p99: 2 },
    firstByteMs: { n: 0 },
    eventDelayMs: { n: 0 },
    residentIdleMb: 50,
    residentMb: 60,
    kbPerStream: undefined,
    foreignCpus: 0,
    intact: true,
  };
}

const ROWS = [
  row(1, "nginx", 20),
  row(1, "fairlead", 50),
  row(1, "portkey", 500),
  row(2, "nginx", 30),
  row(2, "fairlead", 60),
  row(2, "portkey", 720),
];

describe("the table", () => {
  it("shows the median with its range, and ratios within rounds", () => {
    const table = scenarioTable(ROWS, scenarioNamed("json-small"));
    const line = table.split("\n").find((text) => text.startsWith("fairlead")) ?? "";
    expect(line).toContain("55.0 (50.0 to 60.0)");
    expect(line).toContain("2.25x (2.00 to 2.50)");
    expect(line).toContain("11.0x (10.0 to 12.0)");
  });
  it("leaves a failed row out of the figures and says so", () => {
    const table = scenarioTable([...ROWS, row(3, "fairlead", 1, "9 errors of 100")], scenarioNamed("json-small"));
    expect(table).toContain("55.0 (50.0 to 60.0)");
    expect(table).toContain("FAILED fairlead, round 3: 9 errors of 100");
  });
  it("is empty for a scenario that was not run", () => expect(scenarioTable(ROWS, scenarioNamed("memory"))).toBe(""));
  it("aligns columns", () =>
    expect(
      layOut([
        ["", "us"],
        ["nginx", "20.0"],
      ]),
    ).toBe("         us\nnginx  20.0"));
  it("marks a difference with its sign", () =>
    expect(show({ median: 0.31, min: -0.1, max: 0.5, n: 3 }, 2, " ms", true)).toBe("+0.31 ms (-0.10 to +0.50)"));
});

describe("the bars", () => {
  const met = (rows: Row[], kind: string) =>
    judge(rows).find(({ bar }) => bar.scenario === "json-small" && bar.kind === kind)?.met;
  it("are met by the median of paired rounds", () => {
    expect(met(ROWS, "less")).toBe(true);
    expect(met(ROWS, "times")).toBe(true);
  });
  it("are missed when the gateway is too dear", () => {
    const dear = ROWS.map((r) => (r.candidate === "fairlead" ? { ...r, cpuUs: 100 } : r));
    expect(met(dear, "less")).toBe(false);
    expect(met(dear, "times")).toBe(false);
    expect(barsTable(judge(dear))).toContain("MISSED");
  });
  it("say when they were not measured", () => {
    expect(judge([]).map((verdict) => verdict.met)).toEqual(BARS.map(() => undefined));
    expect(barsTable(judge([]))).toContain("not measured");
  });
});
