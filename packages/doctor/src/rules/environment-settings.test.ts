// Tests of the rules about addresses, settings and versions: each fault is found.

import { describe, expect, it } from "vitest";
import { examine, HOME, KEY, type Row, SETTINGS, settings, tried } from "../../testing/environment-sample.ts";
import type { Facts } from "../facts.ts";
import { LANGUAGES } from "../words.ts";

const CLOSED: Facts = {
  "tcp.connect": {
    to: "target",
    connects: [{ address: "127.0.0.1", port: 8787, family: 4, ok: false, ms: 1, error: "ECONNREFUSED" }],
  },
} as unknown as Facts;

const ROWS: readonly Row[] = [
  ["no URL", { env: { ANTHROPIC_BASE_URL: "https://gw .example" } }, "node", {}, "ENV_URL_UNPARSABLE", "error"],
  [
    "a SOCKS URL",
    { env: { ANTHROPIC_BASE_URL: "socks5://127.0.0.1:1080" } },
    "node",
    {},
    "ENV_URL_UNPARSABLE",
    "error",
  ],
  [
    "a query",
    { env: { ANTHROPIC_BASE_URL: "https://gw.example/?key=abc" } },
    "node",
    {},
    "ENV_URL_UNPARSABLE",
    "error",
  ],
  ["no scheme", { env: { ANTHROPIC_BASE_URL: "localhost:4000" } }, "node", {}, "ENV_URL_NO_SCHEME", "error"],
  ["full width", { env: { ANTHROPIC_BASE_URL: "https：//gw.example" } }, "node", {}, "ENV_URL_FULLWIDTH", "error"],
  ["quoted URL", { env: { ANTHROPIC_BASE_URL: '"https://gw.example"' } }, "node", {}, "ENV_URL_QUOTED", "error"],
  ["blank behind", { env: { ANTHROPIC_BASE_URL: "https://gw.example " } }, "python", {}, "ENV_URL_WHITESPACE", "error"],
  [
    "blank behind, taken off",
    { env: { ANTHROPIC_BASE_URL: "https://gw.example " } },
    "claude-code",
    {},
    "ENV_URL_WHITESPACE",
    "warning",
  ],
  ["/v1", { env: { ANTHROPIC_BASE_URL: "https://gw.example/v1/" } }, "claude-code", {}, "ENV_URL_HAS_PATH", "error"],
  [
    "clear text",
    { env: { ANTHROPIC_BASE_URL: "http://relay.some-vendor.com" } },
    "node",
    {},
    "ENV_URL_PLAIN_HTTP",
    "warning",
  ],
  [
    "the proxy",
    { env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:7890", HTTPS_PROXY: "http://127.0.0.1:7890" } },
    "claude-code",
    {},
    "ENV_URL_IS_PROXY",
    "error",
  ],
  [
    "the console",
    { env: { ANTHROPIC_BASE_URL: "https://console.anthropic.com" } },
    "node",
    {},
    "ENV_URL_WEB_PAGE",
    "error",
  ],
  [
    "a typing error",
    { env: { ANTHROPIC_BASE_URL: "https://api.antrhopic.com" } },
    "node",
    {},
    "ENV_URL_TYPO",
    "warning",
  ],
  ["a user", { env: { ANTHROPIC_BASE_URL: "https://u:p@gw.example" } }, "node", {}, "ENV_URL_HAS_USER", "error"],
  [
    "an address of the settings that is dead",
    {
      env: { ANTHROPIC_BASE_URL: "https://gw.example" },
      files: { [SETTINGS]: settings({ ANTHROPIC_BASE_URL: "http://127.0.0.1:8787" }) },
    },
    "claude-code",
    CLOSED,
    "ENV_SETTINGS_OVERRIDE_SHELL",
    "error",
  ],
  [
    "an old token in the settings",
    {
      env: { ANTHROPIC_AUTH_TOKEN: "new-token" },
      files: { [SETTINGS]: settings({ ANTHROPIC_AUTH_TOKEN: "old-token" }) },
    },
    "claude-code",
    tried("rejected"),
    "ENV_SETTINGS_OVERRIDE_SHELL",
    "error",
  ],
  [
    "another token in the settings that works",
    {
      env: { ANTHROPIC_AUTH_TOKEN: "new-token" },
      files: { [SETTINGS]: settings({ ANTHROPIC_AUTH_TOKEN: "old-token" }) },
    },
    "claude-code",
    tried("accepted"),
    "ENV_SETTINGS_OVERRIDE_SHELL",
    "info",
  ],
  [
    "broken settings with the key in them",
    { files: { [SETTINGS]: '{ "env": { "ANTHROPIC_API_KEY": "x", } }' } },
    "claude-code",
    {},
    "ENV_SETTINGS_BROKEN",
    "error",
  ],
  [
    "broken settings that do no harm",
    { env: { ANTHROPIC_API_KEY: KEY }, files: { [SETTINGS]: '{ "model": "x", }' } },
    "claude-code",
    tried("accepted"),
    "ENV_SETTINGS_BROKEN",
    "warning",
  ],
  [
    "a time limit that overflows",
    { env: { ANTHROPIC_API_KEY: KEY, API_TIMEOUT_MS: "3600000000" } },
    "claude-code",
    {},
    "ENV_TIMEOUT_OVERFLOW",
    "error",
  ],
  [
    "a time limit in seconds",
    { env: { ANTHROPIC_API_KEY: KEY, API_TIMEOUT_MS: "600" } },
    "claude-code",
    {},
    "ENV_TIMEOUT_OVERFLOW",
    "error",
  ],
  [
    "verification off",
    { env: { ANTHROPIC_API_KEY: KEY, NODE_TLS_REJECT_UNAUTHORIZED: "0" } },
    "node",
    {},
    "ENV_TLS_UNVERIFIED",
    "warning",
  ],
  [
    "a preload that is gone",
    { env: { ANTHROPIC_API_KEY: KEY, NODE_OPTIONS: "--require /gone/hook.cjs" } },
    "node",
    {},
    "ENV_NODE_OPTIONS_CRASH",
    "error",
  ],
  [
    "an editor with other values",
    {
      env: { ANTHROPIC_API_KEY: KEY },
      files: {
        [`${HOME}/.config/Code/User/settings.json`]:
          '{"claudeCode.environmentVariables":[{"name":"HTTPS_PROXY","value":"http://p:1"}]}',
      },
    },
    "claude-code",
    {},
    "ENV_EDITOR_DIFFERS",
    "info",
  ],
  [
    "a profile newer than the terminal",
    { files: { [`${HOME}/.zshrc`]: `export ANTHROPIC_API_KEY=${KEY}` } },
    "node",
    {},
    "ENV_PROFILE_NOT_LOADED",
    "info",
  ],
  [
    "a retired host",
    {
      env: { ANTHROPIC_API_KEY: KEY },
      files: { [`${HOME}/work/.devcontainer/init-firewall.sh`]: 'for d in \\\n "statsig.anthropic.com" \\\n' },
    },
    "claude-code",
    {},
    "ENV_RETIRED_HOST",
    "warning",
  ],
  [
    "old and behind an https proxy",
    {
      env: { ANTHROPIC_API_KEY: KEY, HTTPS_PROXY: "https://proxy.example:3129" },
      files: { [`${HOME}/.local/share/claude/versions/2.1.200`]: "" },
    },
    "claude-code",
    {},
    "ENV_CLAUDE_OUTDATED_HTTPS_PROXY",
    "warning",
  ],
  [
    "old, Bedrock and a token",
    {
      env: { CLAUDE_CODE_USE_BEDROCK: "1", ANTHROPIC_AUTH_TOKEN: "tok" },
      files: { [`${HOME}/.local/share/claude/versions/2.1.100`]: "" },
    },
    "claude-code",
    {},
    "ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN",
    "error",
  ],
  [
    "old and NO_PROXY",
    {
      env: { ANTHROPIC_API_KEY: KEY, HTTPS_PROXY: "http://p:1", NO_PROXY: "api.anthropic.com" },
      files: { [`${HOME}/.local/share/claude/versions/2.1.90`]: "" },
    },
    "claude-code",
    {},
    "ENV_CLAUDE_OUTDATED_NO_PROXY",
    "warning",
  ],
];

describe("each fault", () => {
  it.each(ROWS)("%s", async (_about, parts, as, facts, code, severity) => {
    const { found } = await examine(parts, as, facts);
    const finding = found.find(({ rule }) => rule.code === code);
    expect(found.map(({ rule }) => rule.code)).toContain(code);
    expect(finding?.severity).toBe(severity);
    expect(finding?.fix.length).toBeGreaterThan(0);
    expect(finding?.evidence.length).toBeGreaterThan(0);
    const text = JSON.stringify(finding);
    expect(text).not.toContain("PLANTEDplanted");
    expect(text).not.toMatch(/undefined|\[object/);
    for (const one of [...(finding?.evidence ?? []), ...(finding?.fix.map(({ note }) => note) ?? [])])
      for (const language of LANGUAGES) expect(one[language]).toMatch(/\S/);
  });
});
