// The balancer: in which order the targets of a model are considered for a request, and where conversations stay.

import type { Runtime } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import type { Preference } from "../mechanics/preference.ts";
import { LOAD_BOUND } from "../mechanics/rendezvous.ts";
import { choice, duration, integer, number, onOff, type Values } from "../options.ts";
import { type Conversation, conversationOf } from "./conversation.ts";
import { type MovePrice, movePrice, stayOrMove } from "./move-price.ts";
import { type Pin, Pins } from "./pins.ts";
import type { Hold, Ranking } from "./ranking.ts";
import type { Target } from "./target.ts";
import { first, TargetOrder, type View } from "./target-order.ts";

export type { Hold } from "./ranking.ts";
export type { View } from "./target-order.ts";

/** Options of the balancer. */
export const BALANCE_OPTIONS = {
  mode: choice(
    ["order", "spread", "nearest"],
    "order",
    "How upstreams are chosen: order takes the first fit one as configured; spread gives each conversation its own by weighted rendezvous and everything else to the less loaded of two; nearest takes the region with the lowest measured latency.",
  ),
  affinity: onOff(true, "Whether a conversation stays on the upstream where its prompt cache is warm."),
  pin: duration(
    0,
    86_400_000,
    300_000,
    "How long a conversation stays after its last answer: the life of a prompt cache entry, 5m, or 1h for callers that ask for one hour.",
  ),
  pins: integer(
    0,
    1_000_000,
    50_000,
    "conversations",
    "How many conversations are remembered; the one used longest ago is forgotten.",
  ),
  bound: choice(
    ["stay", "move"],
    "stay",
    "What happens to a history that only its account accepts (signed thinking, files, containers, threads) when its upstream cannot take it: stay waits or is refused with the reason; move sends it elsewhere, where the thinking is dropped or the request refused.",
  ),
  load: number(
    1.05,
    10,
    LOAD_BOUND,
    "times the mean",
    "Spread: an upstream with more in flight than this is passed by for new conversations; with few in flight what chance explains is not held against it.",
  ),
  value_of_time: number(
    0,
    100_000,
    60,
    "USD per hour",
    "What waiting costs, to weigh against the price of moving a conversation away from its prompt cache.",
  ),
} as const;

const { pins: _, ...withoutPins } = BALANCE_OPTIONS;

/** Options of the balancer that may differ between models: all but the number of conversations that it remembers. */
export const RULE_BALANCE_OPTIONS: Omit<typeof BALANCE_OPTIONS, "pins"> = withoutPins;

/** The options that hold for a model. */
export type BalanceOf = (model: string | undefined) => Values<typeof BALANCE_OPTIONS>;

/** A target as far as a move is concerned. */
export type Place = Pick<Target, "name" | "account">;

/** Counts for metrics and snapshots. */
export interface BalanceFigures {
  /** Conversations that are remembered now. */
  readonly pins: number;
  /** Moves of conversations so far, and the most that one made. */
  readonly moves: number;
  readonly mostMoves: number;
  /** Requests that were held to one account although others serve their model. */
  readonly held: number;
  /** Moves of histories that only the old account accepts: with `bound: move`, or when that account is configured no more. */
  readonly boundMoves: number;
  /** Regions by measured latency, in mode `nearest`. */
  readonly regions: ReturnType<Preference["order"]>;
}

/** Orders targets and remembers where conversations are. */
export class Balancer {
  readonly #rt: Runtime;
  readonly #optionsOf: BalanceOf;
  readonly #order: TargetOrder;
  readonly #pins: Pins;
  #moves = 0;
  #mostMoves = 0;
  #held = 0;
  #boundMoves = 0;

  /**
   * @param options what holds for all models, where `optionsOf` does not tell otherwise
   * @param regionOf which targets are one region for `nearest`; by default each is one of its own
   * @param optionsOf asked several times for each request; its `pins` are not looked at
   */
  constructor(
    rt: Runtime,
    options: Values<typeof BALANCE_OPTIONS>,
    regionOf: (target: Target) => string = (target) => target.name,
    optionsOf: BalanceOf = () => options,
  ) {
    this.#rt = rt;
    this.#optionsOf = optionsOf;
    this.#order = new TargetOrder(rt.random, options, regionOf);
    this.#pins = new Pins(options.pins);
  }

  /** Takes over where conversations are, and the counts. */
  carry(from: Balancer): void {
    this.#pins.carry(from.#pins);
    this.#moves = from.#moves;
    this.#mostMoves = from.#mostMoves;
    this.#held = from.#held;
    this.#boundMoves = from.#boundMoves;
  }

