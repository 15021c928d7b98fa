// One HTTP request from its head to its outcome: route, key, body, look, engine, answer.

import type { Code, Exchange, Flow, Pipeline, Principal } from "@fairlead/engine";
import { CODES, failure } from "@fairlead/engine";
import { HEADER, rawGet } from "@fairlead/protocol";
import { newId, type Runtime, type Signal, type Turn } from "@fairlead/runtime";
import type { Config } from "../config/config.ts";
import type { Gate } from "../identity/gate.ts";
import { modelRefusal } from "../identity/model-rules.ts";
import { answerOAuth, isOAuth, type OAuthService } from "../identity/oauth-routes.ts";
import type { Refused } from "../identity/refused.ts";
import type { Redaction } from "../redaction/redaction.ts";
import { restoredOutcome } from "../redaction/restored-answer.ts";
import { type Passed, screenStep } from "../redaction/screen-step.ts";
import { refusalFact } from "../telemetry/edge-facts.ts";
import { earlyHeaders } from "./answer-headers.ts";
import { ClientStream } from "./client-stream.ts";
import { outcomeOf, tellDefect } from "./defects.ts";
import { exchangeOf, lookAt } from "./exchange-of.ts";
import type { HttpRequest, HttpResponse } from "./http-surface.ts";
import { malformedHead } from "./malformed-head.ts";
import { refusal } from "./refusal.ts";
import { drainBody, type Held, requestBody } from "./request-body.ts";
import { type RequestHead, requestHead } from "./request-head.ts";
import { respond } from "./respond.ts";
import { findRoute, hintFor, type Route } from "./routes.ts";
import type { Running, UnderWay } from "./running.ts";

/** What a reload of the configuration replaces. A request keeps the one that it began with. */
export interface Generation {
  readonly config: Config;
  readonly gate: Gate;
  readonly pipeline: Pipeline;
  readonly redaction: Redaction;
  /** Requests that have no outcome yet. */
  readonly pending: { count: number };
  /** Hears of requests that were refused before they reached the pipeline, while somebody compares. */
  readonly watch: { readonly hear: ((failed: boolean, firstMs: number) => void) | undefined };
}

/** What the edge works with. */
export interface Edge {
  readonly rt: Runtime;
  /** The one for requests that come now. */
  readonly generation: Generation;
  readonly oauth: OAuthService;
  /** Chooses between two, while one is tried on a share of the requests. */
  readonly choose: ((key: string) => Generation) | undefined;
  readonly held: Held;
  /** Requests that wait for an answer or get one, each with its stream if it asked for one, for the drain. */
  readonly running: Running;
  /** What a turn of the event loop sends leaves at its end. */
  readonly turn: Turn;
  /** False while draining. */
  ready(): boolean;
  /** True once the grace time is over and answers are cut off. */
  cut(): boolean;
  /** Gives requests their place in traces; undefined when none are made. */
  readonly tracing?: { begin(x: Exchange): Exchange } | undefined;
}

const MB = 1_048_576;

/** Why requests are called off at the end of the grace time: it was not the client that left. */
const SHUT_DOWN = "the gateway was shut down";

/**
 * Handles one request. Never throws.
 * @param awaitsContinue the client sent `Expect: 100-continue` and holds its body back until it is told to go on
 */
