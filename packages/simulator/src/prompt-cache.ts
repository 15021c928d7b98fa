// The prompt cache: which prefix of a request is read from it, which is written to it, and for how long.

import { createHash } from "node:crypto";
import type { Clock } from "@fairlead/runtime";
import { tokensOfValue } from "./answers/tokens.ts";
import { array, blocksOf, object } from "./answers/turn.ts";
import type { InputUsage } from "./answers/usage-meter.ts";
import { invalid, type Problem } from "./problem.ts";

const TTL_MS = { "5m": 5 * 60_000, "1h": 60 * 60_000 };
/** Most breakpoints of one request, and how many blocks before a breakpoint are searched (protocol.md 6.1). */
const MOST_BREAKPOINTS = 4;
const LOOKBACK = 20;
const MOST_ENTRIES = 20_000;

type Ttl = keyof typeof TTL_MS;

interface Segment {
  /** Tokens up to and with this block. */
  tokens: number;
  /** Hash of everything up to and with this block. */
  hash: string;
  ttl?: Ttl;
}

interface Entry {
  until: number;
  ttl: Ttl;
}

/** Remembers prefixes per key and model. */
export class PromptCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Accounts one request. `least`: the model's smallest cacheable prefix, tokens. `remember` false only looks (count_tokens). */
  account(body: Record<string, unknown>, scope: string, least: number, remember = true): InputUsage {
    if (!hasMarks(body)) return { input: inputTokensOf(body), cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    const segments = segmentsOf(body);
    const total = segments.at(-1)?.tokens ?? 0;
    const marks = segments.flatMap((segment, index) => (segment.ttl !== undefined ? [index] : []));
    const usable = marks.filter((index) => (segments[index] as Segment).tokens >= least);
    if (usable.length === 0) return { input: total, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    const hit = this.#longestHit(segments, usable, scope);
    const cacheRead = hit < 0 ? 0 : (segments[hit] as Segment).tokens;
    const last = (segments[usable.at(-1) as number] as Segment).tokens;
    const lastHour = usable.filter((index) => (segments[index] as Segment).ttl === "1h").at(-1);
    const hourEnd = lastHour === undefined ? 0 : (segments[lastHour] as Segment).tokens;
    const cacheWrite1h = Math.max(0, hourEnd - cacheRead);
    const cacheWrite5m = Math.max(0, last - Math.max(cacheRead, hourEnd));
    if (remember) for (const index of usable) this.#write(scope, segments[index] as Segment);
    return { input: total - Math.max(last, cacheRead), cacheRead, cacheWrite5m, cacheWrite1h };
  }

  reset(): void {
    this.#entries.clear();
  }

  #longestHit(segments: Segment[], marks: number[], scope: string): number {
    const now = this.#clock.now();
    for (const mark of marks.toReversed()) {
      for (let index = mark; index >= 0 && index > mark - LOOKBACK; index--) {
        const name = `${scope}\n${(segments[index] as Segment).hash}`;
        const entry = this.#entries.get(name);
        if (entry === undefined) continue;
        if (entry.until > now) {
          entry.until = now + TTL_MS[entry.ttl];
          return index;
        }
        this.#entries.delete(name);
      }
    }
    return -1;
  }

  #write(scope: string, segment: Segment): void {
    const ttl = segment.ttl ?? "5m";
    const name = `${scope}\n${segment.hash}`;
    this.#entries.delete(name);
    this.#entries.set(name, { until: this.#clock.now() + TTL_MS[ttl], ttl });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MOST_ENTRIES && oldest.done !== true) this.#entries.delete(oldest.value);
  }
}

/** What is wrong with the cache_control marks of a request, or undefined. */
export function cacheProblem(body: Record<string, unknown>): Problem | undefined {
  const marks = flatten(body).flatMap(({ value }) => ("cache_control" in value ? [object(value.cache_control)] : []));
  if (marks.length > MOST_BREAKPOINTS) {
    return invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`);
  }
  const ttls = marks.filter((mark) => mark.type === "ephemeral").map((mark) => (mark.ttl === "1h" ? "1h" : "5m"));
  if (ttls.lastIndexOf("1h") > ttls.indexOf("5m") && ttls.includes("5m")) {
    return invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.");
  }
  return undefined;
}

/** Input tokens of a request, cached or not. */
export function inputTokensOf(body: Record<string, unknown>): number {
  let total = 0;
  for (const { value } of flatten(body)) total += tokensOfValue(value);
  return total;
}

function hasMarks(body: Record<string, unknown>): boolean {
  return body.cache_control !== undefined || flatten(body).some(({ value }) => value.cache_control !== undefined);
}

function segmentsOf(body: Record<string, unknown>): Segment[] {
  const hash = createHash("sha256");
  const automatic = object(body.cache_control);
  const parts = flatten(body);
  let tokens = 0;
  return parts.map(({ scope, value }, index) => {
    tokens += tokensOfValue(value);
    const { cache_control: mark, ...rest } = value;
    hash.update(`${scope}:${JSON.stringify(rest)}\n`);
    const own = object(mark).type === "ephemeral" ? object(mark) : undefined;
    const control = own ?? (automatic.type === "ephemeral" && index === parts.length - 1 ? automatic : undefined);
    const segment: Segment = { tokens, hash: hash.copy().digest("base64") };
    if (control !== undefined) segment.ttl = control.ttl === "1h" ? "1h" : "5m";
    return segment;
  });
}

/** Tools, then system, then messages, block by block: the order in which the API caches. */
function flatten(body: Record<string, unknown>): Array<{ scope: string; value: Record<string, unknown> }> {
  const out: Array<{ scope: string; value: Record<string, unknown> }> = [];
  for (const tool of array(body.tools)) out.push({ scope: "tool", value: object(tool) });
  if (body.system !== undefined) for (const block of blocksOf(body.system)) out.push({ scope: "system", value: block });
  for (const message of array(body.messages).map(object)) {
    for (const block of blocksOf(message.content)) out.push({ scope: String(message.role), value: block });
  }
  return out;
}
