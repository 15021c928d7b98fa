// The report: everything that was seen and concluded, as plain data. `--json` prints it; the pages are drawn from it.

import type { Fix, Letter, Severity } from "./finding.ts";
import type { Layer } from "./layer.ts";
import type { Status } from "./probe.ts";
import type { Language } from "./words.ts";

/** Version of this shape: goes up when something is taken away or changes its meaning. */
export const SCHEMA = "fairlead.doctor/1";

/** A finding in one language. */
export interface ReportedFinding {
  readonly code: string;
  readonly layer: Layer;
  readonly severity: Severity;
  readonly confidence: number;
  readonly title: string;
  readonly why: string;
  readonly evidence: readonly string[];
  readonly fix: readonly ReportedFix[];
  /** A text for the network administrator, when the fix is theirs. */
  readonly letter?: string;
  readonly sources: readonly string[];
}

export type ReportedFix = Omit<Fix, "note" | "edit"> & { readonly note: string };

export interface ReportedProbe {
  readonly id: string;
  readonly layer: Layer;
  readonly title: string;
  readonly status: Status;
  readonly ms: number;
  /** What was seen, or why it was skipped. */
  readonly note: string;
  readonly facts: unknown;
}

export interface Report {
  readonly schema: typeof SCHEMA;
  readonly language: Language;
  readonly target: {
    readonly url: string;
    readonly platform: string;
    readonly source: string;
    readonly as: string;
    readonly as_version: string | null;
    readonly via: string;
  };
  /** `whole`: it works. `broken`: a fault was found. `undecided`: something required could not be looked at, or failed unexplained. */
  readonly state: "whole" | "broken" | "undecided";
  readonly verdict: ReportedFinding | null;
  readonly runner_up: ReportedFinding | null;
  /** All that applied, the root first. */
  readonly findings: readonly ReportedFinding[];
  readonly probes: readonly ReportedProbe[];
  readonly environment: readonly {
    readonly name: string;
    readonly value_masked: string;
    readonly source: string;
    readonly effective: boolean;
  }[];
  readonly machine: { readonly os: string; readonly node: string; readonly doctor: string };
  /** ISO 8601, UTC, by the local clock. */
  readonly began_at: string;
  readonly duration_ms: number;
}

/** 0 = whole (warnings allowed), 1 = a fault was found, 2 = undecided (and wrong usage). */
export function exitCodeOf(report: Pick<Report, "state">): 0 | 1 | 2 {
  return report.state === "whole" ? 0 : report.state === "broken" ? 1 : 2;
}

export type { Letter };
