// What each kind of rule watches: facts as they come, or figures when they are asked for.

import type { AttemptFact, RequestFact, Verdict } from "@fairlead/engine";
import { billedTokens, costOf, findModel, type Prices, totalInput } from "@fairlead/protocol";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { Sample } from "../registry.ts";
import type { Finding } from "./alert.ts";
import type { AlertDimension, AlertRule } from "./alert-options.ts";
import { quantile, SlidingCounts } from "./sliding-counts.ts";
import { type DaySpend, ordinary } from "./unusual-day.ts";

/** What rules read besides facts. Functions must not throw; samples have the labels of the metric of that name. */
export interface AlertSources {
  /** 0 closed, 1 half-open or in doubt, 2 open, 3 parked. */
  upstreams(): ReadonlyArray<{ readonly upstream: string; readonly state: number }>;
  /** `fairlead_ledger_spool_used_ratio`. */
  spool(): readonly Sample[];
  /** `fairlead_store_up` by store. */
  stores(): readonly Sample[];
  /** `fairlead_limit_used_ratio` by project and limit. */
  budgets(): readonly Sample[];
  /** `fairlead_credential_expiry_seconds` by kind and name. */
  expiries(): readonly Sample[];
  /** `fairlead_secret_age_seconds` by manager. */
  secretAges(): readonly Sample[];
  /** What models cost. */
  readonly prices: Prices;
  /** Spend by project and day of the last eight weeks, today included, of all instances. */
  days(): Promise<readonly DaySpend[]>;
}

/** One rule at work. */
export interface Watcher {
  readonly rule: AlertRule;
  /** Hears facts; undefined when it needs none. */
  readonly listen?: ((fact: Fact) => void) | undefined;
  /** Things that happened since the last time, each told once; undefined when the rule has states. */
  readonly events?: (() => readonly Finding[]) | undefined;
  /** How things are now; `wall` is Unix milliseconds. Nothing for things about which it knows too little. */
  check(now: number, wall: number): readonly Finding[];
}

const PICO = 1e-12;
const DAY_MS = 86_400_000;
/** Events kept between two looks. */
const MAX_EVENTS = 100;

/** Verdicts that say nothing of how well things work: the caller's doing, or a limit doing its work. */
const NOT_COUNTED: ReadonlySet<Verdict> = new Set([
  "caller-fault",
  "too-long",
  "conflict",
  "refused-here",
  "cancelled",
]);

/** Makes the watcher of a rule. `days` gives what the ledger told last. */
export function watcher(
  rule: AlertRule,
  margin: number,
  rt: Runtime,
  sources: AlertSources,
  days: () => readonly DaySpend[],
): Watcher {
  const above = (value: number) => {
    if (value > rule.threshold) return "bad" as const;
    return value > rule.threshold * (1 - margin) ? ("between" as const) : ("clear" as const);
  };
  switch (rule.when) {
    case "success_rate":
      return successRate(rule, margin, rt);
    case "latency":
      return latency(rule, rt, above);
    case "spend":
      return spend(rule, rt, sources, days, above);
    case "spend_rate":
      return spendRate(rule, rt, sources, above);
    case "request_tokens":
      return requestTokens(rule, rt, sources);
    case "unusual_day":
      return unusualDay(rule, days);
    case "budget":
      // Limits for each minute are there to be used up; money is what one wants to hear of.
      return gauge(rule, () => sources.budgets().filter(money), ["project", "limit"], "share", above);
    case "spool":
      return gauge(rule, sources.spool, [], "share", above);
    case "secret_stale":
      return gauge(rule, sources.secretAges, ["manager"], "seconds", (value) => above(value * 1_000));
    case "expiry":
      return gauge(rule, sources.expiries, ["kind", "name"], "seconds", (value) =>
        value * 1_000 < rule.threshold ? "bad" : "clear",
      );
    case "store_down":
      return gauge(rule, sources.stores, ["store"], "state", (value) => (value === 0 ? "bad" : "clear"));
    default:
      return {
        rule,
        check: () =>
          sources
            .upstreams()
            .filter(({ upstream }) => rule.only === undefined || rule.only === upstream)
            .map(({ upstream, state }) => ({
              key: upstream,
              labels: { upstream, state: state === 3 ? "parked" : "open" },
              value: state,
              threshold: 2,
              unit: "state",
              level: state >= 2 ? "bad" : state === 1 ? "between" : "clear",
            })),
      };
  }
}

function money({ values }: Sample): boolean {
  return values[1]?.startsWith("usd_") === true;
}

function gauge(
  rule: AlertRule,
  read: () => readonly Sample[],
  names: readonly string[],
  unit: Finding["unit"],
  level: (value: number) => Finding["level"],
): Watcher {
  const threshold = unit === "seconds" ? rule.threshold / 1_000 : rule.threshold;
  return {
    rule,
    check: () =>
      read()
        .filter(({ values }) => rule.only === undefined || values.includes(rule.only))
        .map(({ values, value }) => ({
          key: values.join("/"),
          labels: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])),
          value,
          threshold,
          unit,
          level: level(value),
        })),
  };
}

