// Loads OpenTelemetry's exporter when traces are wanted; who does not want them need not install it.

import type { Runtime } from "@fairlead/runtime";
import type { OtelOptions } from "./otel-options.ts";
import { type OriginOf, Tracing } from "./tracing.ts";

/** Traces are configured, and what exports them is not installed. The message names the fix. */
export class OtelError extends Error {
  constructor() {
    super(
      "otel is configured, but OpenTelemetry is not installed; run npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http, or take otel out",
    );
    this.name = "OtelError";
  }
}

/** What makes exporters. */
export type Exporter = typeof import("@opentelemetry/exporter-trace-otlp-http");

/** Loads it. Rejects with an OtelError. `load` brings it; tests put another in its place. */
export async function loadExporter(
  load: () => Promise<Exporter> = () => import("@opentelemetry/exporter-trace-otlp-http"),
): Promise<Exporter> {
  try {
    return await load();
  } catch {
    throw new OtelError();
  }
}

/** Makes the traces of one configuration. */
export function openTracing(
  options: OtelOptions,
  instance: string,
  rt: Runtime,
  originOf: OriginOf,
  library: Exporter,
): Tracing {
  const { url, headers, timeout } = options;
  const exporter = new library.OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeout });
  return new Tracing(options, exporter, instance, rt, originOf);
}
