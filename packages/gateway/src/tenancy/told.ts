// What callers are told of their limits: the refusal in Anthropic's shape and headers, and one header on every answer.

import { type Code, type Failure, failure } from "@fairlead/engine";
import { formatRfc3339, formatUsd, PICO_PER_USD } from "@fairlead/protocol";
import { type Account, type AccountSpec, capacityOf, type Dimension, KINDS } from "./account.ts";
import type { Short } from "./items.ts";

/** A longer wait is not worth a client's retry: `x-should-retry: false` says so, milliseconds. */
const PATIENCE_MS = 60_000;

const CODE: { readonly [D in Dimension]: Code } = {
  requests: "limit_requests",
  input_tokens: "limit_input_tokens",
  output_tokens: "limit_output_tokens",
  streams: "limit_streams",
  usd_per_hour: "budget_spent",
  usd_per_day: "budget_spent",
  usd_per_month: "budget_spent",
};

const PERIODS: { readonly [kind: string]: string } = { hour: "hour", day: "day", month: "month" };

/** The families of Anthropic's headers, by what they tell of (docs: Rate limits, Response headers). */
const FAMILIES: ReadonlyArray<readonly [family: string, dimensions: readonly Dimension[]]> = [
  ["requests", ["requests"]],
  ["tokens", ["input_tokens", "output_tokens"]],
  ["input-tokens", ["input_tokens"]],
  ["output-tokens", ["output_tokens"]],
];

/** The failure of a request that a limit refuses. `accounts` are all that hold for it. */
export function refused(short: Short, accounts: readonly Account[], now: number, wall: number): Failure {
  const { account, amount, waitMs } = short;
  const { spec } = account;
  const code = account.unconfirmed ? "budget_unconfirmed" : CODE[spec.dimension];
  const money = spec.dimension.startsWith("usd");
  const fill = {
    limit: money ? formatUsd(spec.limit) : spec.limit,
    amount: money ? formatUsd(amount) : amount,
    scope: spec.match === undefined ? spec.scope.words : `${spec.scope.words} for ${spec.match}`,
    seconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    period: PERIODS[KINDS[spec.dimension]] ?? "",
    // Windows begin on full minutes; the shared clock may be a little ahead of this one.
    until: formatRfc3339(Math.round((wall + waitMs) / 60_000) * 60_000)
      .slice(0, 16)
      .replace("T", " "),
    option: spec.dimension,
  };
  return failure(code, fill, {
    local: true,
    unsent: true,
    retryAfterMs: waitMs,
    again: waitMs > PATIENCE_MS ? false : undefined,
    headers: anthropicHeaders(accounts, now, wall, account),
  });
}

/** `anthropic-ratelimit-*` of the tightest limit of each family that has one, and of the one that refuses in its own. */
export function anthropicHeaders(
  accounts: readonly Account[],
  now: number,
  wall: number,
  refuses?: Account | undefined,
): string[] {
  const headers: string[] = [];
  for (const [family, dimensions] of FAMILIES) {
    const own = accounts.filter(({ spec }) => dimensions.includes(spec.dimension));
    const account = refuses !== undefined && own.includes(refuses) ? refuses : tightest(own, now);
    if (account === undefined) continue;
    const { left, resetMs } = account.standing(now);
    const name = `anthropic-ratelimit-${family}`;
    headers.push(`${name}-limit`, String(account.spec.limit));
    headers.push(`${name}-remaining`, String(Math.max(0, Math.floor(left))));
    headers.push(`${name}-reset`, formatRfc3339(Math.ceil((wall + resetMs) / 1_000) * 1_000));
  }
  return headers;
}

/** One line of all that is limited: `requests;l=600;r=599;t=1, usd_per_day;l=50;r=49.2;t=3600` (limit, rest, seconds). */
export function limitsLine(accounts: readonly Account[], now: number): string {
  const parts: string[] = [];
  const done = new Set<Dimension>();
  for (const { spec } of accounts) {
    if (done.has(spec.dimension)) continue;
    done.add(spec.dimension);
    const account = tightest(
      accounts.filter((one) => one.spec.dimension === spec.dimension),
      now,
    );
    if (account === undefined) continue;
    const { left, resetMs } = account.standing(now);
    const t = Math.ceil(resetMs / 1_000);
    parts.push(`${spec.dimension};l=${shown(account.spec, account.spec.limit)};r=${shown(spec, left)};t=${t}`);
  }
  return parts.join(", ");
}

function shown({ dimension }: AccountSpec, amount: number): string {
  if (!dimension.startsWith("usd")) return String(Math.max(0, Math.floor(amount)));
  return String(Number((Math.max(0, amount) / PICO_PER_USD).toFixed(6)));
}

/** The one of which the smallest part is left of what it holds when it is full; of several the one that takes longest to fill. */
function tightest(accounts: readonly Account[], now: number): Account | undefined {
  let least = Number.POSITIVE_INFINITY;
  let longest = 0;
  let found: Account | undefined;
  for (const account of accounts) {
    const { left, resetMs } = account.standing(now);
    const part = Math.max(0, left) / capacityOf(account.spec);
    if (part > least || (part === least && resetMs <= longest)) continue;
    least = part;
    longest = resetMs;
    found = account;
  }
  return found;
}