function successRate(rule: AlertRule, margin: number, rt: Runtime): Watcher {
  const counts = new SlidingCounts(rule.window);
  // Halfway from the threshold to 1 for a margin of a half: a share is judged by what fails.
  const back = rule.threshold + (1 - rule.threshold) * margin;
  return {
    rule,
    listen: (fact) => {
      const told = ended(fact, rule.by);
      if (told === undefined || NOT_COUNTED.has(told.verdict) || misnamed(fact, told.verdict)) return;
      if (rule.only === undefined || rule.only === told.key)
        counts.count(told.key, told.verdict === "ok", rt.clock.now());
    },
    check: (now) =>
      [...counts.sums(now)]
        .filter(([, { good, bad }]) => good + bad >= rule.min_samples)
        .map(([key, { good, bad }]) => {
          const value = good / (good + bad);
          const level = value < rule.threshold ? "bad" : value < back ? "between" : "clear";
          return { key, labels: labelsOf(rule.by, key), value, threshold: rule.threshold, unit: "share", level };
        }),
  };
}

function latency(rule: AlertRule, rt: Runtime, above: (value: number) => Finding["level"]): Watcher {
  const counts = new SlidingCounts(rule.window);
  return {
    rule,
    listen: (fact) => {
      if (fact.kind !== "request") return;
      const request = fact as RequestFact;
      const key = keyOf(request, rule.by);
      if (request.verdict !== "ok" || request.reused !== undefined) return;
      if (rule.only !== undefined && rule.only !== key) return;
      counts.observe(key, rule.of === "total" ? request.totalMs : request.firstMs, rt.clock.now());
    },
    check: (now) =>
      [...counts.sums(now)]
        .filter(([, { good }]) => good >= rule.min_samples)
        .map(([key, { buckets }]) => {
          const ms = buckets === undefined ? 0 : quantile(buckets, rule.quantile);
          const labels = { ...labelsOf(rule.by, key), quantile: `p${rule.quantile * 100}`, of: rule.of };
          return {
            key,
            labels,
            value: ms / 1_000,
            threshold: rule.threshold / 1_000,
            unit: "seconds",
            level: above(ms),
          };
        }),
  };
}

/** What this instance saw in the last hour or on this day, or what all did on it by the ledger, whichever is more. */
function spend(
  rule: AlertRule,
  rt: Runtime,
  sources: Pick<AlertSources, "prices">,
  days: () => readonly DaySpend[],
  above: (value: number) => Finding["level"],
): Watcher {
  const hour = new SlidingCounts(3_600_000);
  let today = 0;
  const sums = new Map<string, number>();
  const turn = (wall: number) => {
    const day = Math.floor(wall / DAY_MS);
    if (day === today) return;
    today = day;
    sums.clear();
  };
  return {
    rule,
    listen: (fact) => {
      const cost = usdOf(fact, rt.clock.wall(), sources.prices);
      if (cost === undefined || cost === 0) return;
      const key = keyOf(fact as RequestFact, rule.by);
      if (rule.only !== undefined && rule.only !== key) return;
      if (rule.per === "hour") hour.add(key, cost, rt.clock.now());
      else {
        turn(rt.clock.wall());
        if (sums.has(key) || sums.size < 300) sums.set(key, (sums.get(key) ?? 0) + cost);
      }
    },
    check: (now, wall) => {
      turn(wall);
      const values = new Map<string, number>(sums);
      if (rule.per === "hour") for (const [key, { sum }] of hour.sums(now)) values.set(key, sum);
      else if (rule.by === "all" || rule.by === "project") {
        const ledger = new Map<string, number>();
        for (const { project, day, usd } of days()) {
          const key = rule.by === "all" ? "" : project;
          if (day === today) ledger.set(key, (ledger.get(key) ?? 0) + usd);
        }
        for (const [key, usd] of ledger)
          if (rule.only === undefined || rule.only === key) values.set(key, Math.max(usd, values.get(key) ?? 0));
      }
      return [...values].map(([key, value]) => ({
        key,
        labels: { ...labelsOf(rule.by, key), per: rule.per },
        value,
        threshold: rule.threshold,
        unit: "usd",
        // A new day begins at nothing: yesterday's alert is over.
        level: above(value),
      }));
    },
  };
}

