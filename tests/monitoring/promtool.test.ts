// What Prometheus itself says of our rules and metrics: promtool checks their form, and plays series through the rules.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  dashboardQueries,
  describeMetrics,
  grafanaDashboard,
  printPrometheusRules,
  prometheusRules,
  readConfig,
} from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BODY, KEY, startWorld, type World } from "../sockets/world.ts";
import { startGateway } from "../watched-gateway.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-promtool-"));
  writeFileSync(join(folder, "fairlead.rules.yml"), printPrometheusRules());
});
afterAll(() => rmSync(folder, { recursive: true }));

function promtool(args: readonly string[], input?: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8", input });
  return { status, text: `${stdout}${stderr}` };
}

/** Names of metrics in an expression: those of the gateway, and the recorded ones, whose names hold colons. */
function namesIn(expr: string): readonly string[] {
  const plain = expr.replace(/"[^"]*"/g, '""');
  return [...plain.matchAll(/\b(?:fairlead|process|nodejs)[a-z0-9_:]*/g)].map(([name]) => name);
}

describe("the rules", () => {
  it("are fine by promtool check rules", () => {
    expect(promtool(["check", "rules", "fairlead.rules.yml"])).toMatchObject({ status: 0 });
  });

  it("fire and keep still as they should, by promtool test rules", () => {
    writeFileSync(join(folder, "test.yml"), TESTS);
    const { status, text } = promtool(["test", "rules", "test.yml"]);
    expect(text).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  it("and the dashboard name only metrics and labels that are there", () => {
    const metrics = new Map(describeMetrics().map((one) => [one.name, one]));
    const rules = prometheusRules().groups.flatMap(({ rules: list }) => [...list]);
    const recorded = new Set(rules.flatMap((one) => ("record" in one ? [one.record] : [])));
    const queries = [...rules.map(({ expr }) => expr), ...dashboardQueries()];
    expect(queries.length).toBeGreaterThan(50);
    for (const expr of queries) {
      for (const name of namesIn(expr)) {
        if (recorded.has(name)) continue;
        const base = name.replace(/_(bucket|sum|count)$/, "");
        const metric = metrics.get(name) ?? metrics.get(base);
        expect(metric, `${name} in ${expr}`).toBeDefined();
        for (const [, filter] of expr.matchAll(new RegExp(`\\b${name}\\{([^}]*)\\}`, "g")))
          for (const [, label] of (filter ?? "").matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
            expect([...(metric?.labels ?? []), "instance", "job"], `${label} of ${name}`).toContain(label);
      }
    }
    expect(JSON.parse(JSON.stringify(grafanaDashboard()))).toMatchObject({ uid: "fairlead-gateway" });
  });
});

describe("the metrics of a gateway", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld("tenancy: { everyone: { limits: { rpm: 10 } } }");
    const headers = { "x-api-key": KEY, "content-type": "application/json" };
    await (await fetch(`${world.gateway.url}/v1/messages`, { method: "POST", headers, body: BODY })).text();
  });
  afterAll(() => world.close());

  it("tell of the ledger, the store and the limits of projects", async () => {
    const text = await (await fetch(`${world.gateway.adminUrl}/metrics`)).text();
    expect(text).toMatch(/^fairlead_ledger_spool_used_ratio \d/m);
    expect(text).toMatch(/^fairlead_ledger_rows_total\{result="shipped"\} \d/m);
    expect(text).toContain('fairlead_store_up{store="memory"} 1');
    expect(text).toMatch(/^fairlead_limit_used_ratio\{project="everyone",limit="requests"\} 0\.\d+/m);
    expect(text).toContain("fairlead_limit_mode 0");
  });

  it("are fine by promtool check metrics", async () => {
    const text = await (await fetch(`${world.gateway.adminUrl}/metrics`)).text();
    expect(text).toContain("fairlead_requests_total{");
    expect(promtool(["check", "metrics"], text)).toEqual({ status: 0, text: "" });
  });
});

it("a gateway tells when certificates of its upstreams lapse", async () => {
  const make =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 -subj /CN=ca -keyout k.pem -out ca.pem";
  spawnSync("openssl", make.split(" "), { cwd: folder });
  const text = `listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: a, provider: anthropic, base_url: "https://127.0.0.1:1", api_key: "\${K}", ca_file: ./ca.pem, proxy: none }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
`;
  const { config } = readConfig(text, join(folder, "f.yaml"), { K: "sk-ant-0123456789abcdef" });
  const gateway = await startGateway(config, systemRuntime(), { log: () => undefined });
  try {
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    const seconds = Number(
      /^fairlead_credential_expiry_seconds\{kind="ca_certificate",name="a"\} (.+)$/m.exec(metrics)?.[1],
    );
    expect(seconds).toBeGreaterThan(9.9 * 86_400);
    expect(seconds).toBeLessThan(10.1 * 86_400);
  } finally {
    await gateway.close();
  }
});

