// Recording and alerting rules for Prometheus, over the metrics of this gateway.

import { stringify } from "yaml";

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" | "info" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** Outcomes that say nothing of how well things work: the caller's doing, or a limit doing its work. */
const NOT_COUNTED = "caller-fault|too-long|conflict|refused-here|cancelled";

const record = (name: string, expr: string): RecordingRule => ({ record: `fairlead:${name}`, expr });

const alert = (
  name: string,
  severity: "critical" | "warning" | "info",
  hold: string,
  expr: string,
  summary: string,
  description: string,
): AlertingRule => ({
  alert: `Fairlead${name}`,
  expr,
  for: hold,
  labels: { severity },
  annotations: { summary, description },
});

/** Share of requests or attempts that succeeded, of those that say something. */
const ratio = (metric: string, label: string, by: string) =>
  `sum by (${by}) (rate(${metric}{${label}="ok"}[5m])) / sum by (${by}) (rate(${metric}{${label}!~"${NOT_COUNTED}"}[5m]))`;

const quantile = (metric: string, share: number, by: string) =>
  `histogram_quantile(${share}, sum by (${by === "" ? "le" : `${by}, le`}) (rate(${metric}_bucket[5m])))`;

const RECORDING: readonly RecordingRule[] = [
  record("request_success:ratio_rate5m", ratio("fairlead_requests_total", "outcome", "project")),
  record("upstream_success:ratio_rate5m", ratio("fairlead_attempts_total", "verdict", "upstream")),
  record("requests:rate5m", "sum by (project, model, upstream) (rate(fairlead_requests_total[5m]))"),
  record("upstream_attempts:rate5m", "sum by (upstream) (rate(fairlead_attempts_total[5m]))"),
  record("first_token_seconds:p95_5m", quantile("fairlead_first_token_seconds", 0.95, "upstream")),
  record("request_seconds:p99_5m", quantile("fairlead_request_seconds", 0.99, "upstream")),
  record("overhead_seconds:p99_5m", quantile("fairlead_overhead_seconds", 0.99, "")),
  record("tokens:rate5m", "sum by (project, model, kind) (rate(fairlead_tokens_total[5m]))"),
  record("cost_usd:increase1h", "sum by (project) (increase(fairlead_cost_usd_total[1h]))"),
  record("cost_usd:increase1d", "sum by (project) (increase(fairlead_cost_usd_total[1d]))"),
];

