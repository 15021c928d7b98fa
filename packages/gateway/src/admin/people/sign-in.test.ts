// Signing in with a real OpenID provider: who comes in as what, and how a session ends.

import { createServer, type Server } from "node:http";
import type { Gateway } from "@fairlead/gateway";
import Provider from "oidc-provider";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../../../testing/browser.ts";
import { CLIENT, freePort, peopleGateway, STAND_KEY } from "../../../testing/people-stand.ts";
import { ruleMark } from "../../identity/sign-in-rules.ts";

const PEOPLE: { readonly [login: string]: { readonly [claim: string]: unknown } } = {
  ada: { email: "ada@example.org", email_verified: true, groups: ["platform", "chess"] },
  bo: { email: "bo@example.org", email_verified: true, groups: ["web-team"] },
  cy: { email: "cy@example.com", email_verified: true },
  // Whoever writes an address into a profile is not of that domain.
  di: { email: "di@example.com", email_verified: false },
};

type Form = { readonly [name: string]: string };

let issuer: string;
let idp: Server;
let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  const idpPort = await freePort();
  const port = await freePort();
  issuer = `http://127.0.0.1:${idpPort}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`http://127.0.0.1:${port}/sign-in/callback`],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...PEOPLE[sub] }) }),
    cookies: { keys: ["a-key-of-the-test-0123456789"] },
  });
  idp = createServer(provider.callback());
  await new Promise<void>((resolve) => idp.listen(idpPort, "127.0.0.1", resolve));
  gateway = await peopleGateway(issuer, port);
});
afterAll(async () => {
  await gateway.close();
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
});
beforeEach(() => {
  browser = new Browser();
});

/** Through the provider's own pages: its login, its consent, and back. */
async function signIn(login: string, next = "/sign-in", of = browser) {
  let at = await of.go(`${gateway.adminUrl}/sign-in?next=${encodeURIComponent(next)}`);
  for (let i = 0; i < 3 && at.url.startsWith(issuer); i++) {
    const action = /action="([^"]+)"/.exec(at.text)?.[1] ?? "";
    const prompt = /name="prompt" value="(\w+)"/.exec(at.text)?.[1] ?? "";
    const form: Form = prompt === "login" ? { prompt, login, password: "any" } : { prompt };
    at = await of.go(new URL(action, at.url).href, { form });
  }
  return at;
}

const api = (path: string, of = browser, init: RequestInit = {}) => {
  const cookie = [...of.cookies(gateway.adminUrl)].map(([name, value]) => `${name}=${value}`).join("; ");
  return fetch(`${gateway.adminUrl}${path}`, { ...init, headers: { cookie, ...init.headers } });
};

describe("who comes in", () => {
  it.each([
    ["ada", { actor: "user:ada@example.org", project: null, scopes: ["admin:read", "admin:write"] }],
    ["bo", { actor: "user:bo@example.org", project: "web", scopes: ["messages", "batches", "files", "admin:read"] }],
    ["cy", { actor: "user:cy@example.com", project: null, scopes: ["admin:read"] }],
  ])("%s", async (login, who) => {
    const at = await signIn(login);
    expect(at.status).toBe(200);
    expect(at.text).toContain(who.actor);
    expect(await (await api("/api/me")).json()).toEqual({ kind: "person", ...who });
  });

  it("nobody whom no rule fits", async () => {
    const at = await signIn("di");
    expect(at.status).toBe(403);
    expect(at.text).toContain("fairlead_admin_sign_in_failed");
    expect(at.headers.get("content-type")).toContain("text/html");
    expect((await api("/api/me")).status).toBe(401);
  });

  it("it is on record", async () => {
    await signIn("ada");
    const { entries } = (await (await api("/api/audit?limit=1000")).json()) as {
      entries: Array<{ action: string; actor: string; from: string }>;
    };
    expect(entries).toContainEqual(
      expect.objectContaining({ action: "person.sign_in", actor: "user:ada@example.org", from: "127.0.0.1" }),
    );
  });
});

