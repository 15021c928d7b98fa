// The block `otel`: traces for OpenTelemetry.

import type { BlockSpec } from "@fairlead/engine";
import { z } from "zod";
import type { OtelOptions } from "../telemetry/otel/otel-options.ts";
import { optionSchema, shown } from "./option-schema.ts";
import type { Found } from "./problem.ts";
import type { References } from "./secrets.ts";

/** Options of `otel` that are numbers and switches. */
export const OTEL_OPTIONS = {
  sample: {
    kind: "number",
    min: 0,
    max: 1,
    default: 1,
    unit: "share",
    says: "Share of requests that are traced; a caller that sends a traceparent decides for its own.",
  },
  propagate: {
    kind: "switch",
    default: false,
    says: "Upstreams are told of the trace: traceparent is added, or the caller's is replaced by ours. Off: what the caller sent passes as it is.",
  },
  queue: {
    kind: "integer",
    min: 1,
    max: 100_000,
    default: 2_048,
    unit: "spans",
    says: "Spans that wait; more are dropped.",
  },
  batch: { kind: "integer", min: 1, max: 10_000, default: 512, unit: "spans", says: "Spans of one post." },
  interval: { kind: "duration", min: 100, max: 60_000, default: 5_000, says: "How long spans are gathered." },
  timeout: { kind: "duration", min: 500, max: 60_000, default: 10_000, says: "How long the collector has to answer." },
} as const satisfies BlockSpec;

const ADDRESS_RULE = "must be the address of a collector, such as http://127.0.0.1:4318";
const numbers = Object.fromEntries(
  Object.entries(OTEL_OPTIONS).map(([name, one]) => [name, optionSchema(one).prefault(shown(one))]),
);

/** The block as it stands in the file. */
export const otelField = z
  .strictObject({
    endpoint: z
      .string({ error: ADDRESS_RULE })
      .refine((text) => /^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text), { error: ADDRESS_RULE })
      .meta({ description: "Address of a collector for OTLP over HTTP; /v1/traces is added when it has no path." }),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, { error: "must be the name of a header" }), z.string())
      .default({})
      .meta({ description: "Headers of each post, as references to secrets." }),
    service_name: z
      .string()
      .regex(/^[\w.-]{1,100}$/, { error: "must be 1 to 100 letters, digits, dots, dashes or underscores" })
      .default("fairlead")
      .meta({ description: "The service's name in traces." }),
    ...numbers,
  })
  .optional()
  .meta({ description: "Traces for OpenTelemetry. Left out: none." });

/** The block with its headers resolved; undefined options: it is not there, or wrong. */
export function resolveOtel(
  content: unknown,
  references: References,
): { readonly options: OtelOptions | undefined; readonly problems: readonly Found[] } {
  const problems: Found[] = [];
  const parsed = otelField.safeParse((content as { otel?: unknown } | null)?.otel);
  if (!parsed.success || parsed.data === undefined) return { options: undefined, problems };
  const { endpoint, headers, ...rest } = parsed.data;
  const values: { [name: string]: string } = {};
  for (const [name, text] of Object.entries(headers)) {
    const read = references.secrets(text, false);
    if ("values" in read) values[name] = read.values[0] ?? "";
    else problems.push({ path: ["otel", "headers", name], code: read.code, message: read.message });
  }
  const url = new URL(endpoint);
  if (url.pathname === "/") url.pathname = "/v1/traces";
  return {
    options: { ...(rest as unknown as Omit<OtelOptions, "url" | "headers">), url: url.href, headers: values },
    problems,
  };
}
