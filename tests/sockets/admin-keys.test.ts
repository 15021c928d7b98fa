// Keys and projects over the admin API of a running gateway: what is changed counts with the next request.

import { afterEach, describe, expect, test } from "vitest";
import * as calls from "./admin-calls.ts";
import { startWorld, type World } from "./world.ts";

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const api = (method: string, path: string, body?: object) => calls.api(world?.gateway, method, path, body);
const { problem } = calls;
const send = (secret: string) => calls.send(world?.gateway, { "x-api-key": secret });

async function made(more: object = {}): Promise<{ id: string; secret: string }> {
  const { body } = await api("POST", "/api/keys", { project: "web", name: "ci", ...more });
  const { key, secret } = body as unknown as { key: { id: string }; secret: string };
  return { id: key.id, secret };
}

describe("PATCH /api/keys/{key}", () => {
  test("changes name, scopes, models, limits and end; each counts with the next request", async () => {
    world = await startWorld();
    const { id, secret } = await made();
    expect(await send(secret)).toBe("ok");
    const changed = await api("PATCH", `/api/keys/${id}`, calls.CHANGE);
    expect(changed).toMatchObject({
      status: 200,
      body: {
        name: "nightly",
        version: 2,
        limits: { rpm: 1 },
        budget: { usd_per_day: 5 },
        models: [{ match: "claude-opus-*", limits: { otpm: 100 } }],
        ip: { allow: [], deny: ["203.0.113.0/24"] },
        allowed_models: null,
        state: "active",
      },
    });
    expect([await send(secret), await send(secret)]).toEqual(["ok", "fairlead_limit_requests"]);
    await api("PATCH", `/api/keys/${id}`, { limits: null });
    expect(await send(secret)).toBe("ok");
    await api("PATCH", `/api/keys/${id}`, { allowed_models: ["claude-haiku-*"] });
    expect(await send(secret)).toBe("fairlead_model_not_allowed");
    await api("PATCH", `/api/keys/${id}`, { allowed_models: null, scopes: ["files"] });
    expect(await send(secret)).toBe("fairlead_scope_missing");
    await api("PATCH", `/api/keys/${id}`, { scopes: ["messages"], expires_at: null });
    expect((await api("GET", `/api/keys/${id}`)).body).toMatchObject({ expires_at: null, version: 6 });
    expect(await send(secret)).toBe("ok");
  });

  test("refuses what is wrong and says how it is right", async () => {
    world = await startWorld();
    const { id } = await made();
    const patch = async (body: object) => problem(await api("PATCH", `/api/keys/${id}`, body));
    expect(await patch({})).toEqual([400, "body: says nothing that is to be changed"]);
    expect(await patch({ secret: "x" })).toEqual([400, expect.stringContaining('"secret" is not known here')]);
    expect(await patch({ name: "a", version: 7 })).toEqual([409, expect.stringContaining("is at version 1, not 7")]);
    expect(await patch({ limits: { rpms: 1 } })).toEqual([400, expect.stringContaining("known: rpm, itpm, otpm")]);
    expect(await patch({ models: [{ match: "claude-*", limits: { rpm: 0 } }] })).toEqual([
      400,
      expect.stringContaining("models.0.limits.rpm: must be a whole number from 1"),
    ]);
    expect(await patch({ limits: [] })).toEqual([
      400,
      "body: limits: must be an object, as under projects in fairlead.yaml",
    ]);
    expect(await patch({ models: [7] })).toEqual([400, expect.stringContaining("allowed_models names")]);
    expect(await patch({ models: ["a"], allowed_models: ["b"] })).toEqual([
      400,
      expect.stringContaining("allowed_models alone"),
    ]);
    expect(await patch({ expires_at: "2020-01-01" })).toEqual([400, expect.stringContaining("lies in the past")]);
    expect(await patch({ expires_at: "2030-01-01", expires_in_seconds: 60 })).toEqual([
      400,
      expect.stringContaining("not both"),
    ]);
    await api("POST", `/api/keys/${id}/revoke`);
    expect(await patch({ name: "b" })).toEqual([409, expect.stringContaining("is revoked")]);
  });

  test("of an admin key changes what it may do at once", async () => {
    world = await startWorld();
    const { id, secret } = await made({ project: undefined, scopes: ["admin:read", "admin:write"] });
    const make = async () =>
      (
        await fetch(`${world?.gateway.adminUrl}/api/projects`, {
          method: "POST",
          headers: { "x-api-key": secret, "content-type": "application/json" },
          body: JSON.stringify({ name: `p${Math.random().toString(36).slice(2)}` }),
        })
      ).status;
    expect(await make()).toBe(201);
    expect((await api("PATCH", `/api/keys/${id}`, { scopes: ["admin:read"] })).body).toMatchObject({ version: 2 });
    expect(await make()).toBe(403);
    expect(problem(await api("PATCH", `/api/keys/${id}`, { limits: { rpm: 1 } }))).toEqual([
      400,
      "body: limits: an admin key has none",
    ]);
    expect(problem(await api("PATCH", `/api/keys/${id}`, { scopes: ["messages"] }))[0]).toBe(400);
  });
});

