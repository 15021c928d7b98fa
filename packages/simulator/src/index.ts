// Everything the simulator room offers.

export { type Distribution, draw } from "./distribution.ts";
export type { LimitOptions, LimitsOptions, SimulatorOptions } from "./options.ts";
export type { RegionOptions, RegionSettings } from "./region-options.ts";
export { type Simulator, startSimulator } from "./simulator.ts";
