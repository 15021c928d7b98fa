// createFetch: a drop-in for fetch that survives what the network and the API do.

import { Bus, type Runtime, systemRuntime } from "@fairlead/runtime";
import { Caller } from "./call.ts";
import { Figures } from "./figures.ts";
import { exchangeOf, readCall } from "./incoming.ts";
import { type ClientOptions, checkClient, type Fetch } from "./options.ts";
import { places } from "./places.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { stack } from "./stack.ts";

/** A fetch that survives, and can tell how it has fared. */
export type ResilientFetch = Fetch & {
  /** Figures since the start and of the last five minutes, breaker states, connections. */
  snapshot(): Snapshot;
  /** The policies around a request, outermost first, each with what it does and why it stands there. */
  describe(): ReadonlyArray<{ readonly policy: string; readonly says: string; readonly why: string }>;
  /** Closes idle connections; answers that are under way go on. */
  close(): Promise<void>;
};

/**
 * Makes a fetch for `new Anthropic({ fetch, maxRetries: 0 })`, `createAnthropic({ fetch })`, any other client that takes
 * one, or plain code. Without endpoints each request goes where it says with the credentials that it carries.
 * Throws an OptionError for an option that cannot be used.
 */
export function createFetch(options: ClientOptions = {}): ResilientFetch {
  const { policies, maxBody } = checkClient(options);
  const rt = ownRuntime(options.runtime ?? systemRuntime());
  const figures = new Figures(rt.clock);
  rt.bus.listen((fact) => figures.take(fact));
  if (options.onFact !== undefined) rt.bus.listen(options.onFact);
  const policy = stack(policies, rt);
  const where = places(options, policies, policy, rt);
  const caller = new Caller();
  const described = policy.lane(() => []);

  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const call = await readCall(input, init, maxBody);
    if (call.url.protocol !== "http:" && call.url.protocol !== "https:") {
      throw new TypeError("fetch failed", { cause: new Error(`unknown scheme ${call.url.protocol}`) });
    }
    const x = exchangeOf(call, rt, options.priority);
    return caller.run(where.pipelineFor(call.url, x), x, call.url.href, call.signal);
  };
  return Object.assign(fetch as Fetch, {
    snapshot: () => takeSnapshot(figures, policy, where.pools(), rt.clock),
    describe: () => described.describe(),
    close: async () => where.close(),
  });
}

/** The given time and chance with a bus of its own, so that each client counts its own facts; the given bus hears them too. */
export function ownRuntime(given: Runtime): Runtime {
  const bus = new Bus();
  bus.listen((fact) => given.emit(fact));
  return { clock: given.clock, random: given.random, bus, emit: bus.emit };
}
