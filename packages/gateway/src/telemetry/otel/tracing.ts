// Traces for OpenTelemetry: one span for a request, one for each attempt, made from facts when these are told.
// Names of attributes: GenAI semantic conventions (github.com/open-telemetry/semantic-conventions-genai, "Semantic
// conventions for Anthropic client operations") and HTTP semantic conventions 1.41. No text of prompts or answers.

import type { AttemptFact, Exchange, RequestFact, TraceIds } from "@fairlead/engine";
import { billedTokens, findModel } from "@fairlead/protocol";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { toldStatus } from "../told-status.ts";
import { tracedAs } from "./operation.ts";
import type { OtelOptions } from "./otel-options.ts";
import { SpanQueue, type SpanResult } from "./span-queue.ts";
import { oneHeader, printTraceParent, randomHex, readTraceParent } from "./trace-context.ts";

/** `SpanKind.CLIENT`, `SpanStatusCode.UNSET` and `.ERROR`, `TraceFlags.SAMPLED` of @opentelemetry/api. */
const CLIENT = 2;
const UNSET = 0;
const ERROR = 2;
const SAMPLED = 1;

/** Names that callers choose are cut to this length. */
const MAX_NAME = 100;
/** What waits at the end has this long to go, milliseconds. */
const LAST_MS = 5_000;

/** Spans were exported, or not. */
export interface SpanFact extends Fact {
  readonly kind: "spans";
  readonly result: SpanResult;
  readonly count: number;
}

/** What tracing knows of an upstream besides its name. */
export type OriginOf = (upstream: string) => string | undefined;

/** Traces of one gateway. `begin` when a request is read, `listen` on the bus. */
export class Tracing {
  readonly #options: OtelOptions;
  readonly #rt: Runtime;
  readonly #originOf: OriginOf;
  readonly #queue: SpanQueue;
  readonly #resource: ReadableSpan["resource"];
  readonly #scope = { name: "fairlead" };

