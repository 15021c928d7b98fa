// Runs probes over their dependencies: in parallel where they may, within a time each and a time for all.

import type { Context } from "./context.ts";
import type { FactName, Facts } from "./facts.ts";
import type { Looked, Probe, Status } from "./probe.ts";
import type { Words } from "./words.ts";

/** One probe after its run. */
export interface Probed {
  readonly probe: Probe;
  readonly status: Status;
  readonly note: Words;
  readonly ms: number;
  /** True when it did not run although nothing made it needless. */
  readonly unlooked: boolean;
}

/** Told while the examination runs. */
export interface Watcher {
  started?(probe: Probe): void;
  ended?(probed: Probed): void;
}

/** Default of `Probe.timeoutMs`. */
export const PROBE_MS = 6_000;

const LATE: Words = { en: "took too long", zh: "耗时过长" };
const BLOCKED: Words = { en: "not looked at: what it builds on failed", zh: "未检查：它所依赖的一步失败了" };
const OUT_OF_TIME: Words = { en: "not looked at: no time left", zh: "未检查：时间已用完" };

/**
 * Runs all probes. A probe starts when all that it comes after are done; what an earlier failure makes pointless its own
 * `skip` says. `budgetMs` bounds the whole: what has not begun by then is skipped, what runs is abandoned.
 */
export async function runProbes(
  probes: readonly Probe[],
  ctx: Context,
  facts: Facts,
  budgetMs: number,
  watcher: Watcher = {},
): Promise<readonly Probed[]> {
  const { clock } = ctx.rt;
  const end = clock.now() + budgetMs;
  const runs = new Map<FactName, Promise<Probed>>();
  const known = new Set(probes.map(({ id }) => id));
  const run = async (probe: Probe): Promise<Probed> => {
    await Promise.all(probe.after.filter((id) => known.has(id)).map((id) => runs.get(id)));
    const began = clock.now();
    const finish = (status: Status, note: Words, unlooked = false): Probed => {
      const probed = { probe, status, note, ms: Math.round(clock.now() - began), unlooked };
      watcher.ended?.(probed);
      return probed;
    };
    const reason = probe.skip?.(ctx, facts);
    if (reason !== undefined) return finish("skip", reason, probe.required === true);
    const left = end - began;
    if (left <= 0) return finish("skip", OUT_OF_TIME, true);
    watcher.started?.(probe);
    let looked: Looked | undefined;
    try {
      looked = await within(ctx, Math.min(left, probe.timeoutMs ?? PROBE_MS), probe.run(ctx, facts));
    } catch (e) {
      // A mistake of ours must not take the other probes' answers with it.
      return finish("fail", broke(e), true);
    }
    if (looked === undefined) return finish("fail", LATE, true);
    // The id is the key of its own facts; the map of names to types cannot say that for a name that is only known at run time.
    if (looked.facts !== undefined) (facts as { [id: string]: unknown })[probe.id] = looked.facts;
    return finish(looked.status, looked.note);
  };
  for (const probe of inOrder(probes)) runs.set(probe.id, run(probe));
  const done = await Promise.all(runs.values());
  return [...done].sort((a, b) => probes.indexOf(a.probe) - probes.indexOf(b.probe));
}

function broke(e: unknown): Words {
  const message = e instanceof Error ? e.message : String(e);
  return { en: `the probe itself broke: ${message}`, zh: `探测本身出错：${message}` };
}

/** The note of a probe that cannot run because one before it failed. */
export function blocked(): Words {
  return BLOCKED;
}

async function within(ctx: Context, ms: number, work: Promise<Looked>): Promise<Looked | undefined> {
  return new Promise((resolve, reject) => {
    const timer = ctx.rt.clock.timer(ms, () => resolve(undefined));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Each after those that it names, else as listed. Throws for a ring: that is a mistake of ours. */
function inOrder(probes: readonly Probe[]): Probe[] {
  const left = [...probes];
  const placed = new Set<FactName>();
  const names = new Set(probes.map(({ id }) => id));
  const order: Probe[] = [];
  while (left.length > 0) {
    const at = left.findIndex((one) => one.after.every((id) => placed.has(id) || !names.has(id)));
    if (at < 0) throw new Error(`probes wait for each other: ${left.map(({ id }) => id).join(", ")}`);
    const [next] = left.splice(at, 1);
    if (next === undefined) break;
    placed.add(next.id);
    order.push(next);
  }
  return order;
}
