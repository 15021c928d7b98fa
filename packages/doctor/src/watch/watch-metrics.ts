// The book as Prometheus reads it (text format 0.0.4), and as /health tells it.

import { formatRfc3339 } from "@fairlead/protocol";
import type { WatchBook } from "./watch-book.ts";

const STATES = ["whole", "broken", "undecided"] as const;
const STATUSES = ["pass", "warn", "fail", "skip"] as const;

/** The whole page of /metrics. */
export function printMetrics(book: WatchBook): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    kind: "gauge" | "counter",
    help: string,
    rows: readonly (readonly [labels: Labels, value: number])[],
  ) => {
    if (rows.length === 0) return;
    lines.push(`# HELP fairlead_doctor_${name} ${help}`, `# TYPE fairlead_doctor_${name} ${kind}`);
    for (const [labels, value] of rows)
      lines.push(`fairlead_doctor_${name}${printLabels(labels)} ${Number.isInteger(value) ? value : value.toFixed(6)}`);
  };
  const { last, standing } = book;
  const hosts = book.hosts();
  metric("up", "gauge", "1 while the line is whole.", [[{}, standing?.state === "whole" ? 1 : 0]]);
  metric(
    "checks_total",
    "counter",
    "Checks by what they found.",
    STATES.map((state) => [{ state }, book.counts.get(state) ?? 0] as const),
  );
  if (last !== undefined) {
    metric("check_duration_seconds", "gauge", "Time of the last check.", [[{}, last.duration_ms / 1_000]]);
    metric("last_check_timestamp_seconds", "gauge", "When the last check ended, seconds since 1970.", [
      [{}, book.checkedAt / 1_000],
    ]);
    metric("last_change_timestamp_seconds", "gauge", "When the state last changed, seconds since 1970.", [
      [{}, book.changedAt / 1_000],
    ]);
    const ran = last.probes.filter(({ status }) => status !== "skip");
    metric(
      "probe_seconds",
      "gauge",
      "Time of each probe in the last check.",
      ran.map(({ id, ms }) => [{ probe: id }, ms / 1_000] as const),
    );
    metric(
      "probe_status",
      "gauge",
      "1 for what each probe ended with in the last check.",
      last.probes.flatMap(({ id, status }) =>
        STATUSES.map((one) => [{ probe: id, status: one }, one === status ? 1 : 0] as const),
      ),
    );
    metric(
      "finding",
      "gauge",
      "1 for each finding of the last check.",
      last.findings.map(({ code, severity }) => [{ code, severity }, 1] as const),
    );
  }
  metric(
    "availability",
    "gauge",
    "Share of the connects that came about.",
    hosts.map((row) => [labelsOf(row), row.availability] as const),
  );
  const near = hosts.filter(({ meanMs }) => meanMs !== undefined);
  metric(
    "latency_seconds",
    "gauge",
    "Mean time of a TCP connect.",
    near.map((row) => [labelsOf(row), (row.meanMs ?? 0) / 1_000] as const),
  );
  return `${lines.join("\n")}\n`;
}

/** The body of /health; 200 goes with it while the line is whole, 503 else. */
export function printHealth(book: WatchBook): { readonly status: 200 | 503; readonly body: string } {
  const { last, standing } = book;
  const broken = standing !== undefined && standing.state !== "whole";
  const body = {
    state: standing?.state ?? "starting",
    ...(standing?.code === undefined ? {} : { code: standing.code }),
    ...(broken && last?.verdict ? { layer: last.verdict.layer, title: last.verdict.title } : {}),
    ...(last === undefined
      ? {}
      : {
          target: last.target.url,
          checked_at: isoOf(book.checkedAt),
          changed_at: isoOf(book.changedAt),
          check_ms: Math.round(last.duration_ms),
        }),
    hosts: book.hosts().map(({ region, host, samples, availability, meanMs }) => ({
      region,
      host,
      samples,
      availability: Math.round(availability * 10_000) / 10_000,
      mean_ms: meanMs === undefined ? null : Math.round(meanMs * 10) / 10,
    })),
  };
  return { status: standing?.state === "whole" ? 200 : 503, body: `${JSON.stringify(body)}\n` };
}

interface Labels {
  readonly [name: string]: string;
}

function labelsOf({ region, host }: { readonly region: string; readonly host: string }): Labels {
  return { target: host, region };
}

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function isoOf(wall: number): string {
  return formatRfc3339(wall);
}
