// What the dashboard shows: rows of panels, and the queries behind them.

/** A query and what its series are called. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** One panel. `width` counts columns, of which a row has 24. */
export interface PanelSpec {
  readonly title: string;
  readonly says: string;
  readonly kind: "timeseries" | "stat" | "table" | "bargauge" | "state-timeline" | "heatmap";
  readonly unit: string;
  readonly width: number;
  readonly queries: readonly Query[];
  readonly stack?: boolean;
  readonly max?: number;
  readonly mappings?: object[];
}

/** Panels under one heading. */
export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** Filters that the variables of the dashboard set. */
const WHO = 'project=~"$project"';
const WHERE = 'upstream=~"$upstream"';
const HERE = 'instance=~"$instance"';
const NOT_COUNTED = "caller-fault|too-long|conflict|refused-here|cancelled";

const one = (expr: string, legend: string): readonly Query[] => [{ expr, legend }];
const quantiles = (metric: string, filter: string, by: string): readonly Query[] =>
  [0.5, 0.95, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le${by === "" ? "" : `, ${by}`}) (rate(${metric}_bucket{${filter}}[$__rate_interval])))`,
    legend: `p${share * 100}${by === "" ? "" : ` {{${by}}}`}`,
  }));

const STATES = [
  {
    type: "value",
    options: {
      0: { text: "closed", color: "green" },
      1: { text: "in doubt", color: "yellow" },
      2: { text: "open", color: "red" },
      3: { text: "parked", color: "purple" },
    },
  },
];

/** All rows. */
export const ROWS: readonly RowSpec[] = [
  {
    title: "Overview",
    panels: [
      {
        title: "Success",
        says: "Share of requests that succeeded, without those that callers got wrong.",
        kind: "stat",
        unit: "percentunit",
        width: 4,
        max: 1,
        queries: one(
          `sum(rate(fairlead_requests_total{${WHO},outcome="ok"}[$__rate_interval])) / sum(rate(fairlead_requests_total{${WHO},outcome!~"${NOT_COUNTED}"}[$__rate_interval]))`,
          "success",
        ),
      },
      {
        title: "Requests",
        says: "Requests per second.",
        kind: "stat",
        unit: "reqps",
        width: 4,
        queries: one(`sum(rate(fairlead_requests_total{${WHO}}[$__rate_interval]))`, "requests"),
      },
      {
        title: "Streams open",
        says: "Streams open towards clients now.",
        kind: "stat",
        unit: "short",
        width: 4,
        queries: one(`sum(fairlead_streams_active{${HERE}})`, "streams"),
      },
      {
        title: "Waiting",
        says: "Requests that wait here for room now.",
        kind: "stat",
        unit: "short",
        width: 4,
        queries: one(`sum(fairlead_queue_waiting{${HERE}})`, "waiting"),
      },
      {
        title: "Spend of 24 h",
        says: "By the price table.",
        kind: "stat",
        unit: "currencyUSD",
        width: 4,
        queries: one(`sum(increase(fairlead_cost_usd_total{${WHO}}[24h]))`, "USD"),
      },
      {
        title: "Alerts firing",
        says: "Of the gateway's own rules.",
        kind: "stat",
        unit: "short",
        width: 4,
        queries: one("sum(max by (rule) (fairlead_alerts_firing))", "alerts"),
      },
    ],
  },
  {
    title: "Requests",
    panels: [
      {
        title: "Requests by outcome",
        says: "ok, or the verdict of the failure.",
        kind: "timeseries",
        unit: "reqps",
        width: 8,
        stack: true,
        queries: one(`sum by (outcome) (rate(fairlead_requests_total{${WHO}}[$__rate_interval]))`, "{{outcome}}"),
      },
      {
        title: "Time to first token",
        says: "To the first content, or to the whole answer when it is not streamed.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        queries: quantiles("fairlead_first_token_seconds", WHERE, ""),
      },
      {
        title: "Time to the last byte",
        says: "The whole request.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        queries: quantiles("fairlead_request_seconds", WHERE, ""),
      },
      {
        title: "Refused before an upstream was asked",
        says: "By code.",
        kind: "timeseries",
        unit: "reqps",
        width: 8,
        stack: true,
        queries: one(`sum by (code) (rate(fairlead_refusals_total{${WHO}}[$__rate_interval]))`, "{{code}}"),
      },
      {
        title: "Refused by limits and budgets",
        says: "By limit.",
        kind: "timeseries",
        unit: "reqps",
        width: 8,
        stack: true,
        queries: one(
          `sum by (project, limit) (rate(fairlead_limit_refusals_total{${WHO}}[$__rate_interval]))`,
          "{{project}} {{limit}}",
        ),
      },
      {
        title: "The gateway's own time",
        says: "Time to the outcome that no attempt, wait or queue took.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        queries: quantiles("fairlead_overhead_seconds", HERE, ""),
      },
    ],
  },
  {
    title: "Upstreams",
    panels: [
      {
        title: "State",
        says: "The worst circuit of each upstream.",
        kind: "state-timeline",
        unit: "short",
        width: 12,
        mappings: STATES,
        queries: one(`max by (upstream) (fairlead_upstream_state{${WHERE}})`, "{{upstream}}"),
      },
      {
        title: "Attempts by verdict",
        says: "On the wire.",
        kind: "timeseries",
        unit: "reqps",
        width: 12,
        stack: true,
        queries: one(
          `sum by (upstream, verdict) (rate(fairlead_attempts_total{${WHERE}}[$__rate_interval]))`,
          "{{upstream}} {{verdict}}",
        ),
      },
      {
        title: "First token by upstream (p95)",
        says: "Which region is fast.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        queries: quantiles("fairlead_first_token_seconds", WHERE, "upstream").slice(1, 2),
      },
      {
        title: "Connections",
        says: "To upstreams, by state.",
        kind: "timeseries",
        unit: "short",
        width: 8,
        stack: true,
        queries: one(`sum by (upstream, state) (fairlead_connections{${WHERE}})`, "{{upstream}} {{state}}"),
      },
      {
        title: "Quota left at upstreams",
        says: "Share of the account's limits, the least of each.",
        kind: "timeseries",
        unit: "percentunit",
        width: 8,
        max: 1,
        queries: one("min by (account, dimension) (fairlead_quota_headroom)", "{{account}} {{dimension}}"),
      },
      {
        title: "Waits before repeats",
        says: "How long repeats wait (p95), and repeats that the budget did not pay for.",
        kind: "timeseries",
        unit: "s",
        width: 12,
        queries: quantiles("fairlead_retry_delay_seconds", WHERE, "").slice(1, 2),
      },
      {
        title: "Circuits that changed",
        says: "Opened, half-open, closed, parked.",
        kind: "timeseries",
        unit: "short",
        width: 12,
        queries: one(
          `sum by (upstream, state) (increase(fairlead_circuit_changes_total{${WHERE}}[$__rate_interval]))`,
          "{{upstream}} {{state}}",
        ),
      },
    ],
  },
  {
    title: "Tokens and money",
    panels: [
      {
        title: "Tokens",
        says: "By kind.",
        kind: "timeseries",
        unit: "short",
        width: 8,
        stack: true,
        queries: one(`sum by (kind) (rate(fairlead_tokens_total{${WHO}}[$__rate_interval]))`, "{{kind}}"),
      },
      {
        title: "Spend by project",
        says: "Dollars an hour.",
        kind: "timeseries",
        unit: "currencyUSD",
        width: 8,
        stack: true,
        queries: one(
          `sum by (project) (rate(fairlead_cost_usd_total{${WHO}}[$__rate_interval])) * 3600`,
          "{{project}}",
        ),
      },
      {
        title: "Spend by model",
        says: "Dollars an hour.",
        kind: "timeseries",
        unit: "currencyUSD",
        width: 8,
        stack: true,
        queries: one(`sum by (model) (rate(fairlead_cost_usd_total{${WHO}}[$__rate_interval])) * 3600`, "{{model}}"),
      },
      {
        title: "Tokens of a request",
        says: "Input and output together.",
        kind: "heatmap",
        unit: "short",
        width: 12,
        queries: one(`sum by (le) (increase(fairlead_request_tokens_bucket{${WHO}}[$__rate_interval]))`, "{{le}}"),
      },
      {
        title: "Limits and budgets used",
        says: "The fullest first.",
        kind: "bargauge",
        unit: "percentunit",
        width: 12,
        max: 1,
        queries: one(`max by (project, limit) (fairlead_limit_used_ratio{${WHO}})`, "{{project}} {{limit}}"),
      },
    ],
  },
  {
    title: "The gateway itself",
    panels: [
      {
        title: "Memory",
        says: "Resident, and the heap of JavaScript.",
        kind: "timeseries",
        unit: "bytes",
        width: 6,
        queries: [
          { expr: `process_resident_memory_bytes{${HERE},job=~".*fairlead.*"}`, legend: "{{instance}} resident" },
          { expr: `nodejs_heap_size_used_bytes{${HERE},job=~".*fairlead.*"}`, legend: "{{instance}} heap" },
        ],
      },
      {
        title: "CPU",
        says: "Cores in use; one is all that one instance can use.",
        kind: "timeseries",
        unit: "short",
        width: 6,
        queries: one(`rate(process_cpu_seconds_total{${HERE},job=~".*fairlead.*"}[$__rate_interval])`, "{{instance}}"),
      },
      {
        title: "Stores",
        says: "1 when a store answers.",
        kind: "timeseries",
        unit: "short",
        width: 6,
        max: 1,
        queries: one(`min by (store) (fairlead_store_up{${HERE}})`, "{{store}}"),
      },
      {
        title: "The ledger's spool",
        says: "How full it is.",
        kind: "timeseries",
        unit: "percentunit",
        width: 6,
        max: 1,
        queries: one(`max by (instance) (fairlead_ledger_spool_used_ratio{${HERE}})`, "{{instance}}"),
      },
    ],
  },
];
