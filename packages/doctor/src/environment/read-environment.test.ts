// Tests of the environment: which places are read, which value counts for which program, and from which line it comes.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { localMachine, shellOf } from "../local-machine.ts";
import { Secret } from "../secret.ts";
import { describeVariable, placeText, shownValue, whereOf } from "./description.ts";
import { findTarget } from "./find-target.ts";
import { readEnvironment } from "./read-environment.ts";

const HOME = "/home/mallory";
const KEY = "sk-ant-api03-PLANTEDplantedPLANTEDplanted0001";
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A home folder on this disk, and the machine with it. */
function realHome(files: { readonly [path: string]: string }, env: { readonly [name: string]: string } = {}) {
  const home = mkdtempSync(join(tmpdir(), "doctor-home-"));
  folders.push(home);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const cwd = join(home, "work", "deep");
  mkdirSync(cwd, { recursive: true });
  return { ...localMachine(), env: { PATH: join(home, "bin"), ...env }, home, cwd, findCommand: () => undefined };
}

describe("levels of Claude Code", () => {
  const files = {
    ".claude/settings.json":
      '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://user.example",\n    "ANTHROPIC_MODEL": "u"\n  }\n}',
    "work/.claude/settings.json":
      '{ "env": { "ANTHROPIC_BASE_URL": "https://project.example", "API_TIMEOUT_MS": 1000 } }',
    "work/.claude/settings.local.json": '{ "env": { "ANTHROPIC_BASE_URL": "https://local.example" } }',
  };

  it("lets local beat project beat user beat shell, each by name", async () => {
    const machine = realHome(files, { ANTHROPIC_BASE_URL: "https://shell.example", ANTHROPIC_MODEL: "s" });
    const environment = await readEnvironment(machine, {});
    expect(environment).toMatchObject({ client: "claude-code", clientChosen: "detected" });
    expect(environment.value("ANTHROPIC_BASE_URL")).toBe("https://local.example");
    expect(environment.value("ANTHROPIC_MODEL")).toBe("u");
    expect(environment.value("API_TIMEOUT_MS")).toBe("1000");
    const kinds = environment.variables.get("ANTHROPIC_BASE_URL")?.all.map(({ source }) => source.kind);
    expect(kinds).toEqual(["claude-local", "claude-project", "claude-user", "shell"]);
    const user = environment.variables.get("ANTHROPIC_BASE_URL")?.all[2];
    if (user === undefined) throw new Error("not read");
    expect(placeText(user.source)).toBe("~/.claude/settings.json line 3");
    expect(whereOf(user).zh).toBe("在 ~/.claude/settings.json 第 3 行");
  });

  it("does not count settings for other programs", async () => {
    const machine = realHome(files, { ANTHROPIC_BASE_URL: "https://shell.example" });
    for (const as of ["node", "python", "curl"] as const)
      expect((await readEnvironment(machine, { as })).value("ANTHROPIC_BASE_URL")).toBe("https://shell.example");
  });

  it("lets managed settings beat all, and their parts the file", async () => {
    const machine = fakeMachine({
      files: {
        "/etc/claude-code/managed-settings.json":
          '{ "apiKeyHelper": "/opt/helper", "env": { "ANTHROPIC_BASE_URL": "https://m.example" } }',
        "/etc/claude-code/managed-settings.d/10-a.json": '{ "env": { "ANTHROPIC_BASE_URL": "https://part.example" } }',
        [`${HOME}/.claude/settings.json`]: '{ "env": { "ANTHROPIC_BASE_URL": "https://user.example" } }',
      },
    });
    const environment = await readEnvironment(machine, {});
    expect(environment.value("ANTHROPIC_BASE_URL")).toBe("https://part.example");
    expect(environment.keyHelper).toMatchObject({ value: "/opt/helper", source: { kind: "claude-managed", line: 1 } });
  });

  it("names a broken file and its line, and reads the others", async () => {
    const machine = realHome({
      ".claude/settings.json": '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://x.example",\n  }\n}',
      "work/.claude/settings.json": '{ "env": { "ANTHROPIC_MODEL": "m" } }',
    });
    const environment = await readEnvironment(machine, {});
    expect(environment.broken).toHaveLength(1);
    expect(environment.broken[0]?.source).toMatchObject({
      kind: "claude-user",
      line: 4,
      shown: "~/.claude/settings.json",
    });
    expect(environment.value("ANTHROPIC_MODEL")).toBe("m");
  });
});

