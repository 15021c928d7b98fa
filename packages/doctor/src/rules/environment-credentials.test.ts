// Tests of the rules about credentials: each fault is found, and nothing healthy is called one.

import { describe, expect, it } from "vitest";
import { examine, HOME, KEY, type Row, SETTINGS, settings, tried } from "../../testing/environment-sample.ts";
import type { Parts } from "../../testing/fake-machine.ts";
import type { ClientName } from "../context.ts";
import type { Facts } from "../facts.ts";
import { LANGUAGES } from "../words.ts";

const ROWS: readonly Row[] = [
  ["an empty key", { env: { ANTHROPIC_API_KEY: "" } }, "node", {}, "ENV_EMPTY_CREDENTIAL", "error"],
  [
    "an empty key in the settings hides the shell's",
    { env: { ANTHROPIC_API_KEY: KEY }, files: { [SETTINGS]: settings({ ANTHROPIC_API_KEY: "" }) } },
    "claude-code",
    {},
    "ENV_EMPTY_CREDENTIAL",
    "error",
  ],
  [
    "an empty token beside a key that is taken",
    { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: "" } },
    "claude-code",
    tried("accepted"),
    "ENV_EMPTY_CREDENTIAL",
    "warning",
  ],
  ["a placeholder", { env: { ANTHROPIC_API_KEY: "sk-ant-..." } }, "node", {}, "ENV_KEY_PLACEHOLDER", "error"],
  [
    "your-api-key-here",
    { env: { ANTHROPIC_API_KEY: "your-api-key-here" } },
    "python",
    {},
    "ENV_KEY_PLACEHOLDER",
    "error",
  ],
  [
    "a reference in the settings",
    {
      files: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as users write it
        [SETTINGS]: settings({ ANTHROPIC_AUTH_TOKEN: "${MY_TOKEN}", ANTHROPIC_BASE_URL: "https://gw.corp.example" }),
      },
    },
    "claude-code",
    {},
    "ENV_KEY_PLACEHOLDER",
    "error",
  ],
  ["quotes", { env: { ANTHROPIC_API_KEY: `"${KEY}"` } }, "node", {}, "ENV_KEY_QUOTED", "error"],
  ["a line end, in Python", { env: { ANTHROPIC_API_KEY: `${KEY}\n` } }, "python", {}, "ENV_KEY_WHITESPACE", "error"],
  ["a line end, in Node", { env: { ANTHROPIC_API_KEY: `${KEY}\n` } }, "node", {}, "ENV_KEY_WHITESPACE", "warning"],
  [
    "a zero-width space",
    { env: { ANTHROPIC_API_KEY: `${KEY.slice(0, 20)}\u200b${KEY.slice(20)}` } },
    "claude-code",
    {},
    "ENV_KEY_BAD_CHARACTERS",
    "error",
  ],
  [
    "a line end inside",
    { env: { ANTHROPIC_API_KEY: `${KEY.slice(0, 20)}\n${KEY.slice(20)}` } },
    "claude-code",
    {},
    "ENV_KEY_BAD_CHARACTERS",
    "error",
  ],
  [
    "Bearer typed",
    { env: { ANTHROPIC_AUTH_TOKEN: "Bearer abcdefghijkl" } },
    "claude-code",
    {},
    "ENV_BEARER_TYPED",
    "error",
  ],
  [
    "an OAuth token as the key",
    { env: { ANTHROPIC_API_KEY: "sk-ant-oat01-abcdefgh" } },
    "claude-code",
    {},
    "ENV_KEY_WRONG_VARIABLE",
    "error",
  ],
  [
    "another vendor's key",
    { env: { ANTHROPIC_API_KEY: "sk-or-v1-abcdefghijklmn" } },
    "node",
    tried("rejected"),
    "ENV_KEY_FOREIGN",
    "error",
  ],
  ["no credential", {}, "claude-code", {}, "AUTH_NO_CREDENTIAL", "error"],
  ["no credential that a shell could show", {}, "node", {}, "AUTH_NO_CREDENTIAL", "warning"],
  [
    "both set, and they work",
    { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: "tok-abcdef" } },
    "claude-code",
    tried("accepted"),
    "ENV_AUTH_CONFLICT",
    "warning",
  ],
  [
    "both set, and refused",
    { env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: "tok-abcdef" } },
    "claude-code",
    tried("rejected"),
    "ENV_AUTH_CONFLICT",
    "error",
  ],
  [
    "a managed helper and a token",
    {
      env: { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-x" },
      files: { "/etc/claude-code/managed-settings.json": '{"apiKeyHelper":"corp-key"}' },
    },
    "claude-code",
    {},
    "ENV_MANAGED_KEY_HELPER",
    "warning",
  ],
  [
    "a helper that is not there",
    { files: { [SETTINGS]: '{"apiKeyHelper":"~/bin/key.sh --x"}' } },
    "claude-code",
    {},
    "ENV_KEY_HELPER_MISSING",
    "error",
  ],
  [
    "a key beside a login",
    { env: { ANTHROPIC_API_KEY: KEY }, files: { [`${HOME}/.claude/.credentials.json`]: "{}" } },
    "claude-code",
    tried("accepted"),
    "ENV_KEY_SHADOWS_LOGIN",
    "info",
  ],
  [
    "a refused key beside a login",
    { env: { ANTHROPIC_API_KEY: KEY }, files: { [`${HOME}/.claude/.credentials.json`]: "{}" } },
    "claude-code",
    tried("rejected"),
    "ENV_KEY_SHADOWS_LOGIN",
    "error",
  ],
  [
    "malformed headers",
    { env: { ANTHROPIC_CUSTOM_HEADERS: "X-Team=red" } },
    "claude-code",
    {},
    "ENV_CUSTOM_HEADERS_MALFORMED",
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

describe("nothing is called a fault", () => {
  const healthy: readonly (readonly [string, Parts, ClientName, Facts])[] = [
    ["a key", { env: { ANTHROPIC_API_KEY: KEY } }, "node", tried("accepted")],
    ["a key nobody tried", { env: { ANTHROPIC_API_KEY: KEY } }, "claude-code", {}],
    [
      "a word that a local gateway takes",
      { env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:3456", ANTHROPIC_AUTH_TOKEN: "dummy-key" } },
      "claude-code",
      {},
    ],
    [
      "a gateway in the house, in clear",
      { env: { ANTHROPIC_BASE_URL: "http://gateway.corp.internal:8080/claude", ANTHROPIC_AUTH_TOKEN: "sk-team-1" } },
      "claude-code",
      tried("accepted"),
    ],
    [
      "a base URL with a slash",
      { env: { ANTHROPIC_BASE_URL: "https://gw.example/", ANTHROPIC_AUTH_TOKEN: "t-123456" } },
      "claude-code",
      {},
    ],
    ["a login", { files: { [`${HOME}/.claude/.credentials.json`]: "{}" } }, "claude-code", {}],
    [
      "the same value twice",
      { env: { ANTHROPIC_API_KEY: KEY }, files: { [SETTINGS]: settings({ ANTHROPIC_API_KEY: KEY }) } },
      "claude-code",
      tried("accepted"),
    ],
    ["a long time limit", { env: { ANTHROPIC_API_KEY: KEY, API_TIMEOUT_MS: "2147483647" } }, "claude-code", {}],
    [
      "Bedrock with a profile",
      { env: { CLAUDE_CODE_USE_BEDROCK: "1", AWS_PROFILE: "p", AWS_REGION: "us-east-1" } },
      "claude-code",
      {},
    ],
    [
      "today's Claude Code at a gateway",
      {
        env: { ANTHROPIC_BASE_URL: "https://gw.example", ANTHROPIC_AUTH_TOKEN: "t-123456" },
        files: { [`${HOME}/.local/share/claude/versions/2.1.329`]: "" },
      },
      "claude-code",
      {},
    ],
  ];
  it.each(healthy)("%s", async (_about, parts, as, facts) => {
    const { found, statuses } = await examine(parts, as, facts);
    expect(found.filter(({ severity }) => severity !== "info").map(({ rule }) => rule.code)).toEqual([]);
    expect(statuses).toEqual(["pass", "pass", "pass"]);
  });
});
