// The alerts of one gateway: rules are looked at again and again, what they find is gathered, and told to who wants it.

import { type Fact, newId, type Runtime, type Timer } from "@fairlead/runtime";
import type { Alert, Severity } from "./alert.ts";
import { SEVERITIES } from "./alert.ts";
import type { AlertOptions, AlertRule, Mute } from "./alert-options.ts";
import { Delivery, type DeliveryNews, sendOnce } from "./delivery.ts";
import { Lifecycle } from "./lifecycle.ts";
import { quietAt } from "./quiet-hours.ts";
import type { DaySpend } from "./unusual-day.ts";
import { type AlertSources, type Watcher, watcher } from "./watchers.ts";

/** What alerts need besides their options. */
export interface AlertsIo {
  readonly sources: AlertSources;
  /** True for the first instance that claims a key within its time; rejects when nobody can say. */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /** Which gateway speaks; asked when there is something to say. */
  readonly instance: () => string;
  /** How a message is sent; tests put another way in its place. */
  readonly send?: typeof sendOnce;
}

/** What happened to an alert, as metrics count it. */
export interface AlertFact extends Fact {
  readonly kind: "alert";
  readonly rule: string;
  readonly severity: Severity;
  readonly what: "fired" | "again" | "resolved" | "event" | "muted" | "claimed";
  readonly fingerprint: string;
}

/** How a message went. */
export interface AlertDeliveryFact extends Fact, DeliveryNews {
  readonly kind: "alert-delivery";
}

/** Alerts that one message lists at most; the rest is counted. */
const MAX_LISTED = 20;
/** Alerts kept over quiet hours at most. */
const MAX_HELD = 200;
/** Alerts gathered into one message at most. */
const MAX_GATHERED = 500;
/** How often the ledger is asked for the days, milliseconds. */
const DAYS_EVERY_MS = 60_000;
/** How long an answer to a claim is waited for: then it is told, for twice is better than not at all. */
const CLAIM_MS = 2_000;
/** Ticks of the instances may be apart by this much, milliseconds. */
const CLAIM_SLACK_MS = 5_000;

interface RuleAtWork {
  readonly rule: AlertRule;
  /** The rule and the options that it works with, to know whether others are others. */
  readonly says: string;
  readonly watcher: Watcher;
  readonly lifecycle: Lifecycle;
}

interface Channel {
  readonly delivery: Delivery;
  readonly from: Severity;
  readonly name: string;
  readonly language: AlertOptions["language"];
  /** The target and its time-out, to know whether another is another. */
  readonly says: string;
  /** Alerts that wait for the group's time, or for the end of quiet hours, by fingerprint: the newest of each. */
  readonly held: Map<string, Alert>;
  /** What was told before quiet hours and ended in them: its end is owed, whatever comes and goes after it. */
  readonly owed: Set<string>;
  readonly gathering: Alert[];
  timer: Timer | undefined;
}

/** What the ledger said of the days, and when it was asked. */
interface Days {
  list: readonly DaySpend[];
  at: number;
}

/** What goes over from former options to new ones. */
interface Known {
  readonly rules: readonly RuleAtWork[];
  readonly channels: readonly Channel[];
  readonly days: Days;
}

/** Starts looking when made; `leave` ends that and tells what is left, `close` ends it all. */
export class Alerts {
  readonly #options: AlertOptions;
  readonly #rt: Runtime;
  readonly #io: AlertsIo;
  readonly #rules: readonly RuleAtWork[];
  readonly #listeners: ReadonlyArray<(fact: Fact) => void>;
  readonly #channels: readonly Channel[];
  readonly #quiet: ((wall: number) => boolean) | undefined;
  readonly #days: Days;
  readonly #claims = new Set<Promise<void>>();
  #ticker: Timer;
  #leaving = false;
  #closed = false;