  constructor(options: OtelOptions, exporter: SpanExporter, instance: string, rt: Runtime, originOf: OriginOf) {
    this.#options = options;
    this.#rt = rt;
    this.#originOf = originOf;
    this.#queue = new SpanQueue(exporter, options, rt.clock, (result, count) => {
      const fact: SpanFact = { kind: "spans", at: rt.clock.now(), result, count };
      rt.emit(fact);
    });
    this.#resource = resourceOf({ "service.name": options.service_name, "service.instance.id": instance });
  }

  /** Gives a request its place in a trace: the caller's, or a new one. Its headers change only when upstreams are told. */
  begin(x: Exchange): Exchange {
    const { random } = this.#rt;
    const header = oneHeader(x.headers, "traceparent");
    const parent = header === undefined ? undefined : readTraceParent(header);
    const ids: TraceIds = {
      traceId: parent?.traceId ?? randomHex(random, 16),
      spanId: randomHex(random, 8),
      parentId: parent?.parentId,
      sampled: parent?.sampled ?? random.next() < this.#options.sample,
    };
    x.tally.trace = ids;
    if (!this.#options.propagate) return x;
    return { ...x, headers: withTraceParent(x.headers, printTraceParent(ids), parent === undefined) };
  }

  readonly listen = (fact: Fact): void => {
    if (fact.kind === "attempt") {
      const { x } = fact as AttemptFact;
      if (x.tally.trace?.sampled === true) this.#attempt(fact as AttemptFact, x.tally.trace);
    } else if (fact.kind === "request") {
      const { x } = fact as RequestFact;
      if (x.tally.trace?.sampled === true) this.#request(fact as RequestFact, x.tally.trace);
    }
  };

  /** Sends what waits, for a few seconds at most. */
  close(): Promise<void> {
    return this.#queue.close(LAST_MS);
  }

  #attempt({ x, at, tookMs, verdict, code, status }: AttemptFact, ids: TraceIds): void {
    const upstream = x.target?.name ?? "none";
    const attributes: Attributes = {
      "http.request.method": x.method,
      "fairlead.upstream": upstream,
      "fairlead.verdict": verdict,
      ...serverOf(this.#originOf(upstream)),
    };
    if (x.tally.attempts > 1) attributes["http.request.resend_count"] = x.tally.attempts - 1;
    if (status !== undefined) attributes["http.response.status_code"] = status;
    const failed = verdict !== "ok";
    if (failed) attributes["error.type"] = code === undefined ? verdict : `fairlead_${code}`;
    const spanId = randomHex(this.#rt.random, 8);
    this.#push({ ...ids, spanId, parentId: ids.spanId }, x.method, at - tookMs, at, attributes, failed);
  }

  #request(fact: RequestFact, ids: TraceIds): void {
    const { x, at, totalMs, verdict, code, upstream, answer } = fact;
    const asked = x.look.model;
    const traced = tracedAs(x.path);
    const { operation } = traced;
    const attributes: Attributes = {
      "fairlead.request_id": x.id,
      "fairlead.project": x.principal?.project ?? "none",
      "fairlead.attempts": fact.attempts,
      "fairlead.verdict": verdict,
      "http.response.status_code": toldStatus(fact),
    };
    if (upstream !== undefined)
      Object.assign(attributes, { "fairlead.upstream": upstream }, serverOf(this.#originOf(upstream)));
    if (fact.upstreamRequestId !== undefined) attributes["fairlead.upstream_request_id"] = cut(fact.upstreamRequestId);
    if (fact.reused !== undefined) attributes["fairlead.reused"] = fact.reused;
    const session = oneHeader(x.headers, "x-claude-code-session-id");
    if (session !== undefined) attributes["gen_ai.conversation.id"] = cut(session);
    if (traced.operation === undefined) {
      attributes["http.request.method"] = x.method;
      attributes["http.route"] = traced.route;
    } else {
      attributes["gen_ai.operation.name"] = operation;
      attributes["gen_ai.provider.name"] = "anthropic";
      attributes["gen_ai.request.stream"] = x.look.stream;
      if (asked !== undefined) attributes["gen_ai.request.model"] = cut(asked);
      const most = x.look.maxTokens;
      // A number beyond 64 bits makes collectors refuse the whole batch, with the spans of others.
      if (Number.isSafeInteger(most)) attributes["gen_ai.request.max_tokens"] = most;
      if (x.look.stream && verdict === "ok") attributes["gen_ai.response.time_to_first_chunk"] = fact.firstMs / 1_000;
      if (answer !== undefined) answered(attributes, answer);
    }
    const failed = verdict !== "ok" && verdict !== "cancelled";
    if (verdict !== "ok") attributes["error.type"] = code === undefined ? verdict : `fairlead_${code}`;
    // Names of spans must be few: a model that nobody knows is none.
    const model = asked === undefined ? "" : ` ${findModel(asked)?.id ?? "other"}`;
    const name = traced.operation === undefined ? `${x.method} ${traced.route}` : `${operation}${model}`;
    this.#push(ids, name, at - totalMs, at, attributes, failed);
  }

  #push(ids: TraceIds, name: string, from: number, to: number, attributes: Attributes, failed: boolean): void {
    const { clock } = this.#rt;
    const offset = clock.wall() - clock.now();
    const context = (spanId: string, remote: boolean) => ({
      traceId: ids.traceId,
      spanId,
      traceFlags: SAMPLED,
      ...(remote ? { isRemote: true } : {}),
    });
    const own = context(ids.spanId, false);
    this.#queue.push({
      name,
      kind: CLIENT,
      spanContext: () => own,
      ...(ids.parentId === undefined ? {} : { parentSpanContext: context(ids.parentId, true) }),
      startTime: hrTime(from + offset),
      endTime: hrTime(to + offset),
      duration: hrTime(to - from),
      status: { code: failed ? ERROR : UNSET },
      attributes,
      links: [],
      events: [],
      ended: true,
      resource: this.#resource,
      instrumentationScope: this.#scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
  }
}

function answered(attributes: Attributes, answer: NonNullable<RequestFact["answer"]>): void {
  const { usage, model, stopReason, messageId } = answer;
  if (model !== undefined) attributes["gen_ai.response.model"] = cut(model);
  if (messageId !== undefined) attributes["gen_ai.response.id"] = cut(messageId);
  if (stopReason !== undefined) attributes["gen_ai.response.finish_reasons"] = [cut(stopReason)];
  if (usage === undefined) return;
  const billed = billedTokens(usage);
  const written = billed.cacheWrite5mTokens + billed.cacheWrite1hTokens;
  // The API counts cached tokens apart; the conventions want them within the input tokens.
  attributes["gen_ai.usage.input_tokens"] = billed.inputTokens + billed.cacheReadTokens + written;
  attributes["gen_ai.usage.output_tokens"] = billed.outputTokens;
  if (billed.cacheReadTokens > 0) attributes["gen_ai.usage.cache_read.input_tokens"] = billed.cacheReadTokens;
  if (written > 0) attributes["gen_ai.usage.cache_creation.input_tokens"] = written;
  if (usage.thinkingTokens > 0) attributes["gen_ai.usage.reasoning.output_tokens"] = usage.thinkingTokens;
}

/** The same headers with our traceparent in the place of the caller's, or behind them when it sent none that is one. */
function withTraceParent(raw: readonly string[], value: string, begins: boolean): readonly string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const lower = (raw[i] as string).toLowerCase();
    if (lower === "traceparent") continue;
    // Without its traceparent a tracestate belongs to nothing.
    if (begins && lower === "tracestate") continue;
    headers.push(raw[i] as string, raw[i + 1] as string);
  }
  headers.push("traceparent", value);
  return headers;
}

function serverOf(origin: string | undefined): Attributes {
  if (origin === undefined || !URL.canParse(origin)) return {};
  const { hostname, port, protocol } = new URL(origin);
  return { "server.address": hostname, "server.port": port === "" ? (protocol === "http:" ? 80 : 443) : Number(port) };
}

/** Unix milliseconds as seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}

function resourceOf(attributes: Attributes): ReadableSpan["resource"] {
  const resource: ReadableSpan["resource"] = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource;
}

function cut(text: string): string {
  return text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}...` : text;
}
