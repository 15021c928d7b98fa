// A world: clients, instances of one subject, platforms, one clock and one seed. The same seed gives the same history.

import { type CircuitFact, type Exchange, type Look, newTally, type Priority, type Target } from "@fairlead/engine";
import { Bus, exponential, type Fact, forkSeed, pick, type Random, type Runtime, Signal } from "@fairlead/runtime";
import { Client } from "./client.ts";
import { count } from "./figures.ts";
import { History } from "./history.ts";
import { Invariants, isProbe, rowOf } from "./invariants.ts";
import { InstanceClock, Network, type NetworkPlan, networkOf } from "./network.ts";
import { Platform, type PlatformHooks, type PlatformPlan } from "./platform.ts";
import type { Instance, Setting, Subject } from "./subject.ts";
import { WorldClock } from "./world-clock.ts";

/** What a world is made of. */
export interface WorldPlan {
  readonly seed: string;
  readonly subject: Subject;
  readonly instances: number;
  readonly platforms: readonly PlatformPlan[];
  /** How long a client finds an answer useful, until its first content, milliseconds. It says so; what is later has failed. */
  readonly patienceMs: number;
  readonly setting?: Setting;
  readonly hooks?: Partial<PlatformHooks>;
  /** The network and the clocks. Default: nothing wrong, but in the worlds of a goal's fresh seeds. */
  readonly network?: NetworkPlan;
  /** Targets of an instance, in place of its faces of the platforms. */
  readonly targets?: (world: World, instance: number) => readonly Target[];
  /** Hears every fact of every instance. */
  readonly facts?: (fact: Fact, instance: number) => void;
}

/** What differs between requests. */
export interface Ask {
  /** For the history. */
  readonly tag?: number;
  /** Which instance takes it; default by chance. */
  readonly instance?: number;
  readonly project?: string;
  readonly priority?: Priority;
  readonly headers?: readonly string[];
  readonly body?: Buffer;
  readonly look?: Look;
  /** How long this client waits, in place of the world's patience, milliseconds. */
  readonly patienceMs?: number;
  /** What else is not as usual: another path, a key. */
  readonly more?: Partial<Exchange>;
  /** Called when the request is over. */
  readonly over?: (row: number) => void;
}

const BODY = Buffer.from('{"model":"claude-sonnet-5-5","stream":true,"max_tokens":1024,"messages":[]}');
const LOOK: Look = {
  dialect: "claude",
  model: "claude-sonnet-5-5",
  modelSpans: [[9, 28]],
  stream: true,
  maxTokens: 1_024,
  userId: undefined,
};
const NO_HEADERS: readonly string[] = [];
/** A world that is over has this long for all that is still under way, milliseconds. */
const DRAIN_MS = 3_600_000;

/** A world of one run. */
export class World {
  readonly clock = new WorldClock();
  readonly history = new History();
  readonly invariants = new Invariants(this.history);
  readonly network: Network;
  readonly platforms: readonly Platform[];
  readonly plan: WorldPlan;
  readonly buses: Bus[] = [];
  readonly #instances: Instance[] = [];
  readonly #start: (index: number) => Instance;
  readonly #chance: Random;
  /** Why requests failed, and how many. */
  readonly whys = new Map<string, number>();
  /** Facts of circuits, and how many. */
  readonly circuits = new Map<string, number>();
  /** Copies of requests that were sent to find out whether a platform is well. */
  probes = 0;
  /** Requests under way. */
  open = 0;
  /** True once no more clients come. */
  closed = false;

