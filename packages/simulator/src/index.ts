// Everything the simulator room offers.

export type { Bill } from "./bill-book.ts";
export { type Distribution, draw } from "./distribution.ts";
export type { FaultBook, FaultListing } from "./faults/book.ts";
export { describeFaults, FAULT_GRID, type FaultDescription, type GridCell, outOfScope } from "./faults/grid.ts";
export { PHASES, type Phase } from "./faults/kind.ts";
export {
  CONTROL_PORT,
  DEFAULT_LIMITS,
  FIRST_PORT,
  type LimitOptions,
  type LimitsOptions,
  type SimulatorOptions,
} from "./options.ts";
export type { RegionOptions, RegionSettings } from "./region-options.ts";
export type { Ending, FaultMark, LogEntry, RequestLog } from "./request-log.ts";
export { parseScenario, type Scenario, ScenarioError, type ScenarioStep } from "./scenario.ts";
export { SCENARIOS } from "./scenarios/catalogue.ts";
export { type Simulator, startSimulator } from "./simulator.ts";
export { type ProbeOptions, probe, type Sighting } from "./wire-probe.ts";
