// G5 over sockets: whether the failure of one region is seen by anybody, for the ways to fail before the first content.

import { setTimeout as sleep } from "node:timers/promises";
import type { Crew, Gateway, LogLine } from "../crew.ts";
import { sum } from "../figures.ts";
import { atLeast, atMost, type Goal, type Scale } from "../goal.ts";
import type { Platform } from "../platform.ts";
import { ANSWERS, pace } from "../world.ts";

interface Kind {
  readonly name: string;
  readonly fault: object;
  /** True when only a time-out tells. */
  readonly silent?: boolean;
  /** True when the repeat on the same region succeeds: nothing has to move, and nobody is a victim. */
  readonly mild?: boolean;
}

const AFTER_START = "after-message-start";
const status = (code: number) => ({ kind: "server-error", params: { status: code } });

/** Each is tried on a region of its own: what is learned of one must not help with the next. */
const KINDS: readonly Kind[] = [
  { name: "529", fault: { kind: "overloaded" } },
  { name: "200-overloaded", fault: { kind: "in-stream-error", phase: AFTER_START } },
  { name: "head-silent", fault: { kind: "headers-never" }, silent: true },
  { name: "refused", fault: { kind: "refuse" } },
  { name: "reset", fault: { kind: "reset" } },
  { name: "401", fault: { kind: "unauthorized" } },
  { name: "403", fault: { kind: "permission" } },
  { name: "404", fault: { kind: "model-not-found" } },
  { name: "429", fault: { kind: "rate-limit", params: { retryAfter: 5 } } },
  { name: "spend", fault: { kind: "spend-cap-429" } },
  { name: "500", fault: status(500) },
  { name: "502", fault: status(502) },
  { name: "503", fault: status(503) },
  { name: "504", fault: status(504) },
  { name: "stale", fault: { kind: "keep-alive-race" }, mild: true },
  { name: "200-end", fault: { kind: "truncate", phase: AFTER_START } },
  { name: "200-reset", fault: { kind: "reset", phase: AFTER_START } },
  { name: "200-silent", fault: { kind: "stall", phase: AFTER_START }, silent: true },
  { name: "200-pings", fault: { kind: "ping-only", phase: AFTER_START }, silent: true },
];
const SHORT = 3;
/** Kinds that are tried at the same time. */
const WAVE = 5;
const RATE = 8;
const CALM_MS = 4_000;

