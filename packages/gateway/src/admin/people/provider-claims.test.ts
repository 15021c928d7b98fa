// What a provider says in two places, the id token and its userinfo endpoint: which of it counts, and what when one is missing.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../../../testing/browser.ts";
import { CLIENT, freePort, STAND_KEY } from "../../../testing/people-stand.ts";

type Claims = { readonly [name: string]: unknown };

let issuer: string;
let idp: Server;
let gateway: Gateway;
/** What the id token says beside who it is for, and what the userinfo endpoint does. */
let inToken: Claims;
let userinfo: (res: ServerResponse) => void;
let authorization: string;

const json = (res: ServerResponse, body: object) => {
  res.writeHead(200, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
};
const says = (claims: Claims) => (res: ServerResponse) => json(res, { sub: "u1", ...claims });

beforeAll(async () => {
  const keys = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  let nonce = "";
  idp = createServer(async (req, res) => {
    const url = new URL(req.url ?? "", issuer);
    if (url.pathname === "/jwks") return json(res, { keys: [jwk] });
    if (url.pathname === "/userinfo") return userinfo(res);
    if (url.pathname === "/auth") {
      nonce = url.searchParams.get("nonce") ?? "";
      res.writeHead(303, {
        location: `${url.searchParams.get("redirect_uri")}?code=c1&state=${url.searchParams.get("state")}`,
      });
      return res.end();
    }
    if (url.pathname !== "/token") {
      return json(res, {
        issuer,
        authorization_endpoint: authorization,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: CLIENT.id, sub: "u1", nonce, iat: now, exp: now + 300, ...inToken };
    const id_token = await new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(keys.privateKey);
    json(res, { access_token: "at-0123456789", token_type: "Bearer", id_token });
  });
  await new Promise<void>((resolve) => idp.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
  gateway = await start();
});
afterAll(async () => {
  await gateway.close();
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
});
beforeEach(() => {
  inToken = {};
  userinfo = says({});
  authorization = `${issuer}/auth`;
});

/** Contractors of the company's own domain have less than everybody else there. */
async function start(): Promise<Gateway> {
  const port = await freePort();
  const text = `
store: "memory:"
listen: 127.0.0.1:0
admin: 127.0.0.1:${port}
upstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [fl-dev-0123456789abcdef0123] }]
admin_sign_in:
  issuer: ${issuer}
  client_id: ${CLIENT.id}
  redirect_url: http://127.0.0.1:${port}/sign-in/callback
  roles:
    - { grant: member, project: web, claim: groups, value: contractors }
    - { grant: admin, email_domain: example.com }`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-ant-upstream-0123456789" });
  return startGateway(config, systemRuntime(), { adminKey: STAND_KEY, log: () => {} });
}

const ADA = { email: "ada@example.com", email_verified: true };

/** Signs in, and asks who that is. */
async function signIn() {
  const browser = new Browser();
  const at = await browser.go(`${gateway.adminUrl}/sign-in`);
  const cookie = `fairlead=${browser.cookies(gateway.adminUrl).get("fairlead")}`;
  const me = await fetch(`${gateway.adminUrl}/api/me`, { headers: { cookie } });
  const who = me.ok ? ((await me.json()) as { scopes: string[] }).scopes : undefined;
  return { ...at, who };
}

describe("the first rule that fits counts", () => {
  it("also when what it rests on is told at the userinfo endpoint alone", async () => {
    inToken = ADA;
    userinfo = says({ groups: ["contractors"] });
    expect((await signIn()).who).toEqual(["messages", "batches", "files", "admin:read"]);
    userinfo = says({ groups: ["chess"] });
    expect((await signIn()).who).toEqual(["admin:read", "admin:write"]);
  });

  it("without the endpoint when the id token tells enough", async () => {
    inToken = { ...ADA, groups: [] };
    userinfo = (res) => res.destroy();
    expect((await signIn()).who).toEqual(["admin:read", "admin:write"]);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    ["is down", (res) => res.destroy()],
    ["fails", (res) => res.writeHead(503).end()],
    ["redirects", (res) => res.writeHead(302, { location: "http://127.0.0.1:9/" }).end()],
    ["speaks of somebody else", says({ sub: "u2", groups: ["chess"] })],
    ["answers no JSON", (res) => res.writeHead(200, { "content-type": "text/html" }).end("<p>")],
  ])("nobody comes in while it %s, and the page says so", async (_, answer) => {
    inToken = ADA;
    userinfo = answer;
    const at = await signIn();
    expect(at.who).toBeUndefined();
    expect(at.text).toMatch(/fairlead_admin_(?:sign_in_failed|provider_down)/);
    expect(at.text).not.toContain("no rule under");
  });
});

describe("an address that the provider has checked", () => {
  it.each<[string, Claims, Claims]>([
    ["another one than the id token names", { email: "me@example.com" }, { ...ADA, email: "me@evil.example" }],
    ["none, of which the id token says that it is checked", { email_verified: true }, { email: "me@example.com" }],
    ["the same, where the id token says no", { ...ADA, email_verified: false }, ADA],
  ])("is not %s", async (_, token, info) => {
    inToken = { groups: [], ...token };
    userinfo = says(info);
    const at = await signIn();
    expect(at.status).toBe(403);
    expect(at.who).toBeUndefined();
  });

  it("may be told at the endpoint for the one that the id token names", async () => {
    inToken = { groups: [], email: ADA.email };
    userinfo = says(ADA);
    expect((await signIn()).who).toEqual(["admin:read", "admin:write"]);
  });
});

it("a provider whose sign-in page is no address of the web is told as one that does not work", async () => {
  authorization = "javascript:alert(1)";
  const odd = await start();
  try {
    const at = await new Browser().go(`${odd.adminUrl}/sign-in`);
    expect(at.status).toBe(502);
    expect(at.text).toContain("fairlead_admin_provider_down");
  } finally {
    await odd.close();
  }
});

it("who begins sign-ins without end is slowed down: each waits in the store for its person", async () => {
  const own = await start();
  try {
    const begin = () => fetch(`${own.adminUrl}/sign-in`, { redirect: "manual" });
    const seen: number[] = [];
    for (let i = 0; i < 110; i++) seen.push((await begin()).status);
    expect(seen.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 303));
    expect(seen).toContain(429);
    const slowed = await begin();
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(slowed.headers.getSetCookie()).toEqual([]);
    const at = await new Browser().go(`${own.adminUrl}/sign-in`, { form: { key: STAND_KEY } });
    expect(at.url).toBe(`${own.adminUrl}/sign-in`);
    expect(at.status).toBe(200);
  } finally {
    await own.close();
  }
});
