// The OAuth endpoints over stores in memory: tokens of services, sign-in of devices, scopes.

import { describe, expect, it } from "vitest";
import { ME } from "../../testing/identity-world.ts";
import { BOB, CLIENT, DEVICE, oauthWorld } from "../../testing/oauth-world.ts";
import { digestOf, newSecret } from "./secret-text.ts";

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString("base64")}`;

describe("client_credentials", () => {
  it("takes the secret in the form or in Basic, and gives no refresh token", async () => {
    const { post, service } = await oauthWorld();
    const { id, secret } = await service();
    const inForm = await post("token", { grant_type: "client_credentials", client_id: id, client_secret: secret });
    const inHeader = await post("token", { grant_type: "client_credentials" }, { authorization: basic(id, secret) });
    for (const { status, body } of [inForm, inHeader]) {
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(["access_token", "token_type", "expires_in", "scope"]);
      expect(body).toMatchObject({ token_type: "Bearer", expires_in: 900, scope: "messages batches files" });
    }
  });

  it("refuses a wrong, an empty, a revoked and an ended secret, and two ways at once", async () => {
    const { post, service, identity, rt } = await oauthWorld();
    const { id, secret } = await service();
    const grant = { grant_type: "client_credentials" };
    const told = async (form: object, authorization?: string) => {
      const { status, body, headers } = await post("token", { ...grant, ...form } as never, { authorization });
      return [status, body.error, headers[0] ?? ""];
    };
    const unknown = [401, "invalid_client", "www-authenticate"];
    expect(await told({ client_id: id, client_secret: newSecret(rt.random, "cs") })).toEqual(unknown);
    expect(await told({ client_id: id, client_secret: "" })).toEqual(unknown);
    expect(await told({ client_id: id })).toEqual(unknown);
    expect(await told({})).toEqual(unknown);
    expect(await told({ client_id: "svc_0000000000000000", client_secret: secret })).toEqual(unknown);
    expect(await told({ client_id: "__proto__", client_secret: secret })).toEqual(unknown);
    expect(await told({}, "Basic %%%")).toEqual(unknown);
    expect(await told({}, "Bearer x")).toEqual(unknown);
    expect(await told({ client_id: id, client_secret: secret }, basic(id, secret))).toEqual([
      400,
      "invalid_request",
      "",
    ]);
    const rotated = await identity.services.rotate(id, ME, 60_000);
    await rt.clock.advance(59_000);
    expect((await told({ client_id: id, client_secret: secret }))[0]).toBe(200);
    await rt.clock.advance(1_000);
    expect(await told({ client_id: id, client_secret: secret })).toEqual(unknown);
    expect((await told({ client_id: id, client_secret: rotated.secret }))[0]).toBe(200);
    await identity.services.revoke(id, ME);
    await rt.clock.advance(1_000);
    expect(await told({ client_id: id, client_secret: rotated.secret })).toEqual(unknown);
  });

  it("a stolen digest of a client secret is no secret", async () => {
    const { post, service, stores } = await oauthWorld();
    const { id } = await service();
    const kept = (await stores.records.get("service", id))?.value as { secrets: { digest: string }[] };
    const client_secret = kept.secrets[0]?.digest ?? "";
    expect(client_secret).toMatch(/^[0-9a-f]{64}$/);
    const { body } = await post("token", { grant_type: "client_credentials", client_id: id, client_secret });
    expect(body.error).toBe("invalid_client");
  });

  it("an empty secret opens nothing, whatever a record holds", async () => {
    const { post, service, stores, rt } = await oauthWorld();
    const { id } = await service();
    const record = await stores.records.get("service", id);
    const value = record?.value as { secrets: { digest: string }[] };
    const secrets = value.secrets.map((one) => ({ ...one, digest: digestOf("") }));
    await stores.records.write([{ kind: "service", id, value: { ...value, secrets }, expect: "any" }]);
    await rt.clock.advance(1_000);
    const { body } = await post("token", { grant_type: "client_credentials", client_id: id, client_secret: "" });
    expect(body.error).toBe("invalid_client");
  });

  it("gives what was asked for within what the service has, never more", async () => {
    const { post, service, ask } = await oauthWorld();
    const { id, secret } = await service({ scopes: ["messages", "admin:read"], allowed_models: ["claude-haiku-*"] });
    const grant = (scope: string) =>
      post("token", { grant_type: "client_credentials", client_id: id, client_secret: secret, scope });
    expect((await grant("")).body.scope).toBe("messages admin:read model:claude-haiku-*");
    const less = (await grant("messages model:claude-haiku-5-*")).body;
    expect(less.scope).toBe("messages model:claude-haiku-5-*");
    expect(ask(less.access_token)).toBe("web");
    expect(ask(less.access_token, undefined, { scopes: ["admin:read"] })).toBe("scope_missing");
    for (const more of [
      "files",
      "admin:write",
      "model:claude-opus-*",
      "model:*",
      "model:claude-*",
      "messages root",
      "MESSAGES",
    ]) {
      expect((await grant(more)).body.error).toBe("invalid_scope");
    }
  });

  it("ends the tokens of a service that is revoked within a second, and of a project that is disabled", async () => {
    const { post, service, ask, identity, rt } = await oauthWorld();
    await identity.projects.create({ name: "lab" }, ME);
    await rt.clock.advance(1_000);
    const { id, secret } = await service({ project: "lab" });
    const { body } = await post("token", { grant_type: "client_credentials", client_id: id, client_secret: secret });
    expect(ask(body.access_token)).toBe("lab");
    await identity.projects.update("lab", { disabled: true }, ME);
    await rt.clock.advance(1_000);
    expect(ask(body.access_token)).toBe("project_disabled");
    await identity.projects.update("lab", { disabled: false }, ME);
    await identity.services.revoke(id, ME);
    await rt.clock.advance(1_000);
    expect(ask(body.access_token)).toBe("token_revoked");
  });

  it("ends with its service: no token lives longer, and one that is out is told why it does not count", async () => {
    const { post, service, ask, identity, rt } = await oauthWorld();
    const { id, secret } = await service({ expires_at: Math.floor(rt.clock.wall()) + 601_000 });
    const grant = { grant_type: "client_credentials", client_id: id, client_secret: secret };
    const { body } = await post("token", grant);
    expect(Number(body.expires_in)).toBe(600);
    expect(ask(body.access_token)).toBe("web");
    await rt.clock.advance(600_000);
    expect(ask(body.access_token)).toBe("service_expired");
    expect(await post("token", grant)).toMatchObject({ status: 403, body: { error: "unauthorized_client" } });
    expect(await post("token", { ...grant, client_secret: "guess" })).toMatchObject({ status: 401 });
    // Given more time, it gets tokens again.
    await identity.services.update(id, { expires_at: Math.floor(rt.clock.wall()) + 60_000 }, ME);
    await rt.clock.advance(1_000);
    expect(ask((await post("token", grant)).body.access_token)).toBe("web");
  });

  it("reads services of the time when allowed_models was called models", async () => {
    const { post, service, stores, rt } = await oauthWorld();
    const { id, secret } = await service({ allowed_models: ["claude-haiku-*"] });
    const kept = await stores.records.get("service", id);
    const { allowed_models: models, disabled: _, ...rest } = (kept?.value ?? {}) as { [field: string]: string };
    expect(models).toEqual(["claude-haiku-*"]);
    await stores.records.write([{ kind: "service", id, value: { ...rest, models: models as string }, expect: "any" }]);
    await rt.clock.advance(1_000);
    const grant = { grant_type: "client_credentials", client_id: id, client_secret: secret };
    expect((await post("token", grant)).body.scope).toBe("messages batches files model:claude-haiku-*");
  });

  it("slows down who guesses, not who is right", async () => {
    const { post, service } = await oauthWorld("identity: { failures: 5 }");
    const { id, secret } = await service();
    const grant = { grant_type: "client_credentials", client_id: id };
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await post("token", { ...grant, client_secret: `guess-${i}` })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect((await post("token", { ...grant, client_secret: secret })).status).toBe(200);
  });

  it("is answered with the store dead", async () => {
    const { post, service, stores, ask } = await oauthWorld();
    const { id, secret } = await service();
    const dead = () => Promise.reject(new Error("dead"));
    Object.assign(stores.records, { get: dead, list: dead, write: dead, changes: dead });
    const { body } = await post("token", { grant_type: "client_credentials", client_id: id, client_secret: secret });
    expect(ask(body.access_token)).toBe("web");
  });
});

describe("sign-in of a device", () => {
  it("goes its whole way", async () => {
    const { post, identity, rt, ask, stores } = await oauthWorld();
    const { status, body } = await post("device", { ...CLIENT, scope: "messages model:claude-*" });
    expect(status).toBe(200);
    expect(body.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(body.verification_uri).toBe("http://127.0.0.1:4101/device");
    expect(body).toMatchObject({ expires_in: 600, interval: 5 });
    const poll = () => post("token", { ...CLIENT, grant_type: DEVICE, device_code: body.device_code ?? "" });
    expect((await poll()).body.error).toBe("authorization_pending");
    expect((await poll()).body.error).toBe("slow_down");
    const shown = await identity.devices.find((body.user_code ?? "").toLowerCase().replace("-", " "), BOB);
    expect(shown).toMatchObject({
      client: "fairlead-cli",
      scopes: ["messages"],
      models: ["claude-*"],
      from: "192.0.2.1",
    });
    await identity.devices.approve(body.user_code ?? "", BOB, "web");
    await rt.clock.advance(10_000);
    const tokens = (await poll()).body;
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "messages model:claude-*" });
    expect(ask(tokens.access_token)).toBe("web");
    await rt.clock.advance(10_000);
    expect((await poll()).body.error).toBe("invalid_grant");
    await identity.audit.settle();
    expect((await stores.audit.entries()).map(({ action, actor }) => [action, actor])).toEqual([
      ["device.approved", "user:bob"],
      ["token.issue", "user:bob"],
    ]);
    const all = JSON.stringify([await stores.records.changes(0), await stores.audit.entries()]);
    for (const secret of [body.device_code, body.user_code, tokens.refresh_token, tokens.access_token]) {
      expect(all).not.toContain(secret ?? "nothing");
    }
  });

  it("is denied, expires, and belongs to its client", async () => {
    const { post, identity, rt } = await oauthWorld();
    const begin = async () => (await post("device", CLIENT)).body;
    const poll = (code: string | undefined, client = "fairlead-cli") =>
      post("token", { client_id: client, grant_type: DEVICE, device_code: code ?? "" }).then(({ body }) => body.error);
    const denied = await begin();
    await identity.devices.deny(denied.user_code ?? "", BOB);
    expect(await poll(denied.device_code)).toBe("access_denied");
    const other = await begin();
    expect(await poll(other.device_code, "another")).toBe("invalid_grant");
    await identity.devices.approve(other.user_code ?? "", BOB, "web");
    await expect(identity.devices.deny(other.user_code ?? "", BOB)).rejects.toMatchObject({ code: "not_found" });
    const late = await begin();
    await rt.clock.advance(600_000);
    await expect(identity.devices.approve(late.user_code ?? "", BOB, "web")).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await poll(late.device_code)).toBe("expired_token");
    expect(await poll("nonsense")).toBe("invalid_grant");
    expect(await poll(`fl-dc-${"a".repeat(70)}`)).toBe("invalid_grant");
  });

  it("gets nothing when all sign-ins of who approved were ended meanwhile, or the project was removed", async () => {
    const { post, identity, rt } = await oauthWorld();
    const approved = async (project: string) => {
      const { body } = await post("device", CLIENT);
      await identity.devices.approve(body.user_code ?? "", BOB, project);
      await rt.clock.advance(5_000);
      return body.device_code ?? "";
    };
    const poll = async (device_code: string) =>
      (await post("token", { ...CLIENT, grant_type: DEVICE, device_code })).body.error;
    const ofBob = await approved("web");
    await identity.families.endActor(BOB.actor, ME);
    expect(await poll(ofBob)).toBe("invalid_grant");
    await identity.projects.create({ name: "app" }, ME);
    const ofApp = await approved("app");
    await identity.projects.remove("app", ME);
    await rt.clock.advance(1_000);
    await identity.projects.create({ name: "app" }, ME);
    expect(await poll(ofApp)).toBe("invalid_grant");
    expect(await identity.families.list()).toEqual([]);
    expect(await poll(await approved("app"))).toBeUndefined();
  });

  it("gets no more than who approves may give away", async () => {
    const { post, identity } = await oauthWorld();
    const { body } = await post("device", { ...CLIENT, scope: "messages admin:write" });
    const code = body.user_code ?? "";
    await expect(identity.devices.approve(code, BOB, "web")).rejects.toMatchObject({ field: "scope" });
    await expect(identity.devices.approve(code, BOB, "nope")).rejects.toMatchObject({ field: "scope" });
    const held = { scopes: ["messages", "admin:write"] } as const;
    await expect(identity.devices.approve(code, BOB, "nope", held)).rejects.toMatchObject({ field: "project" });
    expect((await identity.devices.approve(code, BOB, "web", held)).status).toBe("approved");
  });

  it("asks for slower steps each time it is asked too soon", async () => {
    const { post, rt } = await oauthWorld();
    const { body } = await post("device", CLIENT);
    const poll = async (afterMs: number) => {
      await rt.clock.advance(afterMs);
      return (await post("token", { ...CLIENT, grant_type: DEVICE, device_code: body.device_code ?? "" })).body.error;
    };
    expect(await poll(0)).toBe("authorization_pending");
    expect(await poll(4_000)).toBe("slow_down");
    expect(await poll(6_000)).toBe("slow_down");
    expect(await poll(15_000)).toBe("authorization_pending");
  });

  it("bounds the guessing of user codes by who guesses", async () => {
    const { post, identity } = await oauthWorld();
    const { body } = await post("device", CLIENT);
    for (let i = 0; i < 6; i++) {
      await expect(identity.devices.find(`BCDF-GHJ${"BCDFGHJK"[i]}`, ME)).rejects.toMatchObject({ code: "not_found" });
    }
    await expect(identity.devices.find(body.user_code ?? "", ME)).rejects.toThrow("too many wrong codes");
    await expect(identity.devices.find(body.user_code ?? "", BOB)).resolves.toMatchObject({ status: "pending" });
  });

  it("bounds how many wait, by network and in all", async () => {
    const { post } = await oauthWorld();
    const statuses = new Map<number, number>();
    for (let i = 0; i < 25; i++) {
      const { status } = await post("device", CLIENT);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [200, 20],
      [429, 5],
    ]);
    expect((await post("device", CLIENT, { from: "192.0.2.2" })).status).toBe(200);
  });

  it("refuses scopes and clients that are none", async () => {
    const { post } = await oauthWorld();
    for (const form of [
      { ...CLIENT, scope: "root" },
      {},
      { client_id: "svc_0123456789abcdef" },
      { client_id: "a b" },
    ]) {
      expect((await post("device", form as never)).status).toBe(400);
    }
  });
});
