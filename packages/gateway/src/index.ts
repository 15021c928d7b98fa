// Everything the gateway offers.

export * from "./config/index.ts";
export { ConfigFleet } from "./fleet/config-fleet.ts";
export { ConfigRefusal, type ConfigRefusalCode } from "./fleet/config-refusal.ts";
export type { InstanceState } from "./fleet/instances.ts";
export { type ApplyRequest, masked, type RevisionView } from "./fleet/revision-view.ts";
export { globMatch } from "./model-match.ts";
export { type Gateway, ListenError, startGateway } from "./server/start-gateway.ts";
export { type Stack, stack } from "./stack.ts";
export type { AlertOptions } from "./telemetry/alerts/alert-options.ts";
export { sendTestAlerts, type TestReply } from "./telemetry/alerts/test-message.ts";
export { describeMetrics } from "./telemetry/metrics.ts";
