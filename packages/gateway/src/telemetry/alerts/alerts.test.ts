// Tests of rules and their messages in virtual time: windows, wavering, quiet hours, several instances, dead targets.

import { type AttemptFact, newTally, type RequestFact, type Verdict } from "@fairlead/engine";
import { LISTED_PRICES, NO_USAGE } from "@fairlead/protocol";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { type Marks, memoryStores } from "@fairlead/stores";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../config/load.ts";
import type { Sample } from "../registry.ts";
import type { AlertOptions } from "./alert-options.ts";
import { type AlertFact, Alerts } from "./alerts.ts";
import type { Bundle } from "./message.ts";
import type { DaySpend } from "./unusual-day.ts";
import { sentence } from "./wording.ts";

const MIN = 60_000;
const HOUR = 3_600_000;

/** The options of a block `alerts` with one target and these rules. */
function options(rules: string, more = ""): AlertOptions {
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
alerts:
  group: 0
  check: 10s
  targets: [{ name: ops, kind: webhook, url: "\${K}" }]
  ${more}
  rules: ${rules}
`;
  const { alerts } = readConfig(text, "/x/f.yaml", { K: "https://hook.example/0123456789" }).config;
  if (alerts === undefined) throw new Error("no alerts");
  return alerts;
}

function stand(given: AlertOptions, shared?: Pick<Marks, "claim">, seed = 1) {
  const rt = virtualRuntime(seed);
  const marks = shared ?? memoryStores(rt.clock).marks;
  const sent: Bundle[] = [];
  const facts: AlertFact[] = [];
  const read = { spool: [] as Sample[], stores: [] as Sample[], days: [] as DaySpend[], state: 0, up: true };
  rt.bus.listen((fact) => {
    if (fact.kind === "alert") facts.push(fact as AlertFact);
  });
  const alerts = new Alerts(given, rt, {
    sources: {
      prices: LISTED_PRICES,
      upstreams: () => [{ upstream: "east", state: read.state }],
      spool: () => read.spool,
      stores: () => read.stores,
      budgets: () => [
        { values: ["web", "usd_per_day"], value: 0.85 },
        { values: ["web", "requests"], value: 0.99 },
      ],
      expiries: () => [{ values: ["certificate", "east"], value: 86_400 }],
      secretAges: () => [],
      days: async () => read.days,
    },
    claim: (key, ttl) => marks.claim(key, ttl),
    instance: () => `gw-${seed}`,
    send: async (_target, bundle) => {
      sent.push(bundle);
      const reception = read.up
        ? { result: "sent" as const }
        : { result: "later" as const, afterMs: undefined, why: "down" };
      return { status: 200, body: "", reception };
    },
  });
  rt.bus.listen(alerts.listen);
  const told = () =>
    sent.flatMap((one) =>
      one.alerts.map((alert) => `${alert.state} ${alert.rule} ${Object.values(alert.labels)[0] ?? ""}`.trim()),
    );
  const exchange = (project: string, upstream: string, model = "claude-haiku-4-5") => ({
    id: "req_fl_1",
    principal: { project, keyId: "k_1" },
    look: {
      dialect: "claude",
      model,
      modelSpans: [],
      stream: false,
      maxTokens: 1,
      userId: undefined,
    },
    tally: newTally(),
    signal: new Signal(),
    target: { name: upstream },
  });
  const attempt = (verdict: Verdict, upstream = "east", model = "claude-haiku-4-5") =>
    rt.emit({ kind: "attempt", at: 0, x: exchange("web", upstream, model), verdict } as unknown as AttemptFact);
  const request = (more: Partial<RequestFact> & { project?: string; tokens?: number } = {}) => {
    const usage = { ...NO_USAGE, outputTokens: more.tokens ?? 10 };
    rt.emit({
      kind: "request",
      at: 0,
      x: exchange(more.project ?? "web", "east"),
      verdict: "ok",
      upstream: "east",
      firstMs: 100,
      totalMs: 1_000,
      reused: undefined,
      answer: { usage, model: "claude-haiku-4-5", stopReason: "end_turn", messageId: "m" },
      ...more,
    } as unknown as RequestFact);
  };
  return { rt, alerts, sent, facts, told, read, attempt, request };
}

describe("a rule on the success rate", () => {
  const given = options(
    "[{ when: success_rate, below: 90%, window: 5m, min_samples: 20, by: upstream }]",
    "resolve_after: 1m",
  );

  it("says nothing of few requests, tells once, and tells when it is over", async () => {
    const { rt, told, attempt, sent } = stand(given);
    for (let i = 0; i < 19; i++) attempt("upstream-fault");
    await rt.clock.advance(MIN);
    expect(told()).toEqual([]);
    attempt("upstream-fault");
    await rt.clock.advance(MIN);
    expect(told()).toEqual(["firing success_rate east"]);
    expect(sentence(sent[0]?.alerts[0] as never, "en")).toBe(
      "Alert (critical): success rate (upstream east) is 0 %, below 90 %",
    );
    expect(sentence(sent[0]?.alerts[0] as never, "zh")).toContain("成功率(上游 east),当前 0 %,阈值 下限 90 %");
    // The failures leave the window, and then all must be well for a minute.
    await rt.clock.advance(5 * MIN);
    for (let i = 0; i < 30; i++) attempt("ok");
    await rt.clock.advance(MIN + 30_000);
    expect(told()).toEqual(["firing success_rate east", "resolved success_rate east"]);
  });

  it("does not count what callers got wrong", async () => {
    const { rt, told, attempt } = stand(given);
    for (let i = 0; i < 200; i++) attempt(i % 2 === 0 ? "caller-fault" : "cancelled");
    for (let i = 0; i < 20; i++) attempt("ok");
    // Nobody knows this model; one of the price table that an upstream does not have is another matter.
    for (let i = 0; i < 50; i++) attempt("model-missing", "east", "claude-hiku-4-5");
    await rt.clock.advance(MIN);
    expect(told()).toEqual([]);
    for (let i = 0; i < 50; i++) attempt("model-missing");
    await rt.clock.advance(MIN);
    expect(told()).toEqual(["firing success_rate east"]);
  });

  it("does not flap about the threshold", async () => {
    const { rt, told, attempt } = stand(given);
    // A window of 88 % and one of 90.5 % in turn: below the threshold, and back by less than the margin (91 %).
    for (let minute = 0; minute < 56; minute++) {
      const good = Math.floor(minute / 7) % 2 === 0 ? 176 : 181;
      for (let i = 0; i < 200; i++) attempt(i < good ? "ok" : "upstream-fault");
      await rt.clock.advance(MIN);
    }
    expect(told()).toEqual(["firing success_rate east"]);
  });

  it("is told again while it lasts, every `repeat`", async () => {
    const { rt, told, attempt } = stand(given);
    for (let minute = 0; minute < 9 * 60; minute++) {
      for (let i = 0; i < 10; i++) attempt("upstream-fault");
      await rt.clock.advance(MIN);
    }
    expect(told()).toEqual(["firing success_rate east", "again success_rate east", "again success_rate east"]);
  });
});

it("latency: a quantile over the window, by upstream", async () => {
  const given = options(
    "[{ when: latency, of: first_token, above: 10s, quantile: 0.95, min_samples: 20, by: upstream }]",
  );
  const { rt, told, request, sent } = stand(given);
  for (let i = 0; i < 100; i++) request({ firstMs: i < 94 ? 500 : 20_000 });
  await rt.clock.advance(MIN);
  expect(told()).toEqual(["firing latency east"]);
  // At most 19 % too high.
  expect(sent[0]?.alerts[0]?.value).toBeGreaterThanOrEqual(20);
  expect(sent[0]?.alerts[0]?.value).toBeLessThan(24);
});

it("spend: this instance's last hour, and all instances' day by the ledger", async () => {
  const rules =
    "[{ name: h, when: spend, per: hour, above: 1, by: project }, { name: d, when: spend, per: day, above: 50 }]";
  const { rt, told, request, read } = stand(options(rules));
  // Haiku 4.5 costs 5 USD for a million output tokens: 300,000 are 1.50 USD.
  for (let i = 0; i < 3; i++) request({ tokens: 100_000 });
  read.days = [
    { project: "web", day: Math.floor(rt.clock.wall() / 86_400_000), usd: 51 },
    { project: "web", day: Math.floor(rt.clock.wall() / 86_400_000) - 1, usd: 500 },
  ];
  await rt.clock.advance(2 * MIN);
  expect(told().sort()).toEqual(["firing d web", "firing h web"]);
  await rt.clock.advance(2 * HOUR);
  expect(told()).toContain("resolved h web");
});

it("spend_rate: the window against the mean of those before, once there is a before", async () => {
  const { rt, told, request } = stand(options("[{ when: spend_rate, window: 5m, above: 3, min_usd: 0.1 }]"));
  request({ tokens: 1_000_000 });
  await rt.clock.advance(10 * MIN);
  expect(told()).toEqual([]);
  for (let i = 0; i < 10; i++) {
    request({ tokens: 10_000 });
    await rt.clock.advance(5 * MIN);
  }
  request({ tokens: 2_000_000 });
  await rt.clock.advance(MIN);
  expect(told()).toEqual(["firing spend_rate web"]);
});

it("request_tokens: every request above it is an event, together in one message, with project and key", async () => {
  const { rt, sent, request } = stand(options("[{ when: request_tokens }]"));
  request({ tokens: 10_000 });
  request({ tokens: 10_001 });
  request({ tokens: 30_000, reused: "cache" });
  request({ tokens: 25_000, project: "ci" });
  await rt.clock.advance(MIN);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.alerts.map(({ state, value, labels }) => [state, value, labels.project, labels.key])).toEqual([
    ["event", 10_001, "web", "k_1"],
    ["event", 25_000, "ci", "k_1"],
  ]);
});

it("unusual_day: against the median of like days, which one odd day does not move", async () => {
  const { rt, told, read } = stand(options("[{ when: unusual_day }]"));
  const today = Math.floor(rt.clock.wall() / 86_400_000);
  const past = Array.from({ length: 30 }, (_, i) => ({
    project: "web",
    day: today - 1 - i,
    usd: i === 6 ? 900 : 20 + (i % 3),
  }));
  read.days = [...past, { project: "web", day: today, usd: 30 }, { project: "new", day: today, usd: 5_000 }];
  await rt.clock.advance(2 * MIN);
  // 30 is within; a project without history is not judged.
  expect(told()).toEqual([]);
  read.days = [...past, { project: "web", day: today, usd: 60 }];
  await rt.clock.advance(2 * MIN);
  expect(told()).toEqual(["firing unusual_day web"]);
});

it("upstream_down waits, store_down and spool and expiry read what other rooms tell", async () => {
  const rules =
    "[{ when: upstream_down, for: 5m }, { when: store_down, for: 0 }, { when: spool }, { when: expiry, within: 14d }]";
  const { rt, told, read } = stand(options(rules));
  read.state = 3;
  read.stores = [{ values: ["postgres"], value: 0 }];
  read.spool = [{ values: [], value: 0.81 }];
  await rt.clock.advance(4 * MIN);
  expect(told().sort()).toEqual(["firing expiry certificate", "firing spool", "firing store_down postgres"]);
  await rt.clock.advance(2 * MIN);
  expect(told()).toContain("firing upstream_down east");
});

it("budget: money alone, for limits for each minute are there to be used up", async () => {
  const { rt, sent } = stand(options("[{ when: budget }]"));
  await rt.clock.advance(MIN);
  expect(sent.flatMap(({ alerts }) => alerts.map(({ labels }) => labels))).toEqual([
    { project: "web", limit: "usd_per_day" },
  ]);
});

describe("telling", () => {
  const down = "[{ when: store_down, for: 0 }]";
  const gone = [{ values: ["redis"], value: 0 }];

  it("one of two instances tells, when they share a store; both when the store is gone", async () => {
    const shared = memoryStores(virtualRuntime(0).clock).marks;
    const one = stand(options(down), shared, 1);
    const two = stand(options(down), shared, 2);
    for (const each of [one, two]) each.read.stores = gone;
    await Promise.all([one.rt.clock.advance(MIN), two.rt.clock.advance(MIN)]);
    expect([...one.told(), ...two.told()]).toEqual(["firing store_down redis"]);
    expect([...one.facts, ...two.facts].map(({ what }) => what).sort()).toEqual(["claimed", "fired"]);

    const dead = { claim: () => Promise.reject(new Error("gone")) };
    const hung = { claim: () => new Promise<boolean>(() => undefined) };
    for (const marks of [dead, hung]) {
      const alone = stand(options(down), marks, 3);
      alone.read.stores = gone;
      await alone.rt.clock.advance(MIN);
      expect(alone.told()).toEqual(["firing store_down redis"]);
    }
  });

  it("one of two instances tells, however far apart their looks and however soon an alert may be over", async () => {
    const rt = virtualRuntime("store");
    const shared = memoryStores(rt.clock).marks;
    const given = { ...options(down, "resolve_after: 0"), check: MIN, group: 0 };
    const one = stand(given, shared, 1);
    await Promise.all([rt, one.rt].map(({ clock }) => clock.advance(50_000)));
    const two = stand(given, shared, 2);
    const pass = async (minutes: number) => {
      for (let i = 0; i < minutes * 6; i++)
        await Promise.all([rt, one.rt, two.rt].map(({ clock }) => clock.advance(10_000)));
    };
    for (const each of [one, two]) each.read.stores = gone;
    await pass(2);
    expect([...one.told(), ...two.told()]).toEqual(["firing store_down redis"]);
    // What comes back as soon as it can is told anew.
    for (const each of [one, two]) each.read.stores = [];
    await pass(2);
    for (const each of [one, two]) each.read.stores = gone;
    await pass(2);
    const [firing, resolved] = ["firing store_down redis", "resolved store_down redis"];
    expect([...one.told(), ...two.told()].sort()).toEqual([firing, firing, resolved]);
  });

  it("keeps quiet in quiet hours, save what is critical, and tells afterwards what still holds", async () => {
    // The virtual clock starts on 2026-01-01 at 00:00 UTC, which is 08:00 in Shanghai.
    const quiet = 'quiet_hours: { from: "07:00", to: "10:00", time_zone: Asia/Shanghai }';
    const rules = "[{ when: store_down, for: 0, severity: warning }, { when: spool, severity: critical }]";
    const { rt, told, read } = stand(options(rules, `${quiet}\n  resolve_after: 1m`));
    read.stores = [...gone, { values: ["postgres"], value: 0 }];
    read.spool = [{ values: [], value: 0.9 }];
    await rt.clock.advance(10 * MIN);
    expect(told()).toEqual(["firing spool"]);
    read.stores = gone;
    await rt.clock.advance(109 * MIN);
    expect(told()).toEqual(["firing spool"]);
    await rt.clock.advance(2 * MIN);
    expect(told()).toEqual(["firing spool", "firing store_down redis"]);
  });

  it("tells the end of what was told before quiet hours, however often it comes and goes in them", async () => {
    const quiet = 'quiet_hours: { from: "09:00", to: "11:00", time_zone: Asia/Shanghai }';
    const rules = "[{ when: store_down, for: 0, severity: warning }]";
    const { rt, told, read } = stand(options(rules, `${quiet}\n  resolve_after: 1m`));
    read.stores = gone;
    await rt.clock.advance(70 * MIN);
    for (const stores of [[], gone, [], gone, []]) {
      read.stores = [...stores];
      await rt.clock.advance(10 * MIN);
    }
    expect(told()).toEqual(["firing store_down redis"]);
    await rt.clock.advance(2 * HOUR);
    expect(told()).toEqual(["firing store_down redis", "resolved store_down redis"]);
  });

  it("says nothing of what is muted, until the mute ends", async () => {
    const mutes = 'mutes: [{ rule: store_down, until: "2026-01-01T05:00:00Z" }]';
    const { rt, told, read, facts } = stand(options(down, mutes));
    read.stores = gone;
    await rt.clock.advance(HOUR);
    expect(told()).toEqual([]);
    expect(facts[0]?.what).toBe("muted");
    await rt.clock.advance(4 * HOUR + 30 * MIN);
    expect(told()).toEqual([]);
    await rt.clock.advance(4 * HOUR);
    expect(told()).toEqual(["again store_down redis"]);
  });

  it("tries again for a target that is down, gives up in the end, and goes on with the next message", async () => {
    const { rt, sent, read, alerts } = stand(options(down));
    read.up = false;
    read.stores = gone;
    await rt.clock.advance(5 * MIN);
    expect(sent).toHaveLength(6);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(alerts.targets()).toEqual([{ target: "ops", up: false }]);
    read.up = true;
    read.stores = [];
    await rt.clock.advance(20 * MIN);
    expect(alerts.targets()).toEqual([{ target: "ops", up: true }]);
  });

  it("lists twenty alerts and counts the rest", async () => {
    const { rt, sent, request } = stand(options("[{ when: request_tokens }]"));
    for (let i = 0; i < 35; i++) request({ tokens: 20_000 });
    await rt.clock.advance(MIN);
    expect(sent[0]?.alerts).toHaveLength(20);
    expect(sent[0]?.more).toBe(15);
  });
});
