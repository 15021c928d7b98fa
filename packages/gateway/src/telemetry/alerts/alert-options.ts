// What the block `alerts` of the configuration comes to: rules, targets, and how to tell.

import type { Severity, Watched } from "./alert.ts";
import type { QuietHours } from "./quiet-hours.ts";

/** Languages that messages are written in. */
export const LANGUAGES = ["en", "zh"] as const;

/** A language of messages. */
export type Language = (typeof LANGUAGES)[number];

/** Kinds of targets. */
export const TARGET_KINDS = ["webhook", "slack", "feishu", "dingtalk", "wecom"] as const;

/** How a rule tells things apart. */
export type AlertDimension = "all" | "project" | "upstream" | "model";

/** One rule. Durations are milliseconds; which numbers count depends on what it watches. */
export interface AlertRule {
  readonly name: string;
  readonly when: Watched;
  readonly severity: Severity;
  /** How long it must hold before it is told. */
  readonly for: number;
  /** Only this project or upstream, or all. */
  readonly only?: string | undefined;
  readonly by: AlertDimension;
  readonly window: number;
  readonly min_samples: number;
  /** A share, dollars, tokens, a factor, or milliseconds, by what it watches. */
  readonly threshold: number;
  readonly quantile: number;
  readonly of: "first_token" | "total";
  readonly per: "hour" | "day";
  /** Dollars below which nothing is said. */
  readonly min_usd: number;
  readonly mute: boolean;
  /** Names of targets; undefined means all. */
  readonly targets?: readonly string[] | undefined;
}

/** Where messages go. */
export interface AlertTarget {
  readonly name: string;
  readonly kind: (typeof TARGET_KINDS)[number];
  /** Secret: whoever has it can post. */
  readonly url: string;
  /** What messages are signed with. */
  readonly secret?: string | undefined;
  readonly language?: Language | undefined;
  /** Least severity that it is told of. */
  readonly from: Severity;
}

/** Something not to be told of, until a time. */
export interface Mute {
  readonly rule?: string | undefined;
  readonly project?: string | undefined;
  readonly upstream?: string | undefined;
  /** Unix milliseconds; undefined means for good. */
  readonly until?: number | undefined;
}

/** Everything. */
export interface AlertOptions {
  readonly language: Language;
  /** How long alerts are gathered into one message. */
  readonly group: number;
  /** How often one that goes on is told again. */
  readonly repeat: number;
  /** How long things must be well again before it is over. */
  readonly resolve_after: number;
  /** How far beyond the threshold things must be back, as a share of it. */
  readonly margin: number;
  /** How often rules are looked at. */
  readonly check: number;
  /** How long a target has to answer. */
  readonly timeout: number;
  readonly quiet?: (QuietHours & { readonly unless: Severity }) | undefined;
  readonly mutes: readonly Mute[];
  readonly targets: readonly AlertTarget[];
  readonly rules: readonly AlertRule[];
}
