// Tests of the fixes of the environment's rules: they change only what is wrong, in the shell and the file at hand.

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { examine, HOME, KEY, SETTINGS, settings, tried } from "../../testing/environment-sample.ts";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { readEnvironment } from "../environment/read-environment.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";

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

describe("repairs in the shell", () => {
  it.each([
    [`"${KEY}"`, "ENV_KEY_QUOTED"],
    [`Bearer ${KEY}`, "ENV_BEARER_TYPED"],
    [`authorization: bearer ${KEY}`, "ENV_BEARER_TYPED"],
    [`${KEY}\n`, "ENV_KEY_WHITESPACE"],
  ])("of %j leave the key alone", async (value, code) => {
    const { found } = await examine({ env: { ANTHROPIC_AUTH_TOKEN: value } }, "claude-code");
    const command = found.find(({ rule }) => rule.code === code)?.fix[0]?.commands[0] ?? "";
    const env = { ANTHROPIC_AUTH_TOKEN: value, PATH: "/usr/bin:/bin" };
    const printed = execFileSync("/bin/sh", ["-c", `${command}\nprintf '%s' "$ANTHROPIC_AUTH_TOKEN"`], { env });
    expect(printed.toString()).toBe(KEY);
  });
});

describe("the table", () => {
  it("has complete rows in both languages, and unique codes", () => {
    const codes = ENVIRONMENT_RULES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const rule of ENVIRONMENT_RULES) {
      expect(rule.code).toMatch(rule.layer === "credentials" ? /^AUTH_[A-Z0-9_]+$/ : /^ENV_[A-Z0-9_]+$/);
      expect(rule.sources.length).toBeGreaterThan(0);
      for (const source of rule.sources) expect(source).toMatch(/^https:\/\//);
      for (const words of [rule.title, rule.meaning, rule.advice]) {
        expect(words.en).toMatch(/[a-z]/);
        expect(words.zh).toMatch(/[\u4e00-\u9fff]/);
      }
    }
  });
});
