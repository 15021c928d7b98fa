// The outcome: an answer that flows, or a failure with one verdict. Nothing an upstream can do is a throw.

import { CODES, type Code, wordsOf } from "./codes.ts";
import type { Flow } from "./flow.ts";
import type { Target } from "./targets/target.ts";
import type { Verdict } from "./verdict.ts";

/** The upstream answers: its head, and a flow of its bytes. The flow's end is judged again (`flow.ended`). */
export interface Answer {
  readonly ok: true;
  readonly status: number;
  /** The upstream's headers as they came: names and values alternating. */
  readonly headers: readonly string[];
  readonly flow: Flow;
  readonly target: Target;
  /** True when the model name in the body was replaced for this upstream; `list` for a list without what is not the caller's. */
  readonly rewritten: boolean | "list";
  /** Attempts that were made for it behind the target, when that is a gateway that tells. */
  readonly attempts?: number | undefined;
}

/** It did not work. */
export interface Failure {
  readonly ok: false;
  readonly verdict: Verdict;
  /** Row of the error table when the failure is one that we found; undefined when the upstream told it. */
  readonly code: Code | undefined;
  /** One sentence for a person. */
  readonly message: string;
  readonly target: Target | undefined;
  /** The upstream's own answer, when it gave one: forwarded unchanged if this is how the request ends. */
  readonly response:
    | { readonly status: number; readonly headers: readonly string[]; readonly body: Buffer }
    | undefined;
  /** Error type as told by the upstream (`overloaded_error`, …), or of the code's row. */
  readonly type: string;
  /** The answer as far as it came, held back whole, when it ends with the upstream's own error event. */
  readonly held: Answer | undefined;
  /** How long the upstream asked to wait, milliseconds: a floor. */
  readonly retryAfterMs: number | undefined;
  /** What the upstream said of trying again (x-should-retry), when it said something. */
  readonly again: boolean | undefined;
  /** True when no byte of the request reached the upstream. */
  readonly unsent: boolean;
  /** True when it was refused here without an attempt on the wire. */
  readonly local: boolean;
  /** Headers that our own answer carries besides, names and values alternating. */
  readonly headers?: readonly string[] | undefined;
  /** Attempts that were made for it behind the target, when that is a gateway that tells: they count as attempts here. */
  readonly attempts?: number | undefined;
}

export type Outcome = Answer | Failure;

/** A failure of ours, from its row in the error table. */
export function failure(
  code: Code,
  fill: { readonly [name: string]: string | number } = {},
  more: Partial<Omit<Failure, "ok" | "code">> = {},
): Failure {
  const row = CODES[code];
  return {
    ok: false,
    verdict: row.verdict,
    code,
    message: wordsOf(code, fill),
    target: undefined,
    response: undefined,
    held: undefined,
    type: row.type,
    retryAfterMs: undefined,
    again: undefined,
    unsent: false,
    local: false,
    ...more,
  };
}
