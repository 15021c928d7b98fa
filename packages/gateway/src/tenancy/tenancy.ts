// Tenancy: who asks draws on limits once for each request, and on budgets for each of its attempts.

import { type Exchange, type Failure, type Flow, failure, type Layer, type Next, type Outcome } from "@fairlead/engine";
import { LISTED_PRICES, type Prices } from "@fairlead/protocol";
import { Roster, type Runtime, type Seated, type Timer } from "@fairlead/runtime";
import { namedModels } from "../named-models.ts";
import { type Account, capacityOf, MONEY, type Scope, SLOTS, type Standing } from "./account.ts";
import { Accounts, type AccountsOptions } from "./accounts.ts";
import { type Charge, type Cost, chargeOf, Meter, NOTHING, type Sent, tellsBatch } from "./cost.ts";
import { Draw } from "./draw.ts";
import type { LimitFact } from "./facts.ts";
import type { Item, Short } from "./items.ts";
import { OtherModels } from "./other-models.ts";
import { Plans, type Rule, type RulesOf, specsOfAll } from "./rules.ts";
import { limitsLine, refused } from "./told.ts";

/** Running streams are looked at this often, milliseconds: `message_delta` tells their output only at the end. */
const TRUE_UP_MS = 500;
/** Output beyond what was reserved is drawn in steps of at least so many tokens. */
const TRUE_UP_TOKENS = 256;
/** Accounts that a snapshot tells of, by default. */
const TOLD = 1_000;

/** One account, as the admin side tells of it. */
export interface AccountFigure {
  readonly scope: Scope["kind"];
  readonly project: string;
  readonly keyId: string | undefined;
  /** Pattern of models, when it is not for all. */
  readonly models: string | undefined;
  readonly dimension: Account["spec"]["dimension"];
  /** A minute, at once, or pico-dollars. */
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** When it is full again or begins anew, milliseconds from now. */
  readonly resetMs: number;
  readonly state: Standing["state"];
  /** What this instance holds of a shared one. */
  readonly held: number;
}

/** What the admin side sees of limits. */
export interface TenancyFigures {
  readonly sharing: "alone" | "shared" | "away";
  readonly instances: number;
  /** Trades with the store, and those without an answer. */
  readonly trades: number;
  readonly lost: number;
  readonly accounts: readonly AccountFigure[];
}

/** An answer that runs. */
interface Running extends Seated {
  readonly flow: Flow;
  readonly draw: Draw;
}

/** Limits and budgets of all tenants of one instance; they outlive configurations. */
export class Tenancy {
  readonly #rt: Runtime;
  readonly #accounts: Accounts;
  readonly #meter: Meter;
  readonly #running = new Roster<Running>();
  #timer: Timer | undefined;

  /** @param prices what money limits are counted by. Default: the list */
  constructor(rt: Runtime, options: AccountsOptions, prices: Prices = LISTED_PRICES) {
    this.#rt = rt;
    this.#accounts = new Accounts(rt, options);
    this.#meter = new Meter(() => rt.clock.wall(), prices);
  }