/** Spend of the last window against the mean of the twelve windows before it. */
function spendRate(
  rule: AlertRule,
  rt: Runtime,
  sources: Pick<AlertSources, "prices">,
  above: (value: number) => Finding["level"],
): Watcher {
  const lately = new SlidingCounts(rule.window);
  const before = new SlidingCounts(rule.window * 12);
  const startedAt = rt.clock.now();
  return {
    rule,
    listen: (fact) => {
      const cost = usdOf(fact, rt.clock.wall(), sources.prices);
      if (cost === undefined || cost === 0) return;
      const key = keyOf(fact as RequestFact, rule.by);
      if (rule.only !== undefined && rule.only !== key) return;
      lately.add(key, cost, rt.clock.now());
      before.add(key, cost, rt.clock.now());
    },
    check: (now) => {
      // A gateway that has just started knows no before.
      const known = Math.min(12, (now - startedAt) / rule.window) - 1;
      if (known < 3) return [];
      const now0 = lately.sums(now);
      return [...before.sums(now)].map(([key, { sum }]) => {
        const usd = now0.get(key)?.sum ?? 0;
        const mean = Math.max(sum - usd, 0) / known;
        const value = mean === 0 ? (usd === 0 ? 0 : 1_000) : Math.min(1_000, usd / mean);
        const level = usd < rule.min_usd ? "clear" : above(value);
        const labels = { ...labelsOf(rule.by, key), usd: usd.toFixed(2) };
        return { key, labels, value, threshold: rule.threshold, unit: "factor", level };
      });
    },
  };
}

/** Requests of many tokens; each is an event of its own. */
function requestTokens(rule: AlertRule, rt: Runtime, sources: Pick<AlertSources, "prices">): Watcher {
  let events: Finding[] = [];
  return {
    rule,
    listen: (fact) => {
      if (fact.kind !== "request") return;
      const request = fact as RequestFact;
      const usage = request.answer?.usage;
      if (usage === undefined || request.reused !== undefined || events.length >= MAX_EVENTS) return;
      const billed = billedTokens(usage);
      const tokens = totalInput(billed) + billed.outputTokens;
      if (tokens <= rule.threshold) return;
      const project = request.x.principal?.project ?? "none";
      if (rule.only !== undefined && rule.only !== project) return;
      const cost = usdOf(fact, rt.clock.wall(), sources.prices) ?? 0;
      events.push({
        key: request.x.id,
        labels: {
          project,
          key: request.x.principal?.keyId ?? "none",
          model: findModel(request.x.look.model ?? "")?.id ?? "other",
          request: request.x.id,
          usd: cost.toFixed(4),
        },
        value: tokens,
        threshold: rule.threshold,
        unit: "tokens",
        level: "bad",
      });
    },
    events: () => {
      const told = events;
      events = [];
      return told;
    },
    check: () => [],
  };
}

function unusualDay(rule: AlertRule, days: () => readonly DaySpend[]): Watcher {
  return {
    rule,
    check: (_now, wall) => {
      const today = Math.floor(wall / DAY_MS);
      const projects = new Map<string, Map<number, number>>();
      for (const { project, day, usd } of days()) {
        const key = rule.by === "all" ? "" : project;
        if (rule.only !== undefined && rule.only !== key) continue;
        const history = projects.get(key) ?? new Map<number, number>();
        history.set(day, (history.get(day) ?? 0) + usd);
        projects.set(key, history);
      }
      return [...projects].flatMap(([key, history]): Finding[] => {
        const usual = ordinary(history, today, rule.threshold);
        if (usual === undefined) return [];
        const value = history.get(today) ?? 0;
        const bound = Math.max(usual.bound, rule.min_usd);
        const labels = { ...labelsOf(rule.by, key), median: usual.median.toFixed(2), days: String(usual.days) };
        return [{ key, labels, value, threshold: bound, unit: "usd", level: value > bound ? "bad" : "clear" }];
      });
    },
  };
}

/** How a request or, by upstream, an attempt ended. */
function ended(fact: Fact, by: AlertDimension): { readonly key: string; readonly verdict: Verdict } | undefined {
  if (by === "upstream") {
    if (fact.kind !== "attempt") return undefined;
    const { x, verdict } = fact as AttemptFact;
    return x.target === undefined ? undefined : { key: x.target.name, verdict };
  }
  if (fact.kind !== "request") return undefined;
  return { key: keyOf(fact as RequestFact, by), verdict: (fact as RequestFact).verdict };
}

/** A model that nobody knows is the caller's mistake; one of the price table that an upstream does not have is trouble. */
function misnamed(fact: Fact, verdict: Verdict): boolean {
  if (verdict !== "model-missing") return false;
  const { look } = (fact as AttemptFact | RequestFact).x;
  return findModel(look.model ?? "") === undefined;
}

function keyOf({ x, upstream }: RequestFact, by: AlertDimension): string {
  if (by === "project") return x.principal?.project ?? "none";
  if (by === "upstream") return upstream ?? "none";
  return by === "model" ? (findModel(x.look.model ?? "")?.id ?? "other") : "";
}

function labelsOf(by: AlertDimension, key: string): { readonly [name: string]: string } {
  return by === "all" ? {} : { [by]: key };
}

function usdOf(fact: Fact, wall: number, prices: Prices): number | undefined {
  if (fact.kind !== "request") return undefined;
  const { answer, reused, x } = fact as RequestFact;
  if (answer?.usage === undefined || reused !== undefined || x.look.dialect !== "claude") return undefined;
  return costOf(answer.usage, answer.model ?? x.look.model ?? "", { atMs: wall, prices }).picoUsd * PICO;
}
