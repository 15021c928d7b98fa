// Models that take part in a request besides its own, such as an advisor's or one to fall back to: they have limits of their own.

import { moneyWindow } from "@fairlead/stores";
import { type Account, type AccountSpec, KINDS, SLOTS } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import type { Part } from "./cost.ts";
import type { Item } from "./items.ts";

/** Named models that are looked at one by one: a body may name a hundred thousand, and then the limits of all models count. */
const MOST_NAMED = 32;

/** The limits of other models than the request's own, for one request. */
export class OtherModels {
  readonly #accounts: Pick<Accounts, "of" | "settle">;
  readonly #own: ReadonlySet<string>;
  readonly #specsOf: (model: string) => readonly AccountSpec[];
  readonly #all: () => readonly AccountSpec[];

  /**
   * @param own accounts that the request draws on itself, with all that it takes
   * @param specsOf the limits that hold for a model
   * @param all the limits of every model
   */
  constructor(
    accounts: Pick<Accounts, "of" | "settle">,
    own: readonly Account[],
    specsOf: (model: string) => readonly AccountSpec[],
    all: () => readonly AccountSpec[],
  ) {
    this.#accounts = accounts;
    this.#own = new Set(own.map(({ spec }) => spec.key));
    this.#specsOf = specsOf;
    this.#all = all;
  }

  /** In each limit of these models something must be left; nothing is drawn, since nobody knows whether they will be asked. */
  gates(models: readonly string[]): readonly Item[] {
    const named = new Set(models);
    const specs = named.size > MOST_NAMED ? this.#all() : [...named].flatMap((model) => this.#specsOf(model));
    return [...new Set(this.#others(specs))].map((account) => ({ account, amount: 0, gate: true, window: 0 }));
  }

  /** They took so much of an attempt that began at `at`, Unix milliseconds. */
  took(parts: readonly Part[], at: number): void {
    for (const { model, cost } of parts) {
      for (const account of this.#others(this.#specsOf(model))) {
        const { dimension } = account.spec;
        const amount = cost[SLOTS[dimension]] as number;
        if (amount === 0) continue;
        const kind = KINDS[dimension];
        const window = kind === "rate" || kind === "gauge" ? 0 : moneyWindow(kind, at).start;
        this.#accounts.settle({ account, window }, amount);
      }
    }
  }

  /** A model is no request and no stream: these are counted by the request's own. */
  #others(specs: readonly AccountSpec[]): readonly Account[] {
    return specs
      .filter(({ key, dimension }) => !this.#own.has(key) && dimension !== "requests" && dimension !== "streams")
      .map((spec) => this.#accounts.of(spec));
  }
}
