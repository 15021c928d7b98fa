// What the ledger knows of budgets: asked when an account is made, waited for by who draws on it, but not for long.

import type { Clock, Signal } from "@fairlead/runtime";
import { moneyWindow } from "@fairlead/stores";
import { type Account, type AccountSpec, KINDS } from "./account.ts";

/** Pico-dollars spent in the window that began at `window`, as the ledger knows it. */
export type SpentSince = (spec: AccountSpec, window: number) => Promise<bigint>;

/** A ledger that takes longer is not waited for: what is drawn here is then what is known, milliseconds. */
const PATIENCE_MS = 1_000;

/** Asks the ledger about budgets. */
export class BudgetReader {
  readonly #clock: Clock;
  readonly #spentSince: SpentSince | undefined;
  /** Accounts whose first answer has not come. */
  readonly #pending = new Map<Account, Promise<void>>();

  constructor(clock: Clock, spentSince: SpentSince | undefined) {
    this.#clock = clock;
    this.#spentSince = spentSince;
  }

  /** Whether nothing is waited for: the usual case. */
  get idle(): boolean {
    return this.#pending.size === 0;
  }

  /**
   * Asks for a budget's window of now; `use` gets what was spent, whenever that comes, and `failed` is called when it does
   * not. Of other limits nothing is asked.
   */
  ask(spec: AccountSpec, use: (pico: bigint, window: number) => void, failed: () => void): Promise<void> | undefined {
    const kind = KINDS[spec.dimension];
    if (this.#spentSince === undefined || kind === "rate" || kind === "gauge") return undefined;
    const { start } = moneyWindow(kind, this.#clock.wall());
    // A ledger that does not answer is no reason to stop: the store, or what is drawn here, is what is known then.
    return this.#spentSince(spec, start).then((pico) => use(pico, start), failed);
  }

  /** The same for an account that is new here: who draws on it waits for the answer. */
  begin(account: Account, use: (pico: bigint, window: number) => void, failed: () => void): void {
    const answer = this.ask(account.spec, use, failed);
    if (answer === undefined) return;
    const done = new Promise<void>((resolve) => {
      const timer = this.#clock.timer(PATIENCE_MS, resolve);
      void answer.then(() => {
        timer.cancel();
        resolve();
      });
    }).then(() => {
      this.#pending.delete(account);
    });
    this.#pending.set(account, done);
  }

  /** Undefined when none of the accounts has to be waited for; else resolves then, to false when it was called off. */
  wait(accounts: readonly { readonly account: Account }[], signal: Signal): Promise<boolean> | undefined {
    const all = accounts.flatMap(({ account }) => this.#pending.get(account) ?? []);
    if (all.length === 0) return undefined;
    return new Promise((resolve) => {
      const stop = signal.onAbort(() => resolve(false));
      void Promise.all(all).then(() => {
        stop();
        resolve(true);
      });
    });
  }
}
