// Redaction as the edge uses it: the policy of a project, and what is to become of a request's body.

import { createHash, generateKeySync } from "node:crypto";
import type { Code } from "@fairlead/engine";
import type { Clock } from "@fairlead/runtime";
import { type RedactionOptions, storedRedaction } from "../config/redaction-block.ts";
import { kindsOf, STANDARD_KINDS } from "./kinds.ts";
import { Restorer } from "./restorer.ts";
import { type Screening, type ScreenPolicy, screenBody } from "./screen-body.ts";
import { type PoolFault, ScreenPool, threadsHere } from "./screen-pool.ts";
import { TextScan } from "./text-scan.ts";

/** A project, as far as redaction asks. */
export interface RedactedProject {
  readonly name: string;
  readonly keys: readonly string[];
  readonly redaction?: RedactionOptions | undefined;
}

/** What one project's requests are screened by. */
export interface ProjectPolicy {
  readonly project: string;
  readonly mode: "report" | "mask" | "refuse";
  readonly restore: boolean;
  readonly files: "pass" | "refuse";
  readonly onFailure: "refuse" | "pass";
  readonly screen: ScreenPolicy;
  readonly scan: TextScan;
  /** Bodies up to this size are screened at once, bytes; larger ones in a thread. */
  readonly atOnce: number;
}

/** What is to become of a request. */
export type Screened =
  | {
      readonly ok: true;
      /** The bytes that go on: the body itself when nothing was changed. */
      readonly body: Buffer;
      readonly changed: boolean;
      readonly counts: Screening["counts"];
      /** Puts the values back into the answer; undefined when there is nothing to put back. */
      readonly restorer: Restorer | undefined;
    }
  | {
      readonly ok: false;
      readonly code: Code;
      readonly fill: { readonly [name: string]: string | number };
      readonly counts: Screening["counts"];
    };

/** Bodies up to this size are screened on the event loop, bytes: one or two milliseconds of its time. */
const AT_ONCE = 8_192;
/** Bodies that wait for a thread at most. */
const QUEUE = 256;
/** Longest time for one body in a thread, milliseconds: that of the largest batch, several times over. */
const TIMEOUT_MS = 60_000;

/** What redaction asks of the rest of the gateway. */
export interface RedactionSurroundings {
  /** The policy of a project that is in the store and not in the file, as it is kept there. */
  stored(project: string): unknown;
  /** Bytes of the gateway's own secret for one purpose. */
  keyFor(purpose: string): Uint8Array;
}

/** Policies of stored projects that are kept compiled. */
const STORED = 1_000;

/** The redaction of one configuration. */
export class Redaction {
  /** Of the projects in the file; undefined for those that ask for nothing. */
  readonly #policies = new Map<string, ProjectPolicy | undefined>();
  readonly #stored = new Map<string, { readonly kept: unknown; readonly policy: ProjectPolicy | undefined }>();
  readonly #around: RedactionSurroundings;
  readonly #pool: ScreenPool;

