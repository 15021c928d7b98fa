// Everything the gateway offers.

export * from "./config/index.ts";
export { globMatch } from "./model-match.ts";
export { type Gateway, ListenError, startGateway } from "./server/start-gateway.ts";
export { type Stack, stack } from "./stack.ts";
export type { AlertOptions } from "./telemetry/alerts/alert-options.ts";
export { sendTestAlerts, type TestReply } from "./telemetry/alerts/test-message.ts";
export { describeMetrics } from "./telemetry/metrics.ts";
export * from "./tenancy/index.ts";
