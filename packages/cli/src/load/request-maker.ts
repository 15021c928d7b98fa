// The requests of a load: all of one size, each with words of its own, drawn from a seed.

import { normal, pick, type Random, seededRandom } from "@fairlead/runtime";
import type { AnswerTokens } from "./arguments.ts";

/** What every request of a load is like. */
export interface RequestShape {
  /** Path of the URL, such as /v1/messages. */
  readonly path: string;
  /** As in the Host header. */
  readonly authority: string;
  readonly model: string;
  readonly maxTokens: number;
  /** About so many input tokens, at four characters each. */
  readonly promptTokens: number;
  readonly stream: boolean;
  readonly seed: string;
  /** So many callers take turns, each with a `metadata.user_id` of its own; 0 sends none. */
  readonly tenants: number;
  /** Keys that the callers take turns with. */
  readonly keys: readonly string[];
  readonly auth: "x-api-key" | "bearer";
  /** How long an answer each request asks for in its prompt; undefined: it says nothing of it. */
  readonly answerTokens?: AnswerTokens;
  /** Further header lines. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
}

/** One request in pieces that are written one after the other, and whose it is. */
export interface MadeRequest {
  readonly pieces: readonly (string | Buffer)[];
  readonly tenant: number;
  /** The key that it carries: whoever shows what came back must take it out. */
  readonly key: string;
  /**
   * In a conversation: its next turn, or undefined when that was the last. Told of the content of the answer; undefined
   * when there was no whole one: then the same is asked again.
   */
  readonly again?: (content: readonly unknown[] | undefined) => MadeRequest | undefined;
}

/** Whatever makes the requests of a step. */
export interface Maker {
  next(): MadeRequest;
}

const CHARS_PER_TOKEN = 4;
/** Up to this many bytes a request leaves as one string: one write. */
const ONE_PIECE = 16_384;
const WORDS =
  "line rope deck ship wind calm fast slow near far tide wave sand port star mast sail hull bow aft knot chart lead buoy".split(
    " ",
  );

/** Makes requests. The same shape makes the same requests in the same order. */
export class RequestMaker implements Maker {
  readonly #shape: RequestShape;
  readonly #heads: readonly string[];
  readonly #before: string;
  readonly #after: string;
  readonly #filler: string;
  readonly #fillerBytes: Buffer | undefined;
  readonly #random;
  #made = 0;

  constructor(shape: RequestShape) {
    this.#shape = shape;
    this.#random = seededRandom(shape.seed);
    const words = seededRandom(`${shape.seed}/words`);
    this.#before = `{"model":${JSON.stringify(shape.model)},"max_tokens":${shape.maxTokens},"stream":${shape.stream}`;
    this.#after = '"}]}';
    const filler = fillerOf(shape, words);
    this.#filler = filler;
    this.#fillerBytes = filler.length > ONE_PIECE ? Buffer.from(filler, "latin1") : undefined;
    const opening = this.#opening(0, "0".repeat(16), wishOf(shape, words));
    const length = Buffer.byteLength(opening) + filler.length + this.#after.length;
    this.#heads = shape.keys.map((key) => headOf(shape, key, length));
  }

  next(): MadeRequest {
    const { tenants } = this.#shape;
    const tenant = tenants === 0 ? 0 : this.#made % tenants;
    const turn = (tenants === 0 ? this.#made : tenant) % this.#heads.length;
    const head = this.#heads[turn] ?? "";
    const key = this.#shape.keys[turn] ?? "";
    this.#made += 1;
    const opening = `${head}${this.#opening(tenant, wordOf(this.#random), wishOf(this.#shape, this.#random))}`;
    if (this.#fillerBytes === undefined) return { pieces: [`${opening}${this.#filler}${this.#after}`], tenant, key };
    return { pieces: [opening, this.#fillerBytes, this.#after], tenant, key };
  }

  /** The body up to the filler. What is different in each request comes first, so that no cache takes two for one. */
  #opening(tenant: number, words: string, wish: string): string {
    const who = this.#shape.tenants === 0 ? "" : `,"metadata":{"user_id":"${userOf(tenant)}"}`;
    return `${this.#before}${who},"messages":[{"role":"user","content":"${words} ${wish}`;
  }
}

/** The head of a request with so long a body. */
export function headOf(shape: RequestShape, key: string, length: number): string {
  const { path, authority, auth, headers, stream } = shape;
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${authority}`,
    "content-type: application/json",
    `accept: ${stream ? "text/event-stream" : "application/json"}`,
    "anthropic-version: 2023-06-01",
    "user-agent: fairlead-load",
    auth === "bearer" ? `authorization: Bearer ${key}` : `x-api-key: ${key}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${length}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Words that make a prompt as long as asked for. */
export function fillerOf({ promptTokens }: RequestShape, random: Random): string {
  let filler = "";
  while (filler.length < promptTokens * CHARS_PER_TOKEN - 27) filler += ` ${WORDS[pick(random, WORDS.length)] ?? ""}`;
  return filler;
}

/** What a request asks for: always of one length. */
export function wishOf({ answerTokens, maxTokens }: RequestShape, random: Random): string {
  if (answerTokens === undefined) return "say more";
  const { mean, sigma } = answerTokens;
  // The mean of a lognormal is exp(mu + sigma^2 / 2).
  const drawn = sigma === 0 ? mean : mean * Math.exp(sigma * normal(random) - sigma ** 2 / 2);
  const tokens = Math.min(maxTokens, Math.max(1, Math.round(drawn)));
  return `Write about ${String(tokens).padStart(7)} tokens.`;
}

/** The `metadata.user_id` of a tenant. */
export function userOf(tenant: number): string {
  return `fairlead-load-${String(tenant).padStart(7, "0")}`;
}

/** A word of 16 characters that no other request has. */
export function wordOf(random: Random): string {
  return hex(random) + hex(random);
}

function hex(random: Random): string {
  return Math.floor(random.next() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}
