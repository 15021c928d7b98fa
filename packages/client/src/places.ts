// Where requests go: the endpoints of the options, or, without any, where each request itself says.

import { createHash } from "node:crypto";
import type { Exchange, Pipeline, Serves, Target } from "@fairlead/engine";
import { type AnthropicTarget, anthropicTarget } from "@fairlead/providers/anthropic";
import { proxyFor } from "@fairlead/providers/transport";
import type { Runtime } from "@fairlead/runtime";
import { type EndpointInput, endpointName } from "./endpoint-options.ts";
import { fetchTarget } from "./fetch-target.ts";
import { gatewayHop } from "./gateway-hop.ts";
import type { ClientOptions, Policies } from "./options.ts";
import type { Stack } from "./stack.ts";

/** Connections of one place, as the snapshot shows them. */
export interface PoolFigures {
  readonly upstream: string;
  readonly active: number;
  readonly idle: number;
  readonly connecting: number;
  readonly waiting: number;
  readonly made: number;
  readonly requests: number;
}

/** The places of one client. */
export interface Places {
  /** The pipeline for an exchange that was made for `url`. */
  pipelineFor(url: URL, x: Exchange): Pipeline;
  pools(): readonly PoolFigures[];
  close(): void;
}

/** Origins and callers' credentials that are remembered at once; the one used longest ago is forgotten first. */
const MAX_ORIGINS = 64;
const MAX_CREDENTIALS = 1_000;

/** Makes the places. */
export function places(options: ClientOptions, policies: Policies, stack: Stack, rt: Runtime): Places {
  const make = (one: EndpointInput, own: boolean) => place(one, own, options, policies, rt);
  const list = options.endpoints ?? [];
  return list.length > 0 ? configured(list, make, stack) : asked((url) => make({ url: url.origin }, false), stack);
}

function configured(
  list: readonly EndpointInput[],
  make: (one: EndpointInput, own: boolean) => Place,
  stack: Stack,
): Places {
  const made = list.map((one) => make(one, true));
  const rules = list.map((one, i) => ({ target: (made[i] as Place).target, serves: one.serves }));
  const all = rules.map((rule) => rule.target);
  const serves: Serves = (model) =>
    // What names no model (files, batches, model lists) lives in one account: the first endpoint's.
    model === undefined
      ? all.slice(0, 1)
      : rules.filter((rule) => rule.serves?.some((one) => fits(one, model)) ?? true).map((rule) => rule.target);
  const lane = stack.lane(serves);
  return {
    pipelineFor: () => lane,
    pools: () => made.flatMap((one) => one.pool()),
    close() {
      for (const one of made) one.close();
    },
  };
}

/** Every origin is a place of its own, every credential an account of its own: what one is refused says nothing of others. */
export function asked(make: (url: URL) => Place, stack: Stack): Places {
  const origins = new Recent<Place & { readonly serial: number }>(MAX_ORIGINS, (gone) => gone.close());
  let serial = 0;
  const lanes = new Recent<Pipeline>(MAX_CREDENTIALS, () => {});
  return {
    pipelineFor(url, x) {
      const origin = origins.get(url.origin, () => ({ ...make(url), serial: serial++ }));
      const account = `${url.host} ${credentialOf(x)}`;
      // By the place and not by its address: what led to one that was forgotten, and closed, is not taken up again.
      return lanes.get(`${origin.serial} ${account}`, () => {
        const target: Target = { ...origin.target, account };
        return stack.lane(() => [target]);
      });
    },
    pools: () => origins.values().flatMap((one) => one.pool()),
    close() {
      for (const one of origins.values()) one.close();
    },
  };
}

/** One place, and its connections. */
export interface Place {
  readonly target: Target;
  pool(): readonly PoolFigures[];
  close(): void;
}

