// The facts that the edge tells besides the engine's.

import type { Code } from "@fairlead/engine";
import type { Fact } from "@fairlead/runtime";
import type { ConfigEvent } from "../fleet/config-control.ts";

/** A request was refused before it reached the engine. */
export interface RefusalFact extends Fact {
  readonly kind: "refusal";
  readonly id: string;
  readonly method: string;
  /** Name of the route, or `other`. */
  readonly route: string;
  readonly status: number;
  /** A code of the error table, or `oauth_` and the error of RFC 6749 5.2. */
  readonly code: Code | `oauth_${string}`;
  readonly project: string | undefined;
  readonly keyId: string | undefined;
}

/** The fact of a refusal; nobody is known to have asked unless `who` says. */
export function refusalFact(
  at: number,
  what: Pick<RefusalFact, "id" | "method" | "route" | "status" | "code">,
  who?: { readonly project: string; readonly keyId: string | undefined },
): RefusalFact {
  const { id, method, route, status, code } = what;
  return { kind: "refusal", at, id, method, route, status, code, project: who?.project, keyId: who?.keyId };
}

/** A request was searched for what its project's policy looks for. It holds kinds and counts, never a value. */
export interface RedactionFact extends Fact {
  readonly kind: "redaction";
  readonly id: string;
  readonly project: string;
  readonly mode: "report" | "mask" | "refuse";
  readonly counts: ReadonlyArray<readonly [kind: string, count: number]>;
  /** Milliseconds from the body read to what became of it. */
  readonly tookMs: number;
}

/** Something happened to the server itself. */
export interface ServerFact extends Fact {
  readonly kind: "server";
  readonly event: "listening" | "draining" | "drained" | "defect" | "ledger" | ConfigEvent;
  readonly detail: string;
}

/** A secret was looked at anew. Holds where it is kept, never its value. */
export interface SecretFact extends Fact {
  readonly kind: "secret";
  /** `file`, `aws-sm`, `vault`. */
  readonly origin: string;
  readonly reference: string;
  readonly result: "same" | "changed" | "failed";
  /** Why it failed, at the first of several failures in a row; else empty. */
  readonly message: string;
}
