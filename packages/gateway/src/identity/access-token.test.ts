// The list of attacks on JWTs (RFC 8725), each against a gate that knows good tokens.

import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { identityWorld, ME } from "../../testing/identity-world.ts";
import { signerOf } from "../../testing/token-signer.ts";
import { type AccessClaims, issueToken } from "./access-token.ts";

const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const HOUR_S = 3_600;

/** A world with a service, one good token of it, and what an attacker has: the token and the public key. */
async function world(more = "identity: { failures: 10000 }") {
  const made = await identityWorld(more);
  const { identity, rt, post, ask } = made;
  const { service, secret } = await identity.services.create({ project: "web", name: "ci" }, ME);
  await rt.clock.advance(1_000);
  const { body } = await post("token", {
    grant_type: "client_credentials",
    client_id: service.id,
    client_secret: secret ?? "",
  });
  const token = body.access_token ?? "";
  const [head = "", claims = "", signature = ""] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString()) as { alg: string; typ: string; kid: string };
  const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as AccessClaims;
  const bearer = (text: string) => ask(undefined, `Bearer ${text}`);
  const record = identity.directory.signingKey(header.kid);
  if (record === undefined) throw new Error("no key");
  return { ...made, service, token, head, claims, signature, header, said, bearer, record };
}

describe("a token that counts", () => {
  it("stands for its service, in x-api-key as well as in Authorization", async () => {
    const { bearer, token, ask, header, said, service } = await world();
    expect(bearer(token)).toBe("web");
    expect(ask(token)).toBe("web");
    expect(ask(token, `Bearer ${token}`)).toBe("web");
    expect(header).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: header.kid });
    expect(said).toMatchObject({
      iss: "http://127.0.0.1:4100",
      aud: "http://127.0.0.1:4100",
      sub: `service:${service.id}`,
      project: "web",
      scope: "messages batches files",
    });
    expect(said.exp - said.iat).toBe(900);
  });

  it("ends at its time, with the skew that is allowed, remembered or not", async () => {
    const one = await world("identity: { access_token: 1h, clock_skew: 30s }");
    const two = await identityWorld("identity: { access_token: 1h, clock_skew: 30s }", "", one);
    await one.rt.clock.advance(HOUR_S * 1_000 + 28_000);
    expect([one.bearer(one.token), two.ask(one.token)]).toEqual(["web", "web"]);
    await one.rt.clock.advance(3_000);
    expect([one.bearer(one.token), two.ask(one.token)]).toEqual(["token_expired", "token_expired"]);
  });
});

