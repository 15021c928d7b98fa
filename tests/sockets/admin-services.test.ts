// Services over the admin API of a running gateway: what is changed of one counts at once, for tokens that are out as well.

import { afterEach, beforeEach, expect, test } from "vitest";
import * as calls from "./admin-calls.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const api = (method: string, path: string, body?: object) => calls.api(world.gateway, method, path, body);
const { problem } = calls;
const send = (token: string | undefined) => calls.send(world.gateway, { authorization: `Bearer ${token}` });

/** A service, and what its tokens may do. */
async function service(more: object = {}) {
  const { status, body } = await api("POST", "/api/services", { project: "web", name: "ci", ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  const made = body as unknown as { service: { id: string }; secret: string };
  const { id } = made.service;
  const grant = async () => {
    const form = { grant_type: "client_credentials", client_id: id, client_secret: made.secret };
    const sent = await fetch(`${world.gateway.url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    return (await sent.json()) as {
      access_token?: string;
      expires_in?: number;
      error?: string;
      error_description?: string;
    };
  };
  const patch = (body: object) => api("PATCH", `/api/services/${id}`, body);
  return { id, grant, patch };
}

test("a change counts with the next request of a token that is out", async () => {
  const { id, grant, patch } = await service();
  const { access_token: token } = await grant();
  expect(await send(token)).toBe("ok");
  const changed = await patch(calls.CHANGE);
  expect(changed).toMatchObject({
    status: 200,
    body: {
      id,
      name: "nightly",
      version: 2,
      limits: { rpm: 1 },
      budget: { usd_per_day: 5 },
      models: [{ match: "claude-opus-*", limits: { otpm: 100 } }],
      ip: { allow: [], deny: ["203.0.113.0/24"] },
      allowed_models: null,
      disabled: false,
      state: "active",
    },
  });
  expect([await send(token), await send(token)]).toEqual(["ok", "fairlead_limit_requests"]);
  // A fresh token draws on the same account.
  expect(await send((await grant()).access_token)).toBe("fairlead_limit_requests");
  await patch({ limits: null });
  expect(await send(token)).toBe("ok");
  await patch({ allowed_models: ["claude-haiku-*"] });
  expect(await send(token)).toBe("fairlead_model_not_allowed");
  await patch({ allowed_models: null, scopes: ["files"] });
  expect(await send(token)).toBe("fairlead_scope_missing");
  await patch({ scopes: ["messages"], disabled: true });
  expect(await send(token)).toBe("fairlead_service_disabled");
  expect(await grant()).toMatchObject({
    error: "unauthorized_client",
    error_description: expect.stringContaining("disabled"),
  });
  expect((await api("GET", `/api/services/${id}`)).body).toMatchObject({ state: "disabled", disabled: true });
  await patch({ disabled: false, expires_at: null, ip: null, models: null, budget: null });
  expect((await api("GET", `/api/services/${id}`)).body).toMatchObject({
    state: "active",
    expires_at: null,
    ip: null,
    models: null,
    budget: null,
    version: 7,
  });
  expect(await send(token)).toBe("ok");
  const audit = JSON.stringify((await api("GET", "/api/audit")).body);
  expect(audit).toContain('"service.update.asked"');
  expect(audit).toContain('"service.update"');
});

test("one is made with all of that, and its tokens end no later than it", async () => {
  const { grant, id } = await service({ limits: { rpm: 1 }, allowed_models: ["claude-test"], expires_in_seconds: 60 });
  expect((await api("GET", `/api/services/${id}`)).body).toMatchObject({
    limits: { rpm: 1 },
    allowed_models: ["claude-test"],
  });
  const { access_token: token, expires_in: left = 0 } = await grant();
  expect(left).toBeGreaterThan(50);
  expect(left).toBeLessThanOrEqual(60);
  expect([await send(token), await send(token)]).toEqual(["ok", "fairlead_limit_requests"]);
});

test("what is wrong is refused, and told how it is right", async () => {
  const { id, patch } = await service();
  const no = async (body: object) => problem(await patch(body));
  expect(await no({})).toEqual([400, "body: says nothing that is to be changed"]);
  expect(await no({ secret: "x" })).toEqual([400, expect.stringContaining('"secret" is not known here')]);
  expect(await no({ project: "app" })).toEqual([400, expect.stringContaining('"project" is not known here')]);
  expect(await no({ name: "a", version: 7 })).toEqual([409, expect.stringContaining("is at version 1, not 7")]);
  expect(await no({ limits: { rpms: 1 } })).toEqual([400, expect.stringContaining("known: rpm, itpm, otpm")]);
  expect(await no({ budget: { usd_per_day: -1 } })).toEqual([400, expect.stringContaining("budget.usd_per_day")]);
  expect(await no({ models: [7] })).toEqual([400, expect.stringContaining("allowed_models names")]);
  expect(await no({ scopes: ["root"] })).toEqual([400, expect.stringContaining("must be one of messages")]);
  expect(await no({ ip: { allow: ["nowhere"] } })).toEqual([400, expect.stringContaining("must be an address")]);
  expect(await no({ expires_at: "2020-01-01" })).toEqual([400, expect.stringContaining("lies in the past")]);
  expect(await no({ expires_at: "2030-01-01", expires_in_seconds: 60 })).toEqual([
    400,
    expect.stringContaining("not both"),
  ]);
  expect(problem(await api("PATCH", "/api/services/svc_0000000000000000", { name: "a" }))[0]).toBe(404);
  await api("POST", `/api/services/${id}/revoke`);
  expect(await no({ disabled: false })).toEqual([409, expect.stringContaining("is revoked")]);
  expect((await api("GET", `/api/services/${id}`)).body).toMatchObject({ state: "revoked", version: 2 });
});

test("another project's reader is not even told that there is such a service", async () => {
  const { id } = await service();
  await api("POST", "/api/projects", { name: "app" });
  const { body } = await api("POST", "/api/keys", { project: "app", name: "reader", scopes: ["admin:read"] });
  const { secret } = body as unknown as { secret: string };
  const told = async (one: string) => {
    const sent = await fetch(`${world.gateway.adminUrl}/api/services/${one}`, { headers: { "x-api-key": secret } });
    const { error } = (await sent.json()) as { error: object };
    return [sent.status, JSON.stringify(error).replace(one, "")];
  };
  expect(await told(id)).toEqual(await told("svc_0000000000000000"));
  expect((await told(id))[0]).toBe(404);
});

test("GET /api/limits names the service whose limit it is", async () => {
  const { id, grant } = await service({ limits: { rpm: 4 } });
  await send((await grant()).access_token);
  const { body } = await api("GET", "/api/limits");
  expect((body as unknown as { limits: object[] }).limits).toEqual([
    expect.objectContaining({
      scope: "service",
      project: "web",
      key: id,
      name: "ci",
      dimension: "requests",
      limit: 4,
      used: expect.closeTo(1, 1),
    }),
  ]);
});

test("GET /api/usage tells of services beside keys, by id and name, and of one alone", async () => {
  const { id, grant } = await service({ name: "nightly" });
  const { body: made } = await api("POST", "/api/keys", { project: "web", name: "laptop" });
  const { key, secret } = made as unknown as { key: { id: string }; secret: string };
  expect([await send((await grant()).access_token), await send(secret)]).toEqual(["ok", "ok"]);
  const lines = async (query: string) =>
    ((await api("GET", `/api/usage?${query}`)).body as unknown as { lines: object[] }).lines;
  await expect.poll(async () => (await lines("by=key")).length).toBe(2);
  expect(await lines("by=key,actor")).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: id, key_name: "nightly", actor: `service:${id}`, attempts: 1 }),
      expect.objectContaining({ key: key.id, key_name: "laptop", attempts: 1 }),
    ]),
  );
  expect(await lines(`by=key&key=${id}`)).toMatchObject([{ key: id, attempts: 1 }]);
  expect(await lines("by=project")).toMatchObject([{ project: "web", attempts: 2 }]);
  // What is gone still has its lines.
  await api("POST", `/api/services/${id}/revoke`);
  expect(await lines(`by=key&key=${id}`)).toMatchObject([{ key: id, key_name: "nightly", attempts: 1 }]);
});
