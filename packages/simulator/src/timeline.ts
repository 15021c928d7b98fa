// The timeline: runs a scenario's steps at their times.

import type { Timer } from "@fairlead/runtime";
import { regionSettings } from "./region-options.ts";
import type { Scenario, ScenarioStep } from "./scenario.ts";
import { change, type State } from "./state.ts";

/** Starts a scenario. Returns the way to stop it; faults that are on stay on. */
export function runScenario(scenario: Scenario, state: State): () => void {
  const { clock } = state.runtime;
  let timer: Timer | undefined;
  let round = clock.now();
  const next = (index: number) => {
    const step = scenario.steps[index];
    if (step === undefined) {
      if (scenario.repeatMs === undefined) return;
      timer = clock.timer(round + scenario.repeatMs - clock.now(), () => {
        round = clock.now();
        state.faults.clear();
        for (const region of state.regions.values()) change(region, regionSettings(region.options));
        next(0);
      });
      return;
    }
    const wait = round + step.at - clock.now();
    const run = () => {
      take(step, scenario, state);
      next(index + 1);
    };
    if (wait <= 0) run();
    else timer = clock.timer(wait, run);
  };
  next(0);
  return () => timer?.cancel();
}

function take(step: ScenarioStep, scenario: Scenario, state: State): void {
  const told: string[] = [];
  for (const id of step.remove ?? []) told.push(state.faults.remove(id) ? `removes ${id}` : `has no ${id} to remove`);
  if (step.clear === true) {
    state.faults.clear();
    told.push("removes all faults");
  }
  if (step.set !== undefined) {
    for (const name of step.region ?? state.regions.keys()) {
      const region = state.regions.get(name);
      if (region !== undefined) change(region, step.set);
    }
    told.push(`sets ${(step.region ?? ["every region"]).join(", ")} to ${JSON.stringify(step.set)}`);
  }
  for (const spec of step.add ?? []) {
    const added = state.faults.add(spec);
    told.push(
      "error" in added
        ? `could not add a fault: ${added.error}`
        : `adds ${(spec as { kind?: string }).kind} as ${added.id}`,
    );
  }
  state.options.onLine?.(`scenario ${scenario.name} at ${step.at} ms: ${told.join("; ")}`);
}
