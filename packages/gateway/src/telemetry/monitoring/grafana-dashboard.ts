// A dashboard for Grafana, over the metrics of this gateway. Made from data, so that it cannot name what is not there.

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface PanelSpec {
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

interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** Filters that the variables of the dashboard set. */
const WHO = 'project=~"$project"';
const WHERE = 'upstream=~"$upstream"';
const HERE = 'instance=~"$instance"';
const NOT_COUNTED = "caller-fault|too-long|conflict|refused-here|cancelled";
const HEIGHT = 8;
const COLUMNS = 24;

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

const ROWS: readonly RowSpec[] = [
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

/** The dashboard as Grafana imports it (schema 39, Grafana 10 and later). It asks for the data source. */
export function grafanaDashboard(): object {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const row of ROWS) {
    id += 1;
    panels.push({
      id,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const spec of row.panels) {
      const height = spec.kind === "stat" ? 4 : HEIGHT;
      if (x + spec.width > COLUMNS) {
        x = 0;
        y += height;
      }
      id += 1;
      panels.push(panel(spec, id, { h: height, w: spec.width, x, y }));
      x += spec.width;
    }
    y += row.panels.at(-1)?.kind === "stat" ? 4 : HEIGHT;
  }
  return {
    title: "Fairlead",
    uid: "fairlead-gateway",
    tags: ["fairlead"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "",
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", current: {}, hide: 0 },
        variable("instance", "Instance", "label_values(fairlead_streams_active, instance)"),
        variable("project", "Project", "label_values(fairlead_requests_total, project)"),
        variable("upstream", "Upstream", "label_values(fairlead_upstream_state, upstream)"),
      ],
    },
    annotations: { list: [] },
    panels,
  };
}

/** Every query of the dashboard, for who wants to check them. */
export function dashboardQueries(): readonly string[] {
  return ROWS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)));
}

function variable(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: "query",
    datasource: { type: "prometheus", uid: `\${datasource}` },
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    includeAll: true,
    // What has no series yet must not hide everything.
    allValue: ".*",
    multi: true,
    current: { text: "All", value: "$__all" },
    sort: 1,
  };
}

function panel(spec: PanelSpec, id: number, gridPos: object): object {
  const datasource = { type: "prometheus", uid: `\${datasource}` };
  const instant = spec.kind === "bargauge";
  return {
    id,
    type: spec.kind,
    title: spec.title,
    description: spec.says,
    datasource,
    gridPos,
    targets: spec.queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat: legend,
      ...(instant ? { instant: true, range: false } : { range: true }),
      ...(spec.kind === "heatmap" ? { format: "heatmap" } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit: spec.unit,
        min: 0,
        ...(spec.max === undefined ? {} : { max: spec.max }),
        ...(spec.mappings === undefined ? {} : { mappings: spec.mappings }),
        ...(spec.kind === "timeseries"
          ? {
              custom: {
                fillOpacity: spec.stack === true ? 30 : 5,
                stacking: { mode: spec.stack === true ? "normal" : "none" },
              },
            }
          : {}),
      },
      overrides: [],
    },
    options:
      spec.kind === "timeseries"
        ? { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } }
        : spec.kind === "stat" || spec.kind === "bargauge"
          ? { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, orientation: "horizontal" }
          : {},
  };
}
