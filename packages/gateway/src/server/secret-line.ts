// The secrets of one configuration after another: looked after by one book for as long as its options stay.

import type { Runtime } from "@fairlead/runtime";
import { SecretBook } from "../secrets/secret-book.ts";
import type { SecretOptions } from "../secrets/secret-options.ts";
import type { SecretFact } from "../telemetry/edge-facts.ts";

/** A book, and who is told when a secret in it has another value. */
export interface SecretLine {
  readonly book: SecretBook;
  readonly options: string;
  /** Set by the generation in force. */
  changed: (reference: string) => void;
}

/** The line that a new configuration continues, or begins. */
export function secretLine(options: SecretOptions, rt: Runtime, before: SecretLine | undefined): SecretLine {
  const text = JSON.stringify(options);
  if (before?.options === text) return before;
  const line: SecretLine = {
    options: text,
    changed: () => {},
    book: new SecretBook(options, rt, {
      read(origin, result, reference, message) {
        const fact: SecretFact = { kind: "secret", at: rt.clock.now(), origin, result, reference, message };
        rt.emit(fact);
      },
      changed: (reference) => line.changed(reference),
    }),
  };
  return line;
}
