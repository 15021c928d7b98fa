// The block `alerts`: targets, rules, quiet hours.

import { showDuration } from "@fairlead/engine";
import { parseRfc3339 } from "@fairlead/protocol";
import { z } from "zod";
import { SEVERITIES, WATCHED } from "../telemetry/alerts/alert.ts";
import {
  type AlertOptions,
  type AlertRule,
  type AlertTarget,
  LANGUAGES,
  TARGET_KINDS,
} from "../telemetry/alerts/alert-options.ts";
import { DAYS, isTimeZone, minuteOf } from "../telemetry/alerts/quiet-hours.ts";
import { optionSchema } from "./option-schema.ts";
import type { Found, Path } from "./problem.ts";
import type { References } from "./secrets.ts";

const NAME_RULE = "must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: NAME_RULE });

const time = (min: number, max: number, standard: number, says: string) =>
  (optionSchema({ kind: "duration", min, max, default: standard, says }) as z.ZodType<number>).prefault(
    showDuration(standard) as unknown as number,
  );
const amount = (min: number, max: number, unit: string, says: string) => {
  const error = `must be a number from ${min} to ${max} (${unit})`;
  return z.number({ error }).min(min, { error }).max(max, { error }).meta({ description: says });
};

/** A share as a number of 0 to 1 or as text such as 95%. */
const share = (says: string) => {
  const error = "must be a share between 0 and 1, such as 0.95 or 95%";
  return z
    .union([z.number(), z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, { error })], { error })
    .transform((given, context) => {
      const value = typeof given === "number" ? given : Number.parseFloat(given) / 100;
      if (value > 0 && value < 1) return value;
      context.issues.push({ code: "custom", message: error, input: given });
      return z.NEVER;
    })
    .meta({ description: says });
};

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const severity = (standard: (typeof SEVERITIES)[number]) =>
  z.enum(SEVERITIES).default(standard).meta({ description: "How much it matters: info, warning, critical." });
const common = (level: (typeof SEVERITIES)[number], hold: number) => ({
  name: name.optional().meta({ description: "Unique. Default: what it watches." }),
  severity: severity(level),
  for: time(0, DAY, hold, "How long it must hold before it is told."),
  only: name.optional().meta({ description: "Only this project, upstream or store; left out: each by itself." }),
  targets: z.array(name).min(1).optional().meta({ description: "Names of targets; left out: all." }),
  mute: z.boolean().default(false).meta({ description: "Watched, but not told." }),
});
const samples = (standard: number) => {
  const error = "must be a whole number from 1 to 1000000 (requests)";
  return z
    .int({ error })
    .min(1, { error })
    .max(1_000_000, { error })
    .default(standard)
    .meta({ description: "With fewer requests in the window nothing is said." });
};
const by = <const W extends readonly [string, ...string[]]>(words: W, standard: W[number]) =>
  z
    .enum(words)
    .default(standard as never)
    .meta({ description: "What is told apart." });

const rule = z.discriminatedUnion(
  "when",
  [
    z.strictObject({
      when: z.literal("success_rate"),
      ...common("critical", 0),
      below: share("The share of requests (by upstream: of attempts) that must succeed.").prefault(0.95),
      window: time(MINUTE, DAY, 5 * MINUTE, "The time that is looked at."),
      min_samples: samples(20),
      by: by(["all", "project", "upstream", "model"], "upstream"),
    }),
    z.strictObject({
      when: z.literal("latency"),
      ...common("warning", 0),
      above: time(1, HOUR, 30_000, "How slow is too slow."),
      of: z.enum(["first_token", "total"]).default("first_token").meta({ description: "Which time." }),
      quantile: amount(0.5, 0.999, "share", "Which share of requests must be faster.").default(0.95),
      window: time(MINUTE, DAY, 5 * MINUTE, "The time that is looked at."),
      min_samples: samples(20),
      by: by(["all", "project", "upstream", "model"], "upstream"),
    }),
    z.strictObject({
      when: z.literal("spend"),
      ...common("warning", 0),
      above: amount(0.01, 10_000_000, "USD", "Dollars that may be spent."),
      per: z.enum(["hour", "day"]).default("day").meta({ description: "The last hour, or the day (UTC)." }),
      by: by(["all", "project", "upstream", "model"], "project"),
    }),
    z.strictObject({
      when: z.literal("spend_rate"),
      ...common("warning", 0),
      above: amount(1.1, 1_000, "times", "How many times the mean of the twelve windows before it.").default(3),
      window: time(5 * MINUTE, DAY, HOUR, "The time that is compared."),
      min_usd: amount(0, 1_000_000, "USD", "Below this spend nothing is said.").default(1),
      by: by(["all", "project", "upstream", "model"], "project"),
    }),
    z.strictObject({
      when: z.literal("budget"),
      ...common("warning", 0),
      above: share("Share of a budget in dollars that may be used.").prefault(0.8),
    }),
    z.strictObject({
      when: z.literal("request_tokens"),
      ...common("info", 0),
      above: amount(1, 100_000_000, "tokens", "Tokens of one request, in and out together.").default(10_000),
    }),
    z.strictObject({
      when: z.literal("unusual_day"),
      ...common("warning", 0),
      sigmas: amount(1, 20, "deviations", "How many robust deviations above the median of like days.").default(3.5),
      min_usd: amount(0, 1_000_000, "USD", "Below this spend of a day nothing is said.").default(1),
      by: by(["all", "project"], "project"),
    }),
    z.strictObject({ when: z.literal("upstream_down"), ...common("critical", 5 * MINUTE) }),
    z.strictObject({
      when: z.literal("spool"),
      ...common("critical", 0),
      above: share("Share of the ledger's spool that may be used.").prefault(0.8),
    }),
    z.strictObject({ when: z.literal("store_down"), ...common("critical", MINUTE) }),
    z.strictObject({
      when: z.literal("expiry"),
      ...common("warning", 0),
      within: time(HOUR, 365 * DAY, 14 * DAY, "How long before certificates and keys lapse."),
    }),
    z.strictObject({
      when: z.literal("secret_stale"),
      ...common("warning", 0),
      above: time(MINUTE, 30 * DAY, HOUR, "How long secrets may go without having been read well."),
    }),
  ],
  { error: `must have when, one of ${WATCHED.join(", ")}` },
);

