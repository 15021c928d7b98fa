// Starts the simulator: regions on their ports, the control listener, the scenario's timeline.

import type { Runtime } from "@fairlead/runtime";
import type { BillBook } from "./bill-book.ts";
import type { FaultBook } from "./faults/book.ts";
import { CONTROL_PORT, FIRST_PORT, type SimulatorOptions } from "./options.ts";
import { Region } from "./region.ts";
import type { RequestLog } from "./request-log.ts";
import { serve } from "./router.ts";
import type { Scenario } from "./scenario.ts";
import { type RegionState, State } from "./state.ts";
import { runScenario } from "./timeline.ts";

/** A running simulator. */
export interface Simulator {
  readonly regions: ReadonlyArray<{ readonly name: string; readonly url: string; readonly port: number }>;
  /** Base of `/_simulator/*`, on a listener that no fault touches. */
  readonly controlUrl: string;
  readonly log: RequestLog;
  readonly faults: FaultBook;
  /** What was billed so far. */
  bills(): ReturnType<BillBook["report"]>;
  /** Forgets everything: faults, log, bills, limits, cache, files, batches; settings as at the start. */
  reset(): void;
  /** Runs a scenario from now on, in place of the one that ran. */
  run(scenario: Scenario): void;
  /** Resolves when every listener is as the faults want it: after adding or removing `refuse`. */
  settled(): Promise<void>;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts listening. Rejects when a port is taken or two regions have one name. */
export async function startSimulator(given: SimulatorOptions, runtime: Runtime): Promise<Simulator> {
  const host = given.host ?? "127.0.0.1";
  const wanted = given.regions ?? given.scenario?.regions ?? [{ name: "local" }];
  if (new Set(wanted.map(({ name }) => name)).size < wanted.length) throw new Error("two regions have the same name");
  const options: SimulatorOptions = { ...given, regions: wanted };
  const state = new State(options, runtime);
  const regions: Array<{ name: string; url: string; port: number; region: Region }> = [];
  const open = async (name: string, settings: RegionState, port: number) => {
    const region = new Region(state, settings, host, (exchange) => serve(state, settings, exchange));
    await region.open(port);
    const shown = host.includes(":") ? `[${host}]` : host;
    return { name, url: `http://${shown}:${region.port}`, port: region.port, region };
  };
  try {
    for (const [index, each] of wanted.entries()) {
      const settings = state.regions.get(each.name) as RegionState;
      regions.push(await open(each.name, settings, each.port ?? FIRST_PORT + index));
    }
    const first = state.regions.get(wanted[0]?.name ?? "") as RegionState;
    const control = await open("control", { ...first, name: "control" }, given.controlPort ?? CONTROL_PORT);
    state.faults.onListener = (name, id, closed) => regions.find((each) => each.name === name)?.region.hold(id, closed);
    state.onScenario = (scenario) => runScenario(scenario, state);
    if (given.scenario !== undefined) state.run(given.scenario);
    return {
      regions: regions.map(({ name, url, port }) => ({ name, url, port })),
      controlUrl: control.url,
      log: state.log,
      faults: state.faults,
      bills: () => state.bills.report(),
      reset: () => state.reset(),
      run: (scenario) => state.run(scenario),
      settled: async () => {
        for (const { region } of regions) await region.settled();
      },
      close: async () => {
        state.reset();
        await Promise.all([control.region.close(), ...regions.map(({ region }) => region.close())]);
      },
    };
  } catch (error) {
    for (const { region } of regions) await region.close();
    throw error;
  }
}
