// The step of the edge between a request's body and its look: screened where the project's policy asks for it.

import type { Code, Principal } from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { HttpResponse } from "../edge/http-surface.ts";
import type { RequestHead } from "../edge/request-head.ts";
import type { Route } from "../edge/routes.ts";
import type { Running } from "../edge/running.ts";
import type { RedactionFact } from "../telemetry/edge-facts.ts";
import { countsLine, type ProjectPolicy, type Redaction, type Screened } from "./redaction.ts";

/** What was found in a request that goes on. */
export type Passed = Extract<Screened, { readonly ok: true }>;

/** What the step needs to know of a request. */
export interface Screenable {
  readonly edge: { readonly rt: Runtime; readonly held: { bytes: number }; readonly running: Running };
  readonly generation: { readonly redaction: Redaction };
  readonly res: HttpResponse;
  readonly id: string;
  readonly head: RequestHead;
  readonly route: Route;
  readonly principal: Principal;
}

/** Routes without a model whose bodies hold prompts all the same. */
const BATCHES = "batches";
const FILES = "files";

/**
 * Screens a body that is held and goes on with what comes of it: at once, without a promise, when nothing asks for it.
 * @param go goes on; `passed` is undefined when the body was not screened
 * @param refuse answers with an error of ours; the body's bytes are given back before
 */
export function screenStep<S extends Screenable>(
  arrival: S,
  body: Buffer,
  go: (arrival: S, body: Buffer, passed: Passed | undefined) => void,
  refuse: (code: Code, fill: { readonly [name: string]: string | number }) => void,
): void {
  const { edge, generation, res, head, route, principal } = arrival;
  const policy = generation.redaction.policy(principal.project);
  if (policy === undefined || (route.body !== "model" && route.name !== BATCHES && route.name !== FILES)) {
    go(arrival, body, undefined);
    return;
  }
  const back = (code: Code, fill: { readonly [name: string]: string | number }) => {
    edge.held.bytes -= body.length;
    refuse(code, fill);
  };
  if (route.name === FILES) {
    if (policy.files === "refuse") back("redaction_files", {});
    else go(arrival, body, undefined);
    return;
  }
  const encoding = head.contentEncoding;
  if (encoding !== undefined && encoding !== "identity") {
    // What is compressed cannot be read, and is not unpacked: a small one may be a bomb.
    if (policy.mode === "report") go(arrival, body, undefined);
    else back("body_encoded", { got: encoding });
    return;
  }
  edge.running.set(res, undefined);
  const began = edge.rt.clock.now();
  void generation.redaction.screen(policy, body).then((screened) => {
    edge.running.delete(res);
    tell(arrival, policy, screened.counts, began);
    if (res.headersSent || res.destroyed) {
      edge.held.bytes -= body.length;
      return;
    }
    if (screened.counts.length > 0) res.setHeader("fairlead-redacted", countsLine(screened.counts));
    if (!screened.ok) {
      back(screened.code, screened.fill);
      return;
    }
    edge.held.bytes += screened.body.length - body.length;
    go(arrival, screened.body, screened);
  });
}

function tell(arrival: Screenable, { mode }: ProjectPolicy, counts: Screened["counts"], began: number): void {
  const { edge, id, principal } = arrival;
  const at = edge.rt.clock.now();
  const { project } = principal;
  const fact: RedactionFact = { kind: "redaction", at, id, project, mode, counts, tookMs: at - began };
  edge.rt.emit(fact);
}
