// Rows of the ledger packed into bytes and numbers: as objects each would be carried about by the collector several times
// over before it leaves.

import type { Ended, LedgerRow } from "../ledger-row.ts";

/** Texts that few rows have alone: each stands once in a page. */
const SHARED = 16;
/** Texts that a row has for itself. */
const OWN = 7;
const NUMBERS = 18;
/** Place of `at` among the numbers. */
const AT = 1;
/** Bytes of texts for each row that a page has room for at first. */
const TEXT_BYTES = 256;
/** An emptied page gives back what is more than so many times its usual room. */
const MOST_KEPT = 4;
/** A character of UTF-16 takes at most so many bytes. */
const BYTES_PER_UNIT = 3;

/** A page of rows, filled once from the first to the last. */
export class PackedRows {
  readonly #numbers: Float64Array;
  readonly #shared: Int32Array;
  readonly #lengths: Int32Array;
  readonly #starts: Float64Array;
  readonly #room: number;
  #text: Buffer;
  #used = 0;
  #words: string[] = [];
  readonly #places = new Map<string, number>();
  #count = 0;

  /** @param room rows that it holds */
  constructor(room: number) {
    this.#room = room;
    this.#text = Buffer.allocUnsafe(room * TEXT_BYTES);
    this.#numbers = new Float64Array(room * NUMBERS);
    this.#shared = new Int32Array(room * SHARED);
    this.#lengths = new Int32Array(room * OWN);
    this.#starts = new Float64Array(room);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#room;
  }

