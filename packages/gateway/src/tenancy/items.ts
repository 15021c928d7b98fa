// What requests draw on accounts, as the accounts hear of it.

import type { Account } from "./account.ts";

/** What a request draws on one account. */
export interface Item {
  readonly account: Account;
  readonly amount: number;
  /** True when only something must be left: nothing is drawn. */
  readonly gate: boolean;
  /** Of money: the window that it was drawn in. */
  window: number;
}

/** Why it may not. */
export interface Short {
  /** The account that is short for longest. */
  readonly account: Account;
  readonly amount: number;
  /** From when on all have room, if nobody else draws, milliseconds from now. */
  readonly waitMs: number;
}

/** A request under way. */
export interface Keeps {
  /** What it keeps of an account in a window for attempts that are not over, pico-dollars. */
  kept(account: Account, window: number): number;
}