/** @param own true for an endpoint of the options: the caller's credentials then never reach it */
function place(one: EndpointInput, own: boolean, options: ClientOptions, policies: Policies, rt: Runtime): Place {
  const name = endpointName(one);
  const platform = one.platform ?? new URL(one.url).host;
  const modelName = (model: string) =>
    Object.hasOwn(one.models ?? {}, model) ? (one.models?.[model] ?? model) : model;
  const strict = policies.recover.hold === "whole";
  if (options.fetch !== undefined) {
    const send = options.fetch;
    const target = fetchTarget(
      {
        name,
        platform,
        account: name,
        weight: one.weight,
        region: one.region,
        base: one.url.replace(/\/+$/, ""),
        headers: [...Object.entries(one.headers ?? {}), ...credentialPair(one)],
        ownCredential: own,
        contextWindow: one.contextWindow,
        modelName,
        strict,
        send: (url, init) => send(url, init),
      },
      rt,
    );
    return { target: gatewayHop(target, rt.clock), pool: () => [], close: () => {} };
  }
  const { transport } = options;
  const proxy = transport?.proxy === "env" ? proxyFor(one.url, transport.env ?? {}) : transport?.proxy;
  const target: AnthropicTarget = anthropicTarget(
    {
      name,
      endpoint: {
        url: one.url,
        proxyUrl: proxy,
        ca: transport?.ca,
        cert: transport?.cert,
        key: transport?.key,
        minTls: transport?.minTls,
        maxConnections: transport?.maxConnections,
        maxAgeMs: transport?.maxAgeMs,
        connectMs: policies.timeouts.connect,
      },
      apiKey: one.apiKey,
      auth: one.auth,
      platform,
      account: name,
      weight: one.weight,
      region: one.region,
      contextWindow: one.contextWindow,
      modelName,
      headers: Object.entries(one.headers ?? {}),
      strict,
      unpack: true,
    },
    rt,
  );
  return {
    target: gatewayHop(own ? without(target, [...CREDENTIALS, ...Object.keys(one.headers ?? {})]) : target, rt.clock),
    pool: () => [{ upstream: name, ...target.stats() }],
    close: () => target.close(),
  };
}

const CREDENTIALS = ["x-api-key", "authorization"];

/**
 * The same target, which leaves headers of the request out: those that the endpoint sets itself, and credentials, for an
 * endpoint without a key of its own gets none: the caller's belongs to the place that the request named.
 */
function without(target: Target, names: readonly string[]): Target {
  const left = new Set(names.map((name) => name.toLowerCase()));
  return {
    ...target,
    send(x) {
      const headers: string[] = [];
      for (let i = 0; i < x.headers.length; i += 2) {
        const name = x.headers[i] as string;
        if (!left.has(name)) headers.push(name, x.headers[i + 1] as string);
      }
      return target.send.call(this, { ...x, headers });
    },
  };
}

function credentialPair(one: EndpointInput): ReadonlyArray<readonly [string, string]> {
  if (one.apiKey === undefined) return [];
  return [one.auth === "bearer" ? ["authorization", `Bearer ${one.apiKey}`] : ["x-api-key", one.apiKey]];
}

/** Headers that say who asks, whatever a relay or a cloud calls them: `x-api-key`, `api-key`, `x-goog-api-key`, `cookie`. */
const CREDENTIAL = /^(?:authorization|cookie)$|(?:api-?key|subscription-key|auth|token|secret)$/;
/** What stays the same of a request that is signed (AWS Signature Version 4): whose key signed it, not what and when. */
const SIGNED = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)/;

/** Twelve hex digits that tell one credential from another and say nothing about it. */
function credentialOf(x: Exchange): string {
  const hash = createHash("sha256");
  for (let i = 0; i < x.headers.length; i += 2) {
    const name = x.headers[i] as string;
    if (!CREDENTIAL.test(name)) continue;
    const value = x.headers[i + 1] as string;
    hash.update(`${name}: ${SIGNED.exec(value)?.[1] ?? value}\n`);
  }
  return hash.digest("hex").slice(0, 12);
}

/** Whether a model name matches a pattern in which `*` stands for any run of characters. */
function fits(pattern: string, model: string): boolean {
  const parts = pattern.split("*");
  const head = parts[0] ?? "";
  if (parts.length === 1) return head === model;
  const tail = parts[parts.length - 1] ?? "";
  if (model.length < head.length + tail.length || !model.startsWith(head) || !model.endsWith(tail)) return false;
  let at = head.length;
  for (const part of parts.slice(1, -1)) {
    const found = model.indexOf(part, at);
    if (found < 0 || found + part.length > model.length - tail.length) return false;
    at = found + part.length;
  }
  return true;
}

/** The things used most recently, by name, up to a number. */
class Recent<T> {
  readonly #limit: number;
  readonly #forget: (one: T) => void;
  readonly #all = new Map<string, T>();

  constructor(limit: number, forget: (one: T) => void) {
    this.#limit = limit;
    this.#forget = forget;
  }

  get(name: string, make: () => T): T {
    let one = this.#all.get(name);
    if (one === undefined) one = make();
    else this.#all.delete(name);
    this.#all.set(name, one);
    const oldest = this.#all.size > this.#limit ? this.#all.entries().next().value : undefined;
    if (oldest !== undefined) {
      this.#all.delete(oldest[0]);
      this.#forget(oldest[1]);
    }
    return one;
  }

  values(): readonly T[] {
    return [...this.#all.values()];
  }
}