export function handle(edge: Edge, req: HttpRequest, res: HttpResponse, awaitsContinue = false): void {
  const id = newId(edge.rt.random, "req_fl_");
  const target = req.url ?? "";
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const method = req.method ?? "";
  if (health(edge, method, path, res)) return;
  const head = requestHead(req.rawHeaders);
  // What names no session is told apart by itself.
  const generation = edge.choose?.(rawGet(head.headers, HEADER.sessionId) ?? id) ?? edge.generation;
  const { config } = generation;
  const no = (
    code: Code,
    fill?: { readonly [name: string]: string | number },
    principal?: Principal,
    route?: Route,
  ) => {
    generation.watch.hear?.(true, 0);
    refuse(edge, req, res, id, code, fill, principal, route);
  };

  const malformed = malformedHead(target, path, head, req);
  if (malformed !== undefined) return no("bad_request", { reason: malformed });
  if (path === "/api/hello" || path === "/") {
    if (method === "GET" || method === "HEAD") return hello(res, method);
    res.setHeader("allow", "GET, HEAD");
    return no("method_not_allowed", { path, allowed: "GET, HEAD", method });
  }
  const route = findRoute(method, path);
  if (route === undefined && isOAuth(path)) return oauth(edge, req, res, path, id);
  if (route === undefined) return no("not_found", { method, path: short(path), hint: hintFor(path) });
  if ("allowed" in route) {
    res.setHeader("allow", route.allowed);
    return no("method_not_allowed", { path: short(path), allowed: route.allowed, method });
  }
  const asker = generation.gate.identify(head, route.scopes, req);
  if ("code" in asker) return refuse(edge, req, res, id, asker.code, asker.fill, undefined, route, asker);
  const { principal } = asker;
  if (!edge.ready()) {
    if (!head.closeOnDrain) return no("draining", {}, principal, route);
    generation.watch.hear?.(true, 0);
    // It sends what had no answer to another instance. A 503 it could not tell from an upstream's, which it must not repeat.
    tellRefusal(edge, req, id, CODES.draining.status, "draining", principal, route);
    return void req.socket.destroy();
  }
  const limit = route.limit ?? config.limits.body_bytes;
  if (head.contentLength !== undefined && head.contentLength > limit) {
    return no("body_too_large", { limit: `${Math.floor(limit / MB)} MB` }, principal, route);
  }
  if (route.body === "model") {
    if (head.contentEncoding !== undefined && head.contentEncoding !== "identity") {
      return no("body_encoded", { got: head.contentEncoding }, principal, route);
    }
    if (head.contentType !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(head.contentType)) {
      return no("bad_content_type", { got: head.contentType }, principal, route);
    }
  }
  const arrival: Arrival = { edge, generation, req, res, id, head, route, principal };
  const screened: Onward = (one, body) => {
    if (body === null || body.length === 0) return run(one, body);
    try {
      screenStep(one, body, run, (code, fill) => no(code, fill, principal, route));
    } catch (e) {
      broken(one, body, e as Error);
    }
  };
  const go = asker.verify === undefined ? screened : verified(asker.verify, screened);
  if (!head.chunked && (head.contentLength ?? 0) === 0) {
    go(arrival, route.body === "model" ? Buffer.alloc(0) : null);
    return;
  }
  if (awaitsContinue) res.writeContinue();
  const silenceMs = config.limits.body_timeout;
  const bounds = { limit, silenceMs, held: edge.held, expected: head.contentLength };
  edge.running.set(res, undefined);
  requestBody(req, bounds, edge.rt.clock).then((body) => {
    edge.running.delete(res);
    if (Buffer.isBuffer(body)) {
      if (res.headersSent) edge.held.bytes -= body.length;
      else go(arrival, body);
      return;
    }
    if (body.code === "gone") {
      res.destroy();
      return;
    }
    const seconds = config.limits.body_timeout / 1_000;
    const size = body.code === "too_busy" ? edge.held.limit / MB : Math.floor(limit / MB);
    no(body.code, { limit: body.code === "too_busy" ? size : `${size} MB`, seconds }, principal, route);
  });
}

function oauth(edge: Edge, req: HttpRequest, res: HttpResponse, path: string, id: string): void {
  const { rt } = edge;
  answerOAuth(edge.oauth, edge.generation.gate, edge.held, req, res, path, id).then(
    (no) => {
      // A device that waits for its person has done nothing wrong.
      if (no === undefined || no.error === "authorization_pending") return;
      const asked = { id, method: req.method ?? "", route: path.slice(1) };
      rt.emit(refusalFact(rt.clock.now(), { ...asked, status: no.status, code: `oauth_${no.error}` }));
    },
    (e: Error) => {
      tellDefect(rt, id, e);
      if (!res.headersSent) res.writeHead(500, ["cache-control", "no-store", "fairlead-request-id", id]);
      res.end();
    },
  );
}

/** A request that may come in: all that is known of it but its body, which must not live as long as its answer. */
interface Arrival {
  readonly edge: Edge;
  readonly generation: Generation;
  readonly req: HttpRequest;
  readonly res: HttpResponse;
  readonly id: string;
  readonly head: RequestHead;
  readonly route: Route;
  readonly principal: Principal;
}

