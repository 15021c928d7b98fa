// Refresh tokens: rotation, reuse, narrowing, their ends; and revocation.

import { describe, expect, it } from "vitest";
import { asked, ME } from "../../testing/identity-world.ts";
import { CLIENT, oauthWorld } from "../../testing/oauth-world.ts";
import { adminKeyIdOf } from "./file-keys.ts";

type VirtualRuntime = Awaited<ReturnType<typeof oauthWorld>>["rt"];

describe("refresh tokens", () => {
  it("rotate: each is good once, the access token comes anew", async () => {
    const { signIn, refresh, rt, ask } = await oauthWorld();
    let { refresh_token: token, access_token: access } = await signIn();
    const seen = new Set([token]);
    for (let i = 0; i < 5; i++) {
      await rt.clock.advance(600_000);
      const { status, body } = await refresh(token);
      expect(status).toBe(200);
      expect(seen.has(body.refresh_token)).toBe(false);
      expect(body.access_token).not.toBe(access);
      seen.add(body.refresh_token);
      ({ refresh_token: token, access_token: access } = body);
      expect(ask(access)).toBe("web");
    }
  });

  it("used a second time after the grace end the whole family, its access tokens included", async () => {
    const { signIn, refresh, rt, ask, identity, stores } = await oauthWorld();
    const first = await signIn();
    const { body: second } = await refresh(first.refresh_token);
    expect(ask(second.access_token)).toBe("web");
    await rt.clock.advance(11_000);
    const stolen = await refresh(first.refresh_token);
    expect([stolen.status, stolen.body.error]).toEqual([400, "invalid_grant"]);
    expect((await refresh(second.refresh_token)).body.error).toBe("invalid_grant");
    expect([ask(first.access_token), ask(second.access_token)]).toEqual(["token_revoked", "token_revoked"]);
    await identity.audit.settle();
    expect((await stores.audit.entries()).map(({ action }) => action)).toContain("token.reuse");
    // Who signs in again is not touched by it.
    await rt.clock.advance(1_000);
    expect(ask((await signIn()).access_token)).toBe("web");
  });

  it("used again at once give the same next one: an answer was lost, or two asked together", async () => {
    const { signIn, refresh, rt } = await oauthWorld();
    const first = await signIn();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first.refresh_token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    await rt.clock.advance(9_000);
    expect((await refresh(first.refresh_token)).body.refresh_token).toBe(answers[0]?.body.refresh_token);
    await rt.clock.advance(20_000);
    const next = await refresh(answers[0]?.body.refresh_token);
    expect(next.status).toBe(200);
    // Two steps behind is reuse even within the grace.
    expect((await refresh(first.refresh_token)).body.error).toBe("invalid_grant");
    expect((await refresh(next.body.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("never give more than the sign-in, and less for one access token only", async () => {
    const { signIn, refresh, rt } = await oauthWorld();
    const first = await signIn("messages files model:claude-*");
    const less = (await refresh(first.refresh_token, { scope: "messages model:claude-haiku-*" })).body;
    expect(less.scope).toBe("messages model:claude-haiku-*");
    await rt.clock.advance(60_000);
    for (const more of ["batches", "admin:write", "messages batches", "model:*", "model:gpt-*"]) {
      expect((await refresh(less.refresh_token, { scope: more })).body.error).toBe("invalid_scope");
    }
    expect((await refresh(less.refresh_token)).body.scope).toBe("messages files model:claude-*");
  });

  it("belong to one client, end when idle, and after their life", async () => {
    const DAY = 86_400_000;
    const { signIn, refresh, rt, identity } = await oauthWorld("identity: { refresh_token: 10d, refresh_idle: 3d }");
    await identity.directory.close();
    const one = await signIn();
    expect((await refresh(one.refresh_token, { client_id: "another" })).body.error).toBe("invalid_grant");
    await rt.clock.advance(3 * DAY + 1);
    expect((await refresh(one.refresh_token)).body.error).toBe("invalid_grant");
    let { refresh_token: token } = await signIn();
    for (let day = 0; day < 9; day++) {
      await rt.clock.advance(DAY);
      token = (await refresh(token)).body.refresh_token ?? "";
    }
    expect(token).not.toBe("");
    await rt.clock.advance(DAY);
    expect((await refresh(token)).body.error).toBe("invalid_grant");
  });

  it("that are none of ours are refused without a look into the store", async () => {
    const { refresh, signIn, stores } = await oauthWorld();
    const { refresh_token: real = "" } = await signIn();
    Object.assign(stores.records, { get: () => Promise.reject(new Error("asked")) });
    const twisted = real.slice(0, 30) + (real[30] === "a" ? "b" : "a") + real.slice(31);
    for (const token of [
      "x",
      "fl-rt-",
      `fl-rt-${"a".repeat(70)}`,
      twisted,
      `${real}a`,
      real.slice(0, -1),
      "' OR 1=1",
    ]) {
      expect((await refresh(token)).body.error).toBe("invalid_grant");
    }
  });

  it("are told to come back while the store is down", async () => {
    const { refresh, signIn, stores } = await oauthWorld();
    const { refresh_token: token } = await signIn();
    const { StoreError } = await import("@fairlead/stores");
    const down = () => Promise.reject(new StoreError("unavailable", "nobody answers"));
    Object.assign(stores.records, { get: down });
    await expect(refresh(token)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("revocation", () => {
  it("ends a sign-in by its refresh token, an access token by itself, a person altogether", async () => {
    const { signIn, refresh, ask, identity, rt, post } = await oauthWorld();
    const end = (token: string) => post("revoke", { ...CLIENT, token });
    const one = await signIn();
    expect((await end(one.refresh_token ?? "")).status).toBe(200);
    expect(ask(one.access_token)).toBe("token_revoked");
    expect((await refresh(one.refresh_token)).body.error).toBe("invalid_grant");

    await rt.clock.advance(1_000);
    const two = await signIn();
    const three = (await refresh(two.refresh_token)).body;
    expect((await end(two.access_token ?? "")).status).toBe(200);
    expect([ask(two.access_token), ask(three.access_token)]).toEqual(["token_revoked", "web"]);

    const ann = await signIn("", { actor: "user:ann", from: "10.0.0.3" });
    expect(await identity.families.endActor("user:bob", ME)).toBe(1);
    expect([ask(three.access_token), ask(ann.access_token)]).toEqual(["token_revoked", "web"]);
    expect((await refresh(three.refresh_token)).body.error).toBe("invalid_grant");
    for (const unknown of ["nonsense", "eyJ.x.y", `fl-rt-${"a".repeat(70)}`])
      expect((await end(unknown)).status).toBe(200);
    expect((await end("")).status).toBe(400);
  });

  it("ends the tokens of an instance whose clock is ahead as well", async () => {
    const here = await oauthWorld();
    const there = await oauthWorld("", { ...here, rt: ahead(here.rt, 20_000) });
    const one = await there.signIn();
    const two = await there.signIn();
    expect([here.ask(one.access_token), here.ask(two.access_token)]).toEqual(["web", "web"]);
    await here.identity.families.endFamily(familyOf(one.access_token), "admin", ME);
    expect([here.ask(one.access_token), here.ask(two.access_token)]).toEqual(["token_revoked", "web"]);
    await here.identity.families.endActor("user:bob", ME);
    await here.rt.clock.advance(1_000);
    for (const { ask } of [here, there]) {
      expect([ask(one.access_token), ask(two.access_token)]).toEqual(["token_revoked", "token_revoked"]);
    }
  });
});

describe("devices that an admin key of the file signed in", () => {
  it("count while the file has the key", async () => {
    const { config, identity, post, ask } = await oauthWorld();
    const key = "fl-admin-file-0123456789abcdef0123456789";
    const actor = `key:${adminKeyIdOf(key)}`;
    const { refreshToken } = await identity.families.begin(
      { actor, project: "web", client: CLIENT.client_id },
      { scopes: ["messages"] },
    );
    const { body } = await post("token", { ...CLIENT, grant_type: "refresh_token", refresh_token: refreshToken });
    const withKey = identity.gate({ ...config, admin_keys: [key] });
    const found = withKey.identify({ apiKey: body.access_token, authorization: undefined }, ["messages"], asked());
    expect(found).toMatchObject({ principal: { project: "web", actor } });
    expect(ask(body.access_token)).toBe("token_revoked");
  });
});

const familyOf = (token = "") =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { family: string }).family;

/** The same world as an instance sees it whose wall clock is ahead. */
function ahead(rt: VirtualRuntime, ms: number): VirtualRuntime {
  const { clock } = rt;
  const wall = () => clock.wall() + ms;
  return { ...rt, clock: new Proxy(clock, { get: (of, name) => (name === "wall" ? wall : bound(of, name)) }) };
}

function bound(of: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(of, name, of);
  return typeof value === "function" ? value.bind(of) : value;
}
