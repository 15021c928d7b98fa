// fairlead token against a real gateway: sign-in, renewal, several processes at once, CI, logout, and what is kept on disk.

import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run, runHere } from "../../testing/program.ts";
import { main } from "../main.ts";
import type { Terminal } from "../terminal.ts";

const BOB = { actor: "user:bob" };
const CONFIG = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: main, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${K}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef] }]
`;

let gateway: Gateway;
let home = "";
beforeAll(async () => {
  const { config } = readConfig(CONFIG, "/nowhere/fairlead.yaml", { K: "sk-upstream-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log: () => {} });
});
afterAll(() => gateway.close());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fairlead-token-"));
  return () => rmSync(home, { recursive: true, force: true });
});

const token = (...args: string[]) =>
  runHere(["token", ...args], { folder: home, env: { HOME: home, FAIRLEAD_URL: gateway.url } });

/** Whether the gateway lets a token in: a request for a model that has no upstream gets past the gate. */
async function comesIn(accessToken: string): Promise<boolean> {
  const answer = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": accessToken } });
  await answer.arrayBuffer();
  return answer.status !== 401 && answer.status !== 403;
}

/** Signs in as a person at a terminal does; `answer` says what becomes of the code. */
async function signIn(answer: (code: string) => Promise<unknown>, ...args: string[]) {
  const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let said = "";
  err.on("data", (bytes: Buffer) => {
    const before = said;
    said += bytes.toString();
    const code = /approve the code ([A-Z]{4}-[A-Z]{4})/.exec(said)?.[1];
    if (code !== undefined && !before.includes(code)) void answer(code);
  });
  const terminal = { in: input, out, err, env: { HOME: home }, folder: home } as unknown as Terminal;
  const code = await main(["token", "--url", gateway.url, "--sign-in", ...args], terminal);
  return { code, out: String(out.read() ?? "").trim(), err: said };
}

const folder = () => join(home, ".config", "fairlead");
const files = () => readdirSync(folder());
const kept = () => readFileSync(join(folder(), files()[0] ?? ""), "utf8");

describe("a person's token", () => {
  it("comes after a sign-in, is fresh each time, and ends with the logout", async () => {
    const asked = await token();
    expect(asked.code).toBe(1);
    expect(asked.out).toBe("");
    expect(asked.err).toContain(`fairlead token --url ${gateway.url}`);

    const first = await signIn((code) => gateway.identity.devices.approve(code, BOB, "web"));
    expect(first.code).toBe(0);
    expect(first.err).toContain(`${gateway.adminUrl}/device?user_code=`);
    expect(first.out).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(await comesIn(first.out)).toBe(true);

    expect(files()).toHaveLength(1);
    expect(statSync(join(folder(), files()[0] ?? "")).mode & 0o777).toBe(0o600);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);

    const second = await token("--json");
    const shown = JSON.parse(second.out) as { access_token: string; expires_at: string; scope: string };
    expect(shown.access_token).not.toBe(first.out);
    expect(shown.scope).toBe("messages batches files");
    expect(Date.parse(shown.expires_at) - Date.now()).toBeGreaterThan(800_000);
    expect(await comesIn(shown.access_token)).toBe(true);

    const less = await token("--scope", "files");
    expect(await comesIn(less.out.trim())).toBe(false);
    expect((await token("--scope", "admin:write")).err).toContain("invalid_scope");

    // Five processes at once: none of them may be taken for a thief of another's token.
    const env = { HOME: home, FAIRLEAD_URL: gateway.url };
    const together = await Promise.all(Array.from({ length: 5 }, () => run(["token"], { folder: home, env })));
    expect(together.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(together.map(({ out }) => out)).size).toBe(5);
    expect((await token()).code).toBe(0);
    expect(files()).toHaveLength(1);

    const before = kept();
    const out = await runHere(["token", "logout", "--url", gateway.url], { folder: home, env: { HOME: home } });
    expect(out.code).toBe(0);
    expect(files()).toEqual([]);
    expect(await comesIn(shown.access_token)).toBe(false);
    // A copy of the file that somebody kept is worth nothing.
    writeFileSync(join(folder(), sessionName(before)), before, { mode: 0o600 });
    expect((await token()).err).toContain("not signed in");
    expect(
      (await runHere(["token", "logout", "--url", gateway.url], { folder: home, env: { HOME: home } })).err,
    ).toContain("There was no sign-in");
  }, 60_000);

  it("is not given to somebody whose sign-in was denied", async () => {
    const denied = await signIn((code) => gateway.identity.devices.deny(code, BOB));
    expect(denied.code).toBe(1);
    expect(denied.out).toBe("");
    expect(denied.err).toContain("access_denied");
    expect(files()).toEqual([]);
  }, 30_000);

  it("is handed out again while the gateway cannot be reached, as long as it is good", async () => {
    const url = "http://127.0.0.1:9";
    const session = { url, clientId: "fairlead-cli", refreshToken: "r", accessToken: "kept-token", scope: "messages" };
    const write = (expiresAt: number) => {
      writeFileSync(file, JSON.stringify({ ...session, expiresAt }), { mode: 0o600 });
      chmodSync(file, 0o600);
    };
    await runHere(["token", "logout", "--url", url], { folder: home, env: { HOME: home } });
    const file = join(folder(), `session-${createHash("sha256").update(url).digest("hex").slice(0, 16)}.json`);
    write(Date.now() + 60_000);
    expect((await token("--url", url)).out).toBe("kept-token\n");
    write(Date.now() + 1_000);
    const late = await token("--url", url);
    expect([late.code, late.out]).toEqual([1, ""]);
    expect(late.err).toContain("does not answer");
    chmodSync(file, 0o644);
    expect((await token("--url", url)).err).toContain("chmod 600");
  });

  it("takes over the lock of a process that died", async () => {
    await token();
    writeFileSync(join(folder(), `${sessionName(JSON.stringify({ url: gateway.url }))}.lock`), "999999999");
    const asked = await token();
    expect(asked.err).toContain("not signed in");
  });
});

describe("a service's token", () => {
  it("comes by a secret from the environment or a file, never from the command line", async () => {
    const { service, secret = "" } = await gateway.identity.services.create({ project: "web", name: "ci" }, BOB);
    await gateway.identity.directory.refresh();
    const ci = (env: Record<string, string>, ...args: string[]) =>
      runHere(["token", "--url", gateway.url, "--client-id", service.id, ...args], {
        folder: home,
        env: { HOME: home, ...env },
      });
    const one = await ci({ FAIRLEAD_CLIENT_SECRET: secret }, "--client-secret", "env");
    expect(one.code).toBe(0);
    expect(await comesIn(one.out.trim())).toBe(true);
    writeFileSync(join(home, "secret"), `${secret}\n`);
    expect((await ci({}, "--client-secret", "file:secret")).code).toBe(0);
    expect((await ci({ CI_SECRET: secret }, "--client-secret", "env:CI_SECRET")).code).toBe(0);
    const plain = await ci({}, "--client-secret", secret);
    expect([plain.code, plain.out]).toEqual([2, ""]);
    expect(plain.err).not.toContain(secret);
    expect((await ci({}, "--client-secret", "env")).err).toContain("FAIRLEAD_CLIENT_SECRET is not set");
    const wrong = await ci({ FAIRLEAD_CLIENT_SECRET: "wrong" });
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toContain("invalid_client");
    expect(() => files()).toThrow();
  });

  it.each([
    [["--client-secret", "env"], "--client-id"],
    [["--assertion", "env:X", "--client-id", "svc_1"], "one or the other"],
    [["--assertion", "plain-token"], "env:NAME or file:PATH"],
    [["--url", "ftp://x"], "is no address"],
  ])("%j is wrong usage", async (args, says) => {
    const told = await token(...args);
    expect(told.code).toBe(2);
    expect(told.err).toContain(says);
  });
});

function sessionName(text: string): string {
  const { url } = JSON.parse(text) as { url: string };
  return `session-${digest(url)}.json`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
