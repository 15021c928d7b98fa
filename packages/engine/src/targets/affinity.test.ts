// A world of ten thousand conversations: an upstream goes and comes back, then every replica restarts without memory.

import { forkSeed, type Random, seededRandom, virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import { BALANCE_OPTIONS, Balancer, type View } from "./balancer.ts";
import type { Target } from "./target.ts";

const TARGETS = 5;
const REPLICAS = 3;
/** Life of a prompt cache entry, in seconds as all times here. */
const CACHE = 300;
const GONE = 900;
const BACK = 1_200;
const RAMP = 60;
const RESTART = 1_800;
const END = 2_700;
const ANSWER = 30;
const THINKING_TIME = 150;

interface Talk {
  readonly index: number;
  readonly id: string;
  /** Whether its answers hold signed thinking. */
  readonly thinks: boolean;
  readonly random: Random;
  readonly opening: Buffer;
  readonly going: Buffer;
  turns: number;
  at: Target | undefined;
  usedAt: number;
  moves: number;
  /** Accounts that signed thinking of its history. */
  signedBy: Target | undefined;
}

interface Wishes {
  readonly conversations: number;
  /** Share of conversations whose answers hold signed thinking. */
  readonly thinking: number;
  /** Whether conversations begin while the upstream is away, too. */
  readonly lateBirths: boolean;
}

interface Result {
  /** Share of conversations that were ever served by more than one target. */
  readonly movedShare: number;
  readonly retention: number;
  readonly mostMoves: number;
  /** Answers from another account than the one that signed the history. */
  readonly boundMoves: number;
  /** The most that one target carried, over the mean of those that were there: requests in flight, and conversations. */
  readonly peakInFlight: number;
  readonly peakTalks: number;
  readonly served: number;
  readonly held: number;
}

function world(seed: string, { conversations, thinking, lateBirths }: Wishes): Result {
  let now = 0;
  const targets = Array.from({ length: TARGETS }, (_, i) => target(`region-${i}`));
  const ill = targets[2] as Target;
  const inFlight = new Map(targets.map((one) => [one, 0]));
  const talksAt = new Map(targets.map((one) => [one, 0]));
  const gone = () => now >= GONE && now < BACK;
  const view: View = {
    fit: (one) => !(one === ill && gone()),
    inFlight: (one) => inFlight.get(one) ?? 0,
    share: (one) => (one === ill && now >= BACK ? Math.min(1, 0.1 + (0.9 * (now - BACK)) / RAMP) : 1),
    weight: () => 1,
    headroom: () => 1,
    latency: () => 1,
  };
  const clock = { now: () => now * 1_000, wall: () => now * 1_000, timer: () => ({ cancel() {} }) };
  const options = readOptions("balance", BALANCE_OPTIONS, { mode: "spread" });
  const replica = (i: number) => new Balancer({ ...virtualRuntime(`${seed}/${i}`), clock }, options);
  let replicas = Array.from({ length: REPLICAS }, (_, i) => replica(i));

  const random = seededRandom(seed);
  const soon: Talk[][] = [];
  const ends: Target[][] = [];
  const later = <T>(lists: T[][], at: number, one: T) => {
    const second = Math.max(now + 1, Math.floor(at));
    lists[second] ??= [];
    (lists[second] as T[]).push(one);
  };
  const talks = Array.from({ length: conversations }, (_, i) => newTalk(seed, i, thinking, random));
  for (const talk of talks) {
    const late = lateBirths && random.next() < 0.1;
    later(soon, late ? GONE + random.next() * (BACK - GONE) : random.next() * 600, talk);
  }

  let readable = 0;
  let read = 0;
  let boundMoves = 0;
  let served = 0;
  let held = 0;
  let peakInFlight = 0;
  let peakTalks = 0;
  for (now = 0; now < END; now++) {
    if (now === RESTART) {
      replicas = replicas.map((_, i) => replica(i + REPLICAS));
    }
    for (const one of ends[now] ?? []) inFlight.set(one, (inFlight.get(one) ?? 0) - 1);
    for (const talk of soon[now] ?? []) {
      const x = requestOf(talk);
      // A connection is kept alive, so that a conversation meets the same replica until that restarts.
      const which = (now < RESTART ? talk.index : talk.index >> 4) % REPLICAS;
      const balancer = replicas[which] as Balancer;
      const to = balancer.rank(x, targets, view).find(view.fit);
      const gap = -THINKING_TIME * Math.log(1 - talk.random.next());
      const prefix = talk.turns === 0 ? 0 : 20_000 + 2_000 * talk.turns;
      // Held: the client asks again. Had it stayed and been served its cache would have been warm.
      if (to === undefined) {
        expect(balancer.hold(x)).toBeDefined();
        held += 1;
        later(soon, now + 10, talk);
        continue;
      }
      if (now - talk.usedAt < CACHE || (talk.thinks && gone())) readable += prefix;
      if (now - talk.usedAt < CACHE && talk.at === to) read += prefix;
      if (talk.at !== to) {
        if (talk.at !== undefined) {
          talk.moves += 1;
          talksAt.set(talk.at, (talksAt.get(talk.at) ?? 0) - 1);
        }
        talksAt.set(to, (talksAt.get(to) ?? 0) + 1);
      }
      if (talk.signedBy !== undefined && talk.signedBy !== to) boundMoves += 1;
      if (talk.thinks) talk.signedBy ??= to;
      balancer.served(x, to);
      balancer.cached(x, to, prefix + 2_000);
      served += 1;
      talk.at = to;
      talk.usedAt = now;
      talk.turns += 1;
      inFlight.set(to, (inFlight.get(to) ?? 0) + 1);
      later(ends, now + ANSWER * (0.5 + talk.random.next()), to);
      later(soon, now + ANSWER * 1.5 + gap, talk);
    }
    // Requests in flight at rest: not while conversations begin, nor after the return, when those that were held ask all
    // at once and warm ones have not come back. Conversations at any time but while some are without a place.
    const rest = (now > 660 && now < GONE) || (now > GONE + 60 && now < BACK) || now > RESTART + 60;
    const there = targets.filter(view.fit);
    if (rest) peakInFlight = Math.max(peakInFlight, peak(there, inFlight));
    if (rest || now > BACK) peakTalks = Math.max(peakTalks, peak(there, talksAt));
  }
  return {
    movedShare: talks.filter(({ moves }) => moves > 0).length / conversations,
    retention: read / readable,
    mostMoves: Math.max(...talks.map(({ moves }) => moves)),
    boundMoves,
    peakInFlight,
    peakTalks,
    served,
    held,
  };
}

/** The most over the mean, less the one request by which a whole number may be above it. */
function peak(there: readonly Target[], loads: ReadonlyMap<Target, number>): number {
  let sum = 0;
  let most = 0;
  for (const one of there) {
    const load = loads.get(one) ?? 0;
    sum += load;
    most = Math.max(most, load);
  }
  return (most - 1) / (sum / there.length);
}

function newTalk(seed: string, index: number, thinking: number, random: Random): Talk {
  const id = `${seed}-${index}`;
  const opens = { role: "user", content: `conversation ${id}` };
  const thinks = random.next() < thinking;
  const block = thinks
    ? { type: "thinking", thinking: "", signature: "EqQB" }
    : { type: "text", text: '"signature":"x"' };
  const messages = [opens, { role: "assistant", content: [block] }, { role: "user", content: "and then?" }];
  return {
    index,
    id,
    thinks,
    random: forkSeed(id, "talk"),
    opening: Buffer.from(JSON.stringify({ messages: [opens] })),
    going: Buffer.from(JSON.stringify({ messages })),
    turns: 0,
    at: undefined,
    usedAt: Number.NEGATIVE_INFINITY,
    moves: 0,
    signedBy: undefined,
  };
}

/** Four of five clients name their session, the rest is recognised by its prefix. */
function requestOf(talk: Talk): Exchange {
  const named = !talk.id.endsWith("3") && !talk.id.endsWith("7");
  return exchange({
    headers: named ? ["x-claude-code-session-id", talk.id] : [],
    body: talk.turns === 0 ? talk.opening : talk.going,
  });
}

test("half of them bound: none of those moves, the others move once and come back at most once", () => {
  const result = world("half", { conversations: 10_000, thinking: 0.5, lateBirths: false });
  expect(result.served).toBeGreaterThan(90_000);
  expect(result.held).toBeGreaterThan(1_000);
  expect(result.boundMoves).toBe(0);
  expect(result.mostMoves).toBeLessThanOrEqual(2);
  expect(result.movedShare).toBeLessThanOrEqual(1 / TARGETS + 0.01);
  expect(result.movedShare).toBeGreaterThan(0.05);
  expect(result.retention).toBeGreaterThanOrEqual(0.95);
  expect(result.peakInFlight).toBeLessThanOrEqual(1.25);
  expect(result.peakTalks).toBeLessThanOrEqual(1.25);
}, 60_000);

test("none bound: only the conversations of the upstream that went move", () => {
  const result = world("free", { conversations: 10_000, thinking: 0, lateBirths: false });
  expect(result.held).toBe(0);
  expect(result.mostMoves).toBeLessThanOrEqual(2);
  expect(result.movedShare).toBeLessThanOrEqual(1 / TARGETS + 0.01);
  expect(result.retention).toBeGreaterThanOrEqual(0.95);
  expect(result.peakInFlight).toBeLessThanOrEqual(1.25);
  expect(result.peakTalks).toBeLessThanOrEqual(1.25);
}, 60_000);

test("all bound, some begun while the upstream was away: only of those does a restart lose the place", () => {
  const wishes = { conversations: 2_500, thinking: 1, lateBirths: true } as const;
  const lost = world("born", wishes);
  expect(lost.boundMoves).toBeGreaterThan(0);
  expect(lost.mostMoves).toBeLessThanOrEqual(1);
  expect(lost.movedShare).toBeLessThan(0.04);
}, 60_000);
