// A provider that lies, is broken or is away: nobody comes in, and the page says why.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gateway } from "@fairlead/gateway";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../../../testing/browser.ts";
import { CLIENT, freePort, peopleGateway } from "../../../testing/people-stand.ts";
import { MOST_SAID } from "../../outbound/bounded-fetch.ts";

type Claims = { [name: string]: unknown };

let issuer: string;
let idp: Server;
let gateway: Gateway;
/** Makes the id token from the good claims. */
let token: (good: Claims) => Promise<string>;
let tokenStatus = 200;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let others: Awaited<ReturnType<typeof generateKeyPair>>;
const log: string[] = [];

const signed = (claims: Claims, key = keys.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key);

beforeAll(async () => {
  keys = await generateKeyPair("RS256", { extractable: true });
  others = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  let nonce = "";
  idp = createServer((req, res) => {
    const json = (status: number, body: object) => {
      res.writeHead(status, { "content-type": "application/json" });
      res.end(JSON.stringify(body));
    };
    const url = new URL(req.url ?? "", issuer);
    if (url.pathname === "/.well-known/openid-configuration") {
      return json(200, {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        authorization_response_iss_parameter_supported: true,
      });
    }
    if (url.pathname === "/jwks") return json(200, { keys: [jwk] });
    if (url.pathname === "/note") {
      nonce = url.searchParams.get("nonce") ?? "";
      return json(200, {});
    }
    const now = Math.floor(Date.now() / 1_000);
    const good = { iss: issuer, aud: CLIENT.id, sub: "u1", nonce, iat: now, exp: now + 300, groups: ["platform"] };
    token(good).then((idToken) => {
      if (tokenStatus !== 200) return json(tokenStatus, { error: "invalid_grant" });
      json(200, { access_token: "at-0123456789", token_type: "Bearer", id_token: idToken });
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => idp.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
  gateway = await peopleGateway(issuer, port, log);
});
afterAll(async () => {
  await gateway.close();
  idp.closeAllConnections();
  await new Promise((resolve) => idp.close(resolve));
});

/** Comes back from the provider with a code; `change` alters the redirect. */
async function comeBack(change: (back: URLSearchParams) => void = () => {}) {
  const browser = new Browser();
  const { url } = await browser.go(`${gateway.adminUrl}/sign-in`, { stop: `${issuer}/auth` });
  const asked = new URL(url).searchParams;
  expect(asked.get("code_challenge_method")).toBe("S256");
  await fetch(`${issuer}/note?nonce=${asked.get("nonce")}`);
  const back = new URLSearchParams({ code: "code-1", state: asked.get("state") ?? "", iss: issuer });
  change(back);
  const at = await browser.go(`${gateway.adminUrl}/sign-in/callback?${back}`);
  return { ...at, session: browser.cookies(gateway.adminUrl).get("fairlead") };
}

it("the honest one lets its people in", async () => {
  token = (good) => signed(good);
  const at = await comeBack();
  expect(at.status).toBe(200);
  expect(at.session).toBeDefined();
});

const BAD: ReadonlyArray<readonly [string, (good: Claims) => Promise<string>]> = [
  ["of another issuer", (good) => signed({ ...good, iss: "https://accounts.example" })],
  ["for another client", (good) => signed({ ...good, aud: "other" })],
  ["with another nonce", (good) => signed({ ...good, nonce: "x".repeat(43) })],
  ["without a nonce", ({ nonce: _, ...good }) => signed(good)],
  ["that has expired", (good) => signed({ ...good, iat: 1_000, exp: 2_000 })],
  ["without an end", ({ exp: _, ...good }) => signed(good)],
  ["without a subject", ({ sub: _, ...good }) => signed(good)],
  ["signed with another key", (good) => signed(good, others.privateKey)],
  ["that is not signed", async (good) => new UnsecuredJWT(good).encode()],
  [
    "signed with the client's secret (HS256)",
    (good) =>
      new SignJWT(good)
        .setProtectedHeader({ alg: "HS256" })
        .sign(new TextEncoder().encode(CLIENT.secret.padEnd(32, "0"))),
  ],
  ["that is no token", async () => "nonsense"],
  ["of somebody without a role", (good) => signed({ ...good, groups: ["chess"] })],
  ["whose groups are a text that only holds the word", (good) => signed({ ...good, groups: "not platform" })],
];

describe("an id token", () => {
  it.each(BAD)("%s lets nobody in", async (_, make) => {
    token = make;
    const at = await comeBack();
    expect(at.status).toBe(403);
    expect(at.text).toContain("fairlead_admin_sign_in_failed");
    expect(at.session).toBeUndefined();
  });
});

it("an answer that does not end is not read to its end", async () => {
  token = async (good) => `${await signed(good)}${"a".repeat(MOST_SAID)}`;
  const at = await comeBack();
  // Read whole it would be a token that is none.
  expect(at.text).toContain("OAUTH_PARSE_ERROR");
  expect(at.session).toBeUndefined();
});

describe("a redirect", () => {
  it.each<[string, (back: URLSearchParams) => void]>([
    ["with another state", (back) => back.set("state", "y".repeat(43))],
    ["without a state", (back) => back.delete("state")],
    ["of another issuer (mix-up)", (back) => back.set("iss", "https://accounts.example")],
    ["without the issuer that the provider says it sends", (back) => back.delete("iss")],
    [
      "that is a refusal",
      (back) => {
        back.delete("code");
        back.set("error", "access_denied");
      },
    ],
    ["with two states", (back) => back.append("state", "z")],
  ])("%s lets nobody in", async (_, change) => {
    token = (good) => signed(good);
    const at = await comeBack(change);
    expect(at.status).toBe(403);
    expect(at.session).toBeUndefined();
  });

  it("with a code that the provider does not take", async () => {
    token = (good) => signed(good);
    tokenStatus = 400;
    const at = await comeBack();
    tokenStatus = 200;
    expect(at.status).toBe(403);
    expect(at.text).toContain("invalid_grant");
  });
});

it("a provider that is away is told as such, in the reader's language, and an admin key works meanwhile", async () => {
  const port = await freePort();
  const dark = await peopleGateway(`http://127.0.0.1:${await freePort()}`, port);
  try {
    const at = await new Browser().go(`${dark.adminUrl}/sign-in`, { language: "zh-CN,zh;q=0.9,en;q=0.8" });
    expect(at.status).toBe(502);
    expect(at.text).toContain("fairlead_admin_provider_down");
    expect(at.text).toContain("操作未成功");
    expect((await new Browser().go(`${dark.adminUrl}/sign-in?with=key`)).status).toBe(200);
  } finally {
    await dark.close();
  }
});

it("nothing of all this stands in the log", () => {
  expect(log.join("\n")).not.toMatch(/code-1|at-0123456789|client-secret/);
});
