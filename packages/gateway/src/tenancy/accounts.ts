// All accounts of an instance: who may draw on several at once, and, when they are shared, the trades with the store.

import { HORIZON_MS } from "@fairlead/engine";
import type { Runtime, Signal, Timer } from "@fairlead/runtime";
import type { LimitAsk, LimitReply, LimitStore } from "@fairlead/stores";
import { type Account, type AccountSpec, ASK, capacityOf, KINDS, MONEY, SLOTS } from "./account.ts";
import { BudgetReader, type SpentSince } from "./budget-reader.ts";
import type { LimitStoreFact } from "./facts.ts";
import type { Item, Keeps, Short } from "./items.ts";
import { LateLooks } from "./late-looks.ts";
import { type LocalAccount, localAccount } from "./local-account.ts";
import { NOBODY, type Shared, SharedAccount, type Waiting } from "./shared-account.ts";
import { SharedGauge } from "./shared-gauge.ts";
import { type Trade, Trader } from "./trader.ts";

/** How accounts are kept. */
export interface AccountsOptions {
  /** Where amounts are shared; undefined when this instance is alone. */
  readonly store: LimitStore | undefined;
  /** Unique among the instances that run. */
  readonly instance: string;
  /** Instances that share the limits, until the store tells. */
  readonly instances: number;
  readonly moneyGraceMs: number;
  /** Part of a budget, 0 to 1. */
  readonly moneyShare: number;
  readonly spentSince?: SpentSince | undefined;
}

/**
 * Trades for those who wait go at most so often, milliseconds: with 20, four instances at the edge of a limit made 0.0205
 * calls a request, with 40 they make 0.0191 (`npm run limits:confirm`; at most 0.02 are asked for).
 */
const TICK_MS = 40;
/** An instance that has nothing to say says so, milliseconds. */
const HEARTBEAT_MS = 2_000;
/** A store that is away is tried after this, then half as often each time, and at least so often, milliseconds. */
const FIRST_PROBE_MS = 60;
const PROBE_MS = 500;
/** So many trades are waited for at most. */
const MAX_ROUNDS = 3;
/** Accounts beyond this are looked through for idle ones. */
const MANY = 10_000;
/** So long after the start another process may have left rows that are not in the ledger yet, milliseconds. */
const YOUNG_MS = 10_000;

interface Waiter {
  readonly items: readonly Item[];
  readonly settle: (why: Short | undefined) => void;
  rounds: number;
}

/** The accounts of one instance. */
export class Accounts {
  readonly #rt: Runtime;
  readonly #options: AccountsOptions;
  readonly #accounts = new Map<string, Account>();
  readonly #live = new Set<Shared>();
  readonly #waiters = new Set<Waiter>();
  readonly #open = new Set<Keeps>();
  readonly #trader: Trader | undefined;
  #seq = 0;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #reader: BudgetReader;
  readonly #begunAt: number;
  readonly #looks: LateLooks<Account>;
  #instances: number;
  #epoch: string | undefined;
  #awaySince: number | undefined;
  #probeMs = FIRST_PROBE_MS;
  #closed = false;

