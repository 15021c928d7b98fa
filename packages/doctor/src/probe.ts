// One look at the line: what it needs, whether it can run, what it found.

import type { Context } from "./context.ts";
import type { FactName, Facts } from "./facts.ts";
import type { Layer } from "./layer.ts";
import type { Words } from "./words.ts";

export type Status = "pass" | "warn" | "fail" | "skip";

/** What a probe came back with. `facts` is what rules read; it must be plain data (Secrets allowed, they print masked). */
export interface Looked<Name extends FactName = FactName> {
  readonly status: Status;
  /** One line for the screen: what was seen, with figures ("160.79.104.10 in 12 ms"). */
  readonly note: Words;
  readonly facts?: Facts[Name];
}

/** A probe. Its id is the name of its facts. */
export interface Probe<Name extends FactName = FactName> {
  readonly id: Name;
  readonly layer: Layer;
  /** What is shown while it runs and in the table. */
  readonly title: Words;
  /** Probes that must have come to their end first, whatever they found. */
  readonly after: readonly FactName[];
  /**
   * True: when it did not run, or failed, the line cannot be called whole. `asked`: only when it began, or was left without
   * time; a reason of its own not to run is none to doubt the line.
   */
  readonly required?: boolean | "asked";
  /** Runs only with `--deep`. */
  readonly deep?: boolean;
  /** Longest time it may take, milliseconds. Default 6000. It is abandoned then, and fails. */
  readonly timeoutMs?: number;
  /** Why it cannot or need not run, in words; undefined = run it. */
  skip?(ctx: Context, facts: Facts): Words | undefined;
  run(ctx: Context, facts: Facts): Promise<Looked<Name>>;
}
