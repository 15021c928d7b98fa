// Tokens that others sign: services with keys of their own, and a CI's OIDC issuer on a real socket.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identityWorld, ME } from "../../testing/identity-world.ts";
import { MOST_SAID } from "../outbound/bounded-fetch.ts";
import { claimMatch } from "./outside-token.ts";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

describe("private_key_jwt", () => {
  async function world() {
    const made = await identityWorld("identity: { failures: 10000 }");
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
    const { kty, crv, x, y, kid, alg } = jwk;
    const key = { kty, crv, x, y, kid, alg } as never;
    const { service, secret } = await made.identity.services.create(
      { project: "web", name: "ci", public_keys: [key] },
      ME,
    );
    await made.rt.clock.advance(1_000);
    const now = Math.floor(made.rt.clock.wall() / 1_000);
    let jti = 0;
    const assertion = (change: object = {}, signer = privateKey, header: object = {}) =>
      new SignJWT({
        iss: service.id,
        sub: service.id,
        aud: "http://127.0.0.1:4100/oauth/token",
        exp: now + 60,
        iat: now,
        jti: `j${++jti}`,
        ...change,
      })
        .setProtectedHeader({ alg: "ES256", kid: "k1", ...header })
        .sign(signer);
    const post = (text: string) =>
      made.post("token", {
        grant_type: "client_credentials",
        client_assertion_type: ASSERTION,
        client_assertion: text,
      });
    return { ...made, service, secret, assertion, postAssertion: post, now };
  }

  it("stands in for a secret, each assertion once", async () => {
    const { assertion, postAssertion, ask, secret } = await world();
    expect(secret).toBeUndefined();
    const text = await assertion();
    const { status, body } = await postAssertion(text);
    expect(status).toBe(200);
    expect(ask(body.access_token)).toBe("web");
    expect((await postAssertion(text)).body.error).toBe("invalid_client");
  });

  it("does not count when anything in it is wrong", async () => {
    const { assertion, postAssertion, now, service, post } = await world();
    const other = await generateKeyPair("ES256");
    const wrong = [
      await assertion({ aud: "https://elsewhere.example" }),
      await assertion({ iss: "svc_0000000000000000" }),
      await assertion({ sub: "svc_0000000000000000" }),
      await assertion({ exp: now - 60 }),
      await assertion({ exp: now + 100_000 }),
      await assertion({ nbf: now + 300 }),
      await assertion({ jti: undefined }),
      await assertion({}, other.privateKey),
      `${(await assertion()).split(".").slice(0, 2).join(".")}.`,
      "x.y.z",
      "",
    ];
    for (const text of wrong) expect((await postAssertion(text)).body.error).toBe("invalid_client");
    const secretless = await post("token", {
      grant_type: "client_credentials",
      client_id: service.id,
      client_secret: "x",
    });
    expect(secretless.body.error).toBe("invalid_client");
    const twoWays = { client_assertion_type: ASSERTION, client_assertion: await assertion(), client_secret: "x" };
    expect((await post("token", { grant_type: "client_credentials", ...twoWays })).body.error).toBe("invalid_request");
  });
});

