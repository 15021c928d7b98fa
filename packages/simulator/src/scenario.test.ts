// Scenarios: reading them, their mistakes with line and column, and their timeline.

import { virtualRuntime } from "@fairlead/runtime";
import { afterEach, expect, test } from "vitest";
import { parseScenario, ScenarioError } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/catalogue.ts";
import { State } from "./state.ts";
import { type TestStand, testStand, turn } from "./test-stand.ts";
import { runScenario } from "./timeline.ts";

let stand: TestStand | undefined;
afterEach(() => stand?.simulator.close());

const GOOD = `
name: morning
about: two steps
regions:
  - { name: east, port: 0, latencyMs: 5 }
  - { name: west, port: 0, tokensPerSecond: { kind: uniform, low: 20, high: 80 } }
faults:
  - { kind: fragment, id: always }
steps:
  - at: 5s
    region: east
    set: { capacity: 2 }
    add:
      - { id: down, kind: overloaded, filter: { region: east } }
  - at: 1m
    remove: down
repeat: 2m
`;

test("a scenario is read with its times in milliseconds", () => {
  const scenario = parseScenario(GOOD);
  expect(scenario).toMatchObject({ name: "morning", repeatMs: 120_000, regions: [{ name: "east" }, { name: "west" }] });
  expect(scenario.steps.map(({ at }) => at)).toEqual([0, 5_000, 60_000]);
});

test.each([
  ["steps:\n  - at: 5s\n    add:\n      - { kind: overloded }\n", 4, 'did you mean "overloaded"'],
  ["stps: []\n", 1, "stps: unknown; known here are name, about"],
  ["steps:\n  - at: soon\n", 2, "must be a time such as 500ms, 5s or 2m"],
  ["steps:\n  - clear: true\n", 2, 'needs "at"'],
  ["steps:\n  - at: 1s\n    set: { latency: 5 }\n", 3, "steps.0.set.latency: unknown"],
  ["steps:\n  - at: 5s\n    clear: true\n  - at: 1s\n    clear: true\n", 4, "in the order of their time"],
  ["regions: [{ name: a }, { name: a }]\nfaults: [{ kind: stall }]\n", 1, 'a region "a" was listed before'],
  ["regions: [{ name: a }]\nsteps: [{ at: 1s, region: b, clear: true }]\n", 2, 'there is no region "b"'],
  ["name: [\n", 2, "Flow sequence"],
  ["just words", 1, "must be a mapping"],
  ["name: nothing\n", 1, "it does nothing"],
])("%j fails in line %i", (text, line, message) => {
  const attempt = () => parseScenario(text);
  expect(attempt).toThrow(ScenarioError);
  expect(attempt).toThrow(message);
  try {
    attempt();
  } catch (error) {
    expect((error as ScenarioError).line).toBe(line);
  }
});

test("steps happen at their times, and begin anew", async () => {
  const runtime = virtualRuntime(1);
  const scenario = parseScenario(GOOD);
  const state = new State({ regions: scenario.regions ?? [] }, runtime);
  const stop = runScenario(scenario, state);
  const on = () => state.faults.list().map(({ id }) => id);
  expect(on()).toEqual(["always"]);
  await runtime.clock.advance(5_000);
  expect([on(), state.regions.get("east")?.settings.capacity]).toEqual([["always", "down"], 2]);
  expect(state.regions.get("west")?.settings.capacity).toBe(Number.POSITIVE_INFINITY);
  await runtime.clock.advance(55_000);
  expect(on()).toEqual(["always"]);
  await runtime.clock.advance(65_000);
  expect(on()).toEqual(["always", "down"]);
  stop();
});

test.each(Object.keys(SCENARIOS))("the named scenario %s runs without a complaint", async (name) => {
  const runtime = virtualRuntime(1);
  const told: string[] = [];
  const state = new State(
    { regions: [{ name: "east" }, { name: "west" }], onLine: (line) => told.push(line) },
    runtime,
  );
  const scenario = SCENARIOS[name]?.("east");
  if (scenario === undefined) throw new Error("no scenario");
  runScenario(scenario, state);
  await runtime.clock.advance(120_000);
  expect(told.length).toBe(scenario.steps.length);
  expect(told.join("\n")).not.toMatch(/could not|has no/);
});

test("a scenario is started by its name or as YAML, on real sockets", async () => {
  stand = await testStand();
  expect((await stand.control("POST", "/scenario", "guest-network")).value).toEqual({
    scenario: "guest-network",
    steps: 2,
  });
  expect((await stand.ask(turn("x"))).headers["content-type"]).toContain("text/html");
  const yaml = "name: one\nsteps:\n  - at: 0\n    clear: true\n    add: [{ kind: overloaded, pattern: once }]\n";
  expect((await stand.control("POST", "/scenario", yaml)).status).toBe(200);
  expect([(await stand.ask(turn("x"))).status, (await stand.ask(turn("x"))).status]).toEqual([529, 200]);
  expect((await stand.control("POST", "/scenario", "regon-down")).value.error).toContain("region-down");
});