/** What comes after the body is there. */
type Onward = (arrival: Arrival, body: Buffer | null) => void;

/** Goes on with a signed request once its body is seen to be the signed one, and its nonce was not used before. */
function verified(verify: (body: Buffer | null) => Promise<Refused | undefined>, next: Onward): Onward {
  return (arrival, body) => {
    const { edge, req, res, id, principal, route } = arrival;
    edge.running.set(res, undefined);
    verify(body).then(
      (fault) => {
        edge.running.delete(res);
        if (fault === undefined && !res.destroyed && !res.headersSent) return next(arrival, body);
        edge.held.bytes -= body?.length ?? 0;
        if (fault !== undefined) refuse(edge, req, res, id, fault.code, fault.fill, principal, route, fault);
      },
      (e: Error) => broken(arrival, body, e),
    );
  };
}

/** A defect of ours before the pipeline: it must not end the process, with the requests of all others. */
function broken({ edge, req, res, id, principal, route }: Arrival, body: Buffer | null, e: Error): void {
  tellDefect(edge.rt, id, e);
  edge.running.delete(res);
  edge.held.bytes -= body?.length ?? 0;
  if (res.headersSent) res.destroy();
  else refuse(edge, req, res, id, "internal", {}, principal, route);
}

function run(arrival: Arrival, body: Buffer | null, passed?: Passed): void {
  let x: Exchange | undefined;
  try {
    x = ready(arrival, body, passed);
  } catch (e) {
    broken(arrival, body, e as Error);
    return;
  }
  if (x !== undefined) send(arrival, x, body, passed?.restorer);
}

/** The exchange of a request that may go; undefined: it was refused. */
function ready(arrival: Arrival, body: Buffer | null, passed: Passed | undefined): Exchange | undefined {
  const { edge, req, res, id, head, route, principal } = arrival;
  const look = lookAt(route, body);
  if ("code" in look) {
    edge.held.bytes -= body?.length ?? 0;
    refuse(edge, req, res, id, look.code, look.fill, principal, route);
    return;
  }
  if (principal.models !== undefined) {
    const closed = modelRefusal(principal, look, route, body);
    if (closed !== undefined) {
      edge.held.bytes -= body?.length ?? 0;
      refuse(edge, req, res, id, closed.code, closed.fill, principal, route, closed);
      return;
    }
  }
  const fresh = exchangeOf(id, req.method ?? "", req.url ?? "", head, body, look, route, principal, edge.rt);
  const asked = edge.tracing === undefined ? fresh : edge.tracing.begin(fresh);
  return passed?.changed === true ? { ...asked, redacted: true } : asked;
}

function send(arrival: Arrival, x: Exchange, body: Buffer | null, restorer: Passed["restorer"]): void {
  const { edge, generation, req, res, id, head } = arrival;
  const { rt } = edge;
  const traced = head.trace;
  const stream = x.look.stream ? clientStream(edge, res, x, traced) : undefined;
  const bytes = body?.length ?? 0;
  edge.running.set(res, stream, underWay(x, rt.clock.now()));
  watchClient(edge, req, res, x.signal, bytes);
  if (!edge.ready()) res.setHeader("connection", "close");
  generation.pending.count += 1;
  outcomeOf(generation.pipeline, x).then(
    (outcome) => {
      generation.pending.count -= 1;
      if (outcome.ok) {
        abortWith(x.signal, outcome.flow);
        edge.running.release(res, edge.held);
      }
      if (!edge.running.has(res) || res.writableEnded) return;
      try {
        const told = restorer === undefined ? outcome : restoredOutcome(outcome, restorer);
        respond(res, x, told, stream, edge.turn, traced);
      } catch (e) {
        // Node refuses to print what the upstream sent as a header.
        if (outcome.ok) outcome.flow.abort({ verdict: "cut", code: "bad_response", type: "api_error", message: "" });
        const fill = { upstream: outcome.target?.name ?? "", reason: (e as Error).message };
        if (res.headersSent) res.destroy();
        else respond(res, x, failure("bad_response", fill), stream, edge.turn, traced);
      }
    },
    (e: Error) => {
      generation.pending.count -= 1;
      tellDefect(rt, id, e);
      respond(res, x, failure("internal"), stream, edge.turn, traced);
    },
  );
}

