// Everything the client offers: a fetch that survives, the same as SDK middleware, and their figures.

export type {
  BalanceFigures,
  BudgetFigure,
  CarriedFigure,
  CooldownFigure,
  EngineFigures,
  LoadFigure,
  Priority,
  QueueClassFigure,
  QueueFigure,
  QueueRefusal,
  QuotaFigure,
} from "@fairlead/engine";
export type { EndpointInput, TransportInput } from "./endpoint-options.ts";
export type { FailureCause } from "./errors.ts";
export { createFetch, type ResilientFetch } from "./fetch.ts";
export type { Counts, Span } from "./figures.ts";
export type { Percentiles } from "./histogram.ts";
export { type Resilience, resilience, type SdkRequest } from "./middleware.ts";
export type { ClientOptions, Fetch, PolicyOptions } from "./options.ts";
export type { PoolFigures } from "./places.ts";
export type { BreakerState, Snapshot } from "./snapshot.ts";
