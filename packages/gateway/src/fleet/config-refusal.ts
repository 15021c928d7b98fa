// Why a configuration was not applied: one error with a code and the fix, so that every door can say it.

import type { Problem } from "../config/problem.ts";

/**
 * `invalid` the text has problems; `restart` it changes what stands until a restart; `unfit` it could not be built; `conflict`
 * another revision is in force than was expected; `trial_running` a canary must end first; `no_trial` there is none; `unknown`
 * there is no such revision; `file_rules` the file rules and cannot be written here; `store` the store did not take it.
 */
export type ConfigRefusalCode =
  | "invalid"
  | "restart"
  | "unfit"
  | "conflict"
  | "trial_running"
  | "no_trial"
  | "unknown"
  | "file_rules"
  | "store";

const BRAND = Symbol.for("fairlead.config-refusal");

/** A configuration, or what was to be done with one, was refused. Nothing has changed. */
export class ConfigRefusal extends Error {
  readonly [BRAND] = true;
  readonly code: ConfigRefusalCode;
  readonly problems: readonly Problem[];
  /** Files that the text points to, absolute: a change of one may put it right. */
  readonly files: readonly string[];

  constructor(
    code: ConfigRefusalCode,
    message: string,
    problems: readonly Problem[] = [],
    files: readonly string[] = [],
  ) {
    super(message);
    this.name = "ConfigRefusal";
    this.code = code;
    this.problems = problems;
    this.files = files;
  }

  /** True for a ConfigRefusal of any copy of this package. */
  static is(e: unknown): e is ConfigRefusal {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}
