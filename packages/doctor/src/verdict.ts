// Facts in, findings out: which rules apply, which of them are consequences, and which one explains most of what failed.

import type { Context } from "./context.ts";
import type { Facts } from "./facts.ts";
import type { Finding, Rule, Severity } from "./finding.ts";
import type { Probed } from "./graph.ts";
import { depthOf } from "./layer.ts";
import type { Probe } from "./probe.ts";

/** What was concluded. */
export interface Conclusion {
  readonly verdict: Finding | undefined;
  /** The next best explanation, when the verdict is unsure. */
  readonly runnerUp: Finding | undefined;
  /** All that applied, the root first. */
  readonly findings: readonly Finding[];
  readonly state: "whole" | "broken" | "undecided";
}

/** Below this the runner-up is shown. */
const SURE = 0.8;
const RANK: { readonly [severity in Severity]: number } = { error: 2, warning: 1, info: 0 };

/** Judges one examination. */
export function conclude(rules: readonly Rule[], facts: Facts, ctx: Context, probed: readonly Probed[]): Conclusion {
  const matched = new Map<string, Finding>();
  for (const rule of rules) {
    const match = rule.match(facts, ctx);
    if (match !== undefined) matched.set(rule.code, { ...match, rule, severity: match.severity ?? rule.severity });
  }
  const told = [...matched.values()].filter(
    ({ rule }) => !(rule.yieldsTo ?? []).some((code) => matched.has(code) && code !== rule.code),
  );
  const failed = new Map(
    probed.filter(({ status }) => status === "fail" || status === "warn").map((p) => [p.probe.id as string, p]),
  );
  const findings = told.sort((a, b) => order(a, b, failed));
  const errors = findings.filter(({ severity }) => severity === "error");
  const pool = errors.length > 0 ? errors : findings.filter(({ severity }) => severity === "warning");
  const verdict = pool[0];
  const runnerUp = verdict !== undefined && verdict.confidence < SURE ? pool[1] : undefined;
  return { verdict, runnerUp, findings, state: stateOf(errors, probed) };
}

/**
 * The root first: what is graver, then what lies nearer to the program, then what explains more of what failed, then what
 * is surer. Nearer goes before more because a fault hides what is behind it.
 */
function order(a: Finding, b: Finding, failed: ReadonlyMap<string, Probed>): number {
  return (
    RANK[b.severity] - RANK[a.severity] ||
    certain(b) - certain(a) ||
    depthOf(a.rule.layer) - depthOf(b.rule.layer) ||
    weight(b, failed) - weight(a, failed) ||
    b.confidence - a.confidence ||
    (a.rule.code < b.rule.code ? -1 : 1)
  );
}

/** A guess never stands before something known. */
function certain({ confidence }: Finding): number {
  return confidence >= 0.5 ? 1 : 0;
}

function weight(finding: Finding, failed: ReadonlyMap<string, Probed>): number {
  let sum = 0;
  for (const id of finding.explains) {
    const status = failed.get(id)?.status;
    sum += status === "fail" ? 3 : status === "warn" ? 1 : 0;
  }
  return sum * finding.confidence;
}

/** True for a probe whose failure leaves the line in doubt. */
export function isRequired({ required }: Pick<Probe, "required">): boolean {
  return required === true || required === "asked";
}

function stateOf(errors: readonly Finding[], probed: readonly Probed[]): Conclusion["state"] {
  if (errors.length > 0) return "broken";
  const open = probed.some(({ status, unlooked, probe }) => isRequired(probe) && (unlooked || status === "fail"));
  return open ? "undecided" : "whole";
}