  constructor(
    projects: readonly RedactedProject[],
    clock: Clock,
    around: RedactionSurroundings = ALONE,
    pool = new ScreenPool({ threads: threadsHere(), queue: QUEUE, timeoutMs: TIMEOUT_MS }, clock),
  ) {
    this.#around = around;
    this.#pool = pool;
    for (const project of projects) this.#policies.set(project.name, policyOf(project, around));
    for (const policy of this.#policies.values()) warm(policy);
  }

  /** The policy of a project; undefined when it asks for nothing. */
  policy(project: string): ProjectPolicy | undefined {
    const policy = this.#policies.get(project);
    if (policy !== undefined || this.#policies.has(project)) return policy;
    const kept = this.#around.stored(project);
    if (kept === undefined) return undefined;
    const known = this.#stored.get(project);
    // What the store holds is replaced and never changed in place.
    if (known?.kept === kept) return known.policy;
    const read = storedRedaction.safeParse(kept);
    // A policy that this version cannot read must not mean none.
    const redaction = read.success ? read.data : storedRedaction.parse({ mode: "mask" });
    const made = policyOf({ name: project, keys: [], redaction }, this.#around);
    if (this.#stored.size >= STORED) this.#stored.clear();
    this.#stored.set(project, { kept, policy: made });
    warm(made);
    return made;
  }

  /** Screens a body. Never rejects. */
  async screen(policy: ProjectPolicy, body: Buffer): Promise<Screened> {
    const screening = await this.#screening(policy, body);
    if (typeof screening === "string") {
      if (policy.mode === "report" || policy.onFailure === "pass") return passed(body);
      return { ok: false, code: "redaction_failed", fill: { reason: REASONS[screening] }, counts: [] };
    }
    const { fault, counts, values, paths } = screening;
    if (fault !== undefined) {
      // A body that cannot be read cannot be vouched for. To report on it there is nothing.
      if (policy.mode === "report") return passed(body);
      return { ok: false, code: "bad_json", fill: { reason: fault.reason, at: fault.at }, counts };
    }
    if (counts.length === 0) return passed(body);
    if (policy.mode === "refuse") {
      return {
        ok: false,
        code: "redaction_refused",
        fill: { found: countsLine(counts), paths: paths.join(", ") },
        counts,
      };
    }
    const restorer = policy.restore && values.length > 0 ? new Restorer(values) : undefined;
    return { ok: true, body: screening.body ?? body, changed: screening.body !== undefined, counts, restorer };
  }

  /** Ends the threads when they have done what is left. */
  close(): void {
    this.#pool.close();
  }

  async #screening(policy: ProjectPolicy, body: Buffer): Promise<Screening | PoolFault> {
    if (body.length > policy.atOnce) return this.#pool.screen(body, policy.screen);
    try {
      return await screenBody(body, policy.screen, policy.scan);
    } catch {
      return "failed";
    }
  }
}

const REASONS: { readonly [F in PoolFault]: string } = {
  busy: "too many large requests wait for it already",
  late: "it took too long",
  died: "its thread died",
  failed: "of a defect of ours",
};

/** `email=2, phone=1`: kinds and counts, never a value. */
export function countsLine(counts: Screening["counts"]): string {
  return counts.map(([kind, count]) => `${kind}=${count}`).join(", ");
}

function passed(body: Buffer): Screened {
  return { ok: true, body, changed: false, counts: [], restorer: undefined };
}

/** Loads the rules now, and not while the first request waits. */
function warm(policy: ProjectPolicy | undefined): void {
  void policy?.scan.find("").catch(() => []);
}

function policyOf(
  { name, keys, redaction }: RedactedProject,
  around: RedactionSurroundings,
): ProjectPolicy | undefined {
  if (redaction === undefined || redaction.mode === "off") return undefined;
  const kinds = redaction.kinds === undefined ? STANDARD_KINDS : kindsOf(redaction.kinds);
  const patterns = redaction.patterns ?? [];
  const { mode, scope } = redaction;
  const examples = redaction.examples !== "leave";
  const key = redaction.secret ?? keyOf(name, keys, around);
  const id = createHash("sha256")
    .update(JSON.stringify([name, mode, kinds, patterns, scope, examples, key]))
    .digest("base64url");
  return {
    project: name,
    mode,
    restore: redaction.restore,
    files: redaction.files,
    onFailure: redaction.on_failure,
    screen: { id, mode, kinds, patterns, scope, examples, key },
    scan: new TextScan(kinds, patterns, examples),
    // Patterns of a project's are slower than ours, each by about as much as all of ours together.
    atOnce: Math.floor(AT_ONCE / (1 + patterns.length)),
  };
}

/**
 * Without a secret of its own a project's tags hang on its keys, so that restarts and other instances make the same; those
 * of a project in the store on the gateway's own secret.
 */
function keyOf(name: string, keys: readonly string[], around: RedactionSurroundings): string {
  if (keys.length === 0) return Buffer.from(around.keyFor(`redaction of ${name}`)).toString("base64");
  return createHash("sha256")
    .update(`fairlead redaction\0${name}\0${[...keys].sort().join("\0")}`)
    .digest("base64");
}

/** For who has no store: a secret of this process alone. */
const ALONE: RedactionSurroundings = {
  stored: () => undefined,
  keyFor: () => generateKeySync("hmac", { length: 256 }).export(),
};