describe("a session", () => {
  it("is a cookie that scripts cannot read, and nothing of it stands in the store in clear", async () => {
    const first = await fetch(`${gateway.adminUrl}/sign-in`, { redirect: "manual" });
    expect(first.headers.getSetCookie()[0]).toMatch(
      /^fairlead-sign-in=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    await signIn("ada");
    expect(browser.cookies(gateway.adminUrl).get("fairlead")).toMatch(/^[\w-]{43}$/);
  });

  it("changes nothing without the header, nor from another site's page", async () => {
    await signIn("ada");
    const body = JSON.stringify({ name: "p1" });
    const json = { "content-type": "application/json" };
    const post = (headers: { [name: string]: string }) =>
      api("/api/projects", browser, { method: "POST", body, headers });
    expect((await post(json)).status).toBe(403);
    expect((await post({ ...json, "fairlead-csrf": "1", origin: "https://evil.example" })).status).toBe(403);
    expect((await post({ ...json, "fairlead-csrf": "1", origin: gateway.adminUrl })).status).toBe(201);
  });

  it("is a new one with each sign-in: one that somebody planted is nobody's", async () => {
    const planted = "p".repeat(43);
    browser.set(gateway.adminUrl, "fairlead", planted);
    await signIn("bo");
    const mine = browser.cookies(gateway.adminUrl).get("fairlead");
    expect(mine).not.toBe(planted);
    const other = new Browser();
    other.set(gateway.adminUrl, "fairlead", planted);
    expect((await api("/api/me", other)).status).toBe(401);
  });

  it("ends at the sign-out, whoever has kept the cookie", async () => {
    const at = await signIn("ada");
    const kept = browser.cookies(gateway.adminUrl).get("fairlead") ?? "";
    const csrf = /name="csrf" value="([^"]+)"/.exec(at.text)?.[1] ?? "";
    const forged = await browser.go(`${gateway.adminUrl}/sign-out`, { form: { csrf: "x" } });
    expect(forged.status).toBe(403);
    expect((await browser.go(`${gateway.adminUrl}/sign-out`, { form: { csrf } })).status).toBe(200);
    browser.set(gateway.adminUrl, "fairlead", kept);
    expect((await api("/api/me")).status).toBe(401);
  });

  it("ends with all sign-ins of its person, who may sign in anew", async () => {
    await signIn("ada");
    const other = new Browser();
    await signIn("bo", "/sign-in", other);
    const end = async (actor: string) => {
      const headers = { authorization: `Bearer ${STAND_KEY}`, "content-type": "application/json" };
      const body = JSON.stringify({ actor });
      return (await fetch(`${gateway.adminUrl}/api/sign-ins/end`, { method: "POST", headers, body })).status;
    };
    expect(await end("user:ada@example.org")).toBe(200);
    // Providers have people of all names; what can sign in can be ended.
    expect(await end(`user:J\u00f6rg ${"\u65e5".repeat(145)}`)).toBe(200);
    expect([await end("user:a\nb"), await end(""), await end("x".repeat(195))]).toEqual([400, 400, 400]);
    expect([(await api("/api/me")).status, (await api("/api/me", other)).status]).toEqual([401, 200]);
    await signIn("ada");
    expect((await api("/api/me")).status).toBe(200);
  });

  it("tells the devices that it approves which rule let its person in", async () => {
    const form = { client_id: "fairlead-cli" };
    const post = async (path: string, more: Form = {}) => {
      const body = new URLSearchParams({ ...form, ...more });
      const answer = await fetch(`${gateway.url}${path}`, { method: "POST", body });
      return (await answer.json()) as { readonly [name: string]: string };
    };
    const begun = await post("/oauth/device_authorization");
    const at = await signIn("bo", `/device?user_code=${begun.user_code}`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(at.text)?.[1] ?? "";
    const answer = { csrf, user_code: begun.user_code ?? "", answer: "approve" };
    expect((await browser.go(`${gateway.adminUrl}/device`, { form: answer })).text).toContain("Approved");
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    await post("/oauth/token", { grant_type, device_code: begun.device_code ?? "" });
    const rule = { grant: "member", project: "web", claim: "groups", value: "web-team" } as const;
    expect(await gateway.identity.families.list({ actor: "user:bo@example.org" })).toMatchObject([
      { project: "web", rule: ruleMark({ issuer, client_id: CLIENT.id }, rule) },
    ]);
  });

  it("two cookies, an empty one and another's name are nobody", async () => {
    await signIn("ada");
    const good = browser.cookies(gateway.adminUrl).get("fairlead") ?? "";
    const me = async (cookie: string) => (await fetch(`${gateway.adminUrl}/api/me`, { headers: { cookie } })).status;
    expect(await me(`fairlead=${good}`)).toBe(200);
    for (const cookie of [`fairlead=${good}; fairlead=x`, "fairlead=", "fairlead={}", `__Host-fairlead=${good}`]) {
      expect(await me(cookie)).toBe(401);
    }
  });
});

