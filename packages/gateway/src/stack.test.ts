// The order of the layers, the time-outs by place, and the patterns of model names.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import { readConfig } from "./config/index.ts";
import { globMatch, stack } from "./stack.ts";

describe("globMatch", () => {
  it.each([
    ["*", "claude-opus-5", true],
    ["claude-*", "claude-opus-5", true],
    ["claude-*", "gpt-4", false],
    ["claude-opus-5", "claude-opus-5", true],
    ["claude-opus-5", "claude-opus-5-5", false],
    ["*-opus-*", "claude-opus-5", true],
    ["*-opus-*", "claude-sonnet-5", false],
    ["a*b*c", "abc", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["*5", "claude-opus-5", true],
    ["**", "", true],
  ])("%s against %s is %s", (pattern, name, found) => {
    expect(globMatch(pattern, name)).toBe(found);
  });

  it("takes linear time on a pattern made to be slow", () => {
    expect(globMatch(`${"*a".repeat(30)}b`, "a".repeat(100_000))).toBe(false);
  });
});

describe("stack", () => {
  const { config } = readConfig(
    'upstreams:\n  - { name: one, provider: anthropic, api_key: "$' +
      '{K}" }\nprojects:\n  - { name: web, keys: ["$' +
      '{P}"] }\n',
    "fairlead.yaml",
    { K: "sk-ant-upstream", P: "fl-a-key-of-sixteen-plus" },
  );

  it("stands in the order in which its reasons make sense, and says so", () => {
    const { pipeline } = stack(config, () => [], virtualRuntime(1));
    const described = pipeline.describe();
    expect(described.map((one) => one.policy)).toEqual([
      "journal",
      "deadline",
      "cache",
      "join",
      "retry",
      "admit",
      "breaker",
      "trace",
      "commit",
      "timeouts",
    ]);
    for (const one of described) {
      expect(one.why.length).toBeGreaterThan(20);
      expect(one.says.length).toBeGreaterThan(10);
    }
  });

  it("leaves out what its options make useless, and puts in what they ask for", () => {
    const names = (more: object) =>
      stack({ ...config, ...more }, () => [], virtualRuntime(1))
        .pipeline.describe()
        .map((one) => one.policy);
    const join = { ...config.join, messages: "off" as const, count_tokens: false, models: false };
    const cache = { ...config.cache, total_bytes: 0 };
    expect(names({ join, cache })).toEqual([
      "journal",
      "deadline",
      "retry",
      "admit",
      "breaker",
      "trace",
      "commit",
      "timeouts",
    ]);
    expect(names({ hedge: { ...config.hedge, enabled: true } }).slice(2, 6)).toEqual([
      "cache",
      "join",
      "retry",
      "hedge",
    ]);
  });
});
