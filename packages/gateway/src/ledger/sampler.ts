// Samples: prompts and answers of projects that asked for it, redacted before they are stored, gone after a time.

import type { Exchange, Flow } from "@fairlead/engine";
import { parseFrame, SseSplitter } from "@fairlead/protocol";
import type { Runtime } from "@fairlead/runtime";
import type { LedgerRow, Records } from "@fairlead/stores";

/** Kind of the records that samples are. Their id is that of the attempt. */
export const SAMPLE_KIND = "sample";

/** Characters of a prompt and of an answer that are stored. */
const MOST_STORED = 65_536;
/** Beyond that so many more are redacted with it, so that no secret is cut in two and missed. */
const MARGIN = 4_096;
/** Bytes of an answer that are gathered. */
const MOST_GATHERED = 4 * (MOST_STORED + MARGIN);
/** Samples that are being redacted or stored at once; more are dropped. */
const MOST_AT_ONCE = 8;

/** What a project asks for. */
export interface SamplingOptions {
  /** Share of attempts, 0 to 1. */
  readonly rate: number;
  /** How long a sample is kept, milliseconds. */
  readonly expire: number;
}

/** What a sampler needs. */
export interface SamplerParts {
  /** What a project asks for; undefined: nothing of it is ever kept. */
  of(project: string): SamplingOptions | undefined;
  readonly records: Pick<Records, "write">;
  /** Puts placeholders in the place of secrets and personal data. A sample that it fails on is not stored. */
  redact(text: string): Promise<string>;
}

/** Decides which attempts are sampled. Never fails a request. */
export class Sampler {
  readonly #parts: SamplerParts;
  readonly #rt: Runtime;
  /** Samples that are being redacted or stored. */
  busy = 0;
  /** Samples that were stored, and those that could not be. */
  stored = 0;
  lost = 0;

  constructor(parts: SamplerParts, rt: Runtime) {
    this.#parts = parts;
    this.#rt = rt;
  }

  /** A sample of this attempt, when chance and its project want one. */
  begin(x: Exchange): Sample | undefined {
    const options = x.principal === undefined ? undefined : this.#parts.of(x.principal.project);
    if (options === undefined || x.body === null || this.#rt.random.next() >= options.rate) return undefined;
    return new Sample(x.body.toString("utf8", 0, MOST_GATHERED), options, this);
  }

  /** Redacts and stores one. */
  async keep(prompt: string, answer: string, options: SamplingOptions, row: LedgerRow): Promise<void> {
    // Taken away meanwhile: nothing more of the project is kept.
    if (this.#parts.of(row.project ?? "") === undefined) return;
    if (this.busy >= MOST_AT_ONCE) {
      this.lost += 1;
      return;
    }
    this.busy += 1;
    try {
      const [asked, said] = [await this.#clean(prompt), await this.#clean(answer)];
      const value = {
        at: row.at,
        project: row.project,
        key: row.keyId,
        route: row.route,
        model: row.modelServed ?? row.modelAsked ?? null,
        upstream: row.upstream,
        ended: row.ended,
        prompt: asked,
        answer: said,
      };
      const expiresAt = Math.floor(this.#rt.clock.wall() + options.expire);
      await this.#parts.records.write([{ kind: SAMPLE_KIND, id: row.attemptId, value, expect: "any", expiresAt }]);
      this.stored += 1;
    } catch {
      // What could not be redacted must not be stored, and a store that is away has no samples.
      this.lost += 1;
    } finally {
      this.busy -= 1;
    }
  }

  async #clean(text: string): Promise<string> {
    return (await this.#parts.redact(text.slice(0, MOST_STORED + MARGIN))).slice(0, MOST_STORED);
  }
}

/** One attempt whose prompt and answer are gathered. */
export class Sample {
  readonly #prompt: string;
  readonly #options: SamplingOptions;
  readonly #sampler: Sampler;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #streamed = false;

  constructor(prompt: string, options: SamplingOptions, sampler: Sampler) {
    this.#prompt = prompt;
    this.#options = options;
    this.#sampler = sampler;
  }

  /** Listens to the answer's bytes. */
  follow(flow: Flow): void {
    this.#streamed = flow.reader?.streamed === true;
    flow.overhear((chunk) => {
      if (this.#bytes >= MOST_GATHERED) return;
      this.#bytes += chunk.length;
      // A copy: the chunk is part of a larger piece that would be kept alive with it.
      this.#pieces.push(Buffer.from(chunk));
    });
  }

  /** The attempt is over. */
  end(row: LedgerRow): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    const answer = this.#streamed ? joinedText(bytes) : bytes.toString("utf8");
    void this.#sampler.keep(this.#prompt, answer, this.#options, row);
  }
}

/** The content of a stream, block by block: a secret that came in pieces is found only when they are joined. */
function joinedText(bytes: Buffer): string {
  const blocks: string[] = [];
  let at = -1;
  const splitter = new SseSplitter((frame) => {
    const { event, data } = parseFrame(frame);
    if (event !== "content_block_delta" && event !== "content_block_start" && event !== "") return;
    try {
      const value = JSON.parse(data) as { [key: string]: unknown };
      if (event === "content_block_start") at = blocks.push("") - 1;
      const delta = (value.delta ?? (value.choices as [{ delta?: unknown }] | undefined)?.[0]?.delta ?? {}) as {
        [key: string]: unknown;
      };
      const text = delta.text ?? delta.thinking ?? delta.partial_json ?? delta.content;
      if (typeof text !== "string") return;
      if (at < 0) at = blocks.push("") - 1;
      blocks[at] += text;
    } catch {
      // A frame that was cut off at the end of what is gathered.
    }
  });
  splitter.push(bytes);
  return blocks.join("\n\n");
}
