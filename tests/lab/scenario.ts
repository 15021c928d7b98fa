// One scenario of the lab: the world it wants, how the doctor is called there, and what it has to say.

import type { Lab } from "./lab.ts";

/** Majors of Node that the doctor is run on. */
export const NODES = [20, 22, 24, 26] as const;
export type NodeMajor = (typeof NODES)[number];

/** Text of a file or variable; `{KEY}` becomes the simulator's valid key, `{PKI:root.pem}` the path of that file of the PKI. */
export type Text = string | ((lab: Lab) => string);

/** What the doctor has to say. */
export interface Expectation {
  /** Code of the verdict; null = nothing wrong. */
  readonly verdict: string | null;
  readonly exit: 0 | 1 | 2;
  /** Codes that must be among the findings besides the verdict. */
  readonly also?: readonly string[];
  /** Codes that must not be among the findings. */
  readonly not?: readonly string[];
  /** Must match a command or note of the verdict's fixes. */
  readonly fix?: RegExp;
  /** Must match the verdict's title, reason or evidence. */
  readonly says?: RegExp;
  /** Longest `duration_ms`. Default 8500 for a quick examination, 50000 for a deep one (without its soak). */
  readonly maxMs?: number;
}

/** One world with its fault, or without. */
export interface Scenario {
  /** Rows of the catalogue that this plays; empty for controls. */
  readonly rows: readonly string[];
  readonly kind: "fault" | "control" | "composite";
  /** One line. */
  readonly about: string;
  /** Changes the healthy world before the servers start. */
  readonly world?: (lab: Lab) => void | Promise<void>;
  /**
   * Variables of the program. Null takes a default away. ANTHROPIC_API_KEY is the simulator's valid key unless this
   * names it, ANTHROPIC_AUTH_TOKEN, CLAUDE_CODE_OAUTH_TOKEN or a CLAUDE_CODE_USE_ variable (null counts as naming).
   */
  readonly env?: { readonly [name: string]: Text | null };
  /** Files under the home folder, by path. Those that begin with `#!` become programs; `.local/bin` is on the PATH. */
  readonly home?: { readonly [path: string]: Text };
  /** Files in the working folder, which is `project` in the home folder. */
  readonly cwd?: { readonly [path: string]: Text };
  /** Files put over /etc; null = not there. */
  readonly etc?: { readonly [path: string]: Text | null };
  /** Arguments behind `--json --public-roots FILE --lang LANG`. */
  readonly args?: readonly string[];
  /** Nodes that it is played on. Default all. */
  readonly nodes?: readonly NodeMajor[];
  /** True: every run gets a world of its own, because the first run would change it for the second. Default false. */
  readonly fresh?: boolean;
  /** Longest time for one run of the doctor before it is killed, milliseconds. Default 30000. */
  readonly limitMs?: number;
  readonly expect: Expectation;
}

/** A scenario with the name of its file. */
export interface Named {
  readonly name: string;
  readonly scenario: Scenario;
}

/** What is wrong with a scenario as written; empty when nothing is. */
export function problemsOf(name: string, scenario: Scenario, rows: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const { kind, expect } = scenario;
  if (!/^[a-z]+(?:-[a-z0-9]+)+$/.test(name)) problems.push("its file name is not layer-what in kebab case");
  if (!/\S/.test(scenario.about)) problems.push("about is empty");
  for (const row of scenario.rows) if (!rows.has(row)) problems.push(`row ${row} is not in the catalogue`);
  if (kind === "control" && (expect.verdict !== null || expect.exit !== 0))
    problems.push("a control expects verdict null and exit 0");
  if (kind !== "control" && expect.verdict === null) problems.push(`a ${kind} expects a verdict`);
  if (kind === "composite" && (expect.also ?? []).length === 0)
    problems.push("a composite names its second fault in also");
  const limit = scenario.limitMs ?? 30_000;
  if (limit < 1_000 || limit > 600_000) problems.push("limitMs is not between 1000 and 600000");
  if (scenario.nodes?.length === 0) problems.push("nodes is empty");
  return problems;
}
