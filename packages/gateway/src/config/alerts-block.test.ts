// Tests of the block `alerts`: defaults, and every mistake told with its place and the fix.

import { expect, it } from "vitest";
import { readConfig } from "./load.ts";
import { printConfig } from "./print.ts";
import { ConfigError } from "./problem.ts";

const ENV = {
  K: "sk-ant-0123456789abcdef",
  HOOK: "https://hooks.example/services/T0/B0/very-secret-part",
  NOT: "no-address",
};

function load(alerts: string) {
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
alerts:
${alerts}`;
  return readConfig(text, "/x/fairlead.yaml", ENV);
}

const TARGET = `  targets: [{ name: ops, kind: slack, url: "\${HOOK}" }]\n`;

it("has rules of its own when the file names none, and shows no address", () => {
  const { config } = load(TARGET);
  expect(config.alerts?.rules.map(({ name, threshold }) => [name, threshold])).toEqual([
    ["success_rate", 0.95],
    ["upstream_down", 0],
    ["spool", 0.8],
    ["store_down", 0],
    ["expiry", 14 * 86_400_000],
    ["budget", 0.8],
    ["unusual_day", 3.5],
    ["secret_stale", 3_600_000],
  ]);
  expect(config.alerts).toMatchObject({ repeat: 14_400_000, group: 10_000, resolve_after: 300_000 });
  const shown = printConfig(config);
  expect(shown).toContain("https://hooks.example/****");
  expect(shown).not.toContain("very-secret-part");
});

it("takes shares as numbers or percent", () => {
  const rules = "  rules: [{ when: success_rate, below: 99.5% }, { when: budget, above: 0.9 }]\n";
  expect(load(TARGET + rules).config.alerts?.rules.map(({ threshold }) => threshold)).toEqual([0.995, 0.9]);
});

it.each([
  ["  targets: []\n", "alerts.targets", /at least one target/],
  [
    `  targets: [{ name: a, kind: teams, url: "\${HOOK}" }]\n`,
    "alerts.targets[0].kind",
    /must be one of webhook, slack/,
  ],
  [
    "  targets: [{ name: a, kind: slack, url: https://hooks.slack.com/x }]\n",
    "alerts.targets[0].url",
    /is a secret in plain text/,
  ],
  [`  targets: [{ name: a, kind: slack, url: "\${NOT}" }]\n`, "alerts.targets[0].url", /does not lead to an address/],
  [`  targets: [{ name: a, kind: slack, url: "\${UNSET}" }]\n`, "alerts.targets[0].url", /UNSET is not set/],
  [
    `  targets: [{ name: a, kind: wecom, url: "\${HOOK}", secret: "\${K}" }]\n`,
    "alerts.targets[0].secret",
    /wecom has no signature/,
  ],
  [`${TARGET}  rules: [{ when: success, below: 0.9 }]\n`, "alerts.rules[0].when", /one of success_rate, latency/],
  [`${TARGET}  rules: [{ when: spend }]\n`, "alerts.rules[0].above", /is missing/],
  [`${TARGET}  rules: [{ when: spend, above: -1 }]\n`, "alerts.rules[0].above", /from 0.01 to 10000000 \(USD\)/],
  [`${TARGET}  rules: [{ when: success_rate, below: 95 }]\n`, "alerts.rules[0].below", /0\.95 or 95%/],
  [`${TARGET}  rules: [{ when: success_rate, widow: 5m }]\n`, "alerts.rules[0].widow", /did you mean window/],
  [`${TARGET}  rules: [{ when: latency, window: 5d }]\n`, "alerts.rules[0].window", /a time from 1m to 1d/],
  [
    `${TARGET}  rules: [{ when: spool, targets: [oops] }]\n`,
    "alerts.rules[0].targets[0]",
    /no target "oops"; targets are: ops/,
  ],
  [`${TARGET}  rules: [{ when: spool }, { when: spool }]\n`, "alerts.rules[1]", /is another "spool"/],
  [`${TARGET}  quiet_hours: { from: "25:00", to: "08:00" }\n`, "alerts.quiet_hours.from", /must be a time of the day/],
  [
    `${TARGET}  quiet_hours: { from: "22:00", to: "08:00", time_zone: Mars/One }\n`,
    "alerts.quiet_hours.time_zone",
    /Asia\/Shanghai/,
  ],
  [`${TARGET}  mutes: [{ until: "2026-01-01T00:00:00Z" }]\n`, "alerts.mutes[0]", /must name a rule/],
  [`${TARGET}  mutes: [{ rule: spool, until: tomorrow }]\n`, "alerts.mutes[0].until", /2026-12-01T00:00:00Z/],
  [`${TARGET}  repeat: 1s\n`, "alerts.repeat", /a time from 5m to 7d/],
])("%s is told at %s", (alerts, path, message) => {
  try {
    load(alerts);
  } catch (e) {
    if (!ConfigError.is(e)) throw e;
    const problem = e.problems.find((one) => one.path === path);
    expect(problem?.message ?? e.message).toMatch(message);
    expect(problem?.line).toBeGreaterThan(2);
    expect(e.message).not.toContain("very-secret-part");
    return;
  }
  throw new Error("no problem was found");
});

it("warns of an address in clear", () => {
  const { warnings } = readConfig(
    `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
alerts: { targets: [{ name: ops, kind: webhook, url: "\${HOOK}" }] }`,
    "/x/f.yaml",
    { ...ENV, HOOK: "http://hooks.example/x" },
  );
  expect(warnings.map(({ code, path }) => [code, path])).toContainEqual(["plain_http", "alerts.targets[0].url"]);
});
