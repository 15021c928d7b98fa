// Spans that wait for the exporter: bounded, sent in batches, and dropped rather than in the way.

import type { Clock, Timer } from "@fairlead/runtime";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { OtelOptions } from "./otel-options.ts";

/** What became of spans. */
export type SpanResult = "exported" | "failed" | "dropped";

/** The queue of one exporter. One batch is under way at a time; the exporter itself repeats what may be repeated. */
export class SpanQueue {
  readonly #exporter: SpanExporter;
  readonly #options: Pick<OtelOptions, "queue" | "batch" | "interval">;
  readonly #clock: Clock;
  readonly #count: (result: SpanResult, spans: number) => void;
  #waiting: ReadableSpan[] = [];
  #timer: Timer | undefined;
  #busy: Promise<void> | undefined;

  constructor(
    exporter: SpanExporter,
    options: Pick<OtelOptions, "queue" | "batch" | "interval">,
    clock: Clock,
    count: (result: SpanResult, spans: number) => void,
  ) {
    this.#exporter = exporter;
    this.#options = options;
    this.#clock = clock;
    this.#count = count;
  }

  push(span: ReadableSpan): void {
    if (this.#waiting.length >= this.#options.queue) {
      this.#count("dropped", 1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= this.#options.batch) this.#send();
    else this.#timer ??= this.#clock.timer(this.#options.interval, () => this.#send());
  }

  /** Sends what waits, within `ms`; the rest is dropped. Never rejects. */
  async close(ms: number): Promise<void> {
    let over = false;
    const late = new Promise<void>((resolve) => {
      const timer = this.#clock.timer(ms, () => {
        over = true;
        resolve();
      });
      void this.#drain(() => over).then(() => {
        timer.cancel();
        resolve();
      });
    });
    await late;
    this.#timer?.cancel();
    if (this.#waiting.length > 0) this.#count("dropped", this.#waiting.length);
    this.#waiting = [];
    void this.#exporter.shutdown().catch(() => undefined);
  }

  async #drain(over: () => boolean): Promise<void> {
    while (!over() && (this.#busy !== undefined || this.#waiting.length > 0)) {
      this.#send();
      await this.#busy;
    }
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#busy !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, this.#options.batch);
    this.#busy = new Promise<void>((resolve) => {
      this.#exporter.export(batch, ({ code }) => {
        // 0 is success (ExportResultCode).
        this.#count(code === 0 ? "exported" : "failed", batch.length);
        resolve();
      });
    }).then(() => {
      this.#busy = undefined;
      if (this.#waiting.length >= this.#options.batch) this.#send();
      else if (this.#waiting.length > 0) this.#timer ??= this.#clock.timer(this.#options.interval, () => this.#send());
    });
  }
}
