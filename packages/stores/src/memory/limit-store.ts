// Shared limits in memory: the same arithmetic as in Redis, for one process, tests and worlds in virtual time.

import type { Clock } from "@fairlead/runtime";
import {
  CLOCK_STEP_MS,
  GAUGE_TTLS,
  INSTANCE_MS,
  LEAST_LEASE,
  type LimitAnswer,
  type LimitAsk,
  type LimitReply,
  type LimitStore,
  moneyWindow,
  SHORT_SHARE,
  SPARE_REQUESTS,
  SPARE_SHARE,
} from "../limit-store.ts";

/** How one amount stands. */
interface Book {
  /** What is missing to be full: of money what was spent in the window. */
  gone: bigint | number;
  at: number;
  window: number;
  readonly holds: Map<string, { amount: number; until: number }>;
}

/** Amounts in this process. */
export function memoryLimitStore(clock: Clock): LimitStore & { forget(): void } {
  const books = new Map<string, Book>();
  const seen = new Map<string, number>();
  const last = new Map<string, { readonly seq: number; readonly reply: LimitReply }>();
  let epoch = 1;
  return {
    trade(instance, seq, ttlMs, asks, known) {
      const before = last.get(instance);
      if (before?.seq === seq) return Promise.resolve(before.reply);
      const now = clock.wall();
      seen.set(instance, now);
      for (const [id, at] of seen) if (now - at > INSTANCE_MS) seen.delete(id);
      const instances = seen.size;
      const forgot = known !== undefined && known !== String(epoch);
      const answers = asks.map((ask) => {
        if (forgot) return { granted: 0, left: 0, window: 0, endsInMs: 0 };
        let book = books.get(ask.key);
        if (book === undefined) {
          book = { gone: 0, at: now, window: 0, holds: new Map() };
          books.set(ask.key, book);
        }
        return traded(book, ask, instance, instances, now, ttlMs);
      });
      const reply = { instances, epoch: String(epoch), answers };
      last.set(instance, { seq, reply });
      return Promise.resolve(reply);
    },
    /** Loses everything, as a Redis without a file does at a restart. */
    forget() {
      books.clear();
      seen.clear();
      last.clear();
      epoch += 1;
    },
  };
}

function traded(book: Book, ask: LimitAsk, me: string, instances: number, now: number, ttlMs: number): LimitAnswer {
  const { kind, capacity } = ask;
  let others = 0;
  let mine = 0;
  for (const [id, hold] of book.holds) {
    if (hold.until <= now) book.holds.delete(id);
    else if (id === me) mine = hold.amount;
    else others += hold.amount;
  }
  let window = 0;
  let endsInMs = 0;
  let { hold } = ask;
  if (kind === "rate") {
    const elapsed = Math.max(0, now - book.at);
    // What is held in leases is as good as there: it must not fill up a second time.
    let gone = Math.max(others + mine, Number(book.gone) - elapsed * ask.perMs);
    gone = Math.max(others + hold, gone + ask.debit - ask.give);
    book.gone = gone;
  } else if (kind === "gauge") book.gone = others + hold;
  else {
    const stays = book.window > now && book.window - now <= CLOCK_STEP_MS;
    const { start, end } = moneyWindow(kind, stays ? book.window : now);
    window = start;
    endsInMs = end - now;
    if (book.window < start) book.gone = 0;
    book.window = start;
    if (ask.window === start) {
      const known = BigInt(ask.floor);
      if (BigInt(book.gone) < known) book.gone = known;
      const gone = BigInt(book.gone) + BigInt(ask.debit) - BigInt(ask.give);
      book.gone = gone < 0n ? 0n : gone;
    } else hold = 0;
  }
  book.at = now;
  const there =
    kind === "rate" || kind === "gauge" ? capacity - Number(book.gone) : Number(BigInt(capacity) - BigInt(book.gone));
  const granted = grant(
    ask,
    there,
    instances,
    kind === "rate" || kind === "gauge" ? capacity - others - hold : capacity,
  );
  book.gone = typeof book.gone === "bigint" ? book.gone + BigInt(granted) : book.gone + granted;
  book.holds.set(me, { amount: hold + granted, until: now + ttlMs * (kind === "gauge" ? GAUGE_TTLS : 1) });
  return { granted, left: there - granted, window, endsInMs };
}

/**
 * How much is taken out: what requests wait for, as far as it is there, and beyond that what the instance expects to need
 * soon. A request larger than all that can be there goes when everything is (`full`), and leaves a debt.
 */
function grant(
  { kind, need, least, want, capacity }: LimitAsk,
  there: number,
  instances: number,
  full: number,
): number {
  let granted = 0;
  if (need > 0 && there > 0 && there >= Math.min(least, full)) {
    granted = Math.max(least, Math.min(need, Math.floor(there)));
  }
  const rest = there - granted;
  if (granted < need || need + want === 0 || rest <= 0) return granted;
  const spare = Math.min(SPARE_REQUESTS * least, capacity * SPARE_SHARE);
  let more = 0;
  if (rest >= capacity * SHORT_SHARE) more = Math.min(Math.max(want, spare, capacity * LEAST_LEASE), rest / instances);
  else if (kind === "rate") more = Math.min(want, rest);
  return granted + Math.floor(more);
}
