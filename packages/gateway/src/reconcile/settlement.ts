// What a provider's report says beyond the estimates of a bucket, as rows that correct the ledger.

import { createHash } from "node:crypto";
import { costOf, findModel, type Prices, readUsage } from "@fairlead/protocol";
import type { LedgerRow } from "@fairlead/stores";
import { type ProviderReport, reportedModel } from "./provider-report.ts";

/** The kinds of tokens that a correction has, and their columns. */
const FIELDS = {
  input: "inputTokens",
  write5m: "cacheWrite5mTokens",
  write1h: "cacheWrite1hTokens",
  read: "cacheReadTokens",
  output: "outputTokens",
  searches: "webSearchRequests",
} as const satisfies { readonly [name: string]: keyof LedgerRow };
type Field = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as Field[];
type Counts = Record<Field, number>;

/** Beside `most`, an estimated row may lack so many tokens: an answer of which nothing had come is estimated as nothing. */
const SLACK_TOKENS = 1_000;
/** What a model that nobody knows can read and write at most, tokens. */
const UNKNOWN_MODEL = { contextWindow: 1_000_000, maxOutput: 128_000 };

/** How a settlement is made. */
export interface SettlementOptions {
  /** Width of a bucket, milliseconds. */
  readonly width: number;
  /** Upstreams by the provider's id of their key; undefined: keys are not told apart. */
  readonly keys: ReadonlyMap<string, string> | undefined;
  readonly prices: Prices;
  /** Only buckets that ended before this are settled, Unix milliseconds. */
  readonly before: number;
  /** How many times the estimates the provider may tell of. */
  readonly most: number;
}

/** A bucket and model in which the report differs and nothing is booked. */
export interface RefusedCell {
  readonly at: number;
  readonly model: string;
  readonly upstream: string | undefined;
  readonly why: string;
}

/** What comes out. */
export interface Settlement {
  readonly corrections: readonly LedgerRow[];
  readonly refused: readonly RefusedCell[];
}

interface Cell {
  readonly at: number;
  readonly model: string;
  readonly upstream: string | undefined;
  readonly provider: Counts;
  /** All rows, those of them that are settled, and the estimated ones with earlier corrections. */
  readonly ledger: Counts;
  readonly settled: Counts;
  readonly estimates: LedgerRow[];
  readonly corrections: LedgerRow[];
}

/**
 * Works out corrections: of each bucket and model that differ, what the report tells beyond the settled rows is divided
 * among the estimated ones in proportion to what they were estimated at, priced, and summed up by project, key, actor and
 * upstream. Settled rows are never touched. The same rows and report give the same ids.
 */
export class Settler {
  readonly #options: SettlementOptions;
  readonly #report: ProviderReport;
  readonly #cells = new Map<string, Cell>();
  /** Corrections of longer buckets: which part of them is a shorter one's nobody knows. */
  readonly #longer: { readonly from: number; readonly to: number; readonly model: string }[] = [];

  constructor(report: ProviderReport, options: SettlementOptions) {
    this.#options = options;
    this.#report = report;
    for (const one of report.usage) {
      const upstream = options.keys?.get(one.key ?? "");
      if (options.keys !== undefined && upstream === undefined) continue;
      const cell = this.#cell(one.at, reportedModel(one.model), upstream);
      for (const name of NAMES) cell.provider[name] += one[name];
    }
  }

