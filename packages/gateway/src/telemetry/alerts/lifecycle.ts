// Where each alert stands: pending, firing, clearing, over. An alert that wavers neither fires nor ends each time.

import type { Alert, AlertState, Finding } from "./alert.ts";
import type { AlertRule } from "./alert-options.ts";

/** How long things must hold and be well again, and how often a lasting alert is told again, milliseconds. */
export interface LifecycleOptions {
  readonly resolve_after: number;
  readonly repeat: number;
}

interface Standing {
  finding: Finding;
  /** Monotonic, since it is bad, or since it is well again. */
  badSince: number | undefined;
  clearSince: number | undefined;
  firing: boolean;
  toldAt: number;
  /** Unix milliseconds. */
  since: number;
}

/** The alerts of one rule. */
export class Lifecycle {
  readonly #rule: AlertRule;
  readonly #options: LifecycleOptions;
  readonly #standing = new Map<string, Standing>();

  constructor(rule: AlertRule, options: LifecycleOptions) {
    this.#rule = rule;
    this.#options = options;
  }

  /** How many fire now. */
  get firing(): number {
    let count = 0;
    for (const { firing } of this.#standing.values()) if (firing) count += 1;
    return count;
  }

  /**
   * Takes what was found at `now` (monotonic) and `wall`, and gives what there is to tell. A thing that is no longer
   * among the findings is well, as far as anybody knows.
   */
  step(findings: readonly Finding[], now: number, wall: number): readonly Alert[] {
    const told: Alert[] = [];
    const seen = new Set<string>();
    for (const finding of findings) {
      seen.add(finding.key);
      const one = this.#standing.get(finding.key);
      if (one === undefined && finding.level !== "bad") continue;
      const standing = one ?? this.#begin(finding);
      standing.finding = finding;
      this.#move(standing, finding.level, now, wall, told);
    }
    for (const [key, standing] of this.#standing) {
      if (!seen.has(key)) this.#move(standing, "clear", now, wall, told);
      if (!standing.firing && standing.badSince === undefined) this.#standing.delete(key);
    }
    return told;
  }

  #begin(finding: Finding): Standing {
    const standing: Standing = {
      finding,
      badSince: undefined,
      clearSince: undefined,
      firing: false,
      toldAt: 0,
      since: 0,
    };
    this.#standing.set(finding.key, standing);
    return standing;
  }

  #move(one: Standing, level: Finding["level"], now: number, wall: number, told: Alert[]): void {
    if (level === "bad") {
      one.clearSince = undefined;
      if (one.badSince === undefined) {
        one.badSince = now;
        one.since = wall;
      }
      if (!one.firing && now - one.badSince >= this.#rule.for) {
        one.firing = true;
        one.toldAt = now;
        told.push(this.alert(one.finding, "firing", one.since, wall));
      }
    } else if (level === "clear") {
      if (!one.firing) one.badSince = undefined;
      else {
        one.clearSince ??= now;
        if (now - one.clearSince >= this.#options.resolve_after) {
          one.firing = false;
          one.badSince = undefined;
          told.push(this.alert(one.finding, "resolved", one.since, wall));
          return;
        }
      }
    } else {
      // Between the two: what is pending goes on to be, what clears must begin anew.
      one.clearSince = undefined;
    }
    if (one.firing && one.clearSince === undefined && now - one.toldAt >= this.#options.repeat) {
      one.toldAt = now;
      told.push(this.alert(one.finding, "again", one.since, wall));
    }
  }

  /** The alert that tells of a finding. */
  alert({ key, level: _level, ...finding }: Finding, state: AlertState, since: number, at: number): Alert {
    const { name, when, severity } = this.#rule;
    return { ...finding, rule: name, watched: when, severity, state, since, at, fingerprint: `${name}/${key}` };
  }
}