/** G5. */
export const FAILOVER: Goal = {
  id: "G5",
  title: "Invisible failover",
  world: `One gateway, and for each of ${KINDS.length} kinds of failure a primary and a secondary region with ${RATE} requests a second. After ${CALM_MS / 1_000} s every attempt on the primary fails for 8 s, the first 3 of which count as detection; where it is silent for 32 s, the first 20 of which do. The kinds: ${KINDS.map(({ name }) => name).join(", ")}. Time-outs: head 1.5 s, first content 1.5 s. Victims are attempts on the primary before the first new request went elsewhere.`,
  async run(crew, scale) {
    const kinds = scale === "whole" ? KINDS : KINDS.slice(0, SHORT);
    const regions = kinds.flatMap((_, i) => ["--region", `a${i}`, "--region", `b${i}`]);
    const simulator = await crew.simulator(...regions);
    await pace(simulator);
    // One time to the first content for all: what is added to it shows in a few dozen requests.
    for (const { name } of simulator.regions) await simulator.set(name, { firstTokenMs: 150 });
    const rules = kinds.map(
      ({ name }, i) =>
        `  - { match: "kind-${name}", upstreams: [${["a", "b"].map((side) => `{ upstream: ${side}${i}, model: claude-haiku-5-5 }`).join(", ")}] }`,
    );
    const yaml = ["timeouts: { head: 1500ms, first_token: 1500ms }", "models:", ...rules].join("\n");
    const gateway = await crew.gateway(simulator.regions, { yaml });
    const play = (kind: Kind) => failing(crew, simulator, gateway, kind, kinds.indexOf(kind), scale);
    const quick = kinds.filter(({ silent }) => silent !== true);
    const waiting = Promise.all(kinds.filter(({ silent }) => silent === true).map(play));
    const told: Result[] = [];
    for (let i = 0; i < quick.length; i += WAVE) told.push(...(await Promise.all(quick.slice(i, i + WAVE).map(play))));
    const silent = await waiting;
    const all = [...told, ...silent];
    const requests = sum(all, (one) => one.requests);
    const seen = sum(all, (one) => one.failed);
    const from = (some: readonly Result[]) => `${some.length} kinds, ${sum(some, (one) => one.requests)} requests`;
    const worst = (some: readonly Result[], of: (one: Result) => number) =>
      some.reduce((a, b) => (of(b) > of(a) ? b : a));
    const added = (some: readonly Result[], name: string) => {
      const one = worst(some, ({ addedMs }) => addedMs);
      return {
        figure: `${name}: added p99 of first content after detection, worst kind`,
        unit: "ms" as const,
        digits: 0,
        proof: atMost(300),
        measured: one.addedMs,
        from: `${from(some)}; worst: ${one.name}`,
      };
    };
    const most = worst(told, ({ victims }) => victims);
    const names = all.filter(({ failed }) => failed > 0).map(({ name, failed }) => `${name} ${failed}`);
    return [
      {
        figure: "success, all kinds",
        unit: "%",
        digits: 2,
        proof: atLeast(0.9999),
        measured: 1 - seen / requests,
        from: from(all),
      },
      {
        figure: "errors that a client saw",
        unit: "",
        digits: 0,
        proof: atMost(0),
        measured: seen,
        from: `${from(all)}${names.length === 0 ? "" : `; ${names.join(", ")}`}`,
      },
      added(told, "told at once"),
      {
        figure: "told at once: victims before it moves, worst kind",
        unit: "",
        digits: 0,
        proof: atMost(5),
        note: "missed in the proof too",
        measured: most.victims,
        from: `${from(told)}; worst: ${most.name}`,
      },
      ...(silent.length === 0 ? [] : [added(silent, "silent kinds")]),
    ];
  },
};

interface Result {
  readonly name: string;
  readonly requests: number;
  readonly failed: number;
  readonly addedMs: number;
  readonly victims: number;
}

async function failing(
  crew: Crew,
  simulator: Platform,
  gateway: Gateway,
  { name, fault, silent = false, mild = false }: Kind,
  i: number,
  scale: Scale,
): Promise<Result> {
  const model = `kind-${name}`;
  const [calm, noticing, after] =
    scale === "short" ? [2_000, 3_000, 2_000] : silent ? [CALM_MS, 20_000, 12_000] : [CALM_MS, 3_000, 5_000];
  const stages = [calm, noticing, after].flatMap((ms) => ["--stage", `${ms}ms:${RATE}`]);
  const loading = crew.load(gateway, "--model", model, "--seed", name, ...stages, ...ANSWERS);
  const mine = () => gateway.lines().filter((line) => line.event === "request" && line.model === model);
  // The request that goes ahead of a load, and the first of its own.
  while (mine().length < 2) await sleep(20);
  await sleep(calm);
  const from = await simulator.fault({ id: `out-${i}`, ...fault, filter: { region: `a${i}` } });
  const load = await loading;
  await simulator.heal(`out-${i}`);
  // Lines are gathered for a moment before they are written.
  await sleep(200);
  const lines = mine()
    .map((line) => ({ ...line, at: startOf(line) }))
    .filter(({ at }) => at >= from);
  const secondary = `b${i}`;
  const moved = Math.min(
    ...lines.filter((one) => one.upstream === secondary && one.attempts === 1).map(({ at }) => at),
  );
  const before = lines.filter(({ at }) => at < moved);
  const [first, , last] = load.steps;
  return {
    name,
    requests: sum(load.steps, ({ requests }) => requests),
    failed: sum(load.steps, ({ failed }) => failed),
    addedMs: (last?.first_token_ms.p99 ?? Number.NaN) - (first?.first_token_ms.p99 ?? Number.NaN),
    victims: mild ? 0 : sum(before, ({ upstream, attempts = 0 }) => attempts - (upstream === secondary ? 1 : 0)),
  };
}

function startOf({ time, total_ms = 0 }: LogLine): number {
  return Date.parse(time) - total_ms;
}
