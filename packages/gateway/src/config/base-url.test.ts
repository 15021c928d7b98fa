// Addresses of upstreams that cannot be meant as they are written.

import { expect, it } from "vitest";
import { readConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

it.each([
  ["api.anthropic.com", "must be an address"],
  ["ftp://api.anthropic.com", "must begin with https://"],
  ["https://api.anthropic.com/v1", "/v1/v1/messages; write https://api.anthropic.com"],
  ["https://gw.example/x/v1/", "write https://gw.example/x"],
  ["https://gw.example/v1/messages", "write https://gw.example"],
  ["https://user:pass@gw.example", "put the key into api_key"],
  ["https://gw.example?a=b", "? or #"],
])("base_url %s", (base, says) => {
  const upstream = `upstreams: [{ name: a, provider: anthropic, api_key: "\${KEY}", base_url: "${base}" }]`;
  const text = `${upstream}\nprojects: [{ name: web, keys: ["\${WEB}"] }]`;
  let told: readonly string[] = [];
  try {
    readConfig(text, "/etc/fairlead/fairlead.yaml", { KEY: "sk-ant-0123456789abcdef", WEB: "web-key-0123456789" });
  } catch (e) {
    if (ConfigError.is(e))
      told = e.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
  expect(told).toEqual([expect.stringMatching(/^1:74 upstreams\[0\]\.base_url /)]);
  expect(told[0]).toContain(says);
});
