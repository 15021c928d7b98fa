// G7: whether conversations stay where their cache is and where their history is bound, through an ejection and restarts.

import type { Look } from "@fairlead/engine";
import { NO_USAGE } from "@fairlead/protocol";
import { exponential } from "@fairlead/runtime";
import { answered } from "../faults.ts";
import { sumSeconds } from "../figures.ts";
import { atLeast, atMost, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { isProbe, rowOf } from "../invariants.ts";
import { OVERLOAD, PLATFORM } from "../platform.ts";
import { World } from "../world.ts";

const TARGETS = 5;
const INSTANCES = 4;
const TURNS = 12;
const THINK_MS = 20_000;
const CACHE_MS = 300_000;
/** Conversations begin within this time, milliseconds. */
const BEGIN = 60_000;
/** The third target answers 529 between these. */
const OUT_FROM = 100_000;
const OUT_TO = 140_000;
/** Instances are replaced one by one from here on, milliseconds, so far apart. */
const RESTART_FROM = 200_000;
const RESTART_STEP = 10_000;
const END = 600_000;
/** Tokens that each turn adds. */
const ASKED = 1_000;
const ANSWERED = 300;
/** Share of conversations whose history holds thinking that only its account accepts. */
const BOUND = 0.3;

const MODEL = "claude-sonnet-5-5";
const body = (messages: string) =>
  Buffer.from(`{"model":"${MODEL}","stream":true,"max_tokens":1024,"messages":[${messages}]}`);
const ASK = '{"role":"user","content":"go on"}';
const FREE_BODY = body(ASK);
const BOUND_BODY = body(
  `${ASK},{"role":"assistant","content":[{"type":"thinking","thinking":"so","signature":"c2lnbmF0dXJl"},{"type":"text","text":"done"}]},${ASK}`,
);
const LOOK: Look = {
  dialect: "claude",
  model: MODEL,
  modelSpans: [[9, 28]],
  stream: true,
  maxTokens: 1_024,
  userId: undefined,
};

interface Conversation {
  readonly headers: readonly string[];
  readonly bound: boolean;
  /** The account that its thinking is bound to. */
  account: string | undefined;
  turns: number;
  /** Tokens of its history. */
  history: number;
  /** Tokens that its last turn left in a cache somewhere. */
  kept: number;
  at: string | undefined;
  before: string | undefined;
  after: string | undefined;
  moves: number;
  readonly cached: Map<string, { tokens: number; until: number }>;
}

/** G7. */
export const AFFINITY: Goal = {
  id: "G7",
  title: "Affinity and cache retention",
  world: `${TARGETS} targets with an account each, ${INSTANCES} instances behind a balancer that hashes the session; 1,000 conversations of ${TURNS} turns (10,000 in seed fixed-1), 20 s between turns, ${BOUND * 100} % with signed thinking that only its account accepts. One target answers 529 from 100 s to 140 s; from 200 s on the instances are replaced one by one by new ones without memory.`,
  spreadsOnly: true,
  measures: [
    atMost("moved in the ejection beyond those of the ejected target", "%", 0.01, 2),
    atLeast("cached tokens read again, of all that could be", "%", 0.95, 1),
    atMost("moves of one conversation, worst", "", 2, 0),
    atMost("thinking sent to an account that refuses it", "", 0, 0, "all"),
    atMost("busiest target, of the mean", "x", 1.25, 2),
    told("moved in the ejection, all", "%", 1),
    told("turns that failed", "%", 2),
  ],
  async run(subject, dice) {
    const count = dice.seed === "fixed-1" ? 10_000 : dice.whole(1_000, 500, 1_500);
    const seed = dice.for("conversations");
    const names = Array.from({ length: TARGETS }, (_, i) => `target-${i + 1}`);
    let refusals = 0;
    let early = 0;
    let read = 0;
    let could = 0;
    const list: Conversation[] = [];
    const of = (world: World, row: number) => list[world.history.tag[row] as number] as Conversation;
    const world: World = new World({
      seed,
      subject,
      instances: INSTANCES,
      platforms: names.map((name) => ({ ...PLATFORM, name, slots: Math.max(40, count / 5) })),
      patienceMs: 20_000,
      setting: { yaml: "balance: { mode: spread }" },
      hooks: {
        refuse(x, target) {
          const one = of(world, rowOf(x));
          if (one.account === undefined || one.account === target.account) return undefined;
          if (!isProbe(x)) {
            refusals += 1;
            if (world.clock.now() < RESTART_FROM) early += 1;
          }
          return { ...answered(400, "caller-fault", "invalid_request_error", [], undefined), target };
        },
        usage(x, target) {
          const one = of(world, rowOf(x));
          const kept = one.cached.get(target.name);
          const cacheReadTokens = kept !== undefined && kept.until > world.clock.now() ? kept.tokens : 0;
          read += cacheReadTokens;
          could += one.kept;
          one.kept = one.history + ASKED;
          one.cached.set(target.name, { tokens: one.history + ASKED, until: world.clock.now() + CACHE_MS });
          const cacheWrite5mTokens = one.history + ASKED - cacheReadTokens;
          return { ...NO_USAGE, cacheReadTokens, cacheWrite5mTokens, outputTokens: ANSWERED };
        },
        good(x, target) {
          const one = of(world, rowOf(x));
          if (one.at !== undefined && one.at !== target.name) one.moves += 1;
          one.at = target.name;
          if (one.bound) one.account ??= target.account;
          const now = world.clock.now();
          if (now < OUT_FROM) one.before = target.name;
          else if (now < OUT_TO) one.after ??= target.name;
        },
      },
    });
    const chance = world.random("conversations");
    const turn = (tag: number) => {
      const one = list[tag] as Conversation;
      one.turns += 1;
      world.ask({
        tag,
        instance: tag % INSTANCES,
        headers: one.headers,
        body: one.account === undefined ? FREE_BODY : BOUND_BODY,
        look: LOOK,
        over(row) {
          if (world.history.state[row] === STATE.good) one.history += ASKED + ANSWERED;
          if (one.turns < TURNS) world.clock.timer(exponential(chance, THINK_MS), () => turn(tag));
        },
      });
    };
    for (let tag = 0; tag < count; tag++) {
      list.push({
        headers: ["x-claude-code-session-id", `session-${tag}`],
        bound: chance.next() < BOUND,
        account: undefined,
        turns: 0,
        history: 0,
        kept: 0,
        at: undefined,
        before: undefined,
        after: undefined,
        moves: 0,
        cached: new Map(),
      });
      world.at(chance.next() * BEGIN, () => turn(tag));
    }
    const ejected = world.platforms[2];
    world.at(OUT_FROM, () => {
      if (ejected !== undefined) ejected.fault = OVERLOAD;
    });
    world.at(OUT_TO, () => {
      if (ejected !== undefined) ejected.fault = undefined;
    });
    for (let i = 0; i < INSTANCES; i++) world.at(RESTART_FROM + i * RESTART_STEP, () => world.restart(i));
    await world.run(END);
    const seen = list.filter(({ before, after }) => before !== undefined && after !== undefined);
    const moved = seen.filter(({ before, after }) => before !== after);
    const loads = world.platforms.map(({ perSecond }) => sumSeconds(perSecond, 30_000, OUT_FROM));
    const { history, invariants } = world;
    let failed = 0;
    for (let row = 0; row < history.count; row++) if (history.state[row] !== STATE.good) failed += 1;
    return {
      figures: [
        moved.filter(({ before }) => before !== "target-3").length / seen.length,
        read / could,
        Math.max(...list.map(({ moves }) => moves)),
        refusals,
        Math.max(...loads) / (loads.reduce((sum, one) => sum + one, 0) / TARGETS),
        moved.length / seen.length,
        failed / history.count,
      ],
      broken: invariants.found,
      requests: history.count,
      notes: [`${world.story("conversations")}; of ${refusals} refusals ${early} came before the restarts`],
    };
  },
};