describe("a sign-in under way", () => {
  it("is good once, in the browser that began it", async () => {
    const at = await browser.go(`${gateway.adminUrl}/sign-in`);
    const back = await approve(at);
    expect((await new Browser().go(back)).status).toBe(403);
    expect((await browser.go(back)).status).toBe(200);
    const again = new Browser();
    again.set(gateway.adminUrl, "fairlead-sign-in", "x".repeat(43));
    for (const one of [browser, again]) {
      const replayed = await one.go(back);
      expect(replayed.status).toBe(403);
      expect(replayed.text).toContain("used already");
    }
  });

  it("goes on to a page of ours, and to no other", async () => {
    expect((await signIn("ada", "/device?user_code=BCDF-GHJK")).url).toContain("/device?user_code=BCDF-GHJK");
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/\t/evil.example"]) {
      const at = await new Browser().go(`${gateway.adminUrl}/sign-in?next=${encodeURIComponent(next)}`);
      expect(at.status).toBe(400);
    }
  });

  /** Signs in at the provider and stops before the browser comes back. */
  async function approve(first: { readonly url: string; readonly text: string }): Promise<string> {
    let at = first;
    for (let i = 0; i < 3 && at.url.startsWith(issuer); i++) {
      const action = /action="([^"]+)"/.exec(at.text)?.[1] ?? "";
      const prompt = /name="prompt" value="(\w+)"/.exec(at.text)?.[1] ?? "";
      const form: Form = prompt === "login" ? { prompt, login: "ada", password: "any" } : { prompt };
      at = await browser.go(new URL(action, at.url).href, { form, stop: `${gateway.adminUrl}/sign-in/callback` });
    }
    return at.url;
  }
});

describe("with an admin key", () => {
  it("a page that no header can name is refused, and no session begins", async () => {
    for (const next of ["/\u65e5\u672c", "/\u00e9", "/a b", "/\u200b/x"]) {
      const at = await browser.go(`${gateway.adminUrl}/sign-in`, { form: { key: STAND_KEY, next } });
      expect(at.status).toBe(400);
      expect(at.text).toContain("must be a path of this address");
    }
    expect(browser.cookies(gateway.adminUrl).get("fairlead")).toBeUndefined();
  });

  it("one signs in too; wrong ones are slowed down", async () => {
    const form = (key: string, of = browser) => of.go(`${gateway.adminUrl}/sign-in`, { form: { key } });
    expect((await browser.go(`${gateway.adminUrl}/sign-in?with=key`)).text).toContain('type="password"');
    expect((await form("fl-dev-0123456789abcdef0123")).status).toBe(403);
    expect((await form(STAND_KEY)).status).toBe(200);
    expect(await (await api("/api/me")).json()).toMatchObject({ actor: "cli", kind: "local" });
    const guesser = new Browser();
    const seen: number[] = [];
    for (let i = 0; i < 8; i++) seen.push((await form(`fl-admin-guess-${i}`, guesser)).status);
    expect(seen.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(seen.at(-1)).toBe(429);
  });
});
