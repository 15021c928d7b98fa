// What one configuration is made into: everything that a reload replaces.

import type { Kept, Pipeline, RequestFact } from "@fairlead/engine";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { Config } from "../config/config.ts";
import { custodyLayer } from "../custody/custody-layer.ts";
import type { Directory } from "../identity/directory.ts";
import type { Gate } from "../identity/gate.ts";
import { Redaction } from "../redaction/redaction.ts";
import { type Stack, stack } from "../stack.ts";
import { type KeyOf, type Targets, targets } from "../targets.ts";
import { type SecretLine, secretLine } from "./secret-line.ts";
import type { Standing } from "./standing.ts";

/** A configuration at work. Requests keep the one that they began with. */
export interface Generation {
  readonly config: Config;
  readonly gate: Gate;
  readonly pipeline: Pipeline;
  readonly redaction: Redaction;
  readonly parts: Stack;
  readonly upstreams: Targets;
  readonly secrets: SecretLine;
  /** Requests that have no outcome yet: they may need its connections. */
  readonly pending: { count: number };
  readonly watch: Watch;
}

/** Hears how each request of a generation ended, while somebody compares. */
export interface Watch {
  /** `firstMs`: time to first content, for what went well. */
  hear: ((failed: boolean, firstMs: number) => void) | undefined;
}

/** The generation that a new one follows, and who is the same in both. */
export interface Predecessor {
  readonly generation: Generation;
  readonly kept: Kept;
}

/** Makes a configuration ready to serve. Opens no listener and no store; throws only for what the checks let through. */
export function buildGeneration(
  config: Config,
  { rt: base, identity, orders, tenancy, custody, layers }: Standing,
  before?: Predecessor,
): Generation {
  const watch: Watch = { hear: undefined };
  const rt = watched(base, watch);
  const secrets = secretLine(config.secrets, base, before?.generation.secrets);
  const keyOf: KeyOf = ({ api_key, api_key_from: from }) =>
    from === undefined ? undefined : secrets.book.source(from, api_key);
  // Connections outlive a reload only together with the source of their key.
  const same = before !== undefined && before.generation.secrets === secrets ? before.generation : undefined;
  const upstreams = targets(config, rt, keyOf, same);
  const follows =
    before === undefined
      ? undefined
      : { parts: before.generation.parts, options: before.generation.config, kept: before.kept };
  const configured = config.projects.map(({ name }) => name);
  const held = custodyLayer({
    rt,
    book: custody,
    options: config.resources,
    serves: upstreams.serves,
    all: upstreams.all,
    projects: projectCount(configured, identity.directory),
  });
  const standing = { ...layers, ...tenancy.layers(config), custody: held };
  const parts = stack(config, upstreams.serves, rt, standing, orders.orders, follows);
  const redaction = new Redaction(config.projects, rt.clock, {
    stored: (project) => identity.directory.projectOf(project)?.redaction,
    keyFor: (purpose) => identity.keyFor(purpose),
  });
  return {
    config,
    gate: identity.gate(config),
    pipeline: parts.pipeline,
    redaction,
    parts,
    upstreams,
    secrets,
    pending: { count: 0 },
    watch,
  };
}

/** A caller that left says nothing about the configuration. */
function watched(rt: Runtime, watch: Watch): Runtime {
  const emit = (fact: Fact) => {
    if (watch.hear !== undefined && fact.kind === "request") {
      const { verdict, firstMs } = fact as RequestFact;
      if (verdict !== "cancelled") watch.hear(verdict !== "ok", firstMs);
    }
    rt.emit(fact);
  };
  return { clock: rt.clock, random: rt.random, bus: rt.bus, emit };
}

/** How many projects there are now; counted anew when the directory has changed. More than one while nobody knows. */
function projectCount(configured: readonly string[], directory: Directory): () => number {
  let version = -1;
  let count = 0;
  return () => {
    if (!directory.told) return Number.POSITIVE_INFINITY;
    if (version !== directory.version) {
      version = directory.version;
      count = new Set([...configured, ...directory.projectNames()]).size;
    }
    return count;
  };
}
