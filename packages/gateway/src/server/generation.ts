// What one configuration is made into: everything that a reload replaces.

import type { Pipeline } from "@fairlead/engine";
import type { Config } from "../config/config.ts";
import type { Gate } from "../identity/gate.ts";
import { Redaction } from "../redaction/redaction.ts";
import { SecretBook } from "../secrets/secret-book.ts";
import { type Stack, stack } from "../stack.ts";
import { type Targets, targets } from "../targets.ts";
import type { SecretFact } from "../telemetry/edge-facts.ts";
import type { Standing } from "./standing.ts";

/** A configuration at work. Requests keep the one that they began with. */
export interface Generation {
  readonly config: Config;
  readonly gate: Gate;
  readonly pipeline: Pipeline;
  readonly redaction: Redaction | undefined;
  readonly parts: Stack;
  readonly upstreams: Targets;
  readonly secrets: SecretBook;
}

/** Makes a configuration ready to serve. Opens no listener and no store; throws only for what the checks let through. */
export function buildGeneration(config: Config, { rt, identity, orders, tenancy, layers }: Standing): Generation {
  const secrets = new SecretBook(config.secrets, rt, {
    read(origin, result, reference, message) {
      const fact: SecretFact = { kind: "secret", at: rt.clock.now(), origin, result, reference, message };
      rt.emit(fact);
    },
    // An account that was parked for its old key is asked again at once.
    changed(reference) {
      for (const { name, api_key_from } of config.upstreams) {
        const target = upstreams.all.find((one) => one.name === name);
        if (api_key_from?.text === reference && target !== undefined) parts.health.unpark(target);
      }
    },
  });
  const upstreams = targets(config, rt, ({ api_key, api_key_from: from }) =>
    from === undefined ? undefined : secrets.source(from, api_key),
  );
  const parts = stack(config, upstreams.serves, rt, { ...layers, ...tenancy.layers(config) }, orders.orders);
  const redaction = new Redaction(config.projects, rt.clock);
  return {
    config,
    gate: identity.gate(config),
    pipeline: parts.pipeline,
    redaction: redaction.active ? redaction : undefined,
    parts,
    upstreams,
    secrets,
  };
}

/** Frees what a generation holds; its requests under way keep their connections until they end. */
export function closeGeneration(generation: Generation): void {
  generation.secrets.close();
  for (const one of generation.upstreams.all) one.close();
  generation.redaction?.close();
}
