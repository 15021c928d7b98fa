// Admission: which attempts go now and which wait, by the fair queue, the platforms' learned limits and the upstream quota.

import type { Runtime, Timer } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { Bag } from "../mechanics/bag.ts";
import { type Entry, FairQueue, QUEUE_NUMBERS } from "../mechanics/fair-queue.ts";
import { PeakEwma } from "../mechanics/peak-ewma.ts";
import type { Predictor } from "../mechanics/predictor.ts";
import type { Quota, Reservation } from "../mechanics/quota.ts";
import { costOf } from "../mechanics/virtual-counter.ts";
import { type Failure, failure } from "../outcome.ts";
import { VERDICTS } from "../verdict.ts";
import type { Balancer } from "./balancer.ts";
import { type Books, type Estimate, Grant } from "./grant.ts";
import type { Health } from "./health.ts";
import { type Learned, type Load, learned, type QueueRefusal } from "./learned.ts";
import { QueuedPlace } from "./queued-place.ts";
import type { Quotas } from "./quotas.ts";
import { queueFull, queueWaited, refusal, unreachable } from "./refusal.ts";
import type { Desk, NoStep, Router } from "./router.ts";
import type { Target } from "./target.ts";

/** The numbers of admission. */
export interface AdmissionNumbers {
  /** Requests that may wait at once. */
  readonly queue: number;
  /** Longest wait of an interactive request, milliseconds; the other classes wait as many times longer as in `QUEUE_NUMBERS`. */
  readonly waitMs: number;
}

/** Somebody in the queue. */
interface Waiter {
  readonly x: Exchange;
  readonly router: Router;
  readonly estimate: Estimate;
  readonly answer: (got: Grant | Failure) => void;
  chosen: Target | undefined;
  ticket: Entry<Waiter> | undefined;
}

/** How long room is expected to take where a conversation is, milliseconds, to weigh against the price of moving it. */
const ROOM_MS = 1_000;
/** Longest pause between two looks at a queue that is not empty, milliseconds: rates and probes make room without telling. */
const LOOK_MS = 100;
/** Running streams go on the books this often, milliseconds. */
const TRUE_UP_MS = 1_000;

/** Decides who goes. One per engine; its routers may be many. */
export class Admission implements Books, Desk {
  readonly quotas: Quotas;
  readonly balancer: Balancer;
  readonly predictor: Predictor;
  readonly learned: Learned;
  /** Requests refused so far because of the queue, by reason. */
  readonly refused: { [R in QueueRefusal]: number };
  readonly #rt: Runtime;
  readonly #health: Health;
  readonly #queue: FairQueue<Waiter>;
  readonly #running = new Bag<Grant>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #trueUp: Timer | undefined;
  #pumping = false;
  #paceMs = 0;

