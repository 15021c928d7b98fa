// Balance: how much of the prompt caches is read again, where conversations stay and where they do not.

import type { Look } from "@fairlead/engine";
import { NO_USAGE } from "@fairlead/protocol";
import { exponential } from "@fairlead/runtime";
import { FAIRLEAD } from "../fairlead.ts";
import { rowOf } from "../invariants.ts";
import { ENVOY } from "../peers/envoy.ts";
import { LITELLM } from "../peers/litellm.ts";
import { OVERLOAD, PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import type { Points } from "./series.ts";

const TARGETS = 5;
const CONVERSATIONS = 600;
const TURNS = 14;
const THINK_MS = 20_000;
const CACHE_MS = 300_000;
const OUT_FROM = 100_000;
const OUT_TO = 140_000;
const RESTART = 200_000;
const INSTANCES = 4;
const END = 280_000;
const TURN_TOKENS = 1_300;
const WIDTH = 10_000;
const LOOK: Look = {
  dialect: "claude",
  model: "claude-sonnet-5-5",
  modelSpans: [[9, 28]],
  stream: true,
  maxTokens: 1_024,
  userId: undefined,
};

interface Talk {
  tokens: number;
  kept: number;
  readonly cached: Map<string, { readonly tokens: number; readonly until: number }>;
}

/** Share of cached tokens that are read again, by time. */
export const AFFINITY_PLOT: Plot = {
  name: "balance",
  async make() {
    return {
      title: "Cached prompt tokens that are read again, of all that could be",
      note: `${CONVERSATIONS} conversations, ${TARGETS} upstreams, ${INSTANCES} instances; one upstream is out for 40 s, then instances restart one by one.`,
      x: { label: "time (s)", from: 20, to: END / 1_000, ticks: [40, 80, 120, 160, 200, 240, 280] },
      y: {
        label: "read again",
        from: 0,
        to: 1,
        ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
        words: (value: number) => `${Math.round(value * 100)} %`,
      },
      lines: [
        { name: "Fairlead, mode: spread", points: await played(FAIRLEAD) },
        { name: "LiteLLM", points: await played(LITELLM) },
        { name: "Envoy", points: await played(ENVOY), dashed: true },
      ],
      bands: [
        { from: OUT_FROM / 1_000, to: OUT_TO / 1_000, label: "one is out" },
        { from: RESTART / 1_000, to: (RESTART + INSTANCES * 10_000) / 1_000, label: "restarts" },
      ],
    };
  },
};

async function played(subject: Subject): Promise<Points> {
  const talks: Talk[] = [];
  const read: number[] = [];
  const could: number[] = [];
  const names = Array.from({ length: TARGETS }, (_, i) => `target-${i + 1}`);
  const world: World = new World({
    seed: SEED,
    subject,
    instances: INSTANCES,
    platforms: names.map((name) => ({ ...PLATFORM, name, slots: 400 })),
    patienceMs: 20_000,
    setting: { yaml: "balance: { mode: spread }" },
    hooks: {
      usage(x, target) {
        const talk = talks[world.history.tag[rowOf(x)] as number] as Talk;
        const now = world.clock.now();
        const there = talk.cached.get(target.name);
        const cacheReadTokens = there !== undefined && there.until > now ? there.tokens : 0;
        const slot = Math.floor(now / WIDTH);
        read[slot] = (read[slot] ?? 0) + cacheReadTokens;
        could[slot] = (could[slot] ?? 0) + talk.kept;
        talk.tokens += TURN_TOKENS;
        talk.kept = talk.tokens;
        talk.cached.set(target.name, { tokens: talk.tokens, until: now + CACHE_MS });
        return { ...NO_USAGE, cacheReadTokens, cacheWrite5mTokens: talk.tokens - cacheReadTokens, outputTokens: 300 };
      },
    },
  });
  const chance = world.random("conversations");
  const body = Buffer.from(
    `{"model":"${LOOK.model}","stream":true,"max_tokens":1024,"messages":[{"role":"user","content":"go on"}]}`,
  );
  for (let i = 0; i < CONVERSATIONS; i++) {
    talks.push({ tokens: 0, kept: 0, cached: new Map() });
    const headers = ["x-claude-code-session-id", `session-${i}`];
    const turn = (left: number) => {
      if (left === 0) return;
      world.ask({
        tag: i,
        headers,
        body,
        look: LOOK,
        over: () => world.at(world.clock.now() + exponential(chance, THINK_MS), () => turn(left - 1)),
      });
    };
    world.at(chance.next() * 40_000, () => turn(TURNS));
  }
  const ill = world.platforms[2];
  world.at(OUT_FROM, () => {
    if (ill !== undefined) ill.fault = OVERLOAD;
  });
  world.at(OUT_TO, () => {
    if (ill !== undefined) ill.fault = undefined;
  });
  for (let i = 0; i < INSTANCES; i++) world.at(RESTART + i * 10_000, () => world.restart(i));
  await finished(world, END);
  const points: Points = [];
  for (let slot = 2; slot < END / WIDTH; slot++) {
    if ((could[slot] ?? 0) > 0)
      points.push([((slot + 0.5) * WIDTH) / 1_000, (read[slot] ?? 0) / (could[slot] as number)]);
  }
  return points;
}
