// The order of the layers, the time-outs by place, and the patterns of model names.

import { type Exchange, failure, newTally, type Target } from "@fairlead/engine";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import { readConfig } from "./config/index.ts";
import { globMatch } from "./model-match.ts";
import { stack } from "./stack.ts";

/** A request of a session. */
function asks(model: string, session: string): Exchange {
  return {
    id: session,
    attempt: 0,
    method: "POST",
    path: "/v1/messages",
    headers: ["x-claude-code-session-id", session],
    body: Buffer.from("{}"),
    look: { dialect: "claude", model, modelSpans: [], stream: true, maxTokens: 100, userId: undefined },
    principal: { project: "web", keyId: "fl-1" },
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: undefined,
    priority: "interactive",
    tally: newTally(),
    tried: [],
  };
}

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

  it("chooses by the options of the model's rule, and by the general ones where it has none", async () => {
    const models = [
      { match: "*-haiku-*", upstreams: [], balance: { mode: "spread" as const } },
      { match: "*", upstreams: [] },
    ];
    const went = async (model: string) => {
      const seen = new Set<string>();
      const targets = ["one", "two"].map(
        (name): Target => ({
          name,
          platform: name,
          account: name,
          contextWindow: () => 200_000,
          modelName: (asked) => asked,
          send: (x) => {
            seen.add(x.target?.name ?? "");
            return Promise.resolve(failure("client_gone", {}, { verdict: "caller-fault" }));
          },
        }),
      );
      const { pipeline } = stack({ ...config, models }, () => targets, virtualRuntime(1));
      for (let i = 0; i < 20; i++) {
        await pipeline.run(asks(model, `session-${i}`));
      }
      return [...seen].sort();
    };
    expect(await went("claude-haiku-4-5")).toEqual(["one", "two"]);
    expect(await went("claude-opus-5")).toEqual(["one"]);
  });

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
