// A target: one place that can answer, with what the route must know of it.

import type { Exchange } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";

/** One place that can answer. Made once from the configuration. */
export interface Target {
  /** Unique name, as in the configuration. */
  readonly name: string;
  /** Whose capacity it draws on: overload there is shared by all targets of the platform (provider and host by default). */
  readonly platform: string;
  /** Whose credential it uses: limits and refusals are shared by all targets of the account. */
  readonly account: string;
  /** Its share beside other targets of the same rule, above 0. Default 1. */
  readonly weight?: number | undefined;
  /** Which region it is in: targets of one region are one for the choice of the nearest. Default: its name. */
  readonly region?: string | undefined;
  /** Context window in tokens when the target limits it below others; Infinity when nothing is said. */
  contextWindow(model: string): number;
  /** The model name that the target knows this model by; the same name when it is not aliased. */
  modelName(model: string): string;
  /** One attempt on the wire. Never throws for what an upstream can do. */
  send(x: Exchange): Promise<Outcome>;
}