const ALERTING: readonly AlertingRule[] = [
  alert(
    "Down",
    "critical",
    "1m",
    'up{job=~".*fairlead.*"} == 0',
    "{{ $labels.instance }} does not answer",
    "Prometheus cannot read /metrics on the admin address. Is the process there, and may Prometheus reach it?",
  ),
  alert(
    "SuccessRateLow",
    "critical",
    "5m",
    "fairlead:request_success:ratio_rate5m < 0.95 and sum by (project) (rate(fairlead_requests_total[5m])) > 0.1",
    "Requests of {{ $labels.project }} fail: {{ $value | humanizePercentage }} succeed",
    "See fairlead_requests_total by outcome and upstream, and /api/requests for the steps of the last requests.",
  ),
  alert(
    "UpstreamFailing",
    "warning",
    "5m",
    "fairlead:upstream_success:ratio_rate5m < 0.9 and fairlead:upstream_attempts:rate5m > 0.1",
    "Attempts at {{ $labels.upstream }} fail: {{ $value | humanizePercentage }} succeed",
    "Requests may still succeed elsewhere. See fairlead_attempts_total by verdict; fairlead doctor looks at the way there.",
  ),
  alert(
    "UpstreamOut",
    "critical",
    "5m",
    "fairlead_upstream_state >= 2",
    "{{ $labels.upstream }} is out of service",
    "Its circuit is open (2), or it is parked for its key, its spend or its model (3). /api/state says why.",
  ),
  alert(
    "FirstTokenSlow",
    "warning",
    "10m",
    "fairlead:first_token_seconds:p95_5m > 30",
    "{{ $labels.upstream }} is slow: the first token takes {{ $value | humanizeDuration }} (p95)",
    "Another region may be faster: see fairlead regions, and balance in the configuration.",
  ),
  alert(
    "OverheadHigh",
    "warning",
    "10m",
    "fairlead:overhead_seconds:p99_5m > 0.05",
    "The gateway itself takes {{ $value | humanizeDuration }} (p99)",
    "It is short of CPU, or something blocks its loop. See process_cpu_seconds_total.",
  ),
  alert(
    "QueueRefuses",
    "warning",
    "5m",
    "sum by (reason) (rate(fairlead_queue_refused_total[5m])) > 0.1",
    "Requests are refused for want of room ({{ $labels.reason }})",
    "The upstreams bear less than is asked for. Add an upstream, or lower what callers ask for.",
  ),
  alert(
    "SpendRising",
    "warning",
    "15m",
    "fairlead:cost_usd:increase1h > 3 * fairlead:cost_usd:increase1d / 24 and fairlead:cost_usd:increase1h > 5",
    "{{ $labels.project }} spends more than usual: {{ $value | humanize }} USD in an hour",
    "More than three times the mean hour of the last day. fairlead usage tells by key and model.",
  ),
  alert(
    "BudgetNearlyUsed",
    "warning",
    "0m",
    'fairlead_limit_used_ratio{limit=~"usd_.*"} > 0.9',
    "{{ $labels.project }} has used {{ $value | humanizePercentage }} of {{ $labels.limit }}",
    "At 100 % its requests are refused with 429.",
  ),
  alert(
    "LedgerSpoolFilling",
    "critical",
    "0m",
    "fairlead_ledger_spool_used_ratio > 0.8",
    "The ledger's spool of {{ $labels.instance }} is {{ $value | humanizePercentage }} full",
    "The store does not take rows, or not fast enough. When the spool is full, rows are lost.",
  ),
  alert(
    "LedgerRowsRefused",
    "critical",
    "0m",
    'increase(fairlead_ledger_rows_total{result="refused"}[15m]) > 0',
    "The store refuses rows of the ledger on {{ $labels.instance }}",
    "They are kept aside on disk; the log names the file. fairlead reconcile shows what is missing.",
  ),
  alert(
    "StoreDown",
    "critical",
    "1m",
    "fairlead_store_up == 0",
    "The store {{ $labels.store }} does not answer",
    "Requests go on without it; limits are kept by shares, the ledger waits in its spool.",
  ),
  alert(
    "ConfigStale",
    "warning",
    "5m",
    "fairlead_config_stale_seconds > 300",
    "{{ $labels.instance }} runs on an old configuration",
    "The wanted configuration was refused or could not be read. The log says why.",
  ),
  alert(
    "CredentialExpires",
    "warning",
    "1h",
    "fairlead_credential_expiry_seconds < 14 * 86400",
    "{{ $labels.kind }} {{ $labels.name }} lapses in {{ $value | humanizeDuration }}",
    "Replace it in time; files and secret managers are read anew without a restart.",
  ),
  alert(
    "SecretsStale",
    "warning",
    "0m",
    "fairlead_secret_age_seconds > 3600",
    "Secrets from {{ $labels.manager }} could not be read for {{ $value | humanizeDuration }}",
    "The last good values are in use. A rotation would go unnoticed.",
  ),
  alert(
    "AlertTargetDown",
    "warning",
    "5m",
    "fairlead_alert_target_up == 0",
    "Messages to {{ $labels.target }} do not arrive",
    "fairlead alerts test {{ $labels.target }} prints what it answers.",
  ),
  alert(
    "SeriesOverflow",
    "info",
    "0m",
    "increase(fairlead_metric_overflow_total[1h]) > 0",
    "{{ $labels.metric }} has more series than it may",
    "What came last is counted under `other`.",
  ),
];

/** Both groups as data. */
export function prometheusRules() {
  return {
    groups: [
      { name: "fairlead.recording", rules: RECORDING },
      { name: "fairlead.alerts", rules: ALERTING },
    ],
  };
}

/** The rules as the file that Prometheus reads (`rule_files`). */
export function printPrometheusRules(): string {
  return `# Rules for Prometheus, made by: fairlead telemetry rules\n${stringify(prometheusRules(), { lineWidth: 0 })}`;
}
