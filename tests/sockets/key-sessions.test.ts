// What somebody with a key may begin with it ends with the key, and holds within its models: pages and devices.

import { afterEach, expect, test } from "vitest";
import { ADMIN, BODY, startWorld, type World } from "./world.ts";

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const at = () => world?.gateway.adminUrl ?? "";
const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();
const FORM = { "content-type": "application/x-www-form-urlencoded" };

async function api(method: string, path: string, body?: object): Promise<Record<string, never>> {
  const headers = { ...ADMIN, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const sent = await fetch(`${at()}${path}`, { method, headers, body: JSON.stringify(body) ?? null });
  return (await sent.json()) as Record<string, never>;
}

async function made(body: object): Promise<{ readonly id: string; readonly secret: string }> {
  const { key, secret } = (await api("POST", "/api/keys", body)) as unknown as { key: { id: string }; secret: string };
  return { id: key.id, secret };
}

async function signIn(key: string): Promise<string> {
  const sent = await fetch(`${at()}/sign-in`, {
    method: "POST",
    headers: FORM,
    body: form({ key }),
    redirect: "manual",
  });
  return sent.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

const me = async (cookie: string) => (await fetch(`${at()}/api/me`, { headers: { cookie } })).status;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly error?: string;
}

async function oauth(path: string, fields: Readonly<Record<string, string>>): Promise<Tokens & Record<string, string>> {
  const sent = await fetch(`${world?.gateway.url}${path}`, { method: "POST", headers: FORM, body: form(fields) });
  return (await sent.json()) as Tokens & Record<string, string>;
}

/** A device that whoever holds the cookie has signed in. */
async function device(cookie: string, project: string): Promise<Tokens> {
  const begun = await oauth("/oauth/device_authorization", { client_id: "cli", scope: "messages" });
  const page = await fetch(`${at()}/device?user_code=${begun.user_code}`, { headers: { cookie } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const answer = form({ csrf, user_code: begun.user_code ?? "", answer: "approve", project });
  await fetch(`${at()}/device`, { method: "POST", headers: { ...FORM, cookie }, body: answer });
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  return oauth("/oauth/token", { grant_type, client_id: "cli", device_code: begun.device_code ?? "" });
}

async function send(secret: string, model = "claude-haiku-5-5"): Promise<string> {
  const sent = await fetch(`${world?.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": secret, "content-type": "application/json" },
    body: BODY.replace("claude-test", model),
  });
  if (sent.ok) return "ok";
  const { error } = (await sent.json()) as { error: { details: { error_code: string } } };
  return error.details.error_code;
}

test.each([
  ["a project's", { project: "web", scopes: ["messages", "admin:read"] }],
  ["an admin", { scopes: ["admin:read", "admin:write"] }],
])("the session of %s key ends with the key", async (_, wish) => {
  world = await startWorld();
  const { id, secret } = await made({ name: "k", ...wish });
  const cookie = await signIn(secret);
  expect(await me(cookie)).toBe(200);
  await api("POST", `/api/keys/${id}/revoke`);
  expect(await me(cookie)).toBe(401);
});

test("a session has the scopes that its key has now, and holds only from where the key does", async () => {
  world = await startWorld();
  const { id, secret } = await made({ name: "k", project: "web", scopes: ["messages", "admin:read"] });
  const cookie = await signIn(secret);
  await api("PATCH", `/api/keys/${id}`, { scopes: ["messages"] });
  expect(await me(cookie)).toBe(403);
  await api("PATCH", `/api/keys/${id}`, { scopes: ["admin:read"] });
  expect(await me(cookie)).toBe(200);
  await api("PATCH", `/api/keys/${id}`, { ip: { deny: ["127.0.0.0/8"] } });
  expect(await me(cookie)).toBe(401);
});

test("an access token begins no session, which would outlive it", async () => {
  world = await startWorld();
  const admin = await made({ name: "k", scopes: ["admin:read", "admin:write"] });
  const { access_token } = await device(await signIn(admin.secret), "web");
  expect(await signIn(access_token)).toBe("");
});

test("a device that a key signed in may what the key may, and ends with it", async () => {
  world = await startWorld();
  const wish = { name: "k", project: "web", scopes: ["messages", "admin:read"], allowed_models: ["claude-haiku-*"] };
  const { id, secret } = await made(wish);
  const tokens = await device(await signIn(secret), "web");
  expect(await send(tokens.access_token)).toBe("ok");
  expect(await send(tokens.access_token, "claude-opus-5")).toBe("fairlead_model_not_allowed");
  await api("PATCH", `/api/keys/${id}`, { scopes: ["files"] });
  expect(await send(tokens.access_token)).toBe("fairlead_scope_missing");
  await api("PATCH", `/api/keys/${id}`, { scopes: ["messages"], ip: { deny: ["127.0.0.0/8"] } });
  expect(await send(tokens.access_token)).toBe("fairlead_address_refused");
  await api("PATCH", `/api/keys/${id}`, { ip: null });
  expect(await send(tokens.access_token)).toBe("ok");
  await api("POST", `/api/keys/${id}/revoke`);
  expect(await send(tokens.access_token)).toBe("fairlead_token_revoked");
  const { refresh_token } = tokens;
  const again = await oauth("/oauth/token", { grant_type: "refresh_token", client_id: "cli", refresh_token });
  expect(again.error).toBe("invalid_grant");
});

test("devices that an admin key signed in end with it", async () => {
  world = await startWorld();
  const { id, secret } = await made({ name: "k", scopes: ["admin:read", "admin:write"] });
  const tokens = await device(await signIn(secret), "web");
  expect(await send(tokens.access_token)).toBe("ok");
  await api("POST", `/api/keys/${id}/revoke`);
  expect(await send(tokens.access_token)).toBe("fairlead_token_revoked");
});

test("a device draws on the limits of the key that signed it in", async () => {
  world = await startWorld();
  const wish = { name: "k", project: "web", scopes: ["messages", "admin:read"], limits: { rpm: 1 } };
  const { id, secret } = await made(wish);
  const tokens = await device(await signIn(secret), "web");
  expect(await send(secret)).toBe("ok");
  expect(await send(tokens.access_token)).toBe("fairlead_limit_requests");
  await api("PATCH", `/api/keys/${id}`, { limits: null });
  expect(await send(tokens.access_token)).toBe("ok");
});

test("a device that an admin key signed in ends when the key does, and has no scope that the key cannot give now", async () => {
  world = await startWorld();
  const { id, secret } = await made({ name: "k", scopes: ["admin:read", "admin:write"] });
  const tokens = await device(await signIn(secret), "web");
  expect(await send(tokens.access_token)).toBe("ok");
  await api("PATCH", `/api/keys/${id}`, { scopes: ["admin:read"] });
  await expect.poll(() => send(tokens.access_token), { timeout: 3_000 }).toBe("fairlead_scope_missing");
  await api("PATCH", `/api/keys/${id}`, { scopes: ["admin:write"] });
  await expect.poll(() => send(tokens.access_token), { timeout: 3_000 }).toBe("ok");
  await api("PATCH", `/api/keys/${id}`, { expires_at: new Date(Date.now() + 1_500).toISOString() });
  await expect.poll(() => send(tokens.access_token), { timeout: 5_000 }).toBe("fairlead_token_expired");
});
