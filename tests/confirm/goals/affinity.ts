// G7 over sockets: whether conversations stay where their cache is and where their thinking is bound, through an ejection.

import { setTimeout as sleep } from "node:timers/promises";
import type { Upstream } from "../crew.ts";
import { steps, sum } from "../figures.ts";
import { atLeast, atMost, type Goal } from "../goal.ts";
import { type Billed, type Logged, type Platform, sessionOf } from "../platform.ts";
import { pace } from "../world.ts";

const TARGETS = 4;
const OUT = 2;

/** A turn that was answered, with the target's name. */
interface Turn {
  readonly target: string;
  readonly at: number;
  readonly read: number;
  readonly all: number;
}

/** G7. */
export const AFFINITY: Goal = {
  id: "G7",
  title: "Affinity and cache retention",
  world: `${TARGETS} simulators with an account each, which refuse thinking that another one signed; 2 gateways that spread, 60 conversations at a time on each, of 12 turns with 2 s between them; on one gateway with thinking. After 14 s one target answers 529 for 10 s. The proof also replaces instances, which one address here cannot show.`,
  async run(crew, scale) {
    const [each, thinkMs, beforeMs, outMs, afterMs] =
      scale === "whole" ? [60, 2_000, 14_000, 10_000, 16_000] : [10, 500, 3_000, 3_000, 3_000];
    const platforms = await Promise.all(
      Array.from({ length: TARGETS }, (_, i) =>
        crew.simulator("--region", `target-${i + 1}`, "--seed", `account ${i}`),
      ),
    );
    for (const platform of platforms) await pace(platform, 100);
    const upstreams: Upstream[] = platforms.flatMap(({ regions }) => regions);
    const gateways = await crew.gateways(2, upstreams, { yaml: "balance: { mode: spread }" });
    const seconds = (beforeMs + outMs + afterMs) / 1_000;
    const how = ["-c", `${each}`, "-d", `${seconds}s`, "--turns", "12", "--think-time", `${thinkMs}ms`];
    const what = ["--answer-tokens", "30", "--max-tokens", "100", "--prompt-tokens", "1500"];
    const args = [...how, ...what, "--model", "claude-sonnet-5-5"];
    const loading = Promise.all(
      gateways.map((gateway, i) =>
        crew.load(gateway, "--seed", `conversations ${i}`, ...args, ...(i === 0 ? ["--thinking"] : [])),
      ),
    );
    const sick = platforms[OUT] as Platform;
    await Promise.all(platforms.map((platform) => platform.reached(1)));
    await sleep(beforeMs);
    const from = await sick.fault({ id: "out", kind: "overloaded" });
    await sleep(outMs);
    const until = await sick.heal("out");
    const loads = await loading;
    const logs = await Promise.all(platforms.map((platform) => platform.log()));
    const sessions = await turnsOf(platforms, logs);
    const thinking = logs.flat().filter(({ status }) => status === 400).length;
    let could = 0;
    let read = 0;
    let most = 0;
    for (const turns of sessions.values()) {
      for (const [i, turn] of turns.entries()) {
        could += turns[i - 1]?.all ?? 0;
        if (i > 0) read += Math.min(turn.read, turns[i - 1]?.all ?? 0);
      }
      most = Math.max(most, turns.filter(({ target }, i) => i > 0 && target !== turns[i - 1]?.target).length);
    }
    const seen = [...sessions.values()].flatMap((turns) => {
      const before = turns.findLast(({ at }) => at < from)?.target;
      const after = turns.find(({ at }) => at >= from && at < until)?.target;
      return before === undefined || after === undefined ? [] : [{ before, after }];
    });
    const ejected = `target-${OUT + 1}`;
    const strays = seen.filter(({ before, after }) => before !== after && before !== ejected).length;
    const carried = logs.map((log) => log.filter(({ at }) => at < from).length);
    const all = steps(loads, 0);
    const requests = sum(all, (one) => one.requests);
    const whole = `${sessions.size} conversations, ${requests} turns`;
    return [
      {
        figure: "moved in the ejection beyond those of the ejected target",
        unit: "%",
        digits: 2,
        proof: atMost(0.01),
        measured: strays / seen.length,
        from: `${strays} of ${seen.length} conversations`,
      },
      {
        figure: "cached tokens read again, of all that could be",
        unit: "%",
        digits: 1,
        proof: atLeast(0.95),
        here: atLeast(0.9),
        note: "conversations are shorter and a quarter of them is on the target that is out, which weighs more",
        measured: read / could,
        from: whole,
      },
      {
        figure: "moves of one conversation, worst",
        unit: "",
        digits: 0,
        proof: atMost(2),
        measured: most,
        from: whole,
      },
      {
        figure: "thinking sent to an account that refuses it",
        unit: "",
        digits: 0,
        proof: atMost(0),
        measured: thinking,
        from: `${logs.flat().length} attempts`,
      },
      {
        figure: "busiest target, of the mean",
        unit: "x",
        digits: 2,
        proof: atMost(1.25),
        here: atMost(1.5),
        note: `${each} conversations at a time on each gateway: chance alone spreads them so far`,
        measured: Math.max(...carried) / (sum(carried, (one) => one) / TARGETS),
        from: `${sum(carried, (one) => one)} attempts before the outage`,
      },
      {
        figure: "turns that failed",
        unit: "%",
        digits: 2,
        proof: undefined,
        note: "thinking that is bound to the target that is out",
        measured: sum(all, ({ failed }) => failed) / requests,
        from: whole,
      },
    ];
  },
};

/** Answered turns of each conversation, in order. */
async function turnsOf(platforms: readonly Platform[], logs: readonly Logged[][]): Promise<Map<string, Turn[]>> {
  const sessions = new Map<string, Turn[]>();
  for (const [i, platform] of platforms.entries()) {
    const bills = new Map((await platform.bills()).map((bill) => [bill.logId, bill]));
    for (const entry of logs[i] ?? []) {
      const session = sessionOf(entry);
      const bill = bills.get(entry.id);
      if (session === "" || bill?.state !== "complete") continue;
      const turns = sessions.get(session) ?? [];
      turns.push({ target: entry.region, at: entry.at, ...tokensOf(bill) });
      sessions.set(session, turns);
    }
  }
  for (const turns of sessions.values()) turns.sort((a, b) => a.at - b.at);
  return sessions;
}

function tokensOf({ usage }: Billed): { read: number; all: number } {
  const read = usage.cache_read_input_tokens ?? 0;
  return { read, all: read + (usage.cache_creation_input_tokens ?? 0) };
}
