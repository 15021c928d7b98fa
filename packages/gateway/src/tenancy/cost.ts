// What a request draws on its tenant's limits: expected before it goes, corrected while it runs, exact at its end.

import {
  type AttemptCost,
  type Exchange,
  type Failure,
  kindOf,
  Predictor,
  type Route,
  VERDICTS,
} from "@fairlead/engine";
import { billedTokens, costOf, limitedInput, MODELS, NO_USAGE, type Prices, type Usage } from "@fairlead/protocol";

/** Requests, input tokens without cache reads, output tokens, streams, pico-dollars. Whole numbers. */
export type Cost = readonly [requests: number, input: number, output: number, streams: number, pico: number];

/** What one model took of an attempt. */
export interface Part {
  readonly model: string;
  readonly cost: Cost;
}

export const NOTHING: Cost = [0, 0, 0, 0, 0];

/** What is kept of a request while its answer runs: not its body. */
export interface Sent {
  readonly model: string;
  readonly route: Route;
  readonly dialect: Exchange["look"]["dialect"];
  /** Whether anybody wants to know what it costs. */
  readonly priced: boolean;
  /** The names by which upstreams may be asked for the model: they have a price where an alias has none. */
  readonly names: (model: string) => readonly string[];
}

/** How a request is charged: `generation` for all that it uses, `gate` as a request, when there is money left; `request`. */
export type Charge = "generation" | "gate" | "request";

/** Which charge a route has: what generates is charged in full, a batch when money is left, all else as a request. */
export function chargeOf(x: Exchange): Charge {
  const kind = kindOf(x);
  if (kind === "messages") return "generation";
  if (x.look.model !== undefined) return kind === "count_tokens" ? "request" : "generation";
  return x.method === "POST" && BATCHES.test(x.path) ? "gate" : "request";
}

/** Whether the answer tells what the requests of a batch used. */
export function tellsBatch({ method, path }: Exchange): boolean {
  return method === "GET" && RESULTS.test(path);
}

const RESULTS = /\/v1\/messages\/batches\/[^/?]+\/results(?:\?|$)/;
const BATCHES = /\/v1\/messages\/batches(?:\?|$)/;

/** Estimates and prices. Learns from answers what to expect of the next. */
export class Meter {
  readonly #predictor = new Predictor();
  readonly #wall: () => number;
  readonly #prices: Prices;
  /** By this a model without a price is charged. */
  readonly #dearest: string;

  /** @param wall Unix milliseconds */
  constructor(wall: () => number, prices: Prices) {
    this.#wall = wall;
    this.#prices = prices;
    this.#dearest = dearestModel();
  }

  sent({ look, body }: Exchange, priced: boolean, names: Sent["names"]): Sent {
    const { model = "", stream, dialect } = look;
    return { model, dialect, priced, names, route: { model, stream, thinking: false, bytes: body?.length ?? 0 } };
  }

  /** What is reserved before it goes. */
  expected(sent: Sent, maxTokens: number | undefined): Cost {
    const { input, output } = this.#predictor.cost(
      sent.route,
      maxTokens === undefined ? undefined : Math.max(1, maxTokens),
    );
    const tokens = { ...NO_USAGE, inputTokens: Math.ceil(input), outputTokens: Math.ceil(output) };
    return [1, tokens.inputTokens, tokens.outputTokens, sent.route.stream ? 1 : 0, this.#price(sent, tokens)];
  }

