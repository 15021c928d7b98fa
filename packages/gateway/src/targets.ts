// The upstreams of a configuration as targets, and which of them serve a model.

import type { Serves, Target } from "@fairlead/engine";
import { type AnthropicTarget, anthropicTarget, type KeySource } from "@fairlead/providers/anthropic";
import type { Runtime } from "@fairlead/runtime";
import type { Config, ModelRule, UpstreamConfig } from "./config/config.ts";
import { globMatch } from "./model-match.ts";

/** The targets and the rule that picks among them. */
export interface Targets {
  readonly serves: Serves;
  /** One per configured upstream, for figures. */
  readonly all: readonly AnthropicTarget[];
}

/** How many model names the answer of `serves` is remembered for. */
const REMEMBERED = 1_000;

/** Where the key of an upstream is read for every request; undefined for one that stays as it is. */
export type KeyOf = (upstream: UpstreamConfig) => KeySource | undefined;

/** A configuration and its targets. */
export interface Served {
  readonly config: Config;
  readonly upstreams: Targets;
}

/**
 * Makes the targets. A model name that the rule changes gives the same upstream a second face, sharing pool and health.
 * What stands in `before` just so is taken from there with its connections.
 */
export function targets(config: Config, rt: Runtime, keyOf: KeyOf = () => undefined, before?: Served): Targets {
  const base = new Map(
    config.upstreams.map((upstream) => [
      upstream.name,
      reused(upstream, config, before) ?? make(upstream, config, rt, keyOf),
    ]),
  );
  const all = [...base.values()];
  const rules = config.models.map((rule) => ({ rule, list: faces(rule, base) }));
  const remembered = new Map<string, readonly Target[]>();
  return {
    all,
    serves(model) {
      if (model === undefined) return all.slice(0, 1);
      let list = remembered.get(model);
      if (list === undefined) {
        list = rules.find(({ rule }) => globMatch(rule.match, model))?.list ?? [];
        if (remembered.size < REMEMBERED) remembered.set(model, list);
      }
      return list;
    },
  };
}

function reused(upstream: UpstreamConfig, config: Config, before: Served | undefined): AnthropicTarget | undefined {
  const old = before?.config.upstreams.find(({ name }) => name === upstream.name);
  if (before === undefined || old === undefined) return undefined;
  const all = (one: UpstreamConfig, { timeouts, recover }: Config) =>
    JSON.stringify([
      // A key that is looked after is read for each request: its value is no part of the target.
      Object.entries(one)
        .filter(([name]) => name !== "api_key" || one.api_key_from === undefined)
        .sort(),
      timeouts.connect,
      recover.hold,
    ]);
  if (all(old, before.config) !== all(upstream, config)) return undefined;
  return before.upstreams.all.find(({ name }) => name === upstream.name);
}

function make(upstream: UpstreamConfig, config: Config, rt: Runtime, keyOf: KeyOf): AnthropicTarget {
  return anthropicTarget(
    {
      name: upstream.name,
      endpoint: {
        url: upstream.base_url,
        proxyUrl: upstream.proxyUrl,
        ca: upstream.ca,
        cert: upstream.client_cert,
        key: upstream.client_key,
        minTls: upstream.min_tls,
        maxConnections: upstream.max_connections,
        connectMs: upstream.timeouts?.connect ?? config.timeouts.connect,
      },
      apiKey: keyOf(upstream) ?? upstream.api_key,
      auth: upstream.auth,
      platform: upstream.platform,
      account: upstream.account,
      weight: upstream.weight,
      region: upstream.region,
      contextWindow: upstream.context_window,
      strict: config.recover.hold === "whole",
    },
    rt,
  );
}

function faces(rule: ModelRule, base: ReadonlyMap<string, AnthropicTarget>): readonly Target[] {
  return rule.upstreams.map(({ upstream, model }) => {
    const target = base.get(upstream);
    if (target === undefined) throw new Error(`the rule ${rule.match} names an unknown upstream ${upstream}`);
    return model === undefined ? target : target.as(model);
  });
}