  /** Takes a row of the ledger. Of what was before the report only corrections of longer buckets matter. */
  add(row: LedgerRow): void {
    const { keys } = this.#options;
    if (keys !== undefined && ![...keys.values()].includes(row.upstream)) return;
    const model = reportedModel(row.modelServed ?? row.modelAsked);
    if (row.ended === "correction" && row.endMs > this.#options.width)
      this.#longer.push({ from: row.at, to: row.at + row.endMs, model });
    if (row.at < this.#report.from) return;
    const cell = this.#cell(row.at, model, keys === undefined ? undefined : row.upstream);
    addTo(cell.ledger, row);
    if (row.ended === "correction") cell.corrections.push(row);
    else if (row.estimated) cell.estimates.push(row);
    else addTo(cell.settled, row);
  }

  /** What is to be booked. */
  settle(): Settlement {
    const corrections: LedgerRow[] = [];
    const refused: RefusedCell[] = [];
    const cells = [...this.#cells.values()].sort((a, b) => a.at - b.at || (a.model < b.model ? -1 : 1));
    for (const cell of cells) {
      if (NAMES.every((name) => cell.provider[name] === cell.ledger[name])) continue;
      const why = this.#objection(cell);
      const made = why ?? this.#corrections(cell);
      if (typeof made !== "string") corrections.push(...made);
      else refused.push({ at: cell.at, model: cell.model, upstream: cell.upstream, why: made });
    }
    return { corrections, refused };
  }

  #cell(time: number, model: string, upstream: string | undefined): Cell {
    const { width } = this.#options;
    const at = Math.floor(time / width) * width;
    const id = JSON.stringify([at, model, upstream ?? null]);
    let found = this.#cells.get(id);
    if (found === undefined) {
      const sums = { provider: nothing(), ledger: nothing(), settled: nothing() };
      found = { at, model, upstream, ...sums, estimates: [], corrections: [] };
      this.#cells.set(id, found);
    }
    return found;
  }

  #objection({ at, model, provider, settled, estimates }: Cell): string | undefined {
    const { width, before, most } = this.#options;
    if (!this.#report.covered.some(([from, to]) => from <= at && at + width <= to))
      return "the report does not have all of this bucket: give every page of it, or use a shorter one with --by";
    if (this.#longer.some((one) => one.model === model && one.from <= at && at < one.to))
      return "it was settled by longer buckets before: use --by day (or hour) again";
    if (at + width > before) return "the bucket is too new: answers may still run, and reports come late";
    if (estimates.length === 0) return "no row of it is an estimate: somebody else used the key, or a row is missing";
    const less = NAMES.find((name) => provider[name] < settled[name]);
    if (less !== undefined)
      return `settled rows alone have ${settled[less]} of ${less}, the report has ${provider[less]}`;
    const { contextWindow, maxOutput } = findModel(model) ?? UNKNOWN_MODEL;
    const held = nothing();
    for (const row of estimates) addTo(held, row);
    const rows = estimates.length;
    const told = nothing();
    for (const name of NAMES) told[name] = provider[name] - settled[name];
    const whole = (of: Counts) => of.input + of.write5m + of.write1h + of.read + of.output;
    const bound = Math.floor(most * whole(held)) + rows * SLACK_TOKENS;
    if (whole(told) > bound)
      return `the report has ${whole(told)} tokens beyond the settled rows, ${rows} estimates of ${whole(held)} explain ${bound} at most (--most)`;
    if (whole(told) - told.output > rows * contextWindow || told.output > rows * maxOutput)
      return `${rows} answers of this model cannot have used so much`;
    return undefined;
  }

  #corrections(cell: Cell): LedgerRow[] | string {
    const { estimates, provider, settled } = cell;
    const { prices } = this.#options;
    const shares = new Map<Field, readonly number[]>();
    const total = (row: LedgerRow) => NAMES.reduce((sum, name) => sum + row[FIELDS[name]], 0);
    for (const name of NAMES) {
      const own = estimates.map((row) => row[FIELDS[name]]);
      const weights = own.some((one) => one > 0) ? own : estimates.map(total);
      shares.set(name, divided(provider[name] - settled[name], weights));
    }
    const groups = new Map<string, { of: LedgerRow; sums: Counts; pico: bigint }>();
    const group = (row: LedgerRow) => {
      const model = row.modelServed ?? row.modelAsked;
      const id = JSON.stringify([row.project, row.keyId, row.actor ?? null, row.upstream, model]);
      const found = groups.get(id) ?? { of: row, sums: nothing(), pico: 0n };
      groups.set(id, found);
      return found;
    };
    for (const [i, row] of estimates.entries()) {
      if (costOfCounts(row, countsOf(row), prices) !== row.picoUsd)
        return "an estimate has another price than is known here: name the configuration with --config";
      const into = group(row);
      const share = nothing();
      for (const name of NAMES) {
        share[name] = shares.get(name)?.[i] ?? 0;
        into.sums[name] += share[name] - row[FIELDS[name]];
      }
      into.pico += BigInt(costOfCounts(row, share, prices)) - BigInt(row.picoUsd);
    }
    for (const row of cell.corrections) {
      const into = group(row);
      for (const name of NAMES) into.sums[name] -= row[FIELDS[name]];
      into.pico -= BigInt(row.picoUsd);
    }
    const rows: LedgerRow[] = [];
    for (const { of, sums, pico } of groups.values()) {
      if (pico === 0n && NAMES.every((name) => sums[name] === 0)) continue;
      rows.push(correction(cell, of, sums, Number(pico), this.#options.width));
    }
    return rows;
  }
}

function correction(cell: Cell, of: LedgerRow, sums: Counts, picoUsd: number, width: number): LedgerRow {
  const { project, keyId, actor, upstream } = of;
  const model = of.modelServed ?? of.modelAsked;
  // What there was before is part of it: a report that says something else later makes another correction.
  const before = [cell.ledger, cell.corrections.length];
  const basis = [cell.at, model, project, keyId, actor ?? null, upstream, before, cell.provider];
  const id = `cor_${createHash("sha256").update(JSON.stringify(basis)).digest("hex").slice(0, 24)}`;
  const tokens = Object.fromEntries(NAMES.map((name) => [FIELDS[name], sums[name]])) as Record<
    (typeof FIELDS)[Field],
    number
  >;
  return {
    attemptId: id,
    requestId: id,
    attempt: 1,
    instance: "reconcile",
    at: cell.at,
    project,
    keyId,
    actor,
    route: "correction",
    stream: false,
    modelAsked: of.modelAsked,
    modelServed: of.modelServed,
    upstream,
    // How long its bucket is.
    endMs: width,
    verdict: "correction",
    ended: "correction",
    ...tokens,
    thinkingTokens: 0,
    webFetchRequests: 0,
    picoUsd,
    priced: true,
    estimated: false,
  };
}

/** What a row would cost with other counts, at the price of its own day, tier, speed and place. */
function costOfCounts(row: LedgerRow, counts: Counts, prices: Prices): number {
  const usage = readUsage({
    input_tokens: counts.input,
    cache_creation: { ephemeral_5m_input_tokens: counts.write5m, ephemeral_1h_input_tokens: counts.write1h },
    cache_read_input_tokens: counts.read,
    output_tokens: counts.output,
    server_tool_use: { web_search_requests: counts.searches },
    service_tier: row.serviceTier,
    speed: row.speed,
    inference_geo: row.inferenceGeo,
  });
  return costOf(usage, row.modelServed ?? row.modelAsked ?? "", { atMs: row.at, prices }).picoUsd;
}

/** A whole number in parts in proportion to weights, which add up to it exactly: the largest remainders get what is left. */
export function divided(amount: number, weights: readonly number[]): readonly number[] {
  const all = weights.reduce((sum, one) => sum + one, 0);
  const even = all === 0;
  const parts = weights.map((one, i) => {
    // In whole numbers: products of counts leave what a double holds exactly.
    const product = BigInt(amount) * BigInt(even ? 1 : one);
    const whole = BigInt(even ? weights.length : all);
    return { i, part: Number(product / whole), rest: product % whole };
  });
  let left = amount - parts.reduce((sum, { part }) => sum + part, 0);
  const result = parts.map(({ part }) => part);
  for (const { i } of [...parts].sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))) {
    if (left <= 0) break;
    result[i] = (result[i] ?? 0) + 1;
    left -= 1;
  }
  return result;
}

function nothing(): Counts {
  return { input: 0, write5m: 0, write1h: 0, read: 0, output: 0, searches: 0 };
}

function countsOf(row: LedgerRow): Counts {
  const counts = nothing();
  addTo(counts, row);
  return counts;
}

function addTo(counts: Counts, row: LedgerRow): void {
  for (const name of NAMES) counts[name] += row[FIELDS[name]];
}