/** What is watched when the block says nothing of rules. */
const STANDARD = [
  "success_rate",
  "upstream_down",
  "spool",
  "store_down",
  "expiry",
  "budget",
  "unusual_day",
  "secret_stale",
];

const target = z.strictObject({
  name: name.meta({ description: "Unique; logs, metrics and rules use it." }),
  kind: z.enum(TARGET_KINDS).meta({
    description: "webhook (JSON, signed as Standard Webhooks says), slack, feishu (also Lark), dingtalk, wecom.",
  }),
  url: z.string().meta({
    description: `The address as a reference, for it lets one post: \${NAME}, file:./path, vault:… or aws-sm:….`,
  }),
  secret: z
    .string()
    .optional()
    .meta({ description: "What messages are signed with, as a reference: webhook, feishu, dingtalk." }),
  language: z.enum(LANGUAGES).optional().meta({ description: "Language of its messages. Default: the general one." }),
  from: z.enum(SEVERITIES).default("info").meta({ description: "Least severity that it is told of." }),
});

const CLOCK_RULE = 'must be a time of the day in quotes, such as "22:00"';
const clock = z.string({ error: CLOCK_RULE }).transform((text, context) => {
  const minute = minuteOf(text);
  if (minute !== undefined) return minute;
  context.issues.push({ code: "custom", message: CLOCK_RULE, input: text });
  return z.NEVER;
});
const quiet = z
  .strictObject({
    from: clock.meta({ description: "When they begin." }),
    to: clock.meta({ description: "When they end; at or before from: on the next day." }),
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .default([...DAYS])
      .meta({ description: "Days on which they begin." }),
    time_zone: z
      .string()
      .refine(isTimeZone, { error: "must be the name of a time zone, such as Asia/Shanghai or UTC" })
      .default("UTC")
      .meta({ description: "Time zone of the hours and days." }),
    unless: z
      .enum(SEVERITIES)
      .default("critical")
      .meta({ description: "From this severity on it is told all the same." }),
  })
  .optional()
  .meta({ description: "Hours in which what can wait is held back; told afterwards if it still holds." });

const UNTIL_RULE = "must be a time such as 2026-12-01T00:00:00Z";
const mute = z
  .strictObject({
    rule: name.optional(),
    project: name.optional(),
    upstream: name.optional(),
    until: z
      .string({ error: UNTIL_RULE })
      .transform((text, context) => {
        const found = parseRfc3339(text);
        if (found !== undefined) return found;
        context.issues.push({ code: "custom", message: UNTIL_RULE, input: text });
        return z.NEVER;
      })
      .optional()
      .meta({ description: "When it ends; left out: never." }),
  })
  .refine((one) => one.rule ?? one.project ?? one.upstream, { error: "must name a rule, a project or an upstream" });

/** The block as it stands in the file. */
export const alertsField = z
  .strictObject({
    language: z.enum(LANGUAGES).default("en").meta({ description: "Language of messages: en or zh." }),
    check: time(1_000, 5 * MINUTE, 10_000, "How often rules are looked at."),
    group: time(0, HOUR, 10_000, "How long alerts are gathered into one message."),
    repeat: time(5 * MINUTE, 7 * DAY, 4 * HOUR, "How often an alert that goes on is told again."),
    resolve_after: time(0, DAY, 5 * MINUTE, "How long things must be well again before an alert is over."),
    margin: amount(0, 0.5, "share", "How far back from the threshold is well again, as a share of it.").default(0.1),
    timeout: time(500, MINUTE, 10_000, "How long a target has to answer."),
    quiet_hours: quiet,
    mutes: z.array(mute).default([]).meta({ description: "What is not told, until a time." }),
    targets: z
      .array(target)
      .min(1, { error: "must hold at least one target" })
      .meta({ description: "Where messages go." }),
    rules: z
      .array(rule)
      .optional()
      .meta({
        description: `What is watched. Left out: ${STANDARD.join(", ")} with their defaults.`,
      }),
  })
  .optional()
  .meta({ description: "Messages when something is wrong. Left out: none." });

