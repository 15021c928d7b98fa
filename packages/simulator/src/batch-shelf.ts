// The batches that were created: their requests, their state, and their results once they have ended.

import type { Timer } from "@fairlead/runtime";

/** One request of a batch. */
export interface BatchRequest {
  readonly customId: string;
  readonly params: Record<string, unknown>;
}

/** One batch. Times: wall clock, ms. */
export interface Batch {
  readonly id: string;
  readonly requests: readonly BatchRequest[];
  readonly createdAt: number;
  endedAt?: number;
  cancelAt?: number;
  /** One JSON object per request, once ended. */
  results: Array<{ custom_id: string; result: Record<string, unknown> & { type: string } }>;
  timer?: Timer;
}

/** Batches in the order of their creation. */
export class BatchShelf {
  readonly #batches = new Map<string, Batch>();

  add(batch: Batch): void {
    this.#batches.set(batch.id, batch);
  }

  get(id: string): Batch | undefined {
    return this.#batches.get(id);
  }

  /** Newest first. */
  all(): Batch[] {
    return [...this.#batches.values()].reverse();
  }

  remove(id: string): void {
    this.#batches.get(id)?.timer?.cancel();
    this.#batches.delete(id);
  }

  clear(): void {
    for (const batch of this.#batches.values()) batch.timer?.cancel();
    this.#batches.clear();
  }
}
