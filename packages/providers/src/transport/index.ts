// The transport: HTTP/1.1 to an upstream over kept-alive connections, direct or through a proxy.

export type { DialStage } from "./dial.ts";
export { type Endpoint, type EndpointOptions, endpoint } from "./endpoint.ts";
export { Pool, type PoolStats, type WireRequest, type WireResult } from "./pool.ts";
export { type Environment, proxyFor } from "./proxy-env.ts";
export { ResponseParser } from "./response-parser.ts";