type Block = Exclude<z.output<typeof alertsField>, undefined>;
type RuleBlock = z.output<typeof rule>;

/** Checks names against each other and resolves addresses and secrets. `undefined` options: the block is not there, or wrong. */
export function resolveAlerts(
  content: unknown,
  references: References,
): {
  readonly options: AlertOptions | undefined;
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
} {
  const problems: Found[] = [];
  const warnings: Found[] = [];
  const given = (content as { alerts?: unknown } | null)?.alerts;
  const parsed = alertsField.safeParse(given);
  if (given === undefined || !parsed.success || parsed.data === undefined)
    return { options: undefined, problems, warnings };
  const block: Block = parsed.data;
  const rules = (block.rules ?? STANDARD.map((when) => rule.parse({ when }))).map(ruleOf);
  unique(
    block.targets.map((one) => one.name),
    "targets",
    problems,
  );
  unique(
    rules.map((one) => one.name),
    "rules",
    problems,
  );
  const names = block.targets.map((one) => one.name);
  for (const [i, one] of rules.entries())
    for (const [j, wanted] of (one.targets ?? []).entries())
      if (!names.includes(wanted))
        problems.push({
          path: ["alerts", "rules", i, "targets", j],
          code: "wrong_value",
          message: `there is no target ${JSON.stringify(wanted)}; targets are: ${names.join(", ")}`,
        });
  const targets = block.targets.map((one, i) => targetOf(one, i, references, problems, warnings));
  const { quiet_hours, rules: _rules, targets: _targets, ...rest } = block;
  return { options: { ...rest, quiet: quiet_hours, rules, targets }, problems, warnings };
}

function targetOf(
  one: Block["targets"][number],
  i: number,
  references: References,
  problems: Found[],
  warnings: Found[],
): AlertTarget {
  const read = (key: "url" | "secret"): string | undefined => {
    const text = one[key];
    if (text === undefined) return undefined;
    const found = references.secrets(text, false);
    if ("values" in found) return found.values[0];
    problems.push({ path: ["alerts", "targets", i, key], code: found.code, message: found.message });
    return undefined;
  };
  const path: Path = ["alerts", "targets", i, "url"];
  const url = read("url") ?? "";
  if (url !== "" && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    problems.push({ path, code: "wrong_value", message: "does not lead to an address that begins with https://" });
  else if (url !== "" && new URL(url).protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(new URL(url).hostname))
    warnings.push({
      path,
      code: "plain_http",
      message: "leads to an address of http://, so alerts travel in clear; use https",
    });
  const secret = read("secret");
  if (one.secret !== undefined && (one.kind === "slack" || one.kind === "wecom"))
    problems.push({
      path: ["alerts", "targets", i, "secret"],
      code: "wrong_value",
      message: `is of no use: ${one.kind} has no signature, its address is the secret; take it out`,
    });
  return { name: one.name, kind: one.kind, url, secret, language: one.language, from: one.from };
}

function ruleOf(one: RuleBlock): AlertRule {
  const threshold =
    one.when === "success_rate"
      ? one.below
      : one.when === "unusual_day"
        ? one.sigmas
        : one.when === "expiry"
          ? one.within
          : "above" in one
            ? one.above
            : 0;
  return {
    name: one.name ?? one.when,
    when: one.when,
    severity: one.severity,
    for: one.for,
    only: one.only,
    by: "by" in one ? one.by : "all",
    window: "window" in one ? one.window : 5 * MINUTE,
    min_samples: "min_samples" in one ? one.min_samples : 1,
    threshold,
    quantile: "quantile" in one ? one.quantile : 0.95,
    of: "of" in one ? one.of : "total",
    per: "per" in one ? one.per : "day",
    min_usd: "min_usd" in one ? one.min_usd : 0,
    mute: one.mute,
    targets: one.targets,
  };
}

function unique(names: readonly string[], what: "targets" | "rules", problems: Found[]): void {
  for (const [i, one] of names.entries()) {
    if (names.indexOf(one) === i) continue;
    const fix = what === "rules" ? "give it a name of its own" : "rename one";
    problems.push({
      path: ["alerts", what, i],
      code: "duplicate",
      message: `is another ${JSON.stringify(one)}; ${fix}`,
    });
  }
}
