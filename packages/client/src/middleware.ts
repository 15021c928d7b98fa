// resilience: the same engine as middleware of @anthropic-ai/sdk, with the SDK's own `next` as the wire.

import type { Tally } from "@fairlead/engine";
import { type Runtime, systemRuntime } from "@fairlead/runtime";
import { Caller } from "./call.ts";
import { ownRuntime } from "./fetch.ts";
import { fetchTarget, type Send } from "./fetch-target.ts";
import { Figures } from "./figures.ts";
import { gatewayHop, withHop } from "./gateway-hop.ts";
import { exchangeOf, readCall } from "./incoming.ts";
import { checkMiddleware, type Policies, type PolicyOptions } from "./options.ts";
import { asked, type Place } from "./places.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { stack } from "./stack.ts";

/** The SDK's request, as far as it is needed here. */
export interface SdkRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly method?: string | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
}

/** Middleware as the SDK takes it, and how it has fared. */
export interface Resilience {
  <R extends SdkRequest>(request: R, next: (request: R) => Promise<Response>, context?: unknown): Promise<Response>;
  /** Figures since the start and of the last five minutes, and breaker states. */
  snapshot(): Snapshot;
}

/** What one request brings along: the SDK's way on, and what it threw last. */
interface Carrier {
  readonly send: Send;
  error: unknown;
}

/** Bodies were made in memory by the SDK already: no limit of ours. */
const NO_LIMIT = Number.POSITIVE_INFINITY;

/**
 * Middleware for `new Anthropic({ middleware: [resilience()], maxRetries: 0 })`: also for the Bedrock, Vertex and Foundry
 * clients of the SDK, whose signing runs below it, once per attempt. Throws an OptionError for an option that cannot be used.
 */
export function resilience(options: PolicyOptions = {}): Resilience {
  const policies = checkMiddleware(options);
  const rt = ownRuntime(options.runtime ?? systemRuntime());
  const figures = new Figures(rt.clock);
  rt.bus.listen((fact) => figures.take(fact));
  if (options.onFact !== undefined) rt.bus.listen(options.onFact);
  const policy = stack(policies, rt);
  // All copies of an exchange share their tally, so it can stand for the request.
  const carriers = new WeakMap<Tally, Carrier>();
  const where = asked((url) => place(url, carriers, policies, rt), policy);
  const caller = new Caller();

  const middleware = async <R extends SdkRequest>(
    request: R,
    next: (request: R) => Promise<Response>,
  ): Promise<Response> => {
    const { method, body, signal } = request;
    const init = { method, headers: request.headers, body, signal } as RequestInit;
    const call = await readCall(request.url, init, NO_LIMIT);
    const x = exchangeOf(call, rt, options.priority);
    const carrier: Carrier = {
      error: undefined,
      send: (_url, sent) =>
        next({
          ...request,
          // Headers are written to below us, at every call.
          headers: withHop(request.headers, sent.headers),
          body: typeof body === "string" ? body : sent.body,
          signal: sent.signal,
        }),
    };
    carriers.set(x.tally, carrier);
    try {
      return await caller.run(where.pipelineFor(call.url, x), x, call.url.href, call.signal);
    } catch (e) {
      // The SDK knows its own errors by identity, and its caller expects them.
      throw carrier.error !== undefined && e instanceof TypeError ? carrier.error : e;
    }
  };
  return Object.assign(middleware, {
    snapshot: () => takeSnapshot(figures, policy, where.pools(), rt.clock),
  });
}

function place(url: URL, carriers: WeakMap<Tally, Carrier>, policies: Policies, rt: Runtime): Place {
  const target = fetchTarget(
    {
      name: url.host,
      platform: url.host,
      account: url.host,
      base: url.origin,
      headers: [],
      ownCredential: false,
      contextWindow: undefined,
      modelName: (model) => model,
      strict: policies.recover.hold === "whole",
      async send(to, init, x) {
        const carrier = carriers.get(x.tally);
        if (carrier === undefined) throw new Error("a request of another middleware");
        carrier.error = undefined;
        try {
          return await carrier.send(to, init, x);
        } catch (e) {
          if (!x.signal.aborted) carrier.error = e;
          throw e;
        }
      },
    },
    rt,
  );
  return { target: gatewayHop(target, rt.clock), pool: () => [], close: () => {} };
}
