// Everything the gateway offers.

export { ADMIN_CODES } from "./admin/admin-codes.ts";
export {
  CONTRACT,
  type Contract as AdminContract,
  type RouteName as AdminRouteName,
} from "./admin/contract/contract.ts";
export type { ClientInput as AdminInput, ClientOutput as AdminOutput, RouteSpec } from "./admin/contract/route.ts";
export { openApi } from "./admin/openapi.ts";
export * from "./config/index.ts";
export { ConfigFleet } from "./fleet/config-fleet.ts";
export { ConfigRefusal, type ConfigRefusalCode } from "./fleet/config-refusal.ts";
export type { InstanceState } from "./fleet/instances.ts";
export { type ApplyRequest, masked, type RevisionView } from "./fleet/revision-view.ts";
export { priceTable } from "./ledger/price-table.ts";
export { globMatch } from "./model-match.ts";
export * from "./redaction/index.ts";
export { type Gateway, type GatewayDoors, ListenError, startGateway } from "./server/start-gateway.ts";
export { type Stack, stack } from "./stack.ts";
export type { AlertOptions } from "./telemetry/alerts/alert-options.ts";
export { sendTestAlerts, type TestReply } from "./telemetry/alerts/test-message.ts";
export { describeMetrics } from "./telemetry/metrics.ts";
export { dashboardQueries, grafanaDashboard } from "./telemetry/monitoring/grafana-dashboard.ts";
export { printPrometheusRules, prometheusRules } from "./telemetry/monitoring/prometheus-rules.ts";
export { OtelError } from "./telemetry/otel/open-tracing.ts";
export * from "./tenancy/index.ts";
