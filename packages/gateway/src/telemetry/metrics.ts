// The gateway's metrics: listens to facts, prints them for Prometheus.

import type { AttemptFact, CircuitFact, EngineFigures, RequestFact, WaitFact } from "@fairlead/engine";
import { billedTokens, costOf, findModel, LISTED_PRICES, type Prices, totalInput } from "@fairlead/protocol";
import { type Fact, type Runtime, systemRuntime } from "@fairlead/runtime";
import type { RedactionFact, RefusalFact, SecretFact } from "./edge-facts.ts";
import { engineGauges } from "./engine-gauges.ts";
import type { SpanFact } from "./otel/tracing.ts";
import { processMetrics } from "./process-metrics.ts";
import { Counter, Gauge, Histogram } from "./registry.ts";
import { RoomMetrics } from "./room-metrics.ts";
import { toldStatus } from "./told-status.ts";

/** What is read only when somebody asks for the metrics. */
export interface Readings {
  streams(): number;
  connections(): ReadonlyArray<{ readonly upstream: string; readonly state: string; readonly count: number }>;
  /** 0 closed, 1 half-open or in doubt, 2 open, 3 parked. */
  upstreams(): ReadonlyArray<{ readonly upstream: string; readonly state: number }>;
  /** The engine's figures. */
  engine(): EngineFigures;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1];
const QUEUE_SECONDS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const TOKENS = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const PICO = 1e-12;
/** `fairlead_requests_total` has the most labels: projects times models times upstreams times ways to end. */
const MAX_REQUEST_SERIES = 5_000;

/** Name, kind, labels and meaning of every metric that a gateway has. */
export function describeMetrics(): ReturnType<Metrics["describe"]> {
  const engine = () => {
    throw new Error("no engine is read for a description");
  };
  const none = { streams: () => 0, connections: () => [], upstreams: () => [], engine };
  return new Metrics(systemRuntime(), none).describe();
}