  /**
   * The layer for one configuration.
   * @param rulesOf what holds for who asks; asked with each request, so it may change while it runs
   * @param namesOf the names by which upstreams may be asked for a model, its own included. Default: its own
   */
  layer(rulesOf: RulesOf, namesOf: (model: string) => readonly string[] = (model) => [model]): Layer {
    const plans = new Plans(namesOf);
    return () => ({
      name: "tenancy",
      says: "limits and budgets of who asks: reserved before the request goes, trued up while it streams, settled at its end",
      handle: (x, next) => {
        const rules = rulesOf(x.principal);
        if (rules.length === 0) return next(x);
        const charge = chargeOf(x);
        const specs = charge === "gate" ? plans.ofBatch(rules) : plans.of(rules, x.look.model);
        const accounts = specs.map((spec) => this.#accounts.of(spec));
        const others =
          charge === "generation" && plans.byModel(rules)
            ? new OtherModels(
                this.#accounts,
                accounts,
                (model) => plans.of(rules, model),
                () => specsOfAll(rules),
              )
            : undefined;
        const idle = specs.length === 0 && others === undefined;
        const outcome = idle ? next(x) : this.#run(x, charge, accounts, others, next, namesOf);
        return tellsBatch(x) ? this.#results(outcome, rules) : outcome;
      },
    });
  }

  /** The account of a key, when somebody has drawn on it. */
  find(key: string): Account | undefined {
    return this.#accounts.find(key);
  }

  /** Fullest first, at most `limit` accounts. */
  figures(limit: number = TOLD): TenancyFigures {
    const now = this.#rt.clock.now();
    const accounts = [...this.#accounts.all()].map((account) => figure(account, account.standing(now)));
    accounts.sort((a, b) => b.used / b.limit - a.used / a.limit);
    const { sharing, instances, trades } = this.#accounts;
    return { sharing, instances, trades: trades.sent, lost: trades.lost, accounts: accounts.slice(0, limit) };
  }

  /** Gives back what is held of shared limits. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#accounts.close();
  }

  /** What a batch came to is in the ledger when its results have passed, once however often they do. */
  async #results(outcome: Promise<Outcome>, rules: readonly Rule[]): Promise<Outcome> {
    const answer = await outcome;
    if (answer.ok) {
      const budgets = specsOfAll(rules).filter(({ dimension }) => SLOTS[dimension] === MONEY);
      answer.flow.tap({ end: () => this.#accounts.lookAgain(budgets.map((spec) => this.#accounts.of(spec))) });
    }
    return answer;
  }

  async #run(
    x: Exchange,
    charge: Charge,
    accounts: readonly Account[],
    others: OtherModels | undefined,
    next: Next,
    names: Sent["names"],
  ): Promise<Outcome> {
    const sent = this.#meter.sent(
      x,
      charge === "generation" && accounts.some(({ spec }) => SLOTS[spec.dimension] === MONEY),
      names,
    );
    const cost: Cost = charge === "generation" ? this.#meter.expected(sent, x.look.maxTokens) : [1, 0, 0, 0, 0];
    const gates = others === undefined || x.body === null ? [] : others.gates(namedModels(x.body));
    const items = [...itemsOf(accounts, cost, charge), ...gates];
    const drawn = this.#accounts.draw(items, x.signal);
    const short = drawn instanceof Promise ? await this.#waited(x, drawn) : drawn;
    if (short === "gone") return failure("client_gone", {}, { local: true, unsent: true });
    if (short !== undefined) return this.#refused(x, short, [...accounts, ...gates.map(({ account }) => account)]);
    const draw = new Draw(this.#accounts, items, cost, sent);
    // The ledger's word on each attempt is the budget's too: repeats and attempts that lost a race are paid for.
    if (sent.priced || others !== undefined) {
      x.tally.spent = (came) => {
        if (sent.priced) draw.attempt(this.#meter.attempt(sent, came), came.at, this.#rt.clock.now());
        others?.took(this.#meter.parts(sent, came), came.at);
      };
    }
    if (accounts.length > 0) x.tally.limits = { header: () => limitsLine(accounts, this.#rt.clock.now()) };
    let outcome: Outcome;
    try {
      outcome = await next(x);
    } catch (e) {
      draw.close(NOTHING);
      throw e;
    }
    if (outcome.ok) this.#follow(outcome.flow, draw);
    else draw.close(this.#meter.failed(sent, cost, outcome));
    return outcome;
  }

  async #waited<S>(x: Exchange, drawn: Promise<S>): Promise<S> {
    const { clock } = this.#rt;
    const since = clock.now();
    const short = await drawn;
    x.tally.queuedMs += clock.now() - since;
    return short;
  }

  #refused(x: Exchange, short: Short, accounts: readonly Account[]): Failure {
    const { clock } = this.#rt;
    const at = clock.now();
    const told = refused(short, accounts, at, clock.wall());
    const { dimension, scope } = short.account.spec;
    const code = told.code ?? "";
    x.tally.steps.push({ at, what: "refused", upstream: undefined, ms: 0, why: code });
    const fact: LimitFact = {
      kind: "limit",
      at,
      id: x.id,
      project: x.principal?.project ?? "",
      dimension,
      scope: scope.words,
      code,
      waitMs: short.waitMs,
    };
    this.#rt.emit(fact);
    return told;
  }

  /** Charges an answer as it runs and when it ends. */
  #follow(flow: Flow, draw: Draw): void {
    const { clock } = this.#rt;
    const running: Running = { flow, draw, seat: -1 };
    const begun = flow.reader?.facts;
    if (begun?.usage !== undefined) {
      draw.settle(this.#meter.running(draw.sent, draw.cost, begun.usage, begun.model, flow.bytes));
    }
    if (flow.ending === undefined) {
      this.#running.add(running);
      this.#timer ??= clock.timer(TRUE_UP_MS, () => this.#trueUp());
    }
    flow.tap({
      end: ({ verdict, facts, bytes }) => {
        this.#running.delete(running);
        // Where the end told no output there is only the count of the beginning.
        const whole = verdict === "ok" && facts?.provisional !== true;
        draw.close(this.#meter.ended(draw.sent, draw.cost, facts?.usage, facts?.model, bytes, whole));
      },
    });
  }

  #trueUp(): void {
    this.#timer = undefined;
    for (const { flow, draw } of this.#running.list) {
      const facts = flow.reader?.facts;
      const real = this.#meter.running(draw.sent, draw.cost, facts?.usage, facts?.model, flow.bytes);
      if (real[2] >= draw.cost[2] + TRUE_UP_TOKENS || real[1] !== draw.cost[1]) draw.settle(real);
    }
    if (this.#running.size > 0) this.#timer = this.#rt.clock.timer(TRUE_UP_MS, () => this.#trueUp());
  }
}

/** What a request draws on which account; those that it draws nothing on are left out. */
function itemsOf(accounts: readonly Account[], cost: Cost, charge: Charge): Item[] {
  const items: Item[] = [];
  for (const account of accounts) {
    const slot = SLOTS[account.spec.dimension];
    const amount = cost[slot] as number;
    const gate = slot === MONEY && charge === "gate";
    if (amount > 0 || gate || (charge === "generation" && slot !== 3)) items.push({ account, amount, gate, window: 0 });
  }
  return items;
}

function figure({ spec }: Account, { left, resetMs, state, held }: Standing): AccountFigure {
  const { scope, match, dimension, limit } = spec;
  const capacity = capacityOf(spec);
  return {
    scope: scope.kind,
    project: scope.project,
    keyId: scope.keyId,
    models: match,
    dimension,
    limit,
    // Of a rate whose burst is less than a minute's worth: the same part of the limit. Money stays whole.
    used: Math.max(0, capacity - left) * (limit / capacity),
    remaining: Math.max(0, left),
    resetMs,
    state,
    held,
  };
}
