// Makes docs/reference/metrics.md: every metric of the gateway with its kind, labels and meaning.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/metrics.md";

export async function make() {
  const { describeMetrics } = await import("@fairlead/gateway");
  if (describeMetrics === undefined) return undefined;
  const rows = describeMetrics().map(({ name, kind, labels, help }) => [
    code(name),
    kind,
    labels.map(code).join(", "),
    help,
  ]);
  return [
    "# Metrics\n",
    "`GET /metrics` on the admin address, in the text format of Prometheus.\n",
    table(["metric", "kind", "labels", "meaning"], rows).trimEnd(),
  ].join("\n");
}