describe("other places", () => {
  it("reads profiles without running them, and names the line that set a variable of the shell", async () => {
    const machine = realHome(
      {
        ".bashrc": `# export ANTHROPIC_MODEL=no\nexport ANTHROPIC_BASE_URL="https://rc.example" NO_PROXY='a, b'\nHTTPS_PROXY=http://once:1 claude\n`,
        ".config/fish/config.fish": "set -gx ANTHROPIC_MODEL fishy\nset ANTHROPIC_BETAS unexported\n",
        ".config/powershell/profile.ps1": '$env:API_TIMEOUT_MS = "7000"\n',
        "work/deep/.env": "ANTHROPIC_AUTH_TOKEN='from-dotenv'\n",
      },
      { ANTHROPIC_BASE_URL: "https://rc.example" },
    );
    const { variables } = await readEnvironment(machine, { as: "node" });
    expect(variables.get("ANTHROPIC_BASE_URL")?.effective?.source).toMatchObject({
      kind: "shell",
      shown: "~/.bashrc",
      line: 2,
    });
    expect(variables.get("NO_PROXY")).toMatchObject({ effective: undefined, all: [{ value: "a, b" }] });
    expect(variables.get("ANTHROPIC_MODEL")?.all).toMatchObject([{ value: "fishy" }]);
    expect(variables.get("API_TIMEOUT_MS")?.all).toMatchObject([{ value: "7000" }]);
    expect(variables.has("HTTPS_PROXY")).toBe(false);
    expect(variables.has("ANTHROPIC_BETAS")).toBe(false);
    expect(variables.get("ANTHROPIC_AUTH_TOKEN")).toMatchObject({
      effective: undefined,
      all: [{ source: { kind: "dotenv" } }],
    });
  });

  it("reads npm, git, curl and editors", async () => {
    const machine = realHome({
      ".npmrc": "https-proxy=http://npm.example:1\nstrict-ssl = false\n//registry/:_authToken=never\n",
      ".gitconfig": "[user]\n\tname = x\n[http]\n\tproxy = http://git.example:2\n\tsslCAInfo = /ca.pem\n",
      ".curlrc": '# c\nproxy = "http://curl.example:3"\n-k\n',
      ".config/Code/User/settings.json":
        '{\n  // c\n  "http.proxy": "http://code.example:4",\n  "claudeCode.environmentVariables": [\n    { "name": "ANTHROPIC_BASE_URL", "value": "https://ide.example" },\n  ]\n}',
    });
    const { variables } = await readEnvironment(machine, { as: "node" });
    const first = (name: string) => variables.get(name)?.all[0];
    expect(first("npm.https-proxy")).toMatchObject({ value: "http://npm.example:1", source: { kind: "npm", line: 1 } });
    expect(first("npm.strict-ssl")).toMatchObject({ value: "false" });
    expect(first("git.http.proxy")).toMatchObject({ value: "http://git.example:2", source: { kind: "git", line: 4 } });
    expect(first("git.http.sslcainfo")).toMatchObject({ value: "/ca.pem" });
    expect(first("curl.proxy")).toMatchObject({ value: "http://curl.example:3" });
    expect(first("curl.insecure")).toMatchObject({ value: "true" });
    expect(first("vscode.http.proxy")).toMatchObject({
      value: "http://code.example:4",
      source: { kind: "ide", line: 3 },
    });
    expect(first("ANTHROPIC_BASE_URL")).toMatchObject({
      value: "https://ide.example",
      source: { kind: "ide", line: 5 },
    });
    expect(JSON.stringify([...variables])).not.toContain("never");
  });

  it("lets curl's own file beat its variables", async () => {
    const machine = realHome({ ".curlrc": "proxy=http://curl.example:3\n" }, { https_proxy: "http://env.example:1" });
    const environment = await readEnvironment(machine, { as: "node" });
    const url = new URL("https://api.anthropic.com");
    expect(environment.proxyAs("curl", url)).toMatchObject({ use: "proxy", proxy: { host: "curl.example" } });
    expect(environment.proxyAs("python", url)).toMatchObject({ use: "proxy", proxy: { host: "env.example" } });
  });

  it("reads the system's proxy where it is set", async () => {
    const stdout = "<dictionary> {\n  HTTPSEnable : 1\n  HTTPSPort : 7890\n  HTTPSProxy : 127.0.0.1\n}";
    const run = async () => ({ code: 0, stdout, stderr: "" });
    expect((await readEnvironment(fakeMachine({ platform: "darwin", run }), {})).systemProxy).toEqual({
      url: "http://127.0.0.1:7890",
      source: "scutil --proxy",
    });
    const answer = "\n    ProxyEnable    REG_DWORD    0x1\n    ProxyServer    REG_SZ    http=a:1;https=b:2\n";
    const reg = async () => ({ code: 0, stdout: answer, stderr: "" });
    expect(
      (await readEnvironment(fakeMachine({ platform: "win32", home: "C:\\Users\\m", run: reg }), {})).systemProxy?.url,
    ).toBe("http://b:2");
  });
});

