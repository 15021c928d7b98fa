// What the watch has seen so far: counts, the last check, and how far and how reliable each host is.

import type { RegionFacts, RegionSample } from "../facts/long.ts";
import type { ConnectFacts } from "../facts/tcp.ts";
import type { Report } from "../report.ts";
import type { Verdict } from "./watch-pace.ts";

/** One host over the last checks. */
export interface HostRow {
  readonly region: string;
  readonly host: string;
  readonly samples: number;
  /** Share of the samples that connected, 0 to 1. */
  readonly availability: number;
  /** Mean of the connects that came about, milliseconds; undefined when none did. */
  readonly meanMs: number | undefined;
}

/** Samples kept per host: some hours at the default pace. */
const KEPT = 500;

interface Sample {
  readonly ok: boolean;
  readonly ms: number;
}

/** Keeps the book. Bounded: a watch may run for years. */
export class WatchBook {
  readonly counts = new Map<Report["state"], number>();
  readonly #hosts = new Map<string, { region: string; host: string; samples: Sample[] }>();
  last: Report | undefined;
  standing: Verdict | undefined;
  /** Wall time of the last check's end, milliseconds since 1970, and of the last change. */
  checkedAt = 0;
  changedAt = 0;

  /** Takes a check. */
  check(report: Report, standing: Verdict, changed: boolean, at: number): void {
    this.counts.set(report.state, (this.counts.get(report.state) ?? 0) + 1);
    if (changed || this.last === undefined) this.changedAt = at;
    this.last = report;
    this.standing = standing;
    this.checkedAt = at;
    const connect = factsOf(report, "tcp.connect") as ConnectFacts | undefined;
    const host = URL.canParse(report.target.url) ? new URL(report.target.url).hostname : report.target.url;
    for (const family of [4, 6] as const) {
      const own = connect?.connects.filter((one) => one.family === family) ?? [];
      const best = own.find(({ ok }) => ok) ?? own[0];
      if (best !== undefined) this.#sample(connect?.to === "proxy" ? `proxy IPv${family}` : `IPv${family}`, host, best);
    }
    const regions = factsOf(report, "long.regions") as RegionFacts | undefined;
    this.regions(regions?.regions ?? []);
  }

  /** Takes samples of regions. */
  regions(samples: readonly RegionSample[]): void {
    for (const { name, host, failed, samples: count, medianMs } of samples) {
      for (let i = 0; i < count - failed; i++) this.#sample(name, host, { ok: true, ms: medianMs ?? 0 });
      for (let i = 0; i < Math.max(failed, count === 0 ? 1 : 0); i++) this.#sample(name, host, { ok: false, ms: 0 });
    }
  }

  /** Every host with its figures, the nearest first. */
  hosts(): readonly HostRow[] {
    const rows = [...this.#hosts.values()].map(({ region, host, samples }): HostRow => {
      const good = samples.filter(({ ok }) => ok);
      const meanMs = good.length === 0 ? undefined : good.reduce((sum, { ms }) => sum + ms, 0) / good.length;
      return { region, host, samples: samples.length, availability: good.length / samples.length, meanMs };
    });
    return rows.sort((a, b) => (a.meanMs ?? Number.POSITIVE_INFINITY) - (b.meanMs ?? Number.POSITIVE_INFINITY));
  }

  #sample(region: string, host: string, { ok, ms }: Sample): void {
    const key = `${region} ${host}`;
    const row = this.#hosts.get(key) ?? { region, host, samples: [] };
    row.samples.push({ ok, ms });
    if (row.samples.length > KEPT) row.samples.shift();
    this.#hosts.set(key, row);
  }
}

function factsOf(report: Report, id: string): unknown {
  return report.probes.find((probe) => probe.id === id)?.facts ?? undefined;
}
