// What every probe and rule gets: the wish, the machine, the target, the way there.

import type { Runtime } from "@fairlead/runtime";
import type { Environment } from "./environment/environment.ts";
import type { Machine } from "./machine.ts";
import type { Target } from "./target.ts";
import type { Wire } from "./wire/wire.ts";
import type { Language } from "./words.ts";

/** Programs whose ways of going to the network the doctor knows. */
export const CLIENTS = ["node", "claude-code", "python", "curl"] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What was asked for. */
export interface Options {
  /** As which program to go. Default: claude-code when it is set up on this machine, else node. */
  readonly as?: ClientName;
  /** anthropic, bedrock, vertex, foundry, or a URL. Default: what the environment says. */
  readonly target?: string;
  readonly deep: boolean;
  /** Allows traffic to third parties: public resolvers, the status page. */
  readonly external: boolean;
  /** Allows probes that cost tokens (well under one US cent each). */
  readonly spend: boolean;
  /** Longest idle time of the keep-alive soak, seconds; 0 = none. */
  readonly soakSeconds: number;
  readonly language: Language;
  /** PEM text whose roots count as the public ones, in place of those that Node brings: for a lab. */
  readonly publicRoots?: string;
  /** Model for probes that name one. */
  readonly model?: string;
}

/** The context of one examination. */
export interface Context {
  readonly rt: Runtime;
  readonly options: Options;
  readonly machine: Machine;
  /** What is set where, and what of it counts for the program that is asked about. */
  readonly environment: Environment;
  readonly target: Target;
  readonly wire: Wire;
}
