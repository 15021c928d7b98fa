// Makes docs/prometheus/fairlead.rules.yml: the rules that `fairlead telemetry rules` prints.

export const file = "docs/prometheus/fairlead.rules.yml";

export async function make() {
  const { printPrometheusRules } = await import("@fairlead/gateway");
  return printPrometheusRules().trimEnd();
}