describe("credentials", () => {
  const env = {
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_AUTH_TOKEN: "gateway-token-1",
    CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-x",
  };
  const names = async (as: "claude-code" | "node", more: { readonly [name: string]: string } = {}) =>
    (await readEnvironment(fakeMachine({ env: { ...env, ...more } }), { as })).credentials.map(
      ({ setting }) => setting.name,
    );

  it("orders them as each program does", async () => {
    expect(await names("claude-code")).toEqual([
      "ANTHROPIC_AUTH_TOKEN",
      "ANTHROPIC_API_KEY",
      "CLAUDE_CODE_OAUTH_TOKEN",
    ]);
    expect(await names("node")).toEqual(["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]);
  });

  it("holds only what the program could send, as it would send it", async () => {
    const value = async (text: string, as: "node" | "python") =>
      (await readEnvironment(fakeMachine({ env: { ANTHROPIC_API_KEY: text } }), { as })).credentials.map(({ secret }) =>
        secret.reveal(),
      );
    expect(await value(`${KEY}\n`, "node")).toEqual([KEY]);
    expect(await value(`${KEY}\n`, "python")).toEqual([]);
    expect(await value(`${KEY}\u200b`, "node")).toEqual([]);
    expect(await value("", "node")).toEqual([]);
  });

  it("leaves the OAuth token out behind a helper", async () => {
    const files = { [`${HOME}/.claude/settings.json`]: '{ "apiKeyHelper": "/bin/key" }' };
    const machine = fakeMachine({ files, env: { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-x" } });
    expect(await readEnvironment(machine, {})).toMatchObject({ credentials: [], keyHelper: { value: "/bin/key" } });
  });

  it("gives a cloud none of Anthropic's", async () => {
    expect(await names("claude-code", { CLAUDE_CODE_USE_BEDROCK: "1", AWS_BEARER_TOKEN_BEDROCK: "b" })).toEqual([
      "AWS_BEARER_TOKEN_BEDROCK",
    ]);
    expect(await names("claude-code", { CLAUDE_CODE_USE_VERTEX: "true" })).toEqual([]);
    const asked = await readEnvironment(fakeMachine({ env }), { as: "node", target: "bedrock" });
    expect(asked.credentials).toEqual([]);
  });

  it("keeps secrets out of everything that is printed", async () => {
    const proxy = "http://alice:pa55word@proxy.example:3128";
    const machine = fakeMachine({
      env: { ...env, HTTPS_PROXY: proxy, ANTHROPIC_BASE_URL: "https://u:pa55word@gw.example" },
    });
    const environment = await readEnvironment(machine, { as: "node" });
    const all = [...environment.variables.values()];
    const text =
      JSON.stringify(all) + all.map(({ effective }) => (effective ? describeVariable(effective).en : "")).join();
    expect(text).not.toContain("pa55word");
    expect(text).not.toContain(KEY);
    const set = environment.variables.get("HTTPS_PROXY")?.effective;
    expect(set?.value).toBeInstanceOf(Secret);
    expect(set === undefined ? "" : shownValue(set)).toBe("http://***@proxy.example:3128");
  });
});

describe("findTarget", () => {
  const target = async (
    env: { readonly [name: string]: string },
    asked?: string,
    as: "node" | "claude-code" = "claude-code",
  ) => findTarget(await readEnvironment(fakeMachine({ env }), { as }), asked === undefined ? {} : { target: asked });

  it.each([
    [{}, undefined, "anthropic", "https://api.anthropic.com/", true],
    [{ ANTHROPIC_BASE_URL: "http://127.0.0.1:4100/gw/" }, undefined, "custom", "http://127.0.0.1:4100/gw", false],
    [
      { CLAUDE_CODE_USE_BEDROCK: "1", AWS_REGION: "eu-west-1" },
      undefined,
      "bedrock",
      "https://bedrock-runtime.eu-west-1.amazonaws.com/",
      true,
    ],
    [{ CLAUDE_CODE_USE_BEDROCK: "0" }, undefined, "anthropic", "https://api.anthropic.com/", true],
    [
      { CLAUDE_CODE_USE_VERTEX: "1", CLOUD_ML_REGION: "global" },
      undefined,
      "vertex",
      "https://aiplatform.googleapis.com/v1",
      true,
    ],
    [
      { CLAUDE_CODE_USE_FOUNDRY: "1", ANTHROPIC_FOUNDRY_RESOURCE: "res" },
      undefined,
      "foundry",
      "https://res.services.ai.azure.com/anthropic",
      true,
    ],
    [
      { CLAUDE_CODE_USE_BEDROCK: "1", ANTHROPIC_BEDROCK_BASE_URL: "https://vpce.example" },
      undefined,
      "bedrock",
      "https://vpce.example/",
      false,
    ],
    [{ ANTHROPIC_BASE_URL: "https://gw.example" }, "anthropic", "anthropic", "https://api.anthropic.com/", true],
    [{}, "https://gw.example:8443/x/", "custom", "https://gw.example:8443/x", false],
    [{ ANTHROPIC_BASE_URL: "localhost:8080" }, undefined, "anthropic", "https://api.anthropic.com/", true],
    [{ ANTHROPIC_BASE_URL: "https：／／gw.example" }, undefined, "anthropic", "https://api.anthropic.com/", true],
    [{ ANTHROPIC_BASE_URL: "http://" }, undefined, "anthropic", "https://api.anthropic.com/", true],
  ])("%j, asked for %s", async (env, asked, platform, href, official) => {
    const found = await target(env as { [name: string]: string }, asked);
    expect(found).toMatchObject({ platform, official });
    expect(found.url.href).toBe(href);
  });

  it("takes an IPv6 address out of its brackets", async () => {
    expect(await target({ ANTHROPIC_BASE_URL: "http://[::1]:8080" })).toMatchObject({
      host: "::1",
      port: 8080,
      tls: false,
    });
  });
});

describe("localMachine", () => {
  it("starts programs without a shell, within a time limit", async () => {
    const machine = localMachine();
    const ran = await machine.run(process.execPath, ["-e", "console.log('$HOME', process.env.EXTRA)"], 10_000, {
      EXTRA: "x",
    });
    expect(ran).toMatchObject({ code: 0, stdout: "$HOME x\n" });
    expect(await machine.run("no-such-program-here", [], 1_000)).toBeUndefined();
    expect(await machine.run(process.execPath, ["-e", "setInterval(()=>{},1e6)"], 200)).toMatchObject({ code: null });
  });

  it("tells shells apart", () => {
    expect(shellOf("linux", { SHELL: "/usr/bin/fish" })).toBe("fish");
    expect(shellOf("darwin", { SHELL: "/bin/zsh" })).toBe("sh");
    expect(shellOf("win32", { PSModulePath: "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules" })).toBe("cmd");
    expect(shellOf("win32", { PSModulePath: "C:\\Users\\m\\Documents\\PowerShell\\Modules;C:\\x" })).toBe("powershell");
    expect(shellOf("win32", { MSYSTEM: "MINGW64", SHELL: "/usr/bin/bash" })).toBe("sh");
  });

  it("reads files of /proc, and no folders or missing ones", () => {
    const machine = localMachine();
    expect(machine.readText("/no/such/file")).toBeUndefined();
    expect(machine.statOf("/no/such/file")).toEqual({ error: "ENOENT" });
    expect(machine.readText(tmpdir())).toBeUndefined();
    if (machine.platform === "linux") expect(machine.readText("/proc/version")).toMatch(/Linux/);
  });
});

describe("versions", () => {
  it("takes the newest of the native ones", async () => {
    const machine = fakeMachine({
      files: {
        [`${HOME}/.local/share/claude/versions/2.1.99`]: "x",
        [`${HOME}/.local/share/claude/versions/2.1.100`]: "x",
        [`${HOME}/.claude.json`]: "{}",
      },
    });
    expect((await readEnvironment(machine, {})).clientVersion).toBe("2.1.100");
  });

  it("reads npm's package beside the command", async () => {
    const files = { "/opt/n/lib/node_modules/@anthropic-ai/claude-code/package.json": '{ "version": "2.0.77" }' };
    const machine = {
      ...fakeMachine({ files }),
      findCommand: (name: string) => (name === "claude" ? "/opt/n/bin/claude" : undefined),
    };
    expect(await readEnvironment(machine, {})).toMatchObject({ clientVersion: "2.0.77", client: "claude-code" });
  });
});
