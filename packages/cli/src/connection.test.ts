// Where ask and claude connect to, and the environment that Claude Code gets.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claudeEnvironment } from "./claude-environment.ts";
import { findConnection } from "./connection.ts";
import { findRunning, forgetRunning, ownKey, tellRunning } from "./run-file.ts";
import type { Terminal } from "./terminal.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const find = (env: Terminal["env"], options: { url?: string; key?: string } = {}) =>
  findConnection(options, { env, folder } as Terminal);

describe("findConnection", () => {
  it("takes options first, then the environment", () => {
    expect(find({}, { url: "http://gw:1/v1/", key: "k" })).toMatchObject({ url: "http://gw:1", key: "k" });
    expect(find({ ANTHROPIC_API_KEY: "a" })).toMatchObject({
      url: "https://api.anthropic.com",
      key: "a",
      auth: "x-api-key",
    });
    expect(
      find({ ANTHROPIC_BASE_URL: "http://gw/x", ANTHROPIC_AUTH_TOKEN: "t", ANTHROPIC_API_KEY: "a" }),
    ).toMatchObject({
      url: "http://gw/x",
      key: "t",
      auth: "bearer",
    });
  });

  it("says what to do when there is nothing, or no address", () => {
    expect(() => find({})).toThrow(/Run fairlead start/);
    expect(() => find({ ANTHROPIC_BASE_URL: "http://gw" })).toThrow(/there is no key for http:\/\/gw/);
    expect(() => find({ ANTHROPIC_API_KEY: "a" }, { url: "gw:80" })).toThrow(/is no address/);
  });

  it("prefers a start that runs in the folder, unless another address is named", () => {
    tellRunning(folder, { url: "http://127.0.0.1:4100", key: "fl-dev-1", pid: process.pid });
    expect(find({ ANTHROPIC_API_KEY: "sk-ant" })).toMatchObject({ url: "http://127.0.0.1:4100", key: "fl-dev-1" });
    expect(find({ ANTHROPIC_API_KEY: "sk-ant", ANTHROPIC_BASE_URL: "http://gw" })).toMatchObject({
      url: "http://gw",
      key: "sk-ant",
    });
    forgetRunning(folder);
    expect(findRunning(folder)).toBeUndefined();
    // No process has this number: the kernel's limit is 2^22.
    tellRunning(folder, { url: "http://127.0.0.1:4100", key: "fl-dev-1", pid: 2 ** 22 + 1 });
    expect(findRunning(folder)).toBeUndefined();
  });
});

describe("ownKey", () => {
  it("is made once and readable by its owner only", () => {
    const key = ownKey(folder);
    expect(key).toMatch(/^fl-dev-[0-9a-f]{32}$/);
    expect(ownKey(folder)).toBe(key);
    expect(statSync(join(folder, ".fairlead/start.key")).mode & 0o777).toBe(0o600);
  });
});

describe("claudeEnvironment", () => {
  const connection = { url: "http://127.0.0.1:4100", key: "fl-1", auth: "x-api-key", from: "" } as const;

  it("sets address and key, takes out what leads elsewhere, keeps the rest", () => {
    const { env, unset } = claudeEnvironment(connection, {
      HOME: "/h",
      ANTHROPIC_API_KEY: "sk",
      CLAUDE_CODE_USE_BEDROCK: "1",
      ANTHROPIC_BASE_URL: "http://other",
    });
    expect(env).toEqual({ HOME: "/h", ANTHROPIC_BASE_URL: connection.url, ANTHROPIC_AUTH_TOKEN: "fl-1" });
    expect(unset.map(({ name }) => name)).toEqual(["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK"]);
  });

  it("keeps a proxy away from this machine's own address", () => {
    const { env } = claudeEnvironment(connection, { HTTPS_PROXY: "http://p", NO_PROXY: "corp" });
    expect(env).toMatchObject({ NO_PROXY: "corp,127.0.0.1", no_proxy: "corp,127.0.0.1", HTTPS_PROXY: "http://p" });
    expect(
      claudeEnvironment({ ...connection, url: "https://gw.corp" }, { HTTPS_PROXY: "http://p" }).env.NO_PROXY,
    ).toBeUndefined();
  });
});
