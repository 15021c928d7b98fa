// Tests of traceparent by the recommendation's own rules, and of who has not installed OpenTelemetry.

import { seededRandom } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { loadExporter } from "./open-tracing.ts";
import { oneHeader, printTraceParent, randomHex, readTraceParent } from "./trace-context.ts";

const T = "0af7651916cd43dd8448eb211c80319c";
const S = "b7ad6b7169203331";

it.each([
  [`00-${T}-${S}-01`, true],
  [` 00-${T}-${S}-00 `, false],
  [`00-${T}-${S}-ff`, true],
  [`cc-${T}-${S}-01-what-comes-later`, true],
  [`cc-${T}-${S}-01`, true],
])("reads %s", (text, sampled) => {
  expect(readTraceParent(text)).toEqual({ traceId: T, parentId: S, sampled });
});

it.each([
  "",
  `ff-${T}-${S}-01`,
  `00-${T}-${S}-01-more`,
  `00-${"0".repeat(32)}-${S}-01`,
  `00-${T}-${"0".repeat(16)}-01`,
  `00-${T.toUpperCase()}-${S}-01`,
  `00-${T}-${S}`,
  `00-${T}-${S}-0`,
  `00-${T}-${S}-0x`,
  `0-${T}-${S}-01`,
])("does not take %s", (text) => {
  expect(readTraceParent(text)).toBeUndefined();
});

it("prints what it reads back, with ids that are never zero", () => {
  const random = seededRandom(1);
  for (let i = 0; i < 500; i++) {
    const ids = {
      traceId: randomHex(random, 16),
      spanId: randomHex(random, 8),
      parentId: undefined,
      sampled: i % 2 === 0,
    };
    const { traceId, spanId: parentId, sampled } = ids;
    expect(readTraceParent(printTraceParent(ids))).toEqual({ traceId, parentId, sampled });
  }
  expect(randomHex({ next: () => 0 } as never, 8)).toBe("0000000000000001");
});

it("two headers of one name are none", () => {
  expect(oneHeader(["TraceParent", "a", "x", "b"], "traceparent")).toBe("a");
  expect(oneHeader(["traceparent", "a", "Traceparent", "b"], "traceparent")).toBeUndefined();
});

it("says what to install", async () => {
  const missing = () => Promise.reject(new Error("Cannot find package"));
  await expect(loadExporter(missing)).rejects.toThrow(
    "npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http",
  );
});