  constructor(plan: WorldPlan) {
    this.plan = plan;
    this.#chance = this.random("clients");
    this.network = new Network(
      plan.network ?? networkOf(plan.seed, this.random("network plan")),
      this.random("network"),
    );
    const hooks: { -readonly [K in keyof PlatformHooks]: PlatformHooks[K] } = {
      ...plan.hooks,
      sent: (x, target, instance) => {
        const row = rowOf(x);
        if (isProbe(x)) {
          this.probes += 1;
          return;
        }
        const { history } = this;
        history.attempts[row] = (history.attempts[row] as number) + 1;
        history.sent[row] = this.clock.now();
        if (plan.subject.ours) this.invariants.sent(x, target, instance, row, this.clock.now());
        plan.hooks?.sent?.(x, target, instance);
      },
      good: (x, target, instance) => {
        if (isProbe(x)) return;
        if (plan.subject.ours) this.invariants.good(target, instance);
        plan.hooks?.good?.(x, target, instance);
      },
    };
    hooks.trip ??= (instance, platform) => this.network.trip(instance, platform);
    const usage = plan.hooks?.usage;
    if (usage !== undefined) hooks.usage = (x, target) => (isProbe(x) ? undefined : usage(x, target));
    this.platforms = plan.platforms.map(
      (one) => new Platform(one, this.clock, this.random(`platform ${one.name}`), hooks),
    );
    const upstreams = plan.platforms.map(({ name }) => name);
    const settled = plan.subject.settle({ upstreams, ...plan.setting });
    this.#start = (index) => {
      const bus = new Bus();
      bus.listen((fact) => {
        this.invariants.fact(fact);
        if (fact.kind === "circuit") {
          const { upstream, scope, state } = fact as CircuitFact;
          count(this.circuits, `${upstream} ${scope} ${state}`);
        }
        plan.facts?.(fact, index);
      });
      this.buses[index] = bus;
      const clock = new InstanceClock(this.clock, this.network.plan, this.random(`wall ${index}`));
      const rt: Runtime = { clock, random: this.random(`instance ${index}`), bus, emit: bus.emit };
      const targets = plan.targets?.(this, index) ?? this.platforms.map((platform) => platform.face(index));
      const attemptMs = plan.setting?.headMs ?? plan.patienceMs;
      return settled({ rt, targets, index, instances: plan.instances, attemptMs });
    };
    for (let i = 0; i < plan.instances; i++) this.#instances.push(this.#start(i));
  }

  /** Chance of its own for one part of the world. */
  random(name: string): Random {
    return forkSeed(this.plan.seed, name);
  }

  /** The first platform. */
  get primary(): Platform {
    return this.platforms[0] as Platform;
  }

  /** Does something at a time. */
  at(ms: number, run: () => void): void {
    this.clock.timer(ms - this.clock.now(), run);
  }

  /** Replaces an instance by a new one without memory, as a restart does. */
  restart(index: number): void {
    this.#instances[index] = this.#start(index);
  }

  /** Requests that arrive by chance, `perSecond(now)` of them a second on average, from one time to another. */
  arrivals(
    from: number,
    to: number,
    perSecond: number | ((now: number) => number),
    most: number,
    ask: () => Ask,
  ): void {
    const random = this.random(`arrivals ${from} ${most}`);
    const next = () => {
      const now = this.clock.now();
      if (now >= to || this.closed) return;
      if (typeof perSecond === "number" || random.next() * most < perSecond(now)) this.ask(ask());
      this.clock.timer(exponential(random, 1_000 / most), next);
    };
    this.at(from, next);
  }

  /** A client asks. Returns the request's row. */
  ask(ask: Ask): number {
    const now = this.clock.now();
    const index = ask.instance ?? pick(this.#chance, this.plan.instances);
    const row = this.history.add(now, index, ask.tag ?? 0);
    const signal = new Signal();
    const x: Exchange = {
      id: `r${row}`,
      attempt: 0,
      method: "POST",
      path: "/v1/messages",
      headers: ask.headers ?? NO_HEADERS,
      body: ask.body ?? BODY,
      look: ask.look ?? LOOK,
      principal: { project: ask.project ?? "web", keyId: "fl-1" },
      signal,
      deadline: now + (ask.patienceMs ?? this.plan.patienceMs),
      once: false,
      callerRetries: 0,
      target: undefined,
      priority: ask.priority ?? "interactive",
      tally: newTally(),
      tried: [],
      ...ask.more,
    };
    this.open += 1;
    new Client(this, row, x.deadline, signal, ask.over).go((this.#instances[index] as Instance).run(x));
    return row;
  }

  /** What a replay tells of it, under a name. */
  story(name: string): string {
    const words = (map: Map<string, number>) => [...map].map(([what, times]) => `${what} ${times}`).join(", ");
    const sent = this.platforms.map(({ plan, attempts }) => `${plan.name} ${attempts}`).join(", ");
    return `${name}: ${this.history.count} requests; sent: ${sent}, ${this.probes} of them probes; failed: ${words(this.whys)}; circuits: ${words(this.circuits)}`;
  }

  /** Runs to a time, looking every `stepMs` whether enough has been seen; then nobody comes any more. Drains as `run` does. */
  async runUntil(to: number, stepMs: number, enough: () => boolean): Promise<void> {
    let at = this.clock.now();
    while (at < to && !enough()) {
      at = Math.min(to, at + stepMs);
      await this.clock.runTo(at);
    }
    this.closed = true;
    await this.run(at);
  }

  /** Runs to a time, then until nobody waits any more, and checks what must hold at the end. */
  async run(to: number): Promise<void> {
    await this.clock.runTo(to);
    for (const platform of this.platforms) {
      platform.fault = undefined;
      platform.slowShare = 0;
      platform.slots = platform.plan.slots;
      platform.next();
    }
    await this.clock.runTo(to + DRAIN_MS);
    const { invariants, clock } = this;
    if (this.open !== 0) invariants.broken(`${this.open} requests never ended`, to);
    for (const { plan, busy, queued } of this.platforms) {
      if (busy !== 0 || queued !== 0) invariants.broken(`${plan.name} still serves ${busy} and queues ${queued}`, to);
    }
    if (clock.waiting > 0) invariants.broken(`${clock.waiting} timers are left`, clock.now());
    for (const [index, instance] of this.#instances.entries()) {
      for (const words of instance.held?.() ?? []) invariants.broken(`instance ${index}: ${words}`, to);
    }
    for (const bus of this.buses) if (bus.faults > 0) invariants.broken(`a listener failed ${bus.faults} times`, to);
    invariants.over(to, this.plan.subject.ours);
  }
}