  constructor(
    rt: Runtime,
    health: Health,
    quotas: Quotas,
    balancer: Balancer,
    numbers: AdmissionNumbers,
    known: Learned = learned(),
  ) {
    this.learned = known;
    this.predictor = known.predictor;
    this.refused = known.refused;
    this.#rt = rt;
    this.#health = health;
    this.quotas = quotas;
    this.balancer = balancer;
    const scale = numbers.waitMs / QUEUE_NUMBERS.maxWaitMs.interactive;
    const { interactive, agent, background, batch } = QUEUE_NUMBERS.maxWaitMs;
    this.#queue = new FairQueue<Waiter>({
      capacity: numbers.queue,
      maxWaitMs: {
        interactive: interactive * scale,
        agent: agent * scale,
        background: background * scale,
        batch: batch * scale,
      },
    });
  }

  /** Attempts under way, by name of the target. */
  carried(): ReadonlyArray<{ readonly upstream: string; readonly inFlight: number }> {
    return [...this.learned.loads].map(([upstream, { inFlight }]) => ({ upstream, inFlight }));
  }

  /** Those who wait, by class and tenant. */
  get queue(): Pick<FairQueue<unknown>, "size" | "snapshot"> {
    return this.#queue;
  }

  /** What a request will draw, as far as can be told beforehand; the same for all its attempts. */
  estimate(x: Exchange): Estimate {
    x.tally.estimate ??= this.#estimated(x);
    return x.tally.estimate;
  }

  #estimated(x: Exchange): Estimate {
    const { model = "", stream, maxTokens } = x.look;
    const route = { model, stream, thinking: false, bytes: x.body?.length ?? 0 };
    return { route, cost: this.predictor.cost(route, maxTokens) };
  }

  /** Whether a target could take the request now. */
  room(x: Exchange, target: Target, now: number = this.now()): boolean {
    const model = x.look.model ?? "";
    if (!this.#health.room(target, model, now)) return false;
    return this.quotas.waitMs(target, model, now, this.estimate(x).cost) === 0;
  }

  rank(x: Exchange, targets: readonly Target[]): readonly Target[] {
    if (targets.length < 2) return targets;
    const model = x.look.model ?? "";
    const now = this.#rt.clock.now();
    return this.balancer.rank(x, targets, {
      fit: (target) => this.#health.unfit(target, model) === undefined,
      inFlight: (target) => this.learned.loads.get(target.name)?.inFlight ?? 0,
      share: (target) => this.#health.share(target, model),
      weight: (target) => this.#health.orders.weight(target),
      headroom: (target) => this.quotas.of(target, model).headroom(now),
      latency: (target) => this.learned.loads.get(target.name)?.latency.value(now) ?? 1,
    });
  }

  stays(x: Exchange, _target: Target): boolean {
    return x.tried.length === 0 && this.balancer.stayOrMove(x, ROOM_MS) === "stay";
  }

  hold(x: Exchange): { readonly target: string; readonly why: string } | undefined {
    return this.balancer.hold(x);
  }

  begun(x: Exchange, target: Target, ratio: number, firstMs: number, now: number): void {
    const load = this.#load(target);
    load.latency.sample(ratio, now);
    // A conversation is not where a copy of its request was tried.
    if (x.probe === true) return;
    this.balancer.served(x, target);
    this.balancer.measured(target, firstMs, now);
  }

  cached(x: Exchange, target: Target, tokens: number): void {
    if (x.probe !== true) this.balancer.cached(x, target, tokens);
  }

  /** Lets a request go to a target at once, if nobody waits before it and there is room. */
  enter(x: Exchange, target: Target): Grant | undefined {
    if (this.#queue.size > 0 && x.tried.length === 0) return undefined;
    const estimate = this.estimate(x);
    const now = this.now();
    const model = x.look.model ?? "";
    if (!this.#health.room(target, model, now)) return undefined;
    const quota = this.quotas.of(target, model);
    const booking = quota.reserve(now, estimate.cost);
    if (booking === undefined) return undefined;
    // Who need not wait has used its share all the same.
    if (x.tried.length === 0 && x.probe !== true)
      this.#queue.passed(x.priority, tenantOf(x), costOfEstimate(estimate), now);
    return this.#granted(x, target, estimate, quota, booking, now);
  }

  /** Waits for a turn. Resolves with a grant, or with why there is none; never rejects. */
  wait(x: Exchange, router: Router): Promise<Grant | Failure> {
    const { clock } = this.#rt;
    const since = clock.now();
    const estimate = this.estimate(x);
    return new Promise((resolve) => {
      let settled = false;
      let stop = () => {};
      let place: QueuedPlace | undefined;
      const answer = (got: Grant | Failure) => {
        if (settled) return;
        settled = true;
        stop();
        if (x.tally.queued === place) x.tally.queued = undefined;
        const now = clock.now();
        x.tally.queuedMs += now - since;
        const gone = got instanceof Grant;
        const step = { at: now, ms: now - since, upstream: gone ? got.target.name : undefined };
        x.tally.steps.push({ ...step, what: gone ? "queued" : "refused", why: gone ? "no room" : (got.code ?? "") });
        resolve(got);
      };
      const home = x.target ?? router.home(x);
      const answerMs = home === undefined ? 0 : this.#health.durationMs(home, x.look.model ?? "");
      // One queue for all models: the slowest of those that wait sets its pace.
      this.#paceMs = this.#queue.size === 0 ? answerMs : Math.max(answerMs, this.#paceMs);
      this.#queue.pace(this.#paceMs);
      const waiter: Waiter = { x, router, estimate, answer, chosen: undefined, ticket: undefined };
      const asked = this.#queue.push(
        {
          item: waiter,
          priority: x.priority,
          tenant: tenantOf(x),
          lane: this.#laneOf(x, home),
          // Where answers take long, so do turns.
          waitMs: 2 * answerMs,
          cost: costOfEstimate(estimate),
          deadline: x.deadline,
          resumed: x.tried.length > 0,
        },
        since,
      );
      if (asked.refused !== undefined) {
        x.tally.steps.push({ at: since, what: "refused", upstream: undefined, ms: 0, why: asked.refused });
        this.refused[asked.refused] += 1;
        resolve(asked.refused === "full" ? queueFull(x, this.#queue.size, this.#expectedMs()) : unreachable(x, since));
        return;
      }
      const { ticket, displaced } = asked;
      waiter.ticket = ticket;
      place = new QueuedPlace(this.#queue, ticket, clock);
      x.tally.queued = place;
      stop = x.signal.onAbort((reason) => {
        this.#queue.leave(ticket, clock.now());
        // The deadline calls off what the queue would have dropped in the same moment.
        const late = reason === "deadline";
        if (late) this.refused.deadline += 1;
        answer(late ? unreachable(x, since) : failure("client_gone", {}, { local: true }));
      });
      if (displaced !== undefined) {
        this.refused.full += 1;
        displaced.item.answer(queueFull(displaced.item.x, this.#queue.size, this.#expectedMs()));
      }
      if (!settled) this.#pump();
    });
  }

  /** Those who need the same: the model, the place of the conversation, and what was tried and may not be again. */
  #laneOf(x: Exchange, home: Target | undefined): string {
    return `${x.look.model ?? ""} ${home?.name ?? ""} ${x.tried.map((one) => one.target?.name).join(" ")}`;
  }

  charge(x: Exchange, input: number, output: number, now: number): void {
    this.#queue.charge(x.priority, tenantOf(x), costOf(1, 0) * input + costOf(0, 1) * output, now);
  }

  freed(grant: Grant): void {
    this.#running.delete(grant);
    this.#load(grant.target).inFlight -= 1;
    if (this.#queue.size > 0) this.#pump();
  }

  /** Content came, or a probe did: limits may have grown. */
  stirred(): void {
    if (this.#queue.size > 0) this.#pump();
  }

  spread(): number {
    return 0.5 + this.#rt.random.next();
  }

  now(): number {
    return this.#rt.clock.now();
  }

  #grant(x: Exchange, target: Target, estimate: Estimate): Grant {
    const now = this.now();
    const quota = this.quotas.of(target, x.look.model ?? "");
    // Not the deadline's time: that ends with the first content, and what a long stream writes after it must be charged too.
    return this.#granted(x, target, estimate, quota, quota.reserve(now, estimate.cost), now);
  }

  #granted(
    x: Exchange,
    target: Target,
    estimate: Estimate,
    quota: Quota,
    booking: Reservation | undefined,
    now: number,
  ): Grant {
    const model = x.look.model ?? "";
    const sound = !this.#health.limited(target, model);
    const sizeMs = this.predictor.sizeMs(estimate.route, estimate.cost.input);
    const slot = this.#health.slot(target, model, sizeMs, now);
    const grant = new Grant(this, x, target, slot, quota, booking, estimate, sound);
    this.#running.add(grant);
    this.#load(target).inFlight += 1;
    if (this.#trueUp === undefined && quota.limited) this.#watchStreams();
    return grant;
  }

  /** Gives turns to all who fit, tells those who were dropped, and sets the next look. */
  #pump(): void {
    // A turn given may end at once and free its place again while this loop runs.
    if (this.#pumping) return;
    this.#pumping = true;
    const { clock } = this.#rt;
    let lost: { readonly waiter: Waiter; readonly why: NoStep } | undefined;
    const fits = (waiter: Waiter): boolean => {
      const chosen = waiter.router.choose(waiter.x);
      if (!("none" in chosen)) {
        waiter.chosen = chosen;
        return true;
      }
      if (chosen.none !== "busy") lost ??= { waiter, why: chosen };
      return false;
    };
    for (;;) {
      lost = undefined;
      const entry: Entry<Waiter> | undefined = this.#queue.take(clock.now(), fits);
      if (entry !== undefined) {
        const { x, chosen, estimate, answer } = entry.item;
        const target = chosen as Target;
        answer(
          this.#paid(x, target) ? this.#grant(x, target, estimate) : refusal(x, { none: "ill", unfit: undefined }),
        );
      } else if (lost === undefined) break;
      else {
        // What was waited for will not come: a probe failed, say. Better told now than at the end of the wait.
        const { waiter, why }: { readonly waiter: Waiter; readonly why: NoStep } = lost;
        if (waiter.ticket !== undefined) this.#queue.leave(waiter.ticket, clock.now());
        waiter.answer(refusal(waiter.x, why));
      }
    }
    for (const { entry, why } of this.#queue.sweep(clock.now())) {
      const { x } = entry.item;
      this.refused[why] += 1;
      entry.item.answer(
        why === "deadline"
          ? unreachable(x, entry.since)
          : queueWaited(x, clock.now() - entry.since, this.#expectedMs()),
      );
    }
    this.#pumping = false;
    this.#look();
  }

  /** The retry paid for a repeat where it chose to go; a turn elsewhere, where it was tried before, is a repeat as well. */
  #paid(x: Exchange, target: Target): boolean {
    if (target === x.target) return true;
    const before = x.tried.findLast((one) => one.target === target)?.failure;
    if (before === undefined) return true;
    const cost = before.unsent ? 0 : VERDICTS[before.verdict].cost;
    return this.#health.draw(target, x.look.model ?? "", cost, x.priority);
  }

  #look(): void {
    const { clock } = this.#rt;
    if (this.#queue.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#timerAt = Number.POSITIVE_INFINITY;
      return;
    }
    const now = clock.now();
    const at = now + Math.max(1, Math.min(this.#queue.nextSweepMs(now), LOOK_MS));
    if (this.#timer !== undefined && this.#timerAt <= at && this.#timerAt > now) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = clock.timer(at - now, () => {
      this.#timer = undefined;
      this.#pump();
    });
  }

  #load(target: Target): Load {
    let load = this.learned.loads.get(target.name);
    if (load === undefined) {
      load = { inFlight: 0, latency: new PeakEwma() };
      this.learned.loads.set(target.name, load);
    }
    return load;
  }

  #watchStreams(): void {
    this.#trueUp = this.#rt.clock.timer(TRUE_UP_MS, () => {
      this.#trueUp = undefined;
      const now = this.#rt.clock.now();
      for (const grant of this.#running.all()) grant.trueUp(now);
      if (this.#running.size > 0) this.#watchStreams();
    });
  }

  /** When somebody who comes last now would have its turn, milliseconds, 1 s to 60 s: an honest Retry-After. */
  #expectedMs(): number {
    const ms = this.#queue.expectedWaitMs(this.#queue.size, this.#rt.clock.now()) ?? 1_000;
    return Math.min(60_000, Math.max(1_000, Math.ceil(ms)));
  }
}

function costOfEstimate({ cost }: Estimate): number {
  return costOf(cost.input, cost.output);
}

/** Whose share of the queue a request takes. */
function tenantOf(x: Exchange): string {
  return x.principal?.project ?? "local";
}
