// An account: one limit of somebody, such as the requests a minute of a project, and what is left of it.

import type { LimitKind } from "@fairlead/stores";

/** What a limit counts. */
export type Dimension =
  | "requests"
  | "input_tokens"
  | "output_tokens"
  | "streams"
  | "usd_per_hour"
  | "usd_per_day"
  | "usd_per_month";

/** Place of what a dimension counts in a cost: requests, input tokens, output tokens, streams, pico-dollars. */
export const SLOTS: { readonly [D in Dimension]: number } = {
  requests: 0,
  input_tokens: 1,
  output_tokens: 2,
  streams: 3,
  usd_per_hour: 4,
  usd_per_day: 4,
  usd_per_month: 4,
};

/** Place of the money in a cost. */
export const MONEY = 4;

/** The kind of amount behind a dimension. */
export const KINDS: { readonly [D in Dimension]: LimitKind } = {
  requests: "rate",
  input_tokens: "rate",
  output_tokens: "rate",
  streams: "gauge",
  usd_per_hour: "hour",
  usd_per_day: "day",
  usd_per_month: "month",
};

/** Whom a limit is for. */
export interface Scope {
  readonly kind: "everyone" | "project" | "key" | "service";
  /** The project, or `*` for everyone: what metrics may have as a label. */
  readonly project: string;
  /** Of a key or service: its recognisable id. */
  readonly keyId?: string | undefined;
  /** The name that messages use: `project web`, `key ci of project web`, `all projects`. */
  readonly words: string;
}

/** One limit. */
export interface AccountSpec {
  /** The same in all instances; what belongs to one tenant begins with the same `{…}`. */
  readonly key: string;
  readonly scope: Scope;
  /** Models that it is for; undefined for all. */
  readonly match: string | undefined;
  readonly dimension: Dimension;
  /** A minute, at once, or pico-dollars in the window. */
  readonly limit: number;
  /** How much time's worth may be used at once, milliseconds; of rates only. */
  readonly burstMs: number;
}

/** What a full account holds. */
export function capacityOf({ dimension, limit, burstMs }: AccountSpec): number {
  return KINDS[dimension] === "rate" ? Math.max(1, Math.floor((limit * burstMs) / 60_000)) : limit;
}

/** What comes back each millisecond. */
export function perMsOf({ dimension, limit }: AccountSpec): number {
  return KINDS[dimension] === "rate" ? limit / 60_000 : 0;
}

/** Only the store knows: it must be asked. */
export const ASK = -1;

/** What is left, and who else knows. */
export interface Standing {
  /** What could be drawn; below 0 a debt. Of a shared one as far as it is known here. */
  readonly left: number;
  /** When it is full again, or begins anew, milliseconds from now; 0 when it is full, or nobody knows. */
  readonly resetMs: number;
  /** `here` kept in this instance; `leased` shared, a part of it is held here; `share` Redis is away, this instance has its part. */
  readonly state: "here" | "leased" | "share";
  /** Of a leased one: what this instance holds. */
  readonly held: number;
}

/** One account. Times are monotonic milliseconds. */
export interface Account {
  readonly spec: AccountSpec;
  /** 0 when so much may be drawn now; `ASK`; or how long until it may, milliseconds. */
  waitMs(amount: number, now: number): number;
  /** Draws it; returns the window that it was drawn in (of money), which `settle` wants to know. */
  draw(amount: number, now: number): number;
  /** It came to so much more, or less when below 0. */
  settle(delta: number, window: number, now: number): void;
  /** Of money: whether the window that began then is over. */
  over?(window: number, now: number): boolean;
  /** The limit was changed. What was drawn stays drawn. */
  resize(spec: AccountSpec, now: number): void;
  standing(now: number): Standing;
  /** True while it is closed because nobody knows what was spent elsewhere. */
  readonly unconfirmed: boolean;
}
