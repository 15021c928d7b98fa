// Every limit and budget that is set, used or not, with what is used of it: what the admin API shows.

import { PICO_PER_USD } from "@fairlead/protocol";
import { moneyWindow } from "@fairlead/stores";
import { type Account, type AccountSpec, capacityOf, KINDS, type Scope } from "./account.ts";
import type { SpentSince } from "./budget-reader.ts";
import { type Rule, specsOfAll } from "./rules.ts";

/** One limit. Amounts are requests, tokens or streams, and US dollars of a budget. */
export interface LimitLine {
  readonly scope: Scope["kind"];
  readonly project: string | undefined;
  readonly keyId: string | undefined;
  /** Pattern of models, when it is not for all. */
  readonly models: string | undefined;
  readonly dimension: AccountSpec["dimension"];
  readonly limit: number;
  /** Undefined: it is shared, and this instance has not been asked for it. */
  readonly used: number | undefined;
  readonly remaining: number | undefined;
  /** When it is full again or begins anew, Unix milliseconds; undefined when it is full, or nobody knows. */
  readonly resetsAt: number | undefined;
  /** Who keeps count: this instance, all over the shared store, or this one its part while that is away. */
  readonly kept: "here" | "shared" | "share";
}

/** What lines are made from. */
export interface LineParts {
  /** The account of a key, when there is one. */
  find(key: string): Account | undefined;
  /** Whether amounts are shared with other instances. */
  readonly shared: boolean;
  readonly spentSince: SpentSince;
  /** Monotonic and Unix milliseconds. */
  readonly now: number;
  readonly wall: number;
}

/** Budgets that nobody has drawn on since the start, and that the ledger is asked about, at most. */
const ASKED = 200;

/** The fullest first. */
export async function limitLines(rules: readonly Rule[], parts: LineParts): Promise<readonly LimitLine[]> {
  const lines: LimitLine[] = [];
  let asked = 0;
  for (const spec of specsOfAll(rules)) {
    const account = parts.find(spec.key);
    if (account !== undefined) lines.push(lineOfAccount(account, parts));
    else if (spec.dimension.startsWith("usd") && asked++ < ASKED) lines.push(await lineOfLedger(spec, parts));
    else
      lines.push(lineOf(spec, parts.shared ? undefined : { left: capacityOf(spec), resetMs: 0 }, parts, kept(parts)));
  }
  return lines.sort((a, b) => (b.used ?? 0) / b.limit - (a.used ?? 0) / a.limit);
}

function lineOfAccount(account: Account, parts: LineParts): LimitLine {
  const { left, resetMs, state } = account.standing(parts.now);
  const known = state === "here" ? "here" : state === "share" ? "share" : "shared";
  return lineOf(account.spec, { left, resetMs }, parts, known);
}

/** A budget that was not drawn on since the start: the ledger knows what was spent before. */
async function lineOfLedger(spec: AccountSpec, parts: LineParts): Promise<LimitLine> {
  const kind = KINDS[spec.dimension];
  if (kind === "rate" || kind === "gauge") return lineOf(spec, undefined, parts, kept(parts));
  const { start, end } = moneyWindow(kind, parts.wall);
  const spent = await parts.spentSince(spec, start).catch(() => undefined);
  const known = spent === undefined ? undefined : { left: spec.limit - Number(spent), resetMs: end - parts.wall };
  return lineOf(spec, known, parts, kept(parts));
}

function lineOf(
  spec: AccountSpec,
  known: { readonly left: number; readonly resetMs: number } | undefined,
  { wall }: LineParts,
  state: LimitLine["kept"],
): LimitLine {
  const { scope, match, dimension } = spec;
  const unit = dimension.startsWith("usd") ? PICO_PER_USD : 1;
  const limit = spec.limit / unit;
  const capacity = capacityOf(spec);
  return {
    scope: scope.kind,
    project: scope.kind === "everyone" ? undefined : scope.project,
    keyId: scope.keyId,
    models: match,
    dimension,
    limit,
    // Of a rate whose burst is less than a minute's worth: the same part of the limit.
    used: known === undefined ? undefined : rounded((Math.max(0, capacity - known.left) * limit) / capacity, unit),
    remaining: known === undefined ? undefined : rounded(Math.max(0, known.left) / unit, unit),
    resetsAt: known === undefined || known.resetMs <= 0 ? undefined : wall + known.resetMs,
    kept: state,
  };
}

function kept({ shared }: LineParts): LimitLine["kept"] {
  return shared ? "shared" : "here";
}

/** Dollars to a millionth, everything else to a thousandth. */
function rounded(amount: number, unit: number): number {
  const digits = unit === 1 ? 1e3 : 1e6;
  return Math.round(amount * digits) / digits;
}
