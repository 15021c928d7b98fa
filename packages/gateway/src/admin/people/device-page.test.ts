// The page on which devices are approved: with a real sign-in of a device, from its code to its tokens.

import type { Gateway } from "@fairlead/gateway";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../../../testing/browser.ts";
import { freePort, peopleGateway, STAND_KEY } from "../../../testing/people-stand.ts";

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await peopleGateway(undefined, await freePort());
});
afterAll(() => gateway.close());
beforeEach(async () => {
  browser = new Browser();
  await browser.go(`${gateway.adminUrl}/sign-in`, { form: { key: STAND_KEY } });
});

interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

const post = (path: string, form: { readonly [name: string]: string }) =>
  fetch(`${gateway.url}${path}`, { method: "POST", body: new URLSearchParams(form) });

async function begin(scope = "messages model:claude-haiku-*"): Promise<Begun> {
  return (await (await post("/oauth/device_authorization", { client_id: "fairlead-cli", scope })).json()) as Begun;
}

async function poll(begun: Begun): Promise<{ readonly error?: string; readonly access_token?: string }> {
  const answer = await post("/oauth/token", {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: begun.device_code,
    client_id: "fairlead-cli",
  });
  return (await answer.json()) as { error?: string; access_token?: string };
}

const csrfOf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";

describe("/device", () => {
  it("asks whoever is not signed in to sign in, and comes back", async () => {
    const begun = await begin();
    expect(begun.verification_uri).toBe(`${gateway.adminUrl}/device`);
    const at = await new Browser().go(begun.verification_uri_complete);
    expect(at.url).toContain(`/sign-in?next=${encodeURIComponent("/device?user_code=")}`);
  });

  it("approves after a look, and the device gets its tokens", async () => {
    const begun = await begin();
    const first = await browser.go(`${gateway.adminUrl}/device`);
    const csrf = csrfOf(first.text);
    const form = { csrf, user_code: begun.user_code.toLowerCase() };
    const look = await browser.go(`${gateway.adminUrl}/device`, { form: { ...form, answer: "look" } });
    expect(look.text).toContain("fairlead-cli");
    expect(look.text).toContain("send messages to Claude");
    expect(look.text).toContain("claude-haiku-*");
    expect(look.text).toContain("<option>web</option>");
    const done = await browser.go(`${gateway.adminUrl}/device`, {
      form: { ...form, answer: "approve", project: "web" },
    });
    expect(done.text).toContain("Approved");
    expect((await poll(begun)).access_token).toMatch(/^eyJ/);
    const again = await browser.go(`${gateway.adminUrl}/device`, {
      form: { ...form, answer: "approve", project: "web" },
    });
    expect(again.status).toBe(404);
  });

  it("refuses, in Chinese where the browser wants that", async () => {
    const begun = await begin();
    const page = await browser.go(`${gateway.adminUrl}/device?user_code=${begun.user_code}`, { language: "zh-CN" });
    expect(page.text).toContain('lang="zh-CN"');
    expect(page.text).toContain("批准设备登录");
    const form = { csrf: csrfOf(page.text), user_code: begun.user_code, answer: "refuse" };
    expect((await browser.go(`${gateway.adminUrl}/device`, { form, language: "zh-CN" })).text).toContain("已拒绝");
    expect((await poll(begun)).error).toBe("access_denied");
  });

  it("takes no answer from a page that does not know the session's word, nor from nobody", async () => {
    const begun = await begin();
    const form = { csrf: "x".repeat(43), user_code: begun.user_code, answer: "approve", project: "web" };
    expect((await browser.go(`${gateway.adminUrl}/device`, { form })).status).toBe(403);
    expect((await new Browser().go(`${gateway.adminUrl}/device`, { form })).status).toBe(401);
    expect((await poll(begun)).error).toBe("authorization_pending");
  });

  it("shows what others wrote as text", async () => {
    const evil = `<script>alert(1)</script>"'`;
    const at = await browser.go(`${gateway.adminUrl}/device?user_code=${encodeURIComponent(evil)}`);
    expect(at.text).not.toContain("<script>");
    expect(at.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(at.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });
});