  /** @param before those of the options until now: what is the same goes on with what it knows, what they hold is told */
  constructor(options: AlertOptions, rt: Runtime, io: AlertsIo, before?: Alerts) {
    this.#options = options;
    this.#rt = rt;
    this.#io = io;
    const { rules, channels, days } = before === undefined ? nothing() : before.#known();
    this.#days = days;
    const { margin, repeat, resolve_after } = options;
    this.#rules = options.rules.map((rule) => {
      const says = JSON.stringify([rule, margin, repeat, resolve_after]);
      const same = rules.find((one) => one.says === says);
      const watching = same?.watcher ?? watcher(rule, margin, rt, io.sources, () => days.list);
      return { rule, says, watcher: watching, lifecycle: same?.lifecycle ?? new Lifecycle(rule, options) };
    });
    this.#listeners = this.#rules.flatMap(({ watcher: { listen } }) => (listen === undefined ? [] : [listen]));
    this.#quiet = options.quiet === undefined ? undefined : quietAt(options.quiet);
    this.#channels = options.targets.map((target) => {
      const says = JSON.stringify([target, options.timeout]);
      const known = channels.find(({ name }) => name === target.name);
      return {
        delivery:
          known?.says === says
            ? known.delivery
            : new Delivery(target, options.timeout, rt, (news) => this.#delivered(news), io.send ?? sendOnce),
        from: target.from,
        name: target.name,
        language: target.language ?? options.language,
        says,
        held: known?.held ?? new Map(),
        owed: known?.owed ?? new Set(),
        gathering: [],
        timer: undefined,
      };
    });
    this.#ticker = rt.clock.timer(options.check, () => this.#tick());
  }

  #known(): Known {
    return { rules: this.#rules, channels: this.#channels, days: this.#days };
  }

  /** Hears facts; put it on the bus. */
  readonly listen = (fact: Fact): void => {
    if (fact.kind !== "request" && fact.kind !== "attempt") return;
    for (const listener of this.#listeners) listener(fact);
  };

  /** How many alerts fire now, by rule. */
  firing(): ReadonlyArray<{ readonly rule: string; readonly severity: Severity; readonly count: number }> {
    return this.#rules.map(({ rule, lifecycle }) => ({
      rule: rule.name,
      severity: rule.severity,
      count: lifecycle.firing,
    }));
  }

  /** Targets and whether the last message to them arrived; those that got none yet are left out. */
  targets(): ReadonlyArray<{ readonly target: string; readonly up: boolean }> {
    return this.#channels.flatMap(({ name, delivery: { up } }) => (up === undefined ? [] : [{ target: name, up }]));
  }

  /**
   * Stops looking and sends what is gathered; resolves when all of it arrived or was given up. An alert that was claimed is
   * told by nobody else.
   */
  async leave(): Promise<void> {
    this.#leaving = true;
    this.#ticker.cancel();
    for (const channel of this.#channels) this.#send(channel);
    await Promise.all(this.#claims);
    await Promise.all(this.#channels.map(({ delivery }) => delivery.idle()));
  }

  /** Gives up what is left. */
  close(): void {
    this.#closed = true;
    this.#ticker.cancel();
    for (const { timer, delivery } of this.#channels) {
      timer?.cancel();
      delivery.close();
    }
  }

  #tick(): void {
    if (this.#closed || this.#leaving) return;
    const now = this.#rt.clock.now();
    const wall = this.#rt.clock.wall();
    this.#askDays(now);
    for (const { rule, watcher: watching, lifecycle } of this.#rules) {
      for (const finding of watching.events?.() ?? []) this.#tell(rule, lifecycle.alert(finding, "event", wall, wall));
      for (const alert of lifecycle.step(watching.check(now, wall), now, wall)) {
        const claim = this.#claimed(rule, alert).finally(() => this.#claims.delete(claim));
        this.#claims.add(claim);
      }
    }
    if (this.#quiet?.(wall) !== true) for (const channel of this.#channels) this.#release(channel);
    this.#ticker = this.#rt.clock.timer(this.#options.check, () => this.#tick());
  }

  #askDays(now: number): void {
    const wanted = this.#rules.some(
      ({ rule }) => rule.when === "unusual_day" || (rule.when === "spend" && rule.per === "day"),
    );
    if (!wanted || now - this.#days.at < DAYS_EVERY_MS) return;
    this.#days.at = now;
    this.#io.sources.days().then(
      (days) => {
        this.#days.list = days;
      },
      // The store is down; what it said last stands, and another rule tells of it.
      () => undefined,
    );
  }

  /** Tells an alert unless another instance has told it. */
  async #claimed(rule: AlertRule, alert: Alert): Promise<void> {
    const { repeat, resolve_after, check } = this.#options;
    // Instances look at other moments, up to one look apart; the same alert comes again after two looks at the soonest.
    const apart = Math.max(CLAIM_SLACK_MS, check * 1.5);
    const ttl = Math.max(apart, (alert.state === "again" ? repeat : resolve_after) - CLAIM_SLACK_MS);
    const first = await this.#first(`alert:${alert.state}:${alert.fingerprint}`.slice(0, 200), ttl);
    if (this.#closed) return;
    if (first) this.#tell(rule, alert);
    else this.#emit(alert, "claimed");
  }

  #first(key: string, ttlMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#rt.clock.timer(CLAIM_MS, () => resolve(true));
      const end = (first: boolean) => {
        timer.cancel();
        resolve(first);
      };
      this.#io.claim(key, ttlMs).then(end, () => end(true));
    });
  }

  #tell(rule: AlertRule, alert: Alert): void {
    const wall = this.#rt.clock.wall();
    if (rule.mute || this.#options.mutes.some((mute) => mutes(mute, alert, wall))) {
      this.#emit(alert, "muted");
      return;
    }
    this.#emit(alert, alert.state === "firing" ? "fired" : alert.state);
    for (const channel of this.#channels) {
      if (rank(alert.severity) < rank(channel.from)) continue;
      if (rule.targets !== undefined && !rule.targets.includes(channel.name)) continue;
      this.#hand(channel, alert, wall);
    }
  }

  #hand(channel: Channel, alert: Alert, wall: number): void {
    const { quiet } = this.#options;
    if (quiet !== undefined && this.#quiet?.(wall) === true && rank(alert.severity) < rank(quiet.unless)) {
      const before = channel.held.get(alert.fingerprint);
      if (alert.state === "resolved" && before === undefined && channel.owed.size < MAX_HELD)
        channel.owed.add(alert.fingerprint);
      // What began and ended in quiet hours need not be told.
      if (alert.state === "resolved" && before?.state === "firing" && !channel.owed.has(alert.fingerprint))
        channel.held.delete(alert.fingerprint);
      else if (alert.state === "resolved" && before !== undefined) channel.held.set(alert.fingerprint, alert);
      else if (before?.state === "firing") channel.held.set(alert.fingerprint, { ...alert, state: "firing" });
      else if (channel.held.size < MAX_HELD) channel.held.set(alert.fingerprint, alert);
      return;
    }
    this.#gather(channel, alert);
  }

  #release(channel: Channel): void {
    if (channel.held.size === 0) return;
    const held = [...channel.held.values()];
    channel.held.clear();
    channel.owed.clear();
    for (const alert of held) this.#gather(channel, alert);
  }

  #gather(channel: Channel, alert: Alert): void {
    if (channel.gathering.length < MAX_GATHERED) channel.gathering.push(alert);
    if (this.#leaving) this.#send(channel);
    else channel.timer ??= this.#rt.clock.timer(this.#options.group, () => this.#send(channel));
  }

  /** Sends what is gathered as one message. */
  #send(channel: Channel): void {
    channel.timer?.cancel();
    channel.timer = undefined;
    if (channel.gathering.length === 0) return;
    const all = channel.gathering.splice(0).sort((a, b) => rank(b.severity) - rank(a.severity));
    channel.delivery.push({
      id: newId(this.#rt.random, "alr_"),
      alerts: all.slice(0, MAX_LISTED),
      more: Math.max(0, all.length - MAX_LISTED),
      language: channel.language,
      at: this.#rt.clock.wall(),
      instance: this.#io.instance(),
      test: false,
    });
  }

  #emit({ rule, severity, fingerprint }: Alert, what: AlertFact["what"]): void {
    const fact: AlertFact = { kind: "alert", at: this.#rt.clock.now(), rule, severity, what, fingerprint };
    this.#rt.emit(fact);
  }

  #delivered(news: DeliveryNews): void {
    const fact: AlertDeliveryFact = { kind: "alert-delivery", at: this.#rt.clock.now(), ...news };
    this.#rt.emit(fact);
  }
}

function nothing(): Known {
  return { rules: [], channels: [], days: { list: [], at: Number.NEGATIVE_INFINITY } };
}

function mutes({ rule, project, upstream, until }: Mute, alert: Alert, wall: number): boolean {
  if (until !== undefined && wall >= until) return false;
  if (rule !== undefined && rule !== alert.rule) return false;
  if (project !== undefined && project !== alert.labels.project) return false;
  return upstream === undefined || upstream === alert.labels.upstream;
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
