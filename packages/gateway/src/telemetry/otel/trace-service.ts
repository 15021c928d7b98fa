// The traces of a gateway over all its configurations: a reload changes where spans go, requests under way lose none.

import type { Exchange } from "@fairlead/engine";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { Config } from "../../config/config.ts";
import { type Exporter, loadExporter, openTracing } from "./open-tracing.ts";
import type { OriginOf, Tracing } from "./tracing.ts";

/** `ready` before a configuration is put in force, `use` when it is; `begin` and `listen` as a Tracing has them. */
export class TraceService {
  readonly #instance: string;
  readonly #rt: Runtime;
  readonly #originOf: OriginOf;
  readonly #load: () => Promise<Exporter>;
  #library: Exporter | undefined;
  #current: Tracing | undefined;
  /** The options of the current one, to know whether others are others. */
  #options = "";

  constructor(instance: string, rt: Runtime, originOf: OriginOf, load = loadExporter) {
    this.#instance = instance;
    this.#rt = rt;
    this.#originOf = originOf;
    this.#load = load;
  }

  /** Loads what exports spans, when they are wanted. Rejects with an OtelError. */
  async ready(otel: Config["otel"]): Promise<void> {
    if (otel !== undefined) this.#library ??= await this.#load();
  }

  /** Takes other options from now on; spans that wait go where they were to go. Needs `ready` before. */
  use(otel: Config["otel"]): void {
    const options = otel === undefined ? "" : JSON.stringify(otel);
    if (options === this.#options) return;
    this.#options = options;
    void this.#current?.close();
    this.#current =
      otel === undefined || this.#library === undefined
        ? undefined
        : openTracing(otel, this.#instance, this.#rt, this.#originOf, this.#library);
  }

  /** Whether requests are to begin spans. */
  get current(): { begin(x: Exchange): Exchange } | undefined {
    return this.#current;
  }

  readonly listen = (fact: Fact): void => this.#current?.listen(fact);

  /** Sends what waits, for a few seconds at most. */
  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
  }
}
