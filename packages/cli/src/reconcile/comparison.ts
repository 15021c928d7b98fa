// The ledger beside a provider's report: what differs, by bucket, model and key.

import { type ProviderReport, reportedModel } from "@fairlead/gateway/reconcile";
import type { Line } from "../usage/usage-line.ts";

/** What is compared of a cell; cost in pico-dollars. */
export const KINDS = ["input", "write5m", "write1h", "read", "output", "searches", "cost"] as const;
export type Kind = (typeof KINDS)[number];

/** One difference. */
export interface Difference {
  readonly at: number;
  readonly model: string;
  /** The upstream whose key it is; undefined when keys are not told apart. */
  readonly upstream: string | undefined;
  readonly kind: Kind;
  readonly ledger: bigint;
  readonly provider: bigint;
  /** Whether it is beyond the tolerance. */
  readonly beyond: boolean;
}

/** What a comparison is told. */
export interface ComparisonOptions {
  /** Width of a bucket, milliseconds. */
  readonly width: number;
  /** Share by which both may differ, 0 to 1. */
  readonly tolerance: number;
  /** Upstreams by the provider's id of their key; undefined: keys are not told apart. */
  readonly keys: ReadonlyMap<string, string> | undefined;
}

/** What came out. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** Cells that were compared. */
  readonly cells: number;
  /** Sums over all of both sides. */
  readonly totals: ReadonlyMap<Kind, { readonly ledger: bigint; readonly provider: bigint }>;
  /** Keys of the report that nobody named. */
  readonly unknownKeys: readonly string[];
  /** Costs that a ledger of tokens cannot have, such as code execution, pico-dollars. */
  readonly otherCost: bigint;
}

type Cell = Record<Kind, bigint>;

/** Compares. The lines of the ledger are by time, model and upstream. */
export function compare(lines: readonly Line[], report: ProviderReport, options: ComparisonOptions): Comparison {
  const { width, keys, tolerance } = options;
  const ours = new Map<string, Cell>();
  const theirs = new Map<string, Cell>();
  const unknown = new Set<string>();
  const bucket = (at: number) => Math.floor(at / width) * width;
  const named = keys === undefined ? undefined : new Set(keys.values());
  const add = (to: Map<string, Cell>, at: number, model: string, upstream: string | undefined, more: Partial<Cell>) => {
    const id = JSON.stringify([bucket(at), model, upstream ?? null]);
    const cell = to.get(id) ?? empty();
    for (const kind of KINDS) cell[kind] += more[kind] ?? 0n;
    to.set(id, cell);
  };
  for (const line of lines) {
    if (named !== undefined && !named.has(line.upstream ?? "")) continue;
    const searches = BigInt(line.web_search_requests);
    add(ours, line.at ?? 0, reportedModel(line.model), named === undefined ? undefined : line.upstream, {
      input: BigInt(line.input_tokens),
      write5m: BigInt(line.cache_write_5m_tokens),
      write1h: BigInt(line.cache_write_1h_tokens),
      read: BigInt(line.cache_read_tokens),
      output: BigInt(line.output_tokens),
      searches,
    });
  }
  for (const one of report.usage) {
    const upstream = keys?.get(one.key ?? "");
    if (keys !== undefined && upstream === undefined) {
      unknown.add(one.key ?? "(none)");
      continue;
    }
    add(theirs, one.at, reportedModel(one.model), upstream, {
      input: BigInt(one.input),
      write5m: BigInt(one.write5m),
      write1h: BigInt(one.write1h),
      read: BigInt(one.read),
      output: BigInt(one.output),
      searches: BigInt(one.searches),
    });
  }
  const otherCost = costs(lines, report, keys, (side, at, cost) =>
    add(side === "ledger" ? ours : theirs, at, ALL_MODELS, undefined, { cost }),
  );
  return judged(ours, theirs, tolerance, [...unknown], otherCost);
}

/** Costs are reported for a whole day and not for a key. */
export const ALL_MODELS = "all models";
const DAY = 86_400_000;

function costs(
  lines: readonly Line[],
  report: ProviderReport,
  keys: ComparisonOptions["keys"],
  add: (side: "ledger" | "provider", at: number, cost: bigint) => void,
): bigint {
  // With some keys only there is nothing to compare the whole organisation's cost with.
  if (report.cost.length === 0 || keys !== undefined) return 0n;
  let other = 0n;
  // They come by days, whatever the width of the other buckets is.
  const day = (at: number) => Math.floor(at / DAY) * DAY;
  for (const line of lines) add("ledger", day(line.at ?? 0), line.pico);
  for (const { at, kind, pico } of report.cost) {
    if (kind === undefined || kind === "tokens" || kind === "web_search") add("provider", day(at), pico);
    else other += pico;
  }
  return other;
}

function judged(
  ours: ReadonlyMap<string, Cell>,
  theirs: ReadonlyMap<string, Cell>,
  tolerance: number,
  unknownKeys: readonly string[],
  otherCost: bigint,
): Comparison {
  const ids = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  const totals = new Map(KINDS.map((kind) => [kind, { ledger: 0n, provider: 0n }]));
  const differences: Difference[] = [];
  for (const id of ids) {
    const [at, model, upstream] = JSON.parse(id) as [number, string, string | null];
    for (const kind of KINDS) {
      const ledger = ours.get(id)?.[kind] ?? 0n;
      const provider = theirs.get(id)?.[kind] ?? 0n;
      const sum = totals.get(kind) ?? { ledger: 0n, provider: 0n };
      totals.set(kind, { ledger: sum.ledger + ledger, provider: sum.provider + provider });
      if (ledger === provider) continue;
      const off = ledger > provider ? ledger - provider : provider - ledger;
      const beyond = Number(off) > Number(provider) * tolerance;
      differences.push({ at, model, upstream: upstream ?? undefined, kind, ledger, provider, beyond });
    }
  }
  return { differences, cells: ids.length, totals, unknownKeys, otherCost };
}

function empty(): Cell {
  return { input: 0n, write5m: 0n, write1h: 0n, read: 0n, output: 0n, searches: 0n, cost: 0n };
}
