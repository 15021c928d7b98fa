// Tests of the rules of the environment: each fault is found, nothing healthy is called one, and edits change only their entry.

import { describe, expect, it } from "vitest";
import { fakeMachine, type Parts } from "../../testing/fake-machine.ts";
import { sampleContext } from "../../testing/sample.ts";
import type { ClientName, Context } from "../context.ts";
import { readEnvironment } from "../environment/read-environment.ts";
import type { Facts } from "../facts.ts";
import type { Finding, Severity } from "../finding.ts";
import { envCredentials } from "../probes/env-credentials.ts";
import { envSettings } from "../probes/env-settings.ts";
import { envUrl } from "../probes/env-url.ts";
import { LANGUAGES } from "../words.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";

const HOME = "/home/mallory";
const SETTINGS = `${HOME}/.claude/settings.json`;
const KEY = "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTED-0001";
const EXCHANGE = { method: "GET", path: "/v1/models", ok: true, ms: 9, author: "anthropic-api", headers: [] } as const;

/** What a credential's trial says. */
function tried(outcome: "accepted" | "rejected", errorMessage = "invalid x-api-key"): Facts {
  const accepted = outcome === "accepted";
  return {
    "credentials.accepted": {
      exchange: { ...EXCHANGE, ok: accepted, status: accepted ? 200 : 401, ...(accepted ? {} : { errorMessage }) },
      name: "ANTHROPIC_API_KEY",
      where: "shell",
      header: "x-api-key",
      accepted,
      outcome,
      by: "models",
      kind: "api-key",
    },
  };
}

async function examine(
  parts: Parts,
  as: ClientName,
  more: Facts = {},
): Promise<{ ctx: Context; found: Finding[]; statuses: string[] }> {
  const ctx = await sampleContext(fakeMachine(parts), "en", { as });
  const facts: Facts = { ...more };
  const statuses: string[] = [];
  for (const probe of [envSettings, envUrl, envCredentials]) {
    const looked = await probe.run(ctx, facts);
    statuses.push(looked.status);
    (facts as { [id: string]: unknown })[probe.id] = looked.facts;
  }
  const found = ENVIRONMENT_RULES.flatMap((rule): Finding[] => {
    const match = rule.match(facts, ctx);
    return match === undefined ? [] : [{ ...match, rule, severity: match.severity ?? rule.severity }];
  });
  return { ctx, found, statuses };
}

function settings(env: { readonly [name: string]: string | number }): string {
  return JSON.stringify({ model: "opus", env }, undefined, 2);
}

type Row = readonly [about: string, parts: Parts, as: ClientName, facts: Facts, code: string, severity: Severity];

const CLOSED: Facts = {
  "tcp.connect": {
    to: "target",
    connects: [{ address: "127.0.0.1", port: 8787, family: 4, ok: false, ms: 1, error: "ECONNREFUSED" }],
  },
} as unknown as Facts;

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
  ["no credential", {}, "claude-code", {}, "ENV_NO_CREDENTIAL", "error"],
  ["no credential that a shell could show", {}, "node", {}, "ENV_NO_CREDENTIAL", "warning"],
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

describe("fixes", () => {
  it("change only the entry, in the file that holds it", async () => {
    const text = settings({ ANTHROPIC_BASE_URL: "https://gw.example/v1/messages", ANTHROPIC_AUTH_TOKEN: "t-123456" });
    const { found } = await examine({ files: { [SETTINGS]: text } }, "claude-code");
    const edit = found.find(({ rule }) => rule.code === "ENV_URL_HAS_PATH")?.fix[0]?.edit;
    expect(edit?.path).toBe(SETTINGS);
    expect(edit?.change(text)).toBe(text.replace("/v1/messages", ""));
    expect(found[0]?.fix[0]?.note.en).toContain("~/.claude/settings.json line 4");
  });

  it("take the old value out of the settings, so that the shell's counts", async () => {
    const text = settings({ ANTHROPIC_AUTH_TOKEN: "old-token", API_TIMEOUT_MS: 600000 });
    const { found } = await examine(
      { env: { ANTHROPIC_AUTH_TOKEN: "new-token" }, files: { [SETTINGS]: text } },
      "claude-code",
      tried("rejected"),
    );
    const after =
      found.find(({ rule }) => rule.code === "ENV_SETTINGS_OVERRIDE_SHELL")?.fix[0]?.edit?.change(text) ?? "";
    const again = await readEnvironment(
      fakeMachine({ env: { ANTHROPIC_AUTH_TOKEN: "new-token" }, files: { [SETTINGS]: after } }),
      { as: "claude-code" },
    );
    expect(again.value("ANTHROPIC_AUTH_TOKEN")).toBe("new-token");
    expect(again.value("API_TIMEOUT_MS")).toBe("600000");
  });

  it.each([
    ["sh", "unset ANTHROPIC_API_KEY"],
    ["fish", "set -e ANTHROPIC_API_KEY"],
    ["powershell", "Remove-Item Env:ANTHROPIC_API_KEY"],
    ["cmd", "set ANTHROPIC_API_KEY="],
  ] as const)("speak %s", async (shell, command) => {
    const { found } = await examine({ shell, env: { ANTHROPIC_API_KEY: "" } }, "node");
    const fix = found.find(({ rule }) => rule.code === "ENV_EMPTY_CREDENTIAL")?.fix[0];
    expect(fix).toMatchObject({ shell, commands: [command] });
  });

  it("name the profile's line, and keep a copy of the file", async () => {
    const files = { [`${HOME}/.zshrc`]: "# mine\nexport ANTHROPIC_API_KEY=\n" };
    const { found } = await examine({ env: { ANTHROPIC_API_KEY: "" }, files }, "node");
    const fix = found.find(({ rule }) => rule.code === "ENV_EMPTY_CREDENTIAL")?.fix[0];
    expect(fix?.commands).toEqual([`sed -i.bak '2s/^/# /' ${HOME}/.zshrc`, "unset ANTHROPIC_API_KEY"]);
    expect(fix?.note.en).toContain("~/.zshrc line 2");
  });

  it("leave managed files to the administrator", async () => {
    const files = { "/etc/claude-code/managed-settings.json": settings({ ANTHROPIC_BASE_URL: "gw.corp.example" }) };
    const { found } = await examine({ env: { ANTHROPIC_API_KEY: KEY }, files }, "claude-code");
    const fix = found.find(({ rule }) => rule.code === "ENV_URL_NO_SCHEME")?.fix[0];
    expect(fix?.edit).toBeUndefined();
    expect(fix?.note.en).toContain("/etc/claude-code/managed-settings.json");
  });
});

describe("the table", () => {
  it("has complete rows in both languages, and unique codes", () => {
    const codes = ENVIRONMENT_RULES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const rule of ENVIRONMENT_RULES) {
      expect(rule.code).toMatch(/^ENV_[A-Z0-9_]+$/);
      expect(rule.sources.length).toBeGreaterThan(0);
      for (const source of rule.sources) expect(source).toMatch(/^https:\/\//);
      for (const words of [rule.title, rule.meaning, rule.advice]) {
        expect(words.en).toMatch(/[a-z]/);
        expect(words.zh).toMatch(/[\u4e00-\u9fff]/);
      }
    }
  });
});