  /** Of an answer that runs: as far as it has told, with the output that its bytes stand for. */
  running(sent: Sent, drawn: Cost, usage: Usage | undefined, served: string | undefined, bytes: number): Cost {
    // With what a compaction, an advisor or a declined model took.
    const billed = usage && billedTokens(usage);
    const told = billed?.outputTokens ?? 0;
    const shown = sent.route.stream ? Math.floor(this.#predictor.outputOfBytes(sent.model, bytes)) : 0;
    const output = Math.max(drawn[2], told, shown);
    if (usage === undefined || billed === undefined) return [1, drawn[1], output, drawn[3], drawn[4]];
    const pico = this.#price(sent, { ...usage, outputTokens: output }, served);
    return [1, limitedInput(billed), output, drawn[3], pico];
  }

  /** Of an answer that has ended. One that was cut is charged for what came of it. */
  ended(
    sent: Sent,
    drawn: Cost,
    usage: Usage | undefined,
    served: string | undefined,
    bytes: number,
    whole: boolean,
  ): Cost {
    if (usage === undefined) {
      // A whole answer of the Messages API that tells no usage generated nothing; of others nothing is known.
      if (whole && sent.dialect === "claude") return [1, 0, 0, 0, 0];
      return [1, drawn[1], drawn[2], 0, drawn[4]];
    }
    const billed = billedTokens(usage);
    if (whole) {
      this.#predictor.sawUsage(sent.route, usage, sent.route.stream ? bytes : 0);
      return [1, limitedInput(billed), billed.outputTokens, 0, this.#price(sent, usage, served)];
    }
    const shown = sent.route.stream ? Math.floor(this.#predictor.outputOfBytes(sent.model, bytes)) : 0;
    const pico = this.#price(sent, { ...usage, outputTokens: Math.max(usage.outputTokens, shown) }, served);
    return [1, limitedInput(billed), Math.max(billed.outputTokens, shown), 0, pico];
  }

  /** Of a request that failed before any content: what went out counts as a request, and input where it may be billed. */
  failed(sent: Sent, drawn: Cost, { local, unsent, verdict, response }: Failure): Cost {
    if (local || unsent) return NOTHING;
    if (response !== undefined || VERDICTS[verdict].billed === "no") return [1, 0, 0, 0, 0];
    const pico = this.#price(sent, { ...NO_USAGE, inputTokens: drawn[1] });
    return [1, drawn[1], 0, 0, pico];
  }

  /** Of one attempt that is over, pico-dollars: what the ledger has, or what it would have by a price. */
  attempt(sent: Sent, { picoUsd, usage, model }: AttemptCost): number {
    return picoUsd ?? this.#price(sent, usage, model);
  }

  /** What each model took of an attempt, by itself: its tokens and their price. Parts of no model are left out. */
  parts(sent: Sent, { usage, model: served }: AttemptCost): readonly Part[] {
    const { iterations, serviceTier, speed, inferenceGeo } = usage;
    const own = iterations === undefined || billedTokens(usage) === usage;
    const terms = {
      ...(serviceTier === undefined ? {} : { serviceTier }),
      ...(speed === undefined ? {} : { speed }),
      ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    };
    const parts: Part[] = [];
    for (const one of own ? [usage] : iterations) {
      const model = "model" in one && one.model !== undefined ? one.model : served;
      if (model === undefined) continue;
      const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens, outputTokens } = one;
      const tokens = { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens, outputTokens };
      const pico = this.#price({ ...sent, priced: true }, { ...NO_USAGE, ...terms, ...tokens }, model);
      parts.push({ model, cost: [0, limitedInput(one), outputTokens, 0, pico] });
    }
    return parts;
  }

  /**
   * A model that has no price is charged as the dearest of those that it may be upstream, and when none of them has one as
   * the dearest there is: a budget must not be escaped by a new name.
   */
  #price({ priced, model: asked, names }: Sent, usage: Usage, model: string = asked): number {
    if (!priced) return 0;
    const at = { atMs: this.#wall(), prices: this.#prices };
    const cost = costOf(usage, model, at);
    if (cost.priceRow !== undefined) return cost.picoUsd;
    const costs = names(asked).map((name) => costOf(usage, name, at));
    const known = costs.filter(({ priceRow }) => priceRow !== undefined).map(({ picoUsd }) => picoUsd);
    return known.length > 0 ? Math.max(...known) : costOf(usage, this.#dearest, at).picoUsd;
  }
}

/** The model whose output costs most. */
function dearestModel(): string {
  let dearest = MODELS[0];
  for (const model of MODELS) {
    if ((model.prices[0]?.output ?? 0) > (dearest?.prices[0]?.output ?? 0)) dearest = model;
  }
  return dearest?.id ?? "";
}
