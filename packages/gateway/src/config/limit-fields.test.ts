// Tests of limits and budgets in the file: where they may stand, what they become, and what is wrong with bad ones.

import { describe, expect, test } from "vitest";
import { readConfig } from "./load.ts";
import { printConfig } from "./print.ts";
import { ConfigError } from "./problem.ts";

const ENV = { UP: "sk-up-0123456789abcdef", WEB: "web-0123456789abcdef", CI: "ci-00123456789abcdef" };

function read(projects: string, more = "") {
  const upstreams = `upstreams: [{ name: a, provider: anthropic, api_key: "\${UP}" }]`;
  return readConfig(`${upstreams}\n${more}\nprojects:\n  - ${projects}\n`, "fairlead.yaml", ENV).config;
}

function problems(projects: string, more = ""): readonly (readonly [string, string])[] {
  try {
    read(projects, more);
  } catch (e) {
    if (e instanceof ConfigError) return e.problems.map(({ path, message }) => [path, message]);
    throw e;
  }
  return [];
}

describe("limits in the file", () => {
  test("stand at a project, at a key, for models and for everyone", () => {
    const config = read(
      `{ name: web, keys: ["\${WEB}", { ref: "\${CI}", name: ci, limits: { rpm: 5 }, budget: { usd_per_day: 1.5 } }],
         limits: { rpm: 600, itpm: 400000, otpm: 80000, streams: 3, burst: 10s }, budget: { usd_per_month: 50 },
         models: [{ match: "claude-opus-*", limits: { rpm: 6 } }], duplicates: { window: 10s } }`,
      "tenancy: { instances: 4, everyone: { budget: { usd_per_hour: 9 } } }",
    );
    expect(config.projects[0]).toEqual({
      name: "web",
      keys: [ENV.WEB, ENV.CI],
      keyAllowances: [{ keys: [ENV.CI], name: "ci", limits: { rpm: 5 }, budget: { usd_per_day: 1.5 } }],
      limits: { rpm: 600, itpm: 400_000, otpm: 80_000, streams: 3, burst: 10_000 },
      budget: { usd_per_month: 50 },
      models: [{ match: "claude-opus-*", limits: { rpm: 6 } }],
      duplicates: { window: 10_000, answer: "once" },
    });
    expect(config.tenancy).toEqual({
      instances: 4,
      money_grace: 60_000,
      money_grace_share: 1,
      everyone: { budget: { usd_per_hour: 9 } },
    });
  });

  test("are printed as they are in force, with keys masked", () => {
    const printed = printConfig(
      read(`{ name: web, keys: [{ ref: "\${CI}", limits: { rpm: 5 } }], budget: { usd_per_day: 2 } }`),
    );
    expect(printed).toContain(
      "- ref: ci-0…cdef\n        limits:\n          rpm: 5\n    budget:\n      usd_per_day: 2\n",
    );
    expect(printed).not.toContain(ENV.CI);
  });

  test("one answer for duplicates without joining is told to have no effect", () => {
    const warned = (answer: string, messages: string) =>
      readConfig(
        `upstreams: [{ name: a, provider: anthropic, api_key: "\${UP}" }]
join: { messages: ${messages} }
projects: [{ name: web, keys: ["\${WEB}"], duplicates: { window: 10s${answer} } }]`,
        "fairlead.yaml",
        ENV,
      ).warnings.map(({ path, message }) => [path, message]);
    const says = ["projects[0].duplicates", expect.stringContaining("Set join.messages to keyed")];
    expect(warned("", "off")).toEqual([says]);
    expect(warned(", answer: once", "off")).toEqual([says]);
    expect(warned(", answer: refuse", "off")).toEqual([]);
    expect(warned("", "keyed")).toEqual([]);
  });

  test("out of bounds and misspelt are told with their place", () => {
    const found = problems(
      `{ name: web, keys: [{ ref: "\${CI}", limits: { rpm: 5.5 } }, { ref: plain }, { name: x }], limits: { rpm: 0, stream: 3 },
         budget: { usd_per_week: 5, usd_per_day: 0 }, models: [{ limits: { rpm: 1 } }], duplicates: { window: 61s } }`,
      "tenancy: { instances: 0 }",
    );
    expect(Object.fromEntries(found)).toEqual({
      "tenancy.instances": "must be a whole number from 1 to 1000 (instances); got 0",
      "projects[0].keys[0].limits.rpm": "must be a whole number from 1 to 10000000 (requests); got 5.5",
      "projects[0].keys[1].ref": expect.stringContaining("is a secret in plain text"),
      "projects[0].keys[2].ref": "is missing",
      "projects[0].limits.rpm": "must be a whole number from 1 to 10000000 (requests); got 0",
      "projects[0].limits.stream": "is not a known key; did you mean streams?",
      "projects[0].budget.usd_per_week": "is not a known key; did you mean usd_per_hour?",
      "projects[0].budget.usd_per_day": "must be a number from 0.000001 to 1000000 (US dollars); got 0",
      "projects[0].models[0].match": 'is missing; add `match: "claude-*"`',
      "projects[0].duplicates.window": 'must be a time from 0ms to 1m, such as 500ms, 5s or 2m; got "61s"',
    });
  });
});
