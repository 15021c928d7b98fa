// The judge of the lab sees what is wrong: a wrong verdict, a missing finding, a secret, a slow run, a broken document.

import type { Report, ReportedFinding } from "@fairlead/doctor";
import { REPORT_SCHEMA } from "@fairlead/doctor";
import { describe, expect, test } from "vitest";
import type { Told } from "./inside.ts";
import { holdsPart, judge, languageProblems } from "./judge.ts";
import { ROWS } from "./rows.ts";
import { type Expectation, problemsOf, type Scenario } from "./scenario.ts";
import { schemaProblems } from "./schema.ts";

const KEY = `sk-ant-api03-${"abcdefghijklmnopqrstuvwxyz0123456789".repeat(3).slice(0, 93)}AA`;

const REFUSED: ReportedFinding = {
  code: "DNS_REFUSED",
  layer: "dns",
  severity: "error",
  confidence: 0.9,
  title: "The name server refuses",
  why: "It does.",
  evidence: ["10.77.1.1 answered REFUSED in 1 ms"],
  fix: [{ os: "linux", shell: "sh", commands: ["sudoedit /etc/resolv.conf"], note: "Name another one." }],
  sources: ["https://example.com/"],
};

const REPORT: Report = {
  schema: "fairlead.doctor/1",
  language: "en",
  target: {
    url: "https://api.anthropic.com",
    platform: "anthropic",
    source: "default",
    as: "node",
    as_version: null,
    via: "direct",
  },
  state: "broken",
  verdict: REFUSED,
  runner_up: null,
  findings: [REFUSED],
  probes: [
    { id: "dns.lookup", layer: "dns", title: "Names", status: "fail", ms: 12, note: "EAI_AGAIN", facts: { ms: 12 } },
  ],
  environment: [],
  machine: { os: "linux", node: "24.21.0", doctor: "0.1.0" },
  began_at: "2026-11-21T15:00:00.000Z",
  duration_ms: 900,
};

const play = (report: unknown, expectation: Partial<Expectation> = {}, told: Partial<Told> = {}) => {
  const scenario: Scenario = {
    rows: [],
    kind: "fault",
    about: "x",
    expect: { verdict: "DNS_REFUSED", exit: 1, ...expectation },
  };
  const run: Told = {
    kind: "run",
    major: 24,
    language: "en",
    code: 1,
    ms: 1_000,
    stdout: JSON.stringify(report),
    stderr: "",
    ...told,
  };
  return judge("dns-refused", scenario, run, [KEY], (document) => schemaProblems(REPORT_SCHEMA, document)).problems;
};

describe("the judge", () => {
  test("is content with what was expected", () => {
    expect(play(REPORT, { fix: /resolv\.conf/, says: /REFUSED in/, maxMs: 900 })).toEqual([]);
  });
  test.each([
    ["another verdict", play(REPORT, { verdict: "DNS_TIMEOUT" })],
    ["a verdict where none belongs", play(REPORT, { verdict: null })],
    ["another exit code", play(REPORT, {}, { code: 0 })],
    ["a missing finding", play(REPORT, { also: ["AUTH_KEY_REFUSED"] })],
    ["a finding too many", play(REPORT, { not: ["DNS_REFUSED"] })],
    ["another fix", play(REPORT, { fix: /hosts/ })],
    ["other words", play(REPORT, { says: /SERVFAIL/ })],
    ["a slow run", play(REPORT, { maxMs: 899 })],
    ["a document against its schema", play({ ...REPORT, extra: 1 })],
    ["a key in the output", play(REPORT, {}, { stderr: `x ${KEY.slice(40, 60)} y` })],
    ["no document", play(REPORT, {}, { stdout: "oops" })],
  ])("sees %s", (_, problems) => {
    expect(problems).toHaveLength(1);
  });
  test("lets a mask pass", () => {
    expect(holdsPart(`${KEY.slice(0, 8)}…${KEY.slice(-4)}`, KEY)).toBe(false);
  });
  test("sees what differs between languages, and lets words differ", () => {
    const zh: Report = { ...REPORT, language: "zh", verdict: { ...REFUSED, title: "拒绝" } };
    expect(languageProblems(REPORT, zh)).toEqual([]);
    expect(languageProblems(REPORT, { ...zh, findings: [] })).toHaveLength(2);
    expect(languageProblems(REPORT, { ...zh, verdict: REFUSED })).toHaveLength(1);
    expect(languageProblems(REPORT, { ...zh, probes: [] })).toHaveLength(2);
  });
});

test("a scenario written wrong is told", () => {
  const rows = new Set(ROWS.map(({ id }) => id));
  const right: Scenario = { rows: ["DNS-01"], kind: "fault", about: "x", expect: { verdict: "DNS_REFUSED", exit: 1 } };
  expect(problemsOf("dns-refused", right, rows)).toEqual([]);
  expect(problemsOf("dnsRefused", right, rows)).toHaveLength(1);
  expect(problemsOf("dns-refused", { ...right, rows: ["DNS-99"] }, rows)).toHaveLength(1);
  expect(problemsOf("dns-refused", { ...right, kind: "control" }, rows)).toHaveLength(1);
  expect(problemsOf("dns-refused", { ...right, kind: "composite" }, rows)).toHaveLength(1);
  expect(problemsOf("dns-refused", { ...right, expect: { verdict: null, exit: 0 } }, rows)).toHaveLength(1);
  expect(problemsOf("dns-refused", { ...right, limitMs: 10 }, rows)).toHaveLength(1);
});

test("no row of the catalogue is there twice", () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
});