test("a project of the store has limits by model, allowed models and redaction, as one of the file has", async () => {
  world = await startWorld();
  const shop = {
    name: "shop",
    allowed_models: ["claude-*"],
    models: [{ match: "claude-test", limits: { rpm: 1 } }],
    redaction: { mode: "refuse", kinds: ["email"] },
  };
  const project = await api("POST", "/api/projects", shop);
  expect(project).toMatchObject({ status: 201, body: shop });
  const { secret } = await made({ project: "shop" });
  expect([await send(secret), await send(secret)]).toEqual(["ok", "fairlead_limit_requests"]);
  // As it was called before.
  const old = await api("PATCH", "/api/projects/shop", { models: ["claude-opus-*"] });
  expect(old.body).toMatchObject({ allowed_models: ["claude-opus-*"], models: shop.models });
  expect(await send(secret)).toBe("fairlead_model_not_allowed");
  await api("PATCH", "/api/projects/shop", { allowed_models: null, models: null, redaction: null });
  expect((await api("GET", "/api/projects/shop")).body).toMatchObject({
    allowed_models: null,
    models: null,
    redaction: null,
  });
  expect([await send(secret), await send(secret)]).toEqual(["ok", "ok"]);
});

test("lists of keys and projects are told a page at a time", async () => {
  world = await startWorld();
  for (let i = 0; i < 4; i++) await made({ name: `k${i}` });
  const ids: string[] = [];
  let after: string | null = null;
  let pages = 0;
  do {
    const { body }: calls.AdminAnswer = await api("GET", `/api/keys?limit=2${after === null ? "" : `&after=${after}`}`);
    const { keys, next } = body as unknown as { keys: { id: string }[]; next: string | null };
    ids.push(...keys.map(({ id }) => id));
    after = next;
    pages += 1;
  } while (after !== null);
  // Four made here and one of the file.
  expect([ids.length, new Set(ids).size, pages]).toEqual([5, 5, 3]);
  expect((await api("GET", "/api/projects?limit=1")).body).toMatchObject({ next: null });
  expect(problem(await api("GET", "/api/keys?limit=0"))[0]).toBe(400);
  expect(problem(await api("GET", "/api/keys?after=a%20b"))).toEqual([
    400,
    expect.stringContaining("`next` of the page before"),
  ]);
});

test.each([
  ["a project's key", { project: "web" }],
  ["an admin key", { scopes: ["admin:read"] }],
])("%s that ends with the calendar is rotated, and its new secret is told", async (_, wish) => {
  world = await startWorld();
  const { body } = await api("POST", "/api/keys", { name: "k", ...wish, expires_at: "9999-12-31T23:59:59.999Z" });
  const { key } = body as unknown as { key: { id: string } };
  const rotated = await api("POST", `/api/keys/${key.id}/rotate`);
  expect(rotated).toMatchObject({
    status: 201,
    body: { secret: expect.stringMatching(/^fl-key-/), key: { expires_at: "9999-12-31T23:59:59.999Z" } },
  });
});

test("an end that no answer could tell is refused", async () => {
  world = await startWorld();
  const wish = { project: "web", name: "k" };
  for (const expires_at of ["9999-12-31T23:59:59-01:00", "10000-01-01", "+010000-01-01T00:00:00Z"]) {
    const refused = problem(await api("POST", "/api/keys", { ...wish, expires_at }));
    expect(refused).toEqual([400, expect.stringContaining("expires_at: must be a date")]);
  }
  expect((await api("GET", "/api/usage?from=0000-01-01T00:00:00%2B01:00")).status).toBe(400);
});
