// An alert: what a rule found, about whom, and where it stands.

/** How much an alert matters, least first. */
export const SEVERITIES = ["info", "warning", "critical"] as const;

/** How much an alert matters. */
export type Severity = (typeof SEVERITIES)[number];

/** What a rule can watch. */
export const WATCHED = [
  "success_rate",
  "latency",
  "spend",
  "spend_rate",
  "budget",
  "request_tokens",
  "unusual_day",
  "upstream_down",
  "spool",
  "store_down",
  "expiry",
  "secret_stale",
] as const;

/** What a rule watches. */
export type Watched = (typeof WATCHED)[number];

/** `firing` for the first time, `again` still, `resolved` over, `event` happened once and is over by itself. */
export type AlertState = "firing" | "again" | "resolved" | "event";

/** What is wrong with one thing that a rule watches. */
export interface Finding {
  /** Names the thing among those that the rule watches; empty when there is only one. */
  readonly key: string;
  /** What the thing is: project, upstream, store, … Names from the configuration and ids of ours only. */
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
  readonly threshold: number;
  /** What value and threshold are: a share of 1, dollars, tokens, seconds, or a factor. */
  readonly unit: "share" | "usd" | "tokens" | "seconds" | "factor" | "state";
  /** `bad` beyond the threshold, `clear` back by more than the margin, `between` neither, which changes nothing. */
  readonly level: "bad" | "clear" | "between";
}

/** One alert as it is told. */
export interface Alert extends Omit<Finding, "level" | "key"> {
  readonly rule: string;
  readonly watched: Watched;
  readonly severity: Severity;
  readonly state: AlertState;
  /** When it began, Unix milliseconds. */
  readonly since: number;
  /** When this was found, Unix milliseconds. */
  readonly at: number;
  /** The same for all messages of one alert, also from other instances. */
  readonly fingerprint: string;
}
