// What an upstream's weight, region and quota come to: read, printed, refused, and handed to its target and its account.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { QUOTA_OPTIONS, Quotas, readOptions } from "@fairlead/engine";
import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { limitsOfAccounts } from "../account-quotas.ts";
import { targets } from "../targets.ts";
import { ConfigError } from "./index.ts";
import { readConfig } from "./load.ts";
import { printConfig } from "./print.ts";

const MORE = {
  a: 'weight: 2.5, region: "eu west", quota: { rpm: 60, otpm: 8000 }, account: team',
  b: "quota: { itpm: 0 }",
  c: "account: team",
};

function config(upstreams: { readonly [name: string]: string } = MORE) {
  const lines = Object.entries(upstreams).map(
    ([name, more]) => `  - { name: ${name}, provider: anthropic, api_key: "\${KEY}", proxy: none, ${more} }`,
  );
  const text = `upstreams:\n${lines.join("\n")}\nquota: { rpm: 1000, itpm: 2000 }\nprojects: [{ name: web, keys: [fl-dev-0123456789abcdef] }]\n`;
  return readConfig(text, "x.yaml", { KEY: "sk-ant-0123456789abcdef" }).config;
}

describe("weight and region", () => {
  it("reach the target, also under another name for the model", () => {
    const { all } = targets(config(), virtualRuntime(1));
    expect(all.map(({ name, weight, region }) => [name, weight, region])).toEqual([
      ["a", 2.5, "eu west"],
      ["b", 1, undefined],
      ["c", 1, undefined],
    ]);
    expect(all[0]?.as("m")).toMatchObject({ weight: 2.5, region: "eu west" });
  });

  it("are printed with the quota as they may be written", () => {
    const [a, b] = (parse(printConfig(config())) as { upstreams: readonly object[] }).upstreams;
    expect(a).toMatchObject({ weight: 2.5, region: "eu west", quota: { rpm: 60, otpm: 8_000 } });
    expect(b).toMatchObject({ weight: 1, quota: { itpm: 0 } });
    expect(b).not.toHaveProperty("region");
  });
});

it.each([
  ["weight: 0", "weight", "above 0, at most 1000"],
  ["weight: -1", "weight", "above 0, at most 1000"],
  ["weight: 1001", "weight", "above 0, at most 1000"],
  ["weight: much", "weight", "above 0, at most 1000"],
  ['region: ""', "region", "1 to 64 characters"],
  ['region: " x"', "region", "1 to 64 characters"],
  ["quota: { rpm: -1 }", "quota.rpm", "from 0 to"],
  ["quota: { ramp: 5s }", "quota.ramp", "not a known key"],
])("refuses %s", (more, path, says) => {
  let error: unknown;
  try {
    config({ a: more });
  } catch (e) {
    error = e;
  }
  if (!(error instanceof ConfigError)) throw new Error("it was accepted");
  expect(error.problems.map((one) => one.path)).toEqual([`upstreams[0].${path}`]);
  expect(error.message).toContain(says);
});

describe("the quota of an account", () => {
  it("goes before the general one, is shared by all upstreams of the account, and 0 is learned", () => {
    const settings = config();
    const { all } = targets(settings, virtualRuntime(1));
    const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, settings.quota), limitsOfAccounts(settings));
    const limits = all.map((target) =>
      quotas
        .of(target, "m")
        .states(0)
        .map(({ dimension, limit }) => [dimension, limit]),
    );
    const team = [
      ["requests", 60],
      ["input", 2_000],
      ["output", 8_000],
    ];
    expect(limits).toEqual([team, [["requests", 1_000]], team]);
  });

  it("is one: another for the same account is a mistake, the same said twice is none", () => {
    expect(() => config({ a: "account: t, quota: { rpm: 5 }", b: "account: t, quota: { rpm: 6 }" })).toThrow(
      /another than that of a above, which uses the same account t/,
    );
    expect(() => config({ a: "account: t, quota: { rpm: 5 }", b: "account: t, quota: { rpm: 5 }" })).not.toThrow();
    expect(() => config({ a: "quota: { rpm: 5 }", b: "quota: { rpm: 6 }" })).not.toThrow();
  });
});