  constructor(rt: Runtime, options: AccountsOptions) {
    this.#rt = rt;
    this.#options = options;
    this.#instances = options.instances;
    this.#reader = new BudgetReader(rt.clock, options.spentSince);
    this.#looks = new LateLooks(rt.clock, (account) => this.#floor(account));
    this.#begunAt = rt.clock.now();
    if (options.store === undefined) return;
    this.#trader = new Trader(rt.clock, options.store, options.instance, {
      came: (trade, reply, sentAt) => this.#came(trade, reply, sentAt),
      again: () => this.#plan(0),
      gone: () => this.#gone(),
      away: () => this.#awaySince !== undefined,
    });
    this.#plan(HORIZON_MS);
  }

  /** Trades sent, and those that were not answered in time. */
  get trades(): { readonly sent: number; readonly lost: number } {
    return { sent: this.#trader?.sent ?? 0, lost: this.#trader?.lost ?? 0 };
  }

  /** Whether amounts are shared, and whether the store answers. */
  get sharing(): "alone" | "shared" | "away" {
    if (this.#trader === undefined) return "alone";
    return this.#awaySince === undefined ? "shared" : "away";
  }

  /** Instances that share the limits, as far as it is known. */
  get instances(): number {
    return this.#instances;
  }

  /** The account of a key, when it was made. */
  find(key: string): Account | undefined {
    return this.#accounts.get(key);
  }

  all(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** The account of a limit; made when it is new, and told when its limit has changed. */
  of(spec: AccountSpec): Account {
    const known = this.#accounts.get(spec.key);
    if (known !== undefined) {
      if (known.spec !== spec && (known.spec.limit !== spec.limit || known.spec.burstMs !== spec.burstMs)) {
        known.resize(spec, this.#now());
      }
      return known;
    }
    if (this.#accounts.size >= MANY) this.#sweep();
    const account = this.#made(spec);
    this.#accounts.set(spec.key, account);
    return account;
  }

  /**
   * Draws all items, or nothing. Undefined when they are drawn, else why not; a promise of that when the store must be
   * asked, which takes no longer than it takes to find that the store is away. `gone`: called off, and nothing is drawn.
   */
  draw(items: readonly Item[], signal: Signal): Short | undefined | Promise<Short | "gone" | undefined> {
    if (this.#options.store !== undefined) this.#asked(items);
    else if (!this.#reader.idle) {
      const told = this.#reader.wait(items, signal);
      if (told !== undefined) return told.then((going) => (going ? this.#here(items) : "gone"));
    }
    const found = this.#decide(items);
    if (found === undefined) return this.#drawn(items);
    if (found !== ASK) return found;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        items,
        rounds: 0,
        settle: (why) => {
          this.#waiters.delete(waiter);
          stop();
          resolve(why);
        },
      };
      this.#waiters.add(waiter);
      const stop = signal.onAbort(() => {
        if (this.#waiters.delete(waiter)) resolve("gone");
      });
      this.#urge();
    });
  }

  /** What a request keeps of accounts of money is in no ledger until it is `closed`. */
  opened(one: Keeps): void {
    this.#open.add(one);
  }

  closed(one: Keeps): void {
    this.#open.delete(one);
  }

  /** A request came to so much more on an account that it has drawn on, or less when below 0. */
  settle({ account, window }: Pick<Item, "account" | "window">, delta: number): void {
    const { key } = account.spec;
    const known = this.#accounts.get(key) ?? account;
    // It may have been full, and forgotten, or not asked for by anybody since, and not told of.
    this.#accounts.set(key, known);
    known.settle(delta, window, this.#now());
    if (this.#options.store !== undefined) this.#live.add(known as Shared);
  }

  /** What was spent besides what was drawn here is on its way into the ledger: it is asked about these when it is there. */
  lookAgain(accounts: Iterable<Account>): void {
    if (this.#closed || this.#options.spentSince === undefined) return;
    this.#looks.add([...accounts].filter(({ spec }) => SLOTS[spec.dimension] === MONEY));
  }

  /** Gives back all that is held, and trades no more. Resolves when the store knows, or is away. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#looks.close();
    if (this.#trader === undefined || this.#awaySince !== undefined) return;
    await this.#trader.settled();
    for (const one of this.#live) one.surrender();
    const last = this.#assembled(true);
    if (last !== undefined) await this.#trader.send(last);
    this.#timer?.cancel();
  }

  #decide(items: readonly Item[]): Short | undefined | typeof ASK {
    const now = this.#now();
    let ask = false;
    let short: { account: Account; amount: number; waitMs: number } | undefined;
    for (const { account, amount, gate } of items) {
      const waitMs = account.waitMs(gate ? 1 : amount, now);
      if (waitMs === 0) continue;
      if (waitMs === ASK) ask = true;
      else if (short === undefined || waitMs > short.waitMs) short = { account, amount, waitMs };
    }
    if (short !== undefined) return short;
    return ask ? ASK : undefined;
  }

  /** Draws on accounts that are all kept here. */
  #here(items: readonly Item[]): Short | undefined {
    const found = this.#decide(items);
    return found === undefined || found === ASK ? this.#drawn(items) : found;
  }

  #drawn(items: readonly Item[]): undefined {
    const now = this.#now();
    for (const item of items) if (!item.gate) item.window = item.account.draw(item.amount, now);
  }

  #asked(items: readonly Item[]): void {
    const now = this.#now();
    for (const { account, amount } of items) {
      const shared = account as Shared;
      shared.asked(amount, now);
      this.#live.add(shared);
    }
  }

  #made(spec: AccountSpec): Account {
    const { clock } = this.#rt;
    const kind = KINDS[spec.dimension];
    if (this.#options.store === undefined) {
      const account: LocalAccount = localAccount(spec, clock);
      // What is drawn before the answer comes, when it takes long, is this process's own, and added to it.
      const before = (pico: bigint, window: number) => account.before?.(pico, window);
      this.#reader.begin(account, before, () => this.lookAgain([account]));
      if (clock.now() - this.#begunAt < YOUNG_MS) this.lookAgain([account]);
      return account;
    }
    const account = kind === "gauge" ? new SharedGauge(spec) : new SharedAccount(spec, clock);
    if (this.#awaySince !== undefined) account.leave(clock.now(), this.#known(this.#awaySince));
    this.#floor(account);
    return account;
  }

  /** What the ledger has of a budget was spent at least. */
  #floor(account: Account): void {
    const use = (pico: bigint, window: number) => {
      if (this.#options.store === undefined) {
        let kept = 0;
        for (const one of this.#open) kept += one.kept(account, window);
        (account as LocalAccount).atLeast?.(pico, window, kept);
        return;
      }
      const shared = account as Shared;
      shared.floor(Number(pico), window);
      this.#live.add(shared);
    };
    void this.#reader.ask(account.spec, use, () => this.lookAgain([account]));
  }

  #known(since: number) {
    const { moneyShare, moneyGraceMs } = this.#options;
    return { instances: this.#instances, moneyShare, moneyUntil: since + moneyGraceMs };
  }

  /** Somebody waits: the next trade goes as soon as it may. */
  #urge(): void {
    const trader = this.#trader;
    if (trader !== undefined && !trader.busy) this.#plan(Math.max(0, trader.sentAt + TICK_MS - this.#now()));
  }

  #plan(inMs: number): void {
    const at = this.#now() + inMs;
    if (this.#closed || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#rt.clock.timer(inMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#go();
    });
  }

  #go(): void {
    const trader = this.#trader;
    if (trader === undefined || trader.busy || this.#closed) return;
    const trade = trader.open ?? this.#assembled(this.#now() - trader.sentAt >= HEARTBEAT_MS);
    if (trade === undefined) this.#plan(HORIZON_MS);
    else void trader.send(trade);
  }

  /** Puts together what there is to say. `always`: also when there is nothing. */
  #assembled(always: boolean): Trade | undefined {
    const now = this.#now();
    const waiting = new Map<Account, Waiting>();
    for (const { items } of this.#waiters) {
      for (const { account, amount, gate } of items) {
        const wanted = gate ? 1 : amount;
        const before = waiting.get(account);
        waiting.set(account, { need: (before?.need ?? 0) + wanted, least: before?.least ?? wanted });
      }
    }
    const asks: LimitAsk[] = [];
    const accounts: Shared[] = [];
    for (const account of this.#live) {
      const ask = account.tell(now, waiting.get(account) ?? NOBODY);
      if (ask !== undefined) {
        asks.push(ask);
        accounts.push(account);
      } else if (account.quiet(now)) this.#live.delete(account);
    }
    return asks.length > 0 || always ? { seq: ++this.#seq, asks, accounts, epoch: this.#epoch } : undefined;
  }

  #came({ asks, accounts }: Trade, reply: LimitReply, sentAt: number): void {
    const now = this.#now();
    const before = this.#instances;
    this.#instances = Math.max(1, reply.instances);
    const forgot = this.#epoch !== undefined && this.#epoch !== reply.epoch;
    this.#epoch = reply.epoch;
    const wasAway = this.#awaySince !== undefined;
    if (wasAway || forgot) this.#returned(now, forgot, before);
    accounts.forEach((account, i) => {
      const [ask, answer] = [asks[i], reply.answers[i]];
      if (ask === undefined || answer === undefined) return;
      // A store that has forgotten has taken nothing, and granted nothing: it hears what was used before anybody draws on it.
      if (forgot) account.untold(ask);
      else account.answered(ask, answer, sentAt, now);
    });
    this.#serve();
    if (this.#waiters.size > 0) this.#urge();
    // What was owed from the time away is told at once.
    this.#plan(wasAway || forgot ? TICK_MS : HORIZON_MS);
  }

  #gone(): void {
    const now = this.#now();
    if (this.#awaySince === undefined) {
      this.#awaySince = now;
      this.#tell("away", this.#trader?.why);
      for (const account of this.#accounts.values()) (account as Shared).leave(now, this.#known(now));
    }
    this.#serve();
    this.#plan(this.#probeMs);
    this.#probeMs = Math.min(PROBE_MS, this.#probeMs * 2);
  }

  #returned(now: number, forgot: boolean, instances: number): void {
    const wasAway = this.#awaySince !== undefined;
    this.#awaySince = undefined;
    this.#probeMs = FIRST_PROBE_MS;
    for (const account of this.#accounts.values()) {
      const shared = account as Shared;
      shared.back(now, forgot, instances);
      this.#live.add(shared);
    }
    if (wasAway) this.#tell("back");
    this.lookAgain(this.#accounts.values());
  }

  /** Looks whether those who wait may go now. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      const found = this.#decide(waiter.items);
      waiter.rounds += 1;
      if (found !== ASK) waiter.settle(found === undefined ? this.#drawn(waiter.items) : found);
      else if (waiter.rounds >= MAX_ROUNDS) {
        const { account, amount } = waiter.items[0] as Item;
        waiter.settle({ account, amount, waitMs: HORIZON_MS });
      }
    }
  }

  #tell(event: LimitStoreFact["event"], why = ""): void {
    const fact: LimitStoreFact = { kind: "limit-store", at: this.#now(), event, why, instances: this.#instances };
    this.#rt.emit(fact);
  }

  /** Forgets accounts that are full and that nobody uses: they would be made anew as they are. */
  #sweep(): void {
    const now = this.#now();
    for (const [key, account] of this.#accounts) {
      const { left, held } = account.standing(now);
      if (left < capacityOf(account.spec) || held > 0) continue;
      if (this.#trader !== undefined && !(account as Shared).quiet(now)) continue;
      this.#accounts.delete(key);
      this.#live.delete(account as Shared);
    }
  }

  #now(): number {
    return this.#rt.clock.now();
  }
}
