// What one configuration is made into: everything that a reload replaces.

import type { Pipeline } from "@fairlead/engine";
import type { Config } from "../config/config.ts";
import type { Gate } from "../identity/gate.ts";
import { Redaction } from "../redaction/redaction.ts";
import { type Stack, stack } from "../stack.ts";
import { type Targets, targets } from "../targets.ts";
import type { Standing } from "./standing.ts";

/** A configuration at work. Requests keep the one that they began with. */
export interface Generation {
  readonly config: Config;
  readonly gate: Gate;
  readonly pipeline: Pipeline;
  readonly redaction: Redaction | undefined;
  readonly parts: Stack;
  readonly upstreams: Targets;
}

/** Makes a configuration ready to serve. Opens no listener and no store; throws only for what the checks let through. */
export function buildGeneration(config: Config, { rt, identity, layers }: Standing): Generation {
  const upstreams = targets(config, rt);
  const parts = stack(config, upstreams.serves, rt, layers);
  const redaction = new Redaction(config.projects, rt.clock);
  return {
    config,
    gate: identity.gate(config),
    pipeline: parts.pipeline,
    redaction: redaction.active ? redaction : undefined,
    parts,
    upstreams,
  };
}

/** Frees what a generation holds; its requests under way keep their connections until they end. */
export function closeGeneration(generation: Generation): void {
  for (const one of generation.upstreams.all) one.close();
  generation.redaction?.close();
}
