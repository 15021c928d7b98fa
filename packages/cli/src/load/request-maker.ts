// The requests of a load: all of one size, each with words of its own, drawn from a seed.

import { pick, seededRandom } from "@fairlead/runtime";

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
  /** Further header lines. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
}

/** One request in pieces that are written one after the other, and whose it is. */
export interface MadeRequest {
  readonly pieces: readonly (string | Buffer)[];
  readonly tenant: number;
  /** The key that it carries: whoever shows what came back must take it out. */
  readonly key: string;
}

const CHARS_PER_TOKEN = 4;
/** Up to this many bytes a request leaves as one string: one write. */
const ONE_PIECE = 16_384;
const WORDS =
  "line rope deck ship wind calm fast slow near far tide wave sand port star mast sail hull bow aft knot chart lead buoy".split(
    " ",
  );

/** Makes requests. The same shape makes the same requests in the same order. */
export class RequestMaker {
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
    let filler = "";
    while (filler.length < shape.promptTokens * CHARS_PER_TOKEN - 27)
      filler += ` ${WORDS[pick(words, WORDS.length)] ?? ""}`;
    this.#filler = filler;
    this.#fillerBytes = filler.length > ONE_PIECE ? Buffer.from(filler, "latin1") : undefined;
    const length = Buffer.byteLength(this.#opening(0, "0".repeat(16))) + filler.length + this.#after.length;
    this.#heads = shape.keys.map((key) => this.#head(key, length));
  }

  next(): MadeRequest {
    const { tenants } = this.#shape;
    const tenant = tenants === 0 ? 0 : this.#made % tenants;
    const turn = (tenants === 0 ? this.#made : tenant) % this.#heads.length;
    const head = this.#heads[turn] ?? "";
    const key = this.#shape.keys[turn] ?? "";
    this.#made += 1;
    const opening = `${head}${this.#opening(tenant, hex(this.#random) + hex(this.#random))}`;
    if (this.#fillerBytes === undefined) return { pieces: [`${opening}${this.#filler}${this.#after}`], tenant, key };
    return { pieces: [opening, this.#fillerBytes, this.#after], tenant, key };
  }

  /** The body up to the filler. What is different in each request comes first, so that no cache takes two for one. */
  #opening(tenant: number, words: string): string {
    const who =
      this.#shape.tenants === 0 ? "" : `,"metadata":{"user_id":"fairlead-load-${String(tenant).padStart(7, "0")}"}`;
    return `${this.#before}${who},"messages":[{"role":"user","content":"${words} say more`;
  }

  #head(key: string, length: number): string {
    const { path, authority, auth, headers, stream } = this.#shape;
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
}

function hex(random: { next(): number }): string {
  return Math.floor(random.next() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0");
}
