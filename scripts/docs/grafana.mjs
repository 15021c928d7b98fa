// Makes docs/grafana/fairlead.json: the dashboard that `fairlead telemetry dashboard` prints.

export const file = "docs/grafana/fairlead.json";

export async function make() {
  const { grafanaDashboard } = await import("@fairlead/gateway");
  return JSON.stringify(grafanaDashboard(), undefined, 2);
}