  /** Adds a row that a store can hold as it is. */
  add(row: LedgerRow): void {
    const at = this.#count++;
    const numbers = this.#numbers;
    let n = at * NUMBERS;
    numbers[n++] = row.attempt;
    numbers[n++] = row.at;
    numbers[n++] = row.headMs ?? Number.NaN;
    numbers[n++] = row.firstTokenMs ?? Number.NaN;
    numbers[n++] = row.endMs;
    numbers[n++] = row.status ?? Number.NaN;
    numbers[n++] = row.inputTokens;
    numbers[n++] = row.cacheWrite5mTokens;
    numbers[n++] = row.cacheWrite1hTokens;
    numbers[n++] = row.cacheReadTokens;
    numbers[n++] = row.outputTokens;
    numbers[n++] = row.thinkingTokens;
    numbers[n++] = row.webSearchRequests;
    numbers[n++] = row.webFetchRequests;
    numbers[n++] = row.picoUsd;
    numbers[n++] = row.stream ? 1 : 0;
    numbers[n++] = row.priced ? 1 : 0;
    numbers[n++] = row.estimated ? 1 : 0;
    const shared = this.#shared;
    let s = at * SHARED;
    shared[s++] = this.#place(row.instance);
    shared[s++] = this.#place(row.project);
    shared[s++] = this.#place(row.keyId);
    shared[s++] = this.#place(row.actor);
    shared[s++] = this.#place(row.route);
    shared[s++] = this.#place(row.modelAsked);
    shared[s++] = this.#place(row.modelServed);
    shared[s++] = this.#place(row.upstream);
    shared[s++] = this.#place(row.region);
    shared[s++] = this.#place(row.verdict);
    shared[s++] = this.#place(row.code);
    shared[s++] = this.#place(row.ended);
    shared[s++] = this.#place(row.serviceTier);
    shared[s++] = this.#place(row.speed);
    shared[s++] = this.#place(row.inferenceGeo);
    shared[s++] = this.#place(row.priceRow);
    const { attemptId, requestId, callerRequestId, upstreamRequestId, messageId, session, iterations } = row;
    const lengths = this.#lengths;
    let l = at * OWN;
    lengths[l++] = attemptId.length;
    lengths[l++] = requestId.length;
    lengths[l++] = callerRequestId?.length ?? -1;
    lengths[l++] = upstreamRequestId?.length ?? -1;
    lengths[l++] = messageId?.length ?? -1;
    lengths[l++] = session?.length ?? -1;
    lengths[l++] = iterations?.length ?? -1;
    const both = attemptId + requestId;
    const ids = both + (callerRequestId ?? "") + (upstreamRequestId ?? "") + (messageId ?? "");
    this.#write(
      at,
      session === undefined && iterations === undefined ? ids : ids + (session ?? "") + (iterations ?? ""),
    );
  }

  /** When a row began, Unix milliseconds; NaN of one that was taken out. */
  at(index: number): number {
    return this.#numbers[index * NUMBERS + AT] ?? Number.NaN;
  }

  /** The row at a place, as it was added. */
  row(index: number): LedgerRow {
    const begin = this.#starts[index] as number;
    const end = index + 1 < this.#count ? (this.#starts[index + 1] as number) : this.#used;
    const text = this.#text.toString("utf8", begin, end);
    let [from, l, s, n] = [0, index * OWN, index * SHARED, index * NUMBERS];
    const own = (): string | undefined => {
      const length = this.#lengths[l++] as number;
      if (length < 0) return undefined;
      from += length;
      return text.slice(from - length, from);
    };
    const word = (): string | undefined => this.#words[this.#shared[s++] as number];
    const number = (): number => this.#numbers[n++] as number;
    const known = (): number | undefined => {
      const value = number();
      return Number.isNaN(value) ? undefined : value;
    };
    const [attempt, at, headMs, firstTokenMs, endMs, status] = [
      number(),
      number(),
      known(),
      known(),
      number(),
      known(),
    ];
    const tokens = {
      inputTokens: number(),
      cacheWrite5mTokens: number(),
      cacheWrite1hTokens: number(),
      cacheReadTokens: number(),
      outputTokens: number(),
      thinkingTokens: number(),
      webSearchRequests: number(),
      webFetchRequests: number(),
    };
    const cost = { picoUsd: number(), stream: number() === 1, priced: number() === 1, estimated: number() === 1 };
    const [instance = "", project = "", keyId = "", actor, route = ""] = [word(), word(), word(), word(), word()];
    const [modelAsked, modelServed, upstream = "", region] = [word(), word(), word(), word()];
    const [verdict = "", code, ended = ""] = [word(), word(), word()];
    const [serviceTier, speed, inferenceGeo, priceRow] = [word(), word(), word(), word()];
    const [attemptId = "", requestId = "", callerRequestId, upstreamRequestId] = [own(), own(), own(), own()];
    const [messageId, session, iterations] = [own(), own(), own()];
    return given({
      ...{ attemptId, requestId, attempt, callerRequestId, upstreamRequestId, messageId, instance, at, project, keyId },
      ...{ actor, session, route, modelAsked, modelServed, upstream, region, headMs, firstTokenMs, endMs, verdict },
      ...{
        code,
        status,
        ended: ended as Ended,
        iterations,
        serviceTier,
        speed,
        inferenceGeo,
        priceRow,
        ...tokens,
        ...cost,
      },
    });
  }

  /** Takes a row out. */
  remove(index: number): void {
    this.#numbers[index * NUMBERS + AT] = Number.NaN;
  }

  /** Empties it, to be filled anew. */
  clear(): void {
    this.#count = 0;
    this.#used = 0;
    this.#words = [];
    this.#places.clear();
    const usual = this.#room * TEXT_BYTES;
    if (this.#text.length > usual * MOST_KEPT) this.#text = Buffer.allocUnsafe(usual);
  }

  #place(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    // A text that was cut out of a longer one keeps all of that; what is put together anew is a text of its own.
    const word = ` ${text}`.slice(1);
    this.#places.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }

  #write(index: number, text: string): void {
    const need = this.#used + text.length * BYTES_PER_UNIT;
    if (need > this.#text.length) {
      const larger = Buffer.allocUnsafe(need * 2);
      this.#text.copy(larger, 0, 0, this.#used);
      this.#text = larger;
    }
    this.#starts[index] = this.#used;
    this.#used += this.#text.write(text, this.#used, "utf8");
  }
}

/** Without the fields that are undefined. */
function given(row: LedgerRow): LedgerRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as LedgerRow;
}
