// A dashboard for Grafana, over the metrics of this gateway. Made from data, so that it cannot name what is not there.

import { type PanelSpec, ROWS } from "./dashboard-rows.ts";

const HEIGHT = 8;
const COLUMNS = 24;

/** The dashboard as Grafana imports it (schema 39, Grafana 10 and later). It asks for the data source. */
export function grafanaDashboard(): object {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const row of ROWS) {
    id += 1;
    panels.push({
      id,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const spec of row.panels) {
      const height = spec.kind === "stat" ? 4 : HEIGHT;
      if (x + spec.width > COLUMNS) {
        x = 0;
        y += height;
      }
      id += 1;
      panels.push(panel(spec, id, { h: height, w: spec.width, x, y }));
      x += spec.width;
    }
    y += row.panels.at(-1)?.kind === "stat" ? 4 : HEIGHT;
  }
  return {
    title: "Fairlead",
    uid: "fairlead-gateway",
    tags: ["fairlead"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "",
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", current: {}, hide: 0 },
        variable("instance", "Instance", "label_values(fairlead_streams_active, instance)"),
        variable("project", "Project", "label_values(fairlead_requests_total, project)"),
        variable("upstream", "Upstream", "label_values(fairlead_upstream_state, upstream)"),
      ],
    },
    annotations: { list: [] },
    panels,
  };
}

/** Every query of the dashboard, for who wants to check them. */
export function dashboardQueries(): readonly string[] {
  return ROWS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)));
}

function variable(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: "query",
    datasource: { type: "prometheus", uid: `\${datasource}` },
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    includeAll: true,
    // What has no series yet must not hide everything.
    allValue: ".*",
    multi: true,
    current: { text: "All", value: "$__all" },
    sort: 1,
  };
}

function panel(spec: PanelSpec, id: number, gridPos: object): object {
  const datasource = { type: "prometheus", uid: `\${datasource}` };
  const instant = spec.kind === "bargauge";
  return {
    id,
    type: spec.kind,
    title: spec.title,
    description: spec.says,
    datasource,
    gridPos,
    targets: spec.queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat: legend,
      ...(instant ? { instant: true, range: false } : { range: true }),
      ...(spec.kind === "heatmap" ? { format: "heatmap" } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit: spec.unit,
        min: 0,
        ...(spec.max === undefined ? {} : { max: spec.max }),
        ...(spec.mappings === undefined ? {} : { mappings: spec.mappings }),
        ...(spec.kind === "timeseries"
          ? {
              custom: {
                fillOpacity: spec.stack === true ? 30 : 5,
                stacking: { mode: spec.stack === true ? "normal" : "none" },
              },
            }
          : {}),
      },
      overrides: [],
    },
    options:
      spec.kind === "timeseries"
        ? { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } }
        : spec.kind === "stat" || spec.kind === "bargauge"
          ? { reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false }, orientation: "horizontal" }
          : {},
  };
}
