// Whether one run of the doctor said what its scenario expects, and what it must never say.

import type { Report, ReportedFinding } from "@fairlead/doctor";
import type { Told } from "./inside.ts";
import type { Scenario } from "./scenario.ts";

/** One judged run. */
export interface Judged {
  readonly name: string;
  readonly major: number;
  readonly language: string;
  readonly round: number;
  /** Code of the verdict, `none`, or why there is none to read. */
  readonly verdict: string;
  readonly exit: number | null;
  /** Wall time of the program, and what it says that it took, milliseconds. */
  readonly ms: number;
  readonly examinedMs: number | undefined;
  /** Empty = as expected. */
  readonly problems: readonly string[];
  readonly report: Report | undefined;
  readonly stderr: string;
}

/** Gives the problems of a document that is not as the schema says. */
export type Validate = (document: unknown) => readonly string[];

/** Longest examination where the scenario says nothing, milliseconds. */
const QUICK_MS = 8_500;
const DEEP_MS = 50_000;

/** Judges one run. `secrets` must not appear in anything that was printed, in whole or by a long part. */
export function judge(
  name: string,
  scenario: Scenario,
  told: Told,
  secrets: readonly string[],
  validate: Validate,
): Judged {
  const { major = 0, language = "", round = 0, code = null, ms = 0, stdout = "", stderr = "" } = told;
  const base = { name, major, language, round, exit: code, ms, stderr };
  const problems: string[] = [];
  for (const secret of secrets)
    if (holdsPart(stdout + stderr, secret)) problems.push("a planted secret is in the output");
  const report = parse(stdout);
  if (report === undefined) {
    const why =
      told.killed === true
        ? `killed after ${ms} ms`
        : `no JSON: ${(stderr || stdout).trim().slice(0, 600) || "nothing printed"} (exit ${code})`;
    return { ...base, verdict: "unreadable", examinedMs: undefined, problems: [...problems, why], report };
  }
  const { expect } = scenario;
  const verdict = report.verdict?.code ?? "none";
  problems.push(...validate(report).map((problem) => `schema: ${problem}`));
  if (verdict !== (expect.verdict ?? "none") && !(expect.verdict === null && isHarmless(report)))
    problems.push(`verdict ${verdict}, expected ${expect.verdict ?? "none"}`);
  if (code !== expect.exit) problems.push(`exit ${code}, expected ${expect.exit}`);
  const codes = report.findings.map((finding) => finding.code);
  for (const also of expect.also ?? [])
    if (!codes.includes(also)) problems.push(`${also} is not among the findings (${codes.join(", ")})`);
  for (const not of expect.not ?? []) if (codes.includes(not)) problems.push(`${not} is among the findings`);
  // Scenarios word their notes and reasons in English; that both languages say the same is compared elsewhere.
  const english = language !== "zh";
  if (english && expect.fix !== undefined && !fixTexts(report.verdict).some((text) => expect.fix?.test(text) === true))
    problems.push(`no fix matches ${expect.fix}: ${fixTexts(report.verdict).join(" | ").slice(0, 600)}`);
  if (english && expect.says !== undefined && !wordsOf(report.verdict).some((text) => expect.says?.test(text) === true))
    problems.push(
      `title, reason and evidence do not match ${expect.says}: ${wordsOf(report.verdict).join(" | ").slice(0, 600)}`,
    );
  const deep = scenario.args?.some((arg) => arg === "--deep" || arg.startsWith("--soak")) === true;
  const most = expect.maxMs ?? (deep ? DEEP_MS : QUICK_MS);
  if (report.duration_ms > most) problems.push(`took ${Math.round(report.duration_ms)} ms, at most ${most} expected`);
  return { ...base, verdict, examinedMs: report.duration_ms, problems, report };
}

/** What differs between the same examination in two languages, beyond its words. */
export function languageProblems(one: Report, other: Report): string[] {
  const problems: string[] = [];
  const same = (what: string, pick: (report: Report) => unknown) => {
    const [a, b] = [JSON.stringify(pick(one)), JSON.stringify(pick(other))];
    if (a !== b)
      problems.push(
        `${one.language} and ${other.language} differ in ${what}: ${a?.slice(0, 400)} / ${b?.slice(0, 400)}`,
      );
  };
  same("verdict", ({ verdict }) => verdict?.code ?? null);
  same("findings", ({ findings }) => findings.map(({ code, severity }) => [code, severity]));
  same("commands", ({ findings }) =>
    findings.map(({ fix }) => fix.map(({ os, shell, commands }) => [os, shell, commands])),
  );
  same("probes", ({ probes }) => probes.map(({ id, status }) => [id, status]));
  same("the names of facts", ({ probes }) => probes.map(({ id, facts }) => [id, namesOf(facts)]));
  same("environment", ({ environment }) => environment.map(({ name, effective }) => [name, effective]));
  if (one.verdict !== null && one.verdict.title === other.verdict?.title)
    problems.push("the title is the same in both languages");
  return problems;
}

/** True when a long part of a secret is in a text: its public prefix and the four characters of its mask do not count. */
export function holdsPart(text: string, secret: string): boolean {
  const hidden = secret.length > 30 ? secret.slice(12, -4) : secret;
  const part = Math.min(12, hidden.length);
  for (let at = 0; at + part <= hidden.length; at++) if (text.includes(hidden.slice(at, at + part))) return true;
  return false;
}

// Null expected: a warning may head the list of a line that works.
function isHarmless(report: Report): boolean {
  return report.state === "whole" && report.verdict?.severity === "info";
}

function parse(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}

function fixTexts(finding: ReportedFinding | null): string[] {
  return (finding?.fix ?? []).flatMap(({ commands, note }) => [...commands, note]).concat(finding?.letter ?? []);
}

function wordsOf(finding: ReportedFinding | null): string[] {
  return finding === null ? [] : [finding.title, finding.why, ...finding.evidence];
}

function namesOf(facts: unknown): unknown {
  if (facts === null || typeof facts !== "object" || Array.isArray(facts))
    return Array.isArray(facts) ? "list" : typeof facts;
  return Object.keys(facts).sort();
}