describe("attacks on tokens", () => {
  it.each(["none", "None", "NONE", "nOnE", ""])("alg %j without a signature", async (alg) => {
    const { bearer, claims, header, signature } = await world();
    for (const end of ["", signature, b64("x".repeat(64))]) {
      expect(bearer(`${b64({ ...header, alg })}.${claims}.${end}`)).toBe("token_invalid");
    }
  });

  it("HS256 with the public key as the secret (key confusion), in all its forms", async () => {
    const { bearer, claims, header, record } = await world();
    const forms = [
      record.x,
      Buffer.from(record.x, "base64url"),
      record.publicKey.export({ format: "pem", type: "spki" }),
      record.publicKey.export({ format: "der", type: "spki" }),
      JSON.stringify(record.publicKey.export({ format: "jwk" })),
      record.kid,
      "",
    ];
    for (const alg of ["HS256", "HS384", "HS512"]) {
      const input = `${b64({ ...header, alg })}.${claims}`;
      for (const key of forms) {
        const mac = createHmac(alg.replace("HS", "sha"), key).update(input).digest("base64url");
        expect(bearer(`${input}.${mac}`)).toBe("token_invalid");
      }
    }
  });

  it("a key of the attacker's, by kid, jwk, jku, x5u, x5c or crit", async () => {
    const { bearer, claims, header } = await world();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const jwk = publicKey.export({ format: "jwk" });
    const heads = [
      header,
      { ...header, kid: "mine" },
      { ...header, jwk },
      { ...header, jku: "http://127.0.0.1:1/jwks.json" },
      { ...header, x5u: "http://127.0.0.1:1/cert.pem" },
      { ...header, x5c: ["MIIB"] },
      { ...header, crit: ["exp"], exp: 1 },
      { ...header, b64: false, crit: ["b64"] },
    ];
    for (const head of heads) {
      const input = `${b64(head)}.${claims}`;
      expect(bearer(`${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`)).toBe(
        "token_invalid",
      );
    }
  });

  it.each([
    "../../../../etc/passwd",
    "/dev/null",
    "' OR '1'='1",
    "x'; DROP TABLE records; --",
    "http://127.0.0.1:1/key",
    "file:///etc/passwd",
    "__proto__",
    "constructor",
    "\u0000",
    "",
  ])("a kid that would be a path, a query, an address or a member: %j", async (kid) => {
    const { bearer, claims, signature, header } = await world();
    expect(bearer(`${b64({ ...header, kid })}.${claims}.${signature}`)).toBe("token_invalid");
  });

  it("each part changed, cut, doubled, or in another encoding", async () => {
    const { bearer, head, claims, signature, said, header } = await world();
    const wrong = [
      `${head}.${b64({ ...said, project: "ci" })}.${signature}`,
      `${head}.${claims}.${signature.slice(0, -2)}`,
      `${head}.${claims}.${signature}A`,
      `${head}.${claims}.${signature}=`,
      `${head}.${claims}.`,
      `${head}.${claims}`,
      `${head}.${claims}.${signature}.`,
      `${head}.${claims}.${signature}.${signature}`,
      `${head}.${claims}=.${signature}`,
      `${head} .${claims}.${signature}`,
      `${b64(`{"alg":"EdDSA", "typ":"at+jwt","kid":"${header.kid}"}`)}.${claims}.${signature}`,
      `${b64(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"${header.kid}"}`)}.${claims}.${signature}`,
      `${b64({ ...header, typ: "JWT" })}.${claims}.${signature}`,
      `${b64([header])}.${claims}.${signature}`,
      `${b64("null")}.${claims}.${signature}`,
      "eyJ.eyJ.eyJ",
      `eyJ.${"A".repeat(10_000_000)}.A`,
    ];
    for (const token of wrong) expect(bearer(token)).toMatch(/^(?:token_invalid|key_unknown)$/);
  });

  it("a signature whose last character differs in bits that are not used", async () => {
    const { bearer, head, claims, signature } = await world();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(signature.slice(-1));
    const twin = signature.slice(0, -1) + alphabet[last ^ 1];
    expect(Buffer.from(twin, "base64url").equals(Buffer.from(signature, "base64url"))).toBe(true);
    expect(bearer(`${head}.${claims}.${twin}`)).toBe("token_invalid");
  });

  it("a token of another gateway, and one of an old key that is gone", async () => {
    const one = await world();
    const other = await world("identity: { issuer: 'https://other.example' }");
    expect(one.bearer(other.token)).toBe("token_invalid");
    expect(other.bearer(one.token)).toBe("token_invalid");
    // Nobody looks at the feed in all that time: the test would be about nothing else.
    await one.identity.directory.close();
    await one.rt.clock.advance(32 * 86_400_000);
    expect(one.bearer(one.token)).toMatch(/^token_(?:expired|invalid)$/);
    expect(one.identity.oauth.jwks().keys.map(({ kid }) => kid)).not.toContain(one.header.kid);
  });
});

describe("a token that is signed well but says something wrong", () => {
  async function signed(change: (claims: AccessClaims, wallS: number) => object) {
    const made = await world();
    const { kid, privateKey } = signerOf(made.identity.directory, made.rt);
    const wallS = Math.floor(made.rt.clock.wall() / 1_000);
    return made.bearer(issueToken(change(made.said, wallS) as AccessClaims, kid, privateKey));
  }

  it.each<[string, string, (claims: AccessClaims, now: number) => object]>([
    ["nothing wrong", "web", (one) => one],
    ["expired", "token_expired", (one, now) => ({ ...one, iat: now - 1_000, nbf: now - 1_000, exp: now - 31 })],
    ["expired within the skew", "web", (one, now) => ({ ...one, iat: now - 1_000, nbf: now - 1_000, exp: now - 29 })],
    ["not yet valid", "token_invalid", (one, now) => ({ ...one, nbf: now + 32 })],
    ["not yet valid within the skew", "web", (one, now) => ({ ...one, nbf: now + 29 })],
    ["issued in the future", "token_invalid", (one, now) => ({ ...one, iat: now + 60, exp: now + 120 })],
    ["a life of more than an hour", "token_invalid", (one) => ({ ...one, exp: one.iat + 3_601 })],
    ["an end before its beginning", "token_invalid", (one) => ({ ...one, exp: one.iat - 1 })],
    ["another audience", "token_invalid", (one) => ({ ...one, aud: "https://elsewhere.example" })],
    ["a list of audiences", "token_invalid", (one) => ({ ...one, aud: [one.aud, "https://elsewhere.example"] })],
    ["no audience", "token_invalid", ({ aud: _, ...one }) => one],
    ["another issuer", "token_invalid", (one) => ({ ...one, iss: "https://elsewhere.example" })],
    ["an issuer with a slash more", "token_invalid", (one) => ({ ...one, iss: `${one.iss}/` })],
    ["no expiry", "token_invalid", ({ exp: _, ...one }) => one],
    ["an expiry as text", "token_invalid", (one) => ({ ...one, exp: String(one.exp) })],
    ["an expiry of infinity", "token_invalid", (one) => ({ ...one, exp: 1e308 })],
    ["an empty subject", "token_invalid", (one) => ({ ...one, sub: "" })],
    ["a scope that is none", "token_invalid", (one) => ({ ...one, scope: "messages root" })],
    ["no data scope", "scope_missing", (one) => ({ ...one, scope: "admin:read" })],
    ["more scopes than its service has", "scope_missing", (one) => ({ ...one, scope: "admin:write" })],
    ["a project that is not there", "token_revoked", (one) => ({ ...one, project: "nope" })],
    ["a service that is not there", "token_revoked", (one) => ({ ...one, client_id: "svc_0000000000000000" })],
  ])("%s: %s", async (_, wanted, change) => {
    expect(await signed(change)).toBe(wanted);
  });
});

describe("a token of the gateway's own key in another form than its own", () => {
  it.each<[string, string, (kid: string) => object | string, (claims: string) => string]>([
    ["its own form", "web", (kid) => ({ alg: "EdDSA", typ: "at+jwt", kid }), (one) => one],
    ["another alg", "token_invalid", (kid) => ({ alg: "none", typ: "at+jwt", kid }), (one) => one],
    ["another type (an ID token)", "token_invalid", (kid) => ({ alg: "EdDSA", typ: "JWT", kid }), (one) => one],
    [
      "jku beside",
      "token_invalid",
      (kid) => ({ alg: "EdDSA", typ: "at+jwt", kid, jku: "http://127.0.0.1:1" }),
      (one) => one,
    ],
    [
      "x5u beside",
      "token_invalid",
      (kid) => ({ alg: "EdDSA", typ: "at+jwt", kid, x5u: "http://127.0.0.1:1" }),
      (one) => one,
    ],
    ["a blank in the header", "token_invalid", (kid) => `{"alg":"EdDSA","typ":"at+jwt", "kid":"${kid}"}`, (one) => one],
    ["alg twice", "token_invalid", (kid) => `{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"${kid}"}`, (one) => one],
    [
      "a claim twice",
      "token_invalid",
      (kid) => ({ alg: "EdDSA", typ: "at+jwt", kid }),
      (one) => one.replace("{", '{"project":"ci",'),
    ],
  ])("%s: %s", async (_, wanted, head, claims) => {
    const made = await world();
    const { kid, privateKey } = signerOf(made.identity.directory, made.rt);
    const input = `${b64(head(kid))}.${b64(claims(JSON.stringify(made.said)))}`;
    const token = `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
    expect(made.ask(token)).toBe(wanted);
  });
});

