// Everything the gateway offers.

export * from "./config/index.ts";
export { globMatch } from "./model-match.ts";
export { type Gateway, ListenError, startGateway } from "./server/start-gateway.ts";
export { type Stack, stack } from "./stack.ts";
export { describeMetrics } from "./telemetry/metrics.ts";
