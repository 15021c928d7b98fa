// The one place where an Outcome becomes HTTP: an answer is passed on, an upstream's own error unchanged, ours in its shape.

import type { Answer, Exchange, Failure, Outcome, Sink } from "@fairlead/engine";
import type { Turn } from "@fairlead/runtime";
import { holdHeader, ownHeaders, passedHeaders, streamHeaders, traceHeader } from "./answer-headers.ts";
import { relinked } from "./batch-links.ts";
import { type ClientStream, rawSink } from "./client-stream.ts";
import type { HttpResponse } from "./http-surface.ts";
import { refusal } from "./refusal.ts";

/** Bodies up to this size leave together with their head, bytes. */
const ONE_WRITE = 16_384;

/** Sends the outcome. `stream` is the client's stream when it asked for one, `traced` that it wants to be told what was done. */
export function respond(
  res: HttpResponse,
  x: Exchange,
  outcome: Outcome,
  stream: ClientStream | undefined,
  turn: Turn,
  traced: boolean,
): void {
  if (outcome.ok) answered(res, x, outcome, stream, turn, traced);
  else failed(res, x, outcome, stream, traced);
}

function answered(
  res: HttpResponse,
  x: Exchange,
  answer: Answer,
  stream: ClientStream | undefined,
  turn: Turn,
  traced: boolean,
): void {
  const { flow } = answer;
  if (flow.reader?.streamed === true) {
    if (stream === undefined) {
      // A stream that nobody asked for: passed on as it comes.
      res.writeHead(answer.status, streamHeaders(x, answer, traced));
      flow.pipe(rawSink(res, flow));
      return;
    }
    if (!res.headersSent) res.writeHead(answer.status, streamHeaders(x, answer, traced));
    stream.attach(flow);
    return;
  }
  if (res.headersSent) {
    // Pings went out already, so the client reads a stream; a JSON answer cannot follow in it.
    flow.abort({ verdict: "upstream-fault", code: "not_the_api", type: "api_error", message: "no stream" });
    stream?.fail({
      code: "not_the_api",
      type: "api_error",
      message: "The upstream answered a request for a stream with something else.",
    });
    return;
  }
  stream?.close();
  const ended = flow.ending !== undefined;
  const headers = passedHeaders(answer.headers, true);
  if (!ended) {
    headers.push(...ownHeaders(x, answer.target.name, answer.rewritten, traced));
    res.writeHead(answer.status, headers);
    flow.pipe(rawSink(res, flow));
    return;
  }
  const pieces: Buffer[] = [];
  const gather: Sink = {
    write(chunk) {
      pieces.push(chunk);
      return true;
    },
    end() {},
    fail() {},
  };
  flow.pipe(gather);
  const body = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  const linked = relinked(x.path, body, res.req);
  if (linked !== undefined) {
    relinkedAnswer(res, x, answer, linked, traced);
    return;
  }
  headers.push(...ownHeaders(x, answer.target.name, answer.rewritten, traced));
  if (!hasLength(headers) && res.req.method !== "HEAD") headers.push("content-length", String(body.length));
  res.writeHead(answer.status, headers);
  // Head and a small body leave as one latin1 string in one system call; a buffer would make it three pieces.
  turn.last({
    endOfTurn: () => (body.length <= ONE_WRITE ? res.end(body.toString("latin1"), "latin1") : res.end(body)),
  });
}

/** A batch whose results' address was replaced: the length is another, and a header says what was done. */
function relinkedAnswer(res: HttpResponse, x: Exchange, answer: Answer, body: Buffer, traced: boolean): void {
  const headers = passedHeaders(answer.headers, false);
  headers.push(
    "content-length",
    String(body.length),
    ...ownHeaders(x, answer.target.name, answer.rewritten === "list" ? "list, results_url" : "results_url", traced),
  );
  res.writeHead(answer.status, headers);
  res.end(body);
}

function failed(
  res: HttpResponse,
  x: Exchange,
  failure: Failure,
  stream: ClientStream | undefined,
  traced: boolean,
): void {
  if (failure.verdict === "cancelled") {
    stream?.close();
    res.destroy();
    return;
  }
  const upstream = failure.target?.name ?? "none";
  if (res.headersSent) {
    stream?.fail(failure, x.tally.attempts);
    return;
  }
  if (failure.held !== undefined && stream !== undefined) {
    // The upstream's own stream, with the upstream's own error as its last event.
    res.writeHead(failure.held.status, [...streamHeaders(x, failure.held, traced), ...holdHeader(x)]);
    stream.attach(failure.held.flow);
    return;
  }
  stream?.close();
  if (failure.response !== undefined) {
    const { status, headers: raw, body } = failure.response;
    const headers = passedHeaders(raw, false);
    headers.push("content-length", String(body.length), ...ownHeaders(x, upstream, renamed(x, failure), traced));
    headers.push(...holdHeader(x));
    res.writeHead(status, headers);
    res.end(body);
    return;
  }
  const refused = refusal(failure.code ?? "internal", x.id, {}, failure.retryAfterMs, failure.message);
  refused.headers.push("fairlead-upstream", upstream, "fairlead-attempts", String(x.tally.attempts), ...holdHeader(x));
  // Unless the code itself is final, whoever refused may know that the wait is too long for a retry.
  if (failure.again === false && !refused.headers.includes("x-should-retry"))
    refused.headers.push("x-should-retry", "false");
  if (failure.headers !== undefined) refused.headers.push(...failure.headers);
  if (traced) refused.headers.push(...traceHeader(x));
  res.writeHead(refused.status, refused.headers);
  res.end(refused.body);
}

/** Whether the request that the upstream refused had gone out under its own name for the model. */
function renamed({ look: { model, modelSpans } }: Exchange, { target }: Failure): boolean {
  if (model === undefined || modelSpans.length === 0 || target === undefined) return false;
  return target.modelName(model) !== model;
}

function hasLength(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).length === 14 && (headers[i] as string).toLowerCase() === "content-length") return true;
  }
  return false;
}