describe("federation", () => {
  let issuer = "";
  let fetched = 0;
  /** Stands behind the keys. */
  let padding = "";
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  const server = createServer((req, res) => {
    fetched += 1;
    res.setHeader("content-type", "application/json");
    if (req.url === "/.well-known/openid-configuration") {
      res.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }));
    } else {
      exportJWK(keys.publicKey).then((jwk) =>
        res.end(JSON.stringify({ keys: [{ ...jwk, kid: "1", alg: "RS256" }] }) + padding),
      );
    }
  });
  beforeAll(async () => {
    keys = await generateKeyPair("RS256");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("keys that do not end are not read to their end", async () => {
    padding = " ".repeat(MOST_SAID);
    const { token, exchange } = await world();
    expect((await exchange(await token())).body.error).toBe("temporarily_unavailable");
    padding = "";
    expect((await exchange(await token())).status).toBe(200);
  });

  async function world() {
    const place = `{ issuer: "${issuer}", audience: fairlead, claims: { repository: "acme/*", ref: refs/heads/main }, project: ci, scopes: [messages], models: ["claude-haiku-*"] }`;
    const made = await identityWorld(`identity: { failures: 10000, federation: [${place}] }`);
    const now = Math.floor(made.rt.clock.wall() / 1_000);
    const good = { iss: issuer, aud: "fairlead", sub: "repo:acme/web", repository: "acme/web", ref: "refs/heads/main" };
    const token = (change: object = {}, signer = keys.privateKey) =>
      new SignJWT({ ...good, iat: now, exp: now + 300, ...change })
        .setProtectedHeader({ alg: "RS256", kid: "1" })
        .sign(signer);
    const exchange = async (assertion: string, scope = "") =>
      made.post("token", { grant_type: JWT_BEARER, assertion, ...(scope === "" ? {} : { scope }) });
    return { ...made, token, exchange, now };
  }

  it("gives a CI's token the access that the configuration says", async () => {
    const { token, exchange, ask } = await world();
    const { status, body } = await exchange(await token());
    expect(status).toBe(200);
    expect(body.scope).toBe("messages model:claude-haiku-*");
    expect(body.refresh_token).toBeUndefined();
    expect(ask(body.access_token)).toBe("ci");
    expect((await exchange(await token(), "files")).body.error).toBe("invalid_scope");
  });

  it("takes subjects that begin alike for two, and none for nobody", async () => {
    const { token, exchange } = await world();
    const long = "repo:acme/web:".padEnd(250, "a");
    const subjects = [`${long}1`, `${long}2`, "repo:acme/web"].map(async (sub) => {
      const { body } = await exchange(await token({ sub }));
      return JSON.parse(Buffer.from(String(body.access_token).split(".")[1] ?? "", "base64url").toString())
        .sub as string;
    });
    const found = await Promise.all(subjects);
    expect(new Set(found).size).toBe(3);
    expect(found[2]).toBe("oidc:repo:acme/web");
    for (const sub of [undefined, "", 7, {}]) {
      expect((await exchange(await token({ sub } as never))).body.error).toBe("invalid_grant");
    }
  });

  it("refuses others, and asks no issuer that is not in the configuration", async () => {
    const { token, exchange, now } = await world();
    await exchange(await token());
    const other = await generateKeyPair("RS256");
    const before = fetched;
    for (const wrong of [
      await token({ repository: "evil/web" }),
      await token({ repository: "acme/web/evil" }),
      await token({ repository: ["acme/web"] }),
      await token({ repository: `acme/${"a".repeat(1_000)}` }),
      await token({ ref: "refs/heads/main2" }),
      await token({ ref: undefined }),
      await token({ aud: "elsewhere" }),
      await token({ iss: "http://127.0.0.1:1" }),
      await token({ exp: now - 60 }),
      await token({ exp: undefined }),
      await token({}, other.privateKey),
      "x.y.z",
      "",
    ]) {
      expect((await exchange(wrong)).body.error).toBe("invalid_grant");
    }
    expect(fetched).toBe(before);
  });
});

describe("claimMatch", () => {
  it.each([
    ["acme/*", "acme/web", true],
    ["acme/*", "acme/", true],
    ["acme/*", "acme/web/x", false],
    ["acme/*", "evil/acme/web", false],
    ["repo:acme/*:ref:refs/heads/*", "repo:acme/web:ref:refs/heads/main", true],
    ["repo:acme/*:ref:refs/heads/*", "repo:acme/web:ref:refs/heads/main:x", false],
    ["*", "anything", true],
    ["*", "any:thing", false],
    ["", "", true],
    [`${"*a".repeat(200)}b`, "a".repeat(400), false],
  ])("%s on %s: %s", (pattern, value, wanted) => {
    expect(claimMatch(pattern, value)).toBe(wanted);
  });
});