/** All metrics of one gateway. */
export class Metrics {
  readonly #requests = new Counter(
    "fairlead_requests_total",
    "Requests by how they ended.",
    ["project", "model", "upstream", "outcome", "status"],
    MAX_REQUEST_SERIES,
  );
  readonly #refusals = new Counter("fairlead_refusals_total", "Requests refused before any upstream was asked.", [
    "project",
    "route",
    "code",
  ]);
  readonly #seconds = new Histogram(
    "fairlead_request_seconds",
    "From the request read to the last byte of its answer.",
    ["upstream"],
    SECONDS,
  );
  readonly #first = new Histogram(
    "fairlead_first_token_seconds",
    "From the request read to the first content, or to the whole answer when it is not streamed.",
    ["upstream"],
    SECONDS,
  );
  readonly #attempts = new Counter("fairlead_attempts_total", "Attempts on the wire by verdict.", [
    "upstream",
    "verdict",
  ]);
  readonly #delays = new Histogram(
    "fairlead_retry_delay_seconds",
    "Waits before an attempt was repeated.",
    ["upstream"],
    SECONDS,
  );
  readonly #circuits = new Counter(
    "fairlead_circuit_changes_total",
    "Circuits that opened, let a probe through (half-open) or closed, and what was parked, by scope of blame.",
    ["upstream", "scope", "state"],
  );
  readonly #tokens = new Counter("fairlead_tokens_total", "Tokens by kind, as the upstream counted them.", [
    "project",
    "model",
    "kind",
  ]);
  readonly #requestTokens = new Histogram(
    "fairlead_request_tokens",
    "Input and output tokens of one request together.",
    ["project"],
    TOKENS,
  );
  readonly #cost = new Counter(
    "fairlead_cost_usd_total",
    "What the tokens cost by the prices, in dollars; unknown models count nothing.",
    ["project", "model"],
  );
  readonly #reused = new Counter(
    "fairlead_reused_total",
    "Requests that cost nothing: their answer was kept (cache) or another's under way (joined).",
    ["project", "model", "how"],
  );
  readonly #queued = new Histogram(
    "fairlead_queue_wait_seconds",
    "Time that a request waited here for room, by its priority; 0 for those that went at once.",
    ["priority"],
    QUEUE_SECONDS,
  );
  readonly #overhead = new Histogram(
    "fairlead_overhead_seconds",
    "Time to the outcome that no attempt, no wait and no queue took.",
    [],
    OVERHEAD_SECONDS,
  );
  /** The metrics of the other rooms: they add to them and give them readers. */
  readonly rooms = new RoomMetrics();
  readonly #further: Array<Counter | Gauge | Histogram> = [];
  readonly #gauges: readonly Gauge[];
  readonly #rt: Runtime;
  readonly #prices: Prices;
  readonly #known = new Map<string, string>();

  /** Milliseconds that requests were screened for. */
  #screenedMs = 0;

  constructor(rt: Runtime, readings: Readings, prices: Prices = LISTED_PRICES) {
    this.#rt = rt;
    this.#prices = prices;
    this.rooms.redactionSeconds.read = () => [{ values: [], value: this.#screenedMs / 1_000 }];
    this.#gauges = [
      new Gauge("fairlead_streams_active", "Streams open towards clients.", [], () => [
        { values: [], value: readings.streams() },
      ]),
      new Gauge("fairlead_connections", "Connections to upstreams.", ["upstream", "state"], () =>
        readings.connections().map(({ upstream, state, count }) => ({ values: [upstream, state], value: count })),
      ),
      new Gauge(
        "fairlead_upstream_state",
        "0 closed, 1 half-open or in doubt, 2 open, 3 parked: the worst circuit of the upstream.",
        ["upstream"],
        () => readings.upstreams().map(({ upstream, state }) => ({ values: [upstream], value: state })),
      ),
      ...engineGauges(readings.engine),
      new Gauge(
        "fairlead_metric_overflow_total",
        "Lists of label values that found no place of their own in a metric and were counted under `other`.",
        ["metric"],
        () =>
          this.#all().flatMap((one) =>
            one instanceof Gauge || one.overflowed === 0 ? [] : [{ values: [one.name], value: one.overflowed }],
          ),
        "counter",
      ),
      ...processMetrics(rt),
    ];
  }

  /** Adds a metric that is not described here. Throws when its name is taken: a name means one thing. */
  register(...metrics: ReadonlyArray<Counter | Gauge | Histogram>): void {
    for (const one of metrics) {
      if (this.#all().some(({ name }) => name === one.name)) throw new Error(`there is a metric ${one.name} already`);
      this.#further.push(one);
    }
  }

  readonly listen = (fact: Fact): void => {
    if (fact.kind === "attempt") {
      const { x, verdict } = fact as AttemptFact;
      this.#attempts.add([x.target?.name ?? "none", verdict]);
    } else if (fact.kind === "request") this.#request(fact as RequestFact);
    else if (fact.kind === "wait")
      this.#delays.observe([(fact as WaitFact).upstream], (fact as WaitFact).waitMs / 1_000);
    else if (fact.kind === "circuit") {
      const { upstream, scope, state } = fact as CircuitFact;
      this.#circuits.add([upstream, scope, state]);
    } else if (fact.kind === "refusal") {
      const { project, route, code } = fact as RefusalFact;
      this.#refusals.add([project ?? "none", route, code]);
    } else if (fact.kind === "redaction") {
      const { project, mode, counts, tookMs } = fact as RedactionFact;
      this.#screenedMs += tookMs;
      for (const [kind, count] of counts) this.rooms.redactionFindings.add([project, kind, mode], count);
    } else if (fact.kind === "spans") {
      const { result, count } = fact as SpanFact;
      this.rooms.spans.add([result], count);
    } else if (fact.kind === "secret") {
      const { origin, result } = fact as SecretFact;
      this.rooms.secretReads.add([origin, result]);
    }
  };

  /** The text for Prometheus. */
  print(): string {
    return this.#all()
      .map((one) => one.print())
      .join("");
  }

  /** Name, kind, labels and meaning of each metric, for the reference page. */
  describe(): ReadonlyArray<{
    readonly name: string;
    readonly kind: string;
    readonly labels: readonly string[];
    readonly help: string;
  }> {
    return this.#all().map(({ name, kind, labels, help }) => ({ name, kind, labels, help }));
  }

  #all() {
    return [
      this.#requests,
      this.#refusals,
      this.#seconds,
      this.#first,
      this.#attempts,
      this.#delays,
      this.#circuits,
      this.#tokens,
      this.#requestTokens,
      this.#cost,
      this.#reused,
      this.#queued,
      this.#overhead,
      ...this.#gauges,
      ...this.rooms.all(),
      ...this.#further,
    ];
  }

  #request(fact: RequestFact): void {
    const { x } = fact;
    const upstream = fact.upstream ?? "none";
    const project = x.principal?.project ?? "none";
    const model = this.#label(x.look.model);
    this.#requests.add([project, model, upstream, fact.verdict, String(toldStatus(fact))]);
    this.#seconds.observe([upstream], fact.totalMs / 1_000);
    this.#queued.observe([x.priority], x.tally.queuedMs / 1_000);
    if (fact.reused === undefined) {
      if (fact.verdict === "ok") this.#first.observe([upstream], fact.firstMs / 1_000);
      const elsewhere = fact.wireMs + x.tally.waitMs + x.tally.queuedMs;
      this.#overhead.observe([], Math.max(0, fact.firstMs - elsewhere) / 1_000);
    } else this.#reused.add([project, model, fact.reused]);
    const usage = fact.answer?.usage;
    // What was reused cost nothing, or another request tells it.
    if (usage === undefined || fact.reused !== undefined || x.look.dialect !== "claude") return;
    // With iterations the totals leave out what is billed besides.
    const billed = billedTokens(usage);
    this.#tokens.add([project, model, "input"], billed.inputTokens);
    this.#tokens.add([project, model, "output"], billed.outputTokens);
    if (billed.cacheReadTokens > 0) this.#tokens.add([project, model, "cache_read"], billed.cacheReadTokens);
    const written = billed.cacheWrite5mTokens + billed.cacheWrite1hTokens;
    if (written > 0) this.#tokens.add([project, model, "cache_write"], written);
    this.#requestTokens.observe([project], totalInput(billed) + billed.outputTokens);
    const served = fact.answer?.model ?? x.look.model ?? "";
    const cost = costOf(usage, served, { atMs: this.#rt.clock.wall(), prices: this.#prices });
    if (cost.known) this.#cost.add([project, model], cost.picoUsd * PICO);
  }

  /** A model's label: its name when it is a known model, else `other`, for callers choose names. */
  #label(model: string | undefined): string {
    if (model === undefined) return "none";
    let label = this.#known.get(model);
    if (label === undefined) {
      label = findModel(model)?.id ?? "other";
      if (this.#known.size < 1_000) this.#known.set(model, label);
    }
    return label;
  }
}