  /** The conversation of a request: its key, and what ties its history to one account. */
  conversation(x: Exchange): Conversation {
    return conversationOf(x);
  }

  /**
   * The targets in the order in which the router shall consider them, the unfit ones included: it takes the first that
   * is fit. The place of a conversation comes first while its prompt cache is warm there. When that place is unfit or has
   * failed, a history that only its account accepts gets the targets of that account alone (see `hold`). Ask again for
   * each attempt and whenever a target turned out to be unfit after all.
   */
  rank(x: Exchange, targets: readonly Target[], view: View): readonly Target[] {
    if (targets.length < 2) return targets;
    const options = this.#optionsOf(x.look.model);
    const { mode, affinity } = options;
    if (!affinity && mode !== "spread") return this.#order.list(undefined, targets, view, options);
    const conversation = conversationOf(x);
    const key = conversation.key === undefined ? undefined : conversation.hash;
    if (key === undefined || !affinity) return this.#order.list(key, targets, view, options);
    return this.#withPin(x, conversation, targets, view);
  }

  /** Why the last `rank` of this request left targets out; undefined when it did not. */
  hold(x: Exchange): Hold | undefined {
    return x.tally.ranking?.hold;
  }

  /** The target has answered (first content): the conversation stays there for as long as `pin` says. */
  served(x: Exchange, target: Target): void {
    const seen = x.tally.ranking;
    if (seen === undefined || countsOnly(x.path)) return;
    const conversation = conversationOf(x);
    const key = pinKey(conversation, x);
    const before = this.#pins.get(key);
    const stays = before?.target === target.name;
    // A repeat that was answered elsewhere is no reason to leave a place that is well: the rest of its cache is there.
    if (before !== undefined && !stays && x.tried.length > 0 && seen.homeWell) return;
    if (before !== undefined && !stays) this.moved(x, { name: before.target, account: before.account }, target);
    this.#pins.set(key, {
      target: target.name,
      account: target.account,
      until: this.#rt.clock.now() + this.#optionsOf(x.look.model).pin,
      cachedTokens: stays ? before.cachedTokens : undefined,
      moves: before?.moves ?? 0,
    });
  }

  /**
   * The answer's usage told how many tokens of the prompt are now in the target's cache (read and written). Heard only
   * while the conversation is still there: another request of it may have moved it meanwhile.
   */
  cached(x: Exchange, target: Target, tokens: number): void {
    const pin = this.#pinOf(x);
    if (pin?.target === target.name) pin.cachedTokens = tokens;
  }

  /** A latency (milliseconds) of the target's region, for `nearest`: of a request or of a probe. */
  measured(target: Target, latencyMs: number, now = this.#rt.clock.now()): void {
    this.#order.measured(target, latencyMs, now);
  }

  /** Counts a move of the request's conversation. `served` calls it by itself, when a conversation is elsewhere than before. */
  moved(x: Exchange, from: Place, to: Place): void {
    if (from.name === to.name) return;
    this.#moves += 1;
    if (from.account !== to.account && conversationOf(x).ties.length > 0) this.#boundMoves += 1;
    const pin = this.#pinOf(x);
    if (pin === undefined) return;
    pin.moves += 1;
    if (pin.moves > this.#mostMoves) this.#mostMoves = pin.moves;
  }

  /** What moving this request's conversation away from where it is would cost; undefined when it is nowhere yet or its cache is cold. */
  priceOfMove(x: Exchange): MovePrice | undefined {
    const pin = this.#pinOf(x);
    const warm = pin !== undefined && pin.until > this.#rt.clock.now();
    const bound = this.#boundBy(x, pin);
    if (!warm && bound === undefined) return undefined;
    return movePrice(
      x.look.model,
      warm ? (pin.cachedTokens ?? 0) : 0,
      this.#rt.clock.wall(),
      bound,
      this.#optionsOf(x.look.model).pin >= HOUR_MS,
    );
  }

  /**
   * Whether the request shall wait `waitMs` for the target where its conversation is, or move at once. To be asked
   * before the router passes by a place that is fit and has no room: a history that only its account accepts stays.
   */
  stayOrMove(x: Exchange, waitMs: number): "stay" | "move" {
    const price = this.priceOfMove(x);
    return price === undefined
      ? "move"
      : stayOrMove(waitMs, price, this.#optionsOf(x.look.model).value_of_time / 3_600);
  }

  figures(): BalanceFigures {
    return {
      pins: this.#pins.size,
      moves: this.#moves,
      mostMoves: this.#mostMoves,
      held: this.#held,
      boundMoves: this.#boundMoves,
      regions: this.#order.regions(),
    };
  }

  /** Why the history may not leave where it is known to be: found by `rank`, or now, when `rank` had no need to look. */
  #boundBy(x: Exchange, pin: Pin | undefined): string | undefined {
    const seen = x.tally.ranking;
    if (seen === undefined || pin === undefined) return undefined;
    if (!seen.targets.some((target) => target.account === pin.account)) return undefined;
    return seen.hold?.why ?? this.#tie(x, conversationOf(x), seen.targets);
  }

  #pinOf(x: Exchange): Pin | undefined {
    return x.tally.ranking !== undefined ? this.#pins.get(pinKey(conversationOf(x), x)) : undefined;
  }

  #withPin(x: Exchange, conversation: Conversation, targets: readonly Target[], view: View): readonly Target[] {
    const options = this.#optionsOf(x.look.model);
    const own = this.#order.own(conversation.hash, targets, view, options);
    const seen = this.#see(x, own.name, targets);
    const pin = this.#pins.get(pinKey(conversation, x));
    if (pin === undefined) {
      const base = this.#order.list(conversation.hash, targets, view, options);
      // Where a history that nobody here remembers was made is a guess: its own place is tried first whatever the load
      // and ramps of the moment, but it is not held to it, since a refusal on a guess is worse than a try on one.
      const tied = base[0] !== own && this.#tie(x, conversation, targets) !== undefined;
      return tied ? first(own, base) : base;
    }
    const home = targets.find((target) => target.name === pin.target);
    seen.homeWell = home !== undefined && pin.until > this.#rt.clock.now() && view.fit(home);
    const leaves =
      home === undefined || x.tried.length > 0 || !view.fit(home) || this.#cold(pin, conversation, home, own);
    // While it need not leave the history is not looked at: a scan of the body costs more than all else here.
    const tie = leaves ? this.#tie(x, conversation, targets) : undefined;
    if (tie !== undefined && (home !== undefined || targets.some((target) => target.account === pin.account))) {
      return this.#stay(seen, pin, home, tie, targets, x.look.model);
    }
    const base = this.#order.list(conversation.hash, targets, view, options);
    return home === undefined || this.#cold(pin, conversation, home, own) ? base : first(home, base);
  }

  /** Why the history may not go to another account, when it may not. */
  #tie(x: Exchange, conversation: Conversation, targets: readonly Target[]): string | undefined {
    if (this.#optionsOf(x.look.model).bound === "move" || oneAccount(targets, x.look.model)) return undefined;
    return conversation.ties[0]?.why;
  }

  #stay(
    seen: Ranking,
    pin: Pin,
    home: Target | undefined,
    why: string,
    targets: readonly Target[],
    model = "",
  ): readonly Target[] {
    const name = home?.modelName(model);
    const list = targets.filter(
      (t) => t !== home && t.account === pin.account && (name === undefined || t.modelName(model) === name),
    );
    if (home !== undefined) list.unshift(home);
    if (list.length < targets.length) {
      seen.hold = { target: pin.target, account: pin.account, why };
      if (!seen.heldCounted) this.#held += 1;
      seen.heldCounted = true;
    }
    return list;
  }

  /** Whether nothing is lost by leaving: the pin has lapsed, or a new turn begins and nothing was cached. */
  #cold(pin: Pin, conversation: Conversation, home: Target, own: Target): boolean {
    if (pin.until <= this.#rt.clock.now()) return true;
    return home !== own && pin.cachedTokens === 0 && conversation.opensTurn;
  }

  #see(x: Exchange, own: string, targets: readonly Target[]): Ranking {
    let seen = x.tally.ranking;
    if (seen === undefined) {
      seen = { own, targets, hold: undefined, heldCounted: false, homeWell: false };
      x.tally.ranking = seen;
    }
    seen.own = own;
    seen.targets = targets;
    seen.hold = undefined;
    return seen;
  }
}

const HOUR_MS = 3_600_000;

/** Pins are for a model: each has a prompt cache of its own, and may be served by other targets. */
function pinKey(conversation: Conversation, x: Exchange): string {
  return `${conversation.key ?? ""}\n${x.look.model ?? ""}`;
}

/** Counting tokens answers without using or warming a prompt cache. */
function countsOnly(path: string): boolean {
  const query = path.indexOf("?");
  return (query < 0 ? path : path.slice(0, query)).endsWith("/count_tokens");
}

function oneAccount(targets: readonly Target[], model = ""): boolean {
  const one = targets[0];
  return (
    one === undefined || targets.every((t) => t.account === one.account && t.modelName(model) === one.modelName(model))
  );
}