describe("signing keys", () => {
  it("are published before they sign, and stay until their tokens are dead", async () => {
    const DAY = 86_400_000;
    const { identity, rt, post, service, header, ask } = await world("identity: { signing_key: 10d }");
    const { secret } = await identity.services.rotate(service.id, ME);
    await rt.clock.advance(1_000);
    await identity.directory.close();
    const kids = () => identity.oauth.jwks().keys.map(({ kid }) => kid);
    const issue = async () => {
      const { body } = await post("token", {
        grant_type: "client_credentials",
        client_id: service.id,
        client_secret: secret,
      });
      const token = body.access_token ?? "";
      const head = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string };
      return { token, kid: head.kid };
    };
    expect(kids()).toEqual([header.kid]);
    await rt.clock.advance(9 * DAY + 3_600_000);
    expect(kids()).toHaveLength(2);
    expect((await issue()).kid).toBe(header.kid);
    await rt.clock.advance(DAY - 3_600_000 - 5_000);
    const last = await issue();
    expect(last.kid).toBe(header.kid);
    await rt.clock.advance(10_000);
    const next = await issue();
    expect(next.kid).not.toBe(header.kid);
    expect([ask(last.token), ask(next.token)]).toEqual(["web", "web"]);
    await rt.clock.advance(2 * 3_600_000);
    expect(kids()).toEqual([next.kid]);
  });

  it("never stand in the store in clear, and show no private half in JWKS", async () => {
    const { stores, identity } = await world();
    const kept = (await stores.records.list("signing_key"))[0]?.value as { sealed: string; x: string };
    expect(kept.sealed).toMatch(/^v1\./);
    expect(Object.keys(kept).sort()).toEqual([
      "active_from",
      "active_until",
      "created_at",
      "gone_after",
      "kid",
      "sealed",
      "x",
    ]);
    expect(identity.oauth.jwks().keys.flatMap((one) => Object.keys(one))).not.toContain("d");
  });
});
