// What the admin side and the OAuth endpoints tell of themselves: sign-ins, refusals, ends of keys; and who must wait for whom.

import { afterEach, expect, test } from "vitest";
import { ADMIN, ADMIN_KEY, startWorld, type World } from "./world.ts";

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const admin = (path: string, init: RequestInit = {}) => fetch(`${world?.gateway.adminUrl}${path}`, init);
const metrics = async (name: string) =>
  (await (await admin("/metrics")).text()).split("\n").filter((line) => line.startsWith(`${name}{`));
const form = (body: { readonly [name: string]: string }, headers = {}): RequestInit => ({
  method: "POST",
  redirect: "manual",
  headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  body: new URLSearchParams(body).toString(),
});

test("sign-ins are counted by what came of them", async () => {
  world = await startWorld();
  const origin = { origin: world.gateway.adminUrl };
  expect((await admin("/sign-in", form({ key: "wrong-key-of-somebody" }, origin))).status).toBe(401);
  expect((await admin("/sign-in", form({ key: ADMIN_KEY }, origin))).status).toBe(303);
  expect((await metrics("fairlead_logins_total")).sort()).toEqual([
    'fairlead_logins_total{result="refused"} 1',
    'fairlead_logins_total{result="signed_in"} 1',
  ]);
});

test("wrong answers of the OAuth endpoints are refusals in metrics and log; a device that waits is none", async () => {
  world = await startWorld();
  const { url } = world.gateway;
  const token = (body: { readonly [name: string]: string }) => fetch(`${url}/oauth/token`, form(body));
  const secret = "fl-cs-of-somebody-0123456789";
  await token({ grant_type: "client_credentials", client_id: "svc_0000000000000000", client_secret: secret });
  await fetch(`${url}/oauth/token`);
  const begun = await fetch(`${url}/oauth/device_authorization`, form({ client_id: "cli" }));
  const { device_code } = (await begun.json()) as { device_code: string };
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
  const pending = await token({ grant_type, client_id: "cli", device_code });
  expect(await pending.json()).toMatchObject({ error: "authorization_pending" });
  expect((await metrics("fairlead_refusals_total")).sort()).toEqual([
    'fairlead_refusals_total{project="none",route="oauth/token",code="oauth_invalid_client"} 1',
    'fairlead_refusals_total{project="none",route="oauth/token",code="oauth_invalid_request"} 1',
  ]);
  await expect.poll(() => world?.log.join("\n")).toContain("oauth_invalid_client");
  expect(world.log.join("\n")).not.toContain(secret);
});

test("keys that were made to last tell when they end; short ones and replaced ones do not", async () => {
  world = await startWorld();
  const make = async (days: number) => {
    const body = JSON.stringify({ project: "web", name: "ci", expires_in_seconds: days * 86_400 });
    const headers = { ...ADMIN, "content-type": "application/json" };
    const made = await admin("/api/keys", { method: "POST", headers, body });
    return ((await made.json()) as { key: { id: string } }).key.id;
  };
  const days = async () =>
    (await metrics("fairlead_credential_expiry_seconds"))
      .filter((line) => line.includes('kind="key"'))
      .map((line) => Math.round(Number(line.split(" ")[1]) / 86_400));
  await make(7);
  expect(await days()).toEqual([]);
  await make(90);
  const soon = await make(30);
  expect(await days()).toEqual([30]);
  await admin(`/api/keys/${soon}/rotate`, { method: "POST", headers: ADMIN });
  // The new one lives as long again; the old one has a successor.
  expect(await days()).toEqual([30]);
  const { keys } = (await (await admin("/api/keys", { headers: ADMIN })).json()) as {
    keys: { id: string; replaced_by: string | null; state: string; expires_at: string | null }[];
  };
  const next = keys.find(({ id }) => id === soon)?.replaced_by;
  await admin(`/api/keys/${next}/revoke`, { method: "POST", headers: ADMIN });
  expect(await days()).toEqual([90]);
  expect((await metrics("fairlead_credential_expiry_seconds")).join()).toContain('kind="signing_key",name="tokens"');
});

test("who guesses behind an address makes nobody wait whose credential was right before", async () => {
  world = await startWorld();
  const me = (key: string) => admin("/api/me", { headers: { authorization: `Bearer ${key}` } });
  const headers = { ...ADMIN, "content-type": "application/json" };
  const made = await admin("/api/keys", {
    method: "POST",
    headers,
    body: JSON.stringify({ name: "ops", scopes: ["admin:read"] }),
  });
  const { secret } = (await made.json()) as { secret: string };
  expect((await me(secret)).status).toBe(200);
  for (let i = 0; i < 7; i++) await me(`guess-${i}-0123456789012345678901234567`);
  expect((await me("guess-8-0123456789012345678901234567")).status).toBe(429);
  expect([(await me(ADMIN_KEY)).status, (await me(secret)).status]).toEqual([200, 200]);
  // Nor does a right credential help the one who guesses.
  expect((await me("guess-9-0123456789012345678901234567")).status).toBe(429);
});

test("a path that cannot be decoded is refused in the envelope of all errors", async () => {
  world = await startWorld();
  const refused = await admin("/api/projects/%", { headers: ADMIN });
  expect(refused.status).toBe(400);
  expect(refused.headers.get("cache-control")).toBe("no-store");
  expect(await refused.json()).toMatchObject({
    type: "error",
    error: { details: { error_code: "fairlead_admin_bad_field" } },
    request_id: refused.headers.get("fairlead-request-id"),
  });
});