const TESTS = `
rule_files: [fairlead.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    name: a project whose requests fail, and one whose callers err
    input_series:
      - { series: 'fairlead_requests_total{project="web",model="m",upstream="a",outcome="ok",status="200"}', values: '0+80x30' }
      - { series: 'fairlead_requests_total{project="web",model="m",upstream="a",outcome="upstream-fault",status="500"}', values: '0+20x30' }
      - { series: 'fairlead_requests_total{project="ci",model="m",upstream="a",outcome="ok",status="200"}', values: '0+100x30' }
      - { series: 'fairlead_requests_total{project="ci",model="m",upstream="a",outcome="caller-fault",status="400"}', values: '0+900x30' }
    alert_rule_test:
      - eval_time: 20m
        alertname: FairleadSuccessRateLow
        exp_alerts:
          - exp_labels: { severity: critical, project: web }
            exp_annotations:
              summary: "Requests of web fail: 80% succeed"
              description: "See fairlead_requests_total by outcome and upstream, and /api/requests for the steps of the last requests."
    promql_expr_test:
      - { expr: 'fairlead:request_success:ratio_rate5m{project="ci"}', eval_time: 20m, exp_samples: [{ labels: 'fairlead:request_success:ratio_rate5m{project="ci"}', value: 1 }] }
  - interval: 1m
    name: an upstream that is parked for longer than five minutes
    input_series:
      - { series: 'fairlead_upstream_state{upstream="east"}', values: '0 3x20' }
      - { series: 'fairlead_upstream_state{upstream="west"}', values: '0 3x2 0x18' }
    alert_rule_test:
      - { eval_time: 4m, alertname: FairleadUpstreamOut, exp_alerts: [] }
      - eval_time: 10m
        alertname: FairleadUpstreamOut
        exp_alerts:
          - exp_labels: { severity: critical, upstream: east }
            exp_annotations:
              summary: "east is out of service"
              description: "Its circuit is open (2), or it is parked for its key, its spend or its model (3). /api/state says why."
  - interval: 5m
    name: spend of three times the mean hour
    input_series:
      - { series: 'fairlead_cost_usd_total{project="web",model="m"}', values: '0+0.2x276 60+5x24' }
      - { series: 'fairlead_cost_usd_total{project="ci",model="m"}', values: '0+0.2x300' }
    alert_rule_test:
      - eval_time: 24h50m
        alertname: FairleadSpendRising
        exp_alerts:
          - exp_labels: { severity: warning, project: web }
            exp_annotations:
              summary: "web spends more than usual: 60 USD in an hour"
              description: "More than three times the mean hour of the last day. fairlead usage tells by key and model."
  - interval: 1m
    name: what stands and falls
    input_series:
      - { series: 'fairlead_store_up{store="redis"}', values: '1 0x10' }
      - { series: 'fairlead_ledger_spool_used_ratio', values: '0.5 0.81x10' }
      - { series: 'fairlead_secret_age_seconds{manager="vault"}', values: '0+700x10' }
    alert_rule_test:
      - { eval_time: 5m, alertname: FairleadStoreDown, exp_alerts: [{ exp_labels: { severity: critical, store: redis }, exp_annotations: { summary: "The store redis does not answer", description: "Requests go on without it; limits are kept by shares, the ledger waits in its spool." } }] }
      - { eval_time: 5m, alertname: FairleadLedgerSpoolFilling, exp_alerts: [{ exp_labels: { severity: critical }, exp_annotations: { summary: "The ledger's spool of  is 81% full", description: "The store does not take rows, or not fast enough. When the spool is full, rows are lost." } }] }
      - { eval_time: 5m, alertname: FairleadSecretsStale, exp_alerts: [] }
      - { eval_time: 8m, alertname: FairleadSecretsStale, exp_alerts: [{ exp_labels: { severity: warning, manager: vault }, exp_annotations: { summary: "Secrets from vault could not be read for 1h 33m 20s", description: "The last good values are in use. A rotation would go unnoticed." } }] }
`;
