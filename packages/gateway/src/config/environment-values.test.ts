// What variables of the environment hold is in no problem: one of them may be a secret in the wrong place.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { describe, expect, it } from "vitest";
import { readConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

const ENV = { KEY: "sk-ant-0123456789abcdef", WEB: "web-key-0123456789" };
const UPSTREAM = `upstreams: [{ name: main, provider: anthropic, api_key: "\${KEY}" }]`;
const PROJECT = `projects: [{ name: web, keys: ["\${WEB}"] }]`;

describe("values of the environment", () => {
  const SECRET = "Planted-Environment-Secret-0123456789-0123456789-0123456789-abc";
  const told = (text: string) => {
    try {
      readConfig(`${PROJECT}\n${text}`, "/etc/fairlead/fairlead.yaml", { ...ENV, SECRET, FORM: 'a"b/c%20d e' });
    } catch (e) {
      if (ConfigError.is(e)) return e.problems.map(({ message }) => message).join("\n");
    }
    return "";
  };
  const upstream = (more: string) => `upstreams: [{ name: main, api_key: "\${KEY}", ${more} }]`;
  it.each([
    ["an address", upstream('provider: anthropic, base_url: "${SECRET}"')],
    ["one with a host", upstream('provider: anthropic, base_url: "https://${SECRET}/v1"')],
    ["a word of a choice", upstream('provider: "${SECRET}"')],
    ["a text that is cut short", `${UPSTREAM}\nqueue: "${"x".repeat(20)}\${SECRET}"`],
    ["a text that is all of it cut short", `${UPSTREAM}\nadmission: { queue: "\${SECRET}" }`],
    ["a name", `${UPSTREAM}\nmodels: [{ match: "*", upstreams: ["\${SECRET}"] }]`],
  ])("are in no problem: %s", (_, text) => {
    const said = told(text);
    expect(said).not.toBe("");
    expect(said.toLowerCase()).not.toContain(SECRET.slice(0, 8).toLowerCase());
  });
  it("stand there by their name", () => {
    expect(told(upstream('provider: anthropic, base_url: "${SECRET}"'))).toContain('got "${SECRET}"');
    expect(told(upstream('provider: anthropic, base_url: "${FORM}"'))).toContain('got "${FORM}"');
  });
});

describe("secrets in plain text, in the wrong place", () => {
  it.each([
    `upstreams: [{ name: a, provider: anthropic, base_url: "ftp://user:Planted-Word-1@h", api_key: "\${KEY}" }]`,
    `${UPSTREAM}\nidentity: { issuer: "https://user:Planted-Word-1@h.example" }`,
    `${UPSTREAM}\nsecrets: { vault: { address: "http://user:Planted-Word-1@h", token: "\${KEY}" } }`,
    `${UPSTREAM}\nsecrets: { vault: { address: "http://h?token=Planted-Word-1", token: "\${KEY}" } }`,
    `${UPSTREAM}\nsk-ant-Planted-Word-1: x`,
    `${UPSTREAM}\nlimits: { fl-key-Planted-Word-1: x }`,
  ])("are in no problem: %s", (text) => {
    let said = "";
    try {
      readConfig(`${PROJECT}\n${text}`, "/etc/fairlead/fairlead.yaml", ENV);
    } catch (e) {
      said = ConfigError.is(e) ? e.message : "";
    }
    expect(said).not.toBe("");
    expect(said).not.toContain("Planted");
  });
});
