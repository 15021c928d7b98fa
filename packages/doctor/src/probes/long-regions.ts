// How far the target, the proxy and the platform's regions are: times of TCP connects.

import type { Context } from "../context.ts";
import type { RegionSample } from "../facts/long.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { addressesOf } from "../long/host-address.ts";
import { regionsOf } from "../long/platform-regions.ts";
import { sampleRegion } from "../long/region-samples.ts";
import type { Probe } from "../probe.ts";

/** Connects per candidate. */
const SAMPLES = 5;

/** Five connects each. Other regions are asked only when the target is that platform itself. */
export const longRegions: Probe<"long.regions"> = {
  id: "long.regions",
  layer: "long",
  title: { en: "Distances", zh: "距离与延迟" },
  after: ["tcp.connect"],
  deep: true,
  timeoutMs: 20_000,
  skip: (_ctx, facts) => (facts["tcp.connect"]?.connects.some(({ ok }) => ok) === true ? undefined : blocked()),
  async run(ctx, facts) {
    const regions = await sampleRegions(ctx, facts, SAMPLES);
    const best = [...regions].sort(
      (a, b) => (a.medianMs ?? Number.POSITIVE_INFINITY) - (b.medianMs ?? Number.POSITIVE_INFINITY),
    )[0];
    const reached = regions.filter(({ medianMs }) => medianMs !== undefined).length;
    if (best?.medianMs === undefined)
      return { status: "warn", note: { en: "nothing answered", zh: "没有任何一处应答" }, facts: { regions } };
    const figures = `${best.minMs} / ${best.medianMs} / ${best.maxMs} ms`;
    const note = {
      en: `nearest ${best.name}: ${figures} (min, median, max of ${best.samples}); ${reached} of ${regions.length} answered`,
      zh: `最近 ${best.name}：${figures}（${best.samples} 次的最小、中位、最大值）；${regions.length} 处中有 ${reached} 处应答`,
    };
    return { status: "pass", note, facts: { regions } };
  },
};

/** Samples all candidates at once, each of them one connect after another. */
export async function sampleRegions(ctx: Context, facts: Facts, count: number): Promise<readonly RegionSample[]> {
  const { wire, target } = ctx;
  const decision = ctx.environment.proxyFor(target.url);
  const connects = facts["tcp.connect"]?.connects ?? [];
  if (decision.use === "proxy") {
    const { host, port } = decision.proxy;
    const address = facts["tcp.connect"]?.best;
    return address === undefined ? [] : [await sampleRegion(wire, "proxy", host, address, port, count)];
  }
  const own = ([4, 6] as const).flatMap((family) => {
    const one = connects.find((each) => each.family === family && each.ok);
    return one === undefined ? [] : [sampleRegion(wire, `IPv${family}`, target.host, one.address, one.port, count)];
  });
  const others = regionsOf(target).map(async ({ name, host }): Promise<RegionSample> => {
    const [address] = await addressesOf(ctx.rt.clock, host);
    if (address === undefined) return { name, host, samples: 0, failed: 0, error: "ENOTFOUND" };
    return sampleRegion(wire, name, host, address, target.port, count);
  });
  return Promise.all([...own, ...others]);
}
