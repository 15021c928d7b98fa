// Reads the results of a batch as they pass: what each request of it used.

import type { AnswerFacts, Gleaner } from "@fairlead/engine";
import { readUsage, type Usage } from "@fairlead/protocol";

/** One result that is billed. */
export interface BatchResult {
  readonly customId: string;
  readonly messageId: string | undefined;
  readonly model: string | undefined;
  readonly stopReason: string | undefined;
  readonly usage: Usage;
}

/** A line longer than this is passed over, bytes: an answer of 300,000 tokens is about a megabyte. */
const MOST_LINE = 33_554_432;
const LF = 10;

/** The batch whose results a path asks for; undefined for any other path. */
export function batchOfResults(path: string): string | undefined {
  // Almost every path is another one, and shorter.
  if (path.length < 30 || !path.startsWith("/v1/messages/batches/")) return undefined;
  return /^\/v1\/messages\/batches\/([^/?]+)\/results(?:\?|$)/.exec(path)?.[1];
}

/** Takes the lines of one answer. */
export class BatchResults implements Gleaner {
  readonly batch: string;
  #found: BatchResult[] = [];
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(batch: string) {
    this.batch = batch;
  }

  /** What was found since it was asked last. */
  take(): readonly BatchResult[] {
    const found = this.#found;
    if (found.length > 0) this.#found = [];
    return found;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#line();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  finish(): AnswerFacts | undefined {
    this.#line();
    return undefined;
  }

  #keep(piece: Buffer): void {
    this.#restBytes += piece.length;
    if (this.#restBytes > MOST_LINE) this.#rest = [];
    else this.#rest.push(piece);
  }

  #line(): void {
    const whole = this.#restBytes > 0 && this.#restBytes <= MOST_LINE;
    const text = whole ? Buffer.concat(this.#rest).toString("utf8") : "";
    this.#rest = [];
    this.#restBytes = 0;
    // Only what succeeded is billed (platform.claude.com, "Batch processing").
    if (!text.includes('"succeeded"')) return;
    try {
      const { custom_id, result } = JSON.parse(text) as { custom_id?: unknown; result?: { [key: string]: unknown } };
      if (typeof custom_id !== "string" || result?.type !== "succeeded") return;
      const message = (result.message ?? {}) as { [key: string]: unknown };
      this.#found.push({
        customId: custom_id,
        messageId: textOf(message.id),
        model: textOf(message.model),
        stopReason: textOf(message.stop_reason),
        usage: readUsage(message.usage),
      });
    } catch {
      // A line that is cut off: it counts when the results are fetched whole.
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
