// The fault book: the faults that are on, and which of them hit a given connection or request.

import { forkSeed, type Random, type Runtime } from "@fairlead/runtime";
import type { FaultMark } from "../request-log.ts";
import { closedWindow } from "./closed-window.ts";
import { type Candidate, matches } from "./filter.ts";
import type { FaultKind } from "./kind.ts";
import { Gate } from "./pattern.ts";
import { type FaultRule, readRule } from "./rule.ts";

/** When a rule is looked at: on accept, with the request's head, with its body, or with the answer's plan. */
export type Moment = "connection" | "head" | "request" | "answer";

/** A rule that hit, and whether it has struck. */
export interface Hit {
  readonly rule: FaultRule;
  readonly mark: FaultMark;
  done: boolean;
}

/** A listed fault. */
export interface FaultListing {
  id: string;
  kind: string;
  phase: string;
  params: unknown;
  pattern: unknown;
  filter: unknown;
  hits: number;
  spent: boolean;
}

interface Listed {
  readonly id: string;
  readonly rule: FaultRule;
  readonly gate: Gate;
  seen: number;
  stop(): void;
}

/** Told when a region's listener is to close or open again. */
export type ListenerSwitch = (region: string, ruleId: string, closed: boolean) => void;

/** Faults in the order they were added; the first that matches hits. Shapes of the bytes hit beside it. */
export class FaultBook {
  readonly #runtime: Runtime;
  readonly #seed: string | number;
  readonly #regions: readonly string[];
  readonly #listed: Listed[] = [];
  #made = 0;
  /** Set by the simulator. */
  onListener: ListenerSwitch = () => {};

  constructor(runtime: Runtime, seed: string | number, regions: readonly string[]) {
    this.#runtime = runtime;
    this.#seed = seed;
    this.#regions = regions;
  }

  /** Adds a fault. Gives its id, or an error with a sentence when it is no valid fault; an id in use is replaced. */
  add(spec: unknown): { id: string } | { error: string } {
    const rule = readRule(spec, this.#regions);
    if (typeof rule === "string") return { error: rule };
    this.#made += 1;
    const id = rule.id ?? `fault-${this.#made}`;
    this.remove(id);
    const gate = new Gate(rule.pattern, this.#runtime.clock, forkSeed(this.#seed, `fault/${this.#made}`));
    const stop = rule.kind.closesListener ? this.#close(id, rule) : () => {};
    this.#listed.push({ id, rule, gate, seen: 0, stop });
    return { id };
  }

  /** Removes a fault. False when there is none of this id. */
  remove(id: string): boolean {
    const at = this.#listed.findIndex((each) => each.id === id);
    if (at < 0) return false;
    for (const gone of this.#listed.splice(at, 1)) gone.stop();
    return true;
  }

  clear(): void {
    for (const gone of this.#listed.splice(0)) gone.stop();
  }

  list(): FaultListing[] {
    return this.#listed.map(({ id, rule, gate }) => ({
      id,
      kind: rule.kind.name,
      phase: rule.phase,
      params: rule.params.toJSON(),
      pattern: rule.pattern,
      filter: rule.filter,
      hits: gate.hits,
      spent: gate.spent,
    }));
  }

  /** The faults that hit at this moment. `reachable` says whether the answer comes to the phase at all. */
  hits(
    moment: Moment,
    candidate: Candidate,
    streamed: boolean | undefined,
    reachable: (rule: FaultRule) => boolean,
  ): Hit[] {
    const hits: Hit[] = [];
    let struck = false;
    for (const listed of this.#listed) {
      const { rule, gate } = listed;
      if (rule.kind.closesListener || momentOf(rule) !== moment) continue;
      const shape = isShape(rule.kind);
      if ((struck && !shape) || !isFor(rule, streamed)) continue;
      if (!matches(rule.filter, candidate, rule.kind.edge === true) || !reachable(rule)) continue;
      listed.seen += 1;
      if (rule.filter.nth !== undefined && !rule.filter.nth.includes(listed.seen)) continue;
      if (!gate.take()) continue;
      hits.push(hitOf(rule, listed.id));
      if (!shape) struck = true;
    }
    return hits;
  }

  /** Closes listeners in windows, by the pattern. */
  #close(id: string, rule: FaultRule): () => void {
    const regions = rule.filter.region ?? this.#regions;
    return closedWindow(rule, this.#runtime.clock, forkSeed(this.#seed, `refuse/${this.#made}`), (closed) => {
      for (const region of regions) this.onListener(region, id, closed);
    });
  }
}

/** The hits of rules that came with the request itself. */
export function headerHits(rules: readonly FaultRule[], random: Random): Hit[] {
  return rules
    .filter((rule) => rule.pattern.share === undefined || random.next() < rule.pattern.share)
    .map((rule) => hitOf(rule, "header"));
}

/** When a rule is looked at. A fault of phase connect that came by header strikes with the request's head. */
export function momentOf(rule: FaultRule, byHeader = false): Moment {
  if (rule.phase === "connect") return byHeader ? "head" : "connection";
  if (rule.kind.head !== undefined) return "head";
  const { kind } = rule;
  const waits = kind.needsPlan === true || kind.plan !== undefined || isShape(kind);
  return rule.phase === "before-headers" && !waits ? "request" : "answer";
}

/** True when the rule is for this kind of answer. */
export function isFor(rule: FaultRule, streamed: boolean | undefined): boolean {
  if (streamed === undefined) return true;
  const on = rule.kind.phases.find(({ phase }) => phase === rule.phase)?.on;
  return on === "both" || (on === "streamed") === streamed;
}

function isShape(kind: FaultKind): boolean {
  return (kind.bytes ?? kind.pieces) !== undefined;
}

function hitOf(rule: FaultRule, id: string): Hit {
  return { rule, mark: { id, kind: rule.kind.name, phase: rule.phase, fired: false }, done: false };
}
