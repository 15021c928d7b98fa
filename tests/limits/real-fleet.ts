// Four instances as processes, a real Redis, and a line between them that is slow.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startRedis } from "../stores/redis-server.ts";
import { type SlowLine, slowLine } from "../stores/slow-line.ts";
import { type Use, used } from "./envelope.ts";
import type { Task, Told } from "./instance.ts";

/** What happens to the store while it is used. */
export interface Trouble {
  readonly name: string;
  /** Milliseconds from the start at which it begins and ends. */
  readonly from: number;
  readonly to: number;
  begin(stand: Stand): Promise<void> | void;
  end(stand: Stand): Promise<void> | void;
}

/** What trouble can be made with. */
export interface Stand {
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  readonly line: SlowLine;
}

/** What came of a run. */
export interface Measured extends Use {
  /** Commands that Redis saw from instances, for each request. */
  readonly commands: number;
  /** Microseconds, of decisions without the store: half of them, and 99 of 100. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Part of the requests whose decision waited for the store, and the longest wait, milliseconds. */
  readonly waited: number;
  readonly longestMs: number;
  /** Added wait of 99 of 100 requests, milliseconds. */
  readonly p99Ms: number;
  /** Trades without an answer in time. */
  readonly lost: number;
  /** From the end of the trouble until the last instance was back, milliseconds; undefined when none had been away. */
  readonly backMs: number | undefined;
}

const INSTANCES = 4;
const SKEW_MS = 5_000;

/** Runs four instances for so long. */
export async function measure(seed: string, forMs: number, trouble?: Trouble): Promise<Measured> {
  const redis = await startRedis();
  const line = await slowLine(redis.port);
  // A round trip of 1 to 20 ms, half of it each way.
  line.delay(() => 0.5 + Math.random() * 9.5);
  const children: ChildProcess[] = [];
  try {
    const before = await calls(redis.url);
    const tolds = Array.from({ length: INSTANCES }, (_, index) => {
      const skewMs = (index / (INSTANCES - 1) - 0.5) * 2 * SKEW_MS;
      const child = fork(fileURLToPath(new URL("instance.ts", import.meta.url)), {
        execArgv: ["--conditions=source"],
      });
      children.push(child);
      return ask(child, { url: line.through(redis.url), seed, index, instances: INSTANCES, skewMs, forMs });
    });
    let endedAt: number | undefined;
    if (trouble !== undefined) {
      const start = performance.now();
      const until = (ms: number) =>
        new Promise((resolve) => setTimeout(resolve, Math.max(0, start + ms - performance.now())));
      await until(trouble.from);
      await trouble.begin({ redis, line });
      await until(trouble.to);
      await trouble.end({ redis, line });
      endedAt = performance.timeOrigin + performance.now();
    }
    const all = await Promise.all(tolds);
    const after = await calls(redis.url);
    return figures(all, after - before, endedAt);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await line.close();
    await redis.remove();
  }
}

function ask(child: ChildProcess, task: Task): Promise<Told> {
  return new Promise((resolve, reject) => {
    child.once("message", (told) => resolve(told as Told));
    child.once("exit", (code) => reject(new Error(`an instance ended with ${code}`)));
    child.send(task);
  });
}

/** EVALSHA and EVAL that Redis has carried out. */
async function calls(url: string): Promise<number> {
  const { openRedis } = await import("@fairlead/stores/redis");
  const { systemClock } = await import("@fairlead/runtime");
  const line = openRedis(url, systemClock(), { timeoutMs: 5_000 });
  const stats = String(await line.send(["INFO", "commandstats"]));
  await line.close();
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function figures(all: readonly Told[], commands: number, endedAt: number | undefined): Measured {
  const offered = all.flatMap((one) => one.offered).sort((a, b) => a.at - b.at);
  const first = offered[0]?.at ?? 0;
  const decisions = all.flatMap((one) => one.decisions).sort((a, b) => a - b);
  const waits = all.flatMap((one) => one.waits).sort((a, b) => a - b);
  const part = (of: readonly number[], share: number) =>
    of[Math.min(of.length - 1, Math.floor(of.length * share))] ?? 0;
  const took = [...decisions.map((us) => us / 1_000), ...waits].sort((a, b) => a - b);
  const backs = all.flatMap(
    (one) => one.away.find(({ event, at }) => event === "back" && at > (endedAt ?? Number.POSITIVE_INFINITY))?.at ?? [],
  );
  return {
    ...used(
      offered.map((one) => ({ ...one, at: one.at - first })),
      all.flatMap((one) => one.gone).map((one) => ({ ...one, at: one.at - first })),
    ),
    commands: commands / offered.length,
    p50Us: part(decisions, 0.5),
    p99Us: part(decisions, 0.99),
    waited: waits.length / offered.length,
    longestMs: waits[waits.length - 1] ?? 0,
    p99Ms: part(took, 0.99),
    lost: all.reduce((sum, one) => sum + one.lost, 0),
    backMs: endedAt === undefined || backs.length === 0 ? undefined : Math.max(...backs) - endedAt,
  };
}