// The four functions below make what lives as long as a stream does. They stand outside of `run` so that nothing of what
// they make holds on to the exchange, and with it to the request's body, which can be many megabytes.

function clientStream(edge: Edge, res: HttpResponse, x: Exchange, traced: boolean): ClientStream {
  const early = () => earlyHeaders(x, traced);
  return new ClientStream(res, edge.turn, x.look.dialect, x.id, edge.rt.clock.now, early, x.tally);
}

function underWay({ id, path, priority, signal, tally, look, principal }: Exchange, at: number): UnderWay {
  return { id, path, priority, signal, at, project: principal?.project, model: look.model, stream: look.stream, tally };
}

function watchClient(edge: Edge, req: HttpRequest, res: HttpResponse, signal: Signal, bytes: number): void {
  edge.running.hold(res, bytes);
  const over = () => {
    edge.running.release(res, edge.held);
    const stream = edge.running.get(res);
    if (!edge.running.delete(res)) return;
    stream?.close();
    if (edge.cut()) signal.abort(SHUT_DOWN);
    else if (!res.writableFinished) signal.abort("the client closed the connection");
  };
  res.on("close", over);
  // A request behind another on its connection has no hold of the socket yet, and would not hear that it closed.
  if (res.socket === null) req.socket.setMaxListeners(0).once("close", over);
}

function abortWith(signal: Signal, flow: Flow): void {
  signal.onAbort((reason) =>
    flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: reason }),
  );
}

/** Answers a request with an error of ours, and reads what is left of its body so that the answer arrives. */
function refuse(
  edge: Edge,
  req: HttpRequest,
  res: HttpResponse,
  id: string,
  code: Code,
  fill: { readonly [name: string]: string | number } = {},
  principal?: Principal,
  route?: Route,
  why?: Pick<Refused, "headers" | "retryAfterMs">,
): void {
  if (res.headersSent || res.destroyed) return;
  const refused = refusal(code, id, fill, why?.retryAfterMs);
  if (why?.headers !== undefined) refused.headers.push(...why.headers);
  if (!req.complete || !edge.ready()) refused.headers.push("connection", "close");
  const allow = res.getHeader("allow");
  if (allow !== undefined) refused.headers.push("allow", String(allow));
  res.writeHead(refused.status, refused.headers);
  if (req.complete || req.method === "HEAD") res.end(req.method === "HEAD" ? undefined : refused.body);
  else {
    res.write(refused.body);
    drainBody(req, res, edge.rt.clock);
  }
  tellRefusal(edge, req, id, refused.status, code, principal, route);
}

function tellRefusal(
  edge: Edge,
  req: HttpRequest,
  id: string,
  status: number,
  code: Code,
  principal?: Principal,
  route?: Route,
): void {
  const what = { id, method: req.method ?? "", route: route?.name ?? "other", status, code };
  edge.rt.emit(refusalFact(edge.rt.clock.now(), what, principal));
}

function health(edge: Edge, method: string, path: string, res: HttpResponse): boolean {
  if (path !== "/healthz" && path !== "/readyz") return false;
  if (method !== "GET" && method !== "HEAD") return false;
  const ready = path === "/healthz" || edge.ready();
  const text = ready ? "ok\n" : "draining\n";
  res.writeHead(ready ? 200 : 503, [
    "content-type",
    "text/plain",
    "content-length",
    String(text.length),
    "cache-control",
    "no-store",
  ]);
  res.end(method === "HEAD" ? undefined : text);
  return true;
}

/** The warm-up probe of Claude Code, and whoever looks in with a browser. */
function hello(res: HttpResponse, method: string): void {
  const text = '{"type":"fairlead","message":"The gateway is up. POST /v1/messages."}\n';
  res.writeHead(200, [
    "content-type",
    "application/json",
    "content-length",
    String(text.length),
    "cache-control",
    "no-store",
  ]);
  res.end(method === "HEAD" ? undefined : text);
}

function short(path: string): string {
  return path.length > 80 ? `${path.slice(0, 77)}...` : path;
}
