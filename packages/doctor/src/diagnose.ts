// One examination from its wish to its report.

import type { Runtime } from "@fairlead/runtime";
import type { Context, Options } from "./context.ts";
import { findTarget } from "./environment/find-target.ts";
import { readEnvironment } from "./environment/read-environment.ts";
import type { Facts } from "./facts.ts";
import { runProbes, type Watcher } from "./graph.ts";
import type { Machine } from "./machine.ts";
import { reportOf } from "./output/report-of.ts";
import { PROBES } from "./probes/index.ts";
import type { Report } from "./report.ts";
import { RULES } from "./rules/index.ts";
import { type Conclusion, conclude } from "./verdict.ts";
import type { Wire, WireEvent } from "./wire/wire.ts";

/** Time for the probes of a quick examination, which is to end within 8 s, and of a deep one without its soak, milliseconds. */
export const QUICK_MS = 7_700;
export const DEEP_MS = 45_000;

/** What came of it. */
export interface Examination {
  readonly report: Report;
  readonly conclusion: Conclusion;
  readonly context: Context;
  /** Everything that happened on the wire, in order. */
  readonly events: readonly WireEvent[];
}

/** Examines the line. Never throws for what the machine or the network can do. */
export async function diagnose(
  options: Options,
  machine: Machine,
  rt: Runtime,
  watcher: Watcher & { begun?(context: Context): void; keyLog?(line: Buffer): void } = {},
): Promise<Examination> {
  const began = rt.clock.now();
  const beganAt = rt.clock.wall();
  const over = new AbortController();
  const events: WireEvent[] = [];
  let connections = 0;
  const wire: Wire = {
    rt,
    signal: over.signal,
    nextConnection: () => ++connections,
    record: (event) => {
      events.push(event);
    },
    ...(watcher.keyLog === undefined ? {} : { keyLog: watcher.keyLog }),
  };
  const environment = await readEnvironment(machine, options);
  const target = findTarget(environment, options);
  const context: Context = { rt, options, machine, environment, target, wire };
  watcher.begun?.(context);
  const facts: Facts = {};
  const probes = PROBES.filter(({ deep }) => deep !== true || options.deep);
  const budget = (options.deep ? DEEP_MS : QUICK_MS) + options.soakSeconds * 1_000;
  const probed = await runProbes(probes, context, facts, budget, watcher);
  over.abort();
  const conclusion = conclude(RULES, facts, context, probed);
  const duration = rt.clock.now() - began;
  const report = reportOf(context, facts, probed, conclusion, beganAt, duration);
  return { report, conclusion, context, events };
}
