// fairlead services and sign-ins before a real gateway: a service from its making to its end, and people's sign-ins.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminGateway } from "../../testing/admin-gateway.ts";

const stand = adminGateway();
beforeAll(stand.open);
afterAll(stand.close);

const cli = stand.run;
const comesIn = async (key: string) => {
  const answer = await fetch(`${stand.gateway.url}/v1/models`, { headers: { "x-api-key": key } });
  await answer.arrayBuffer();
  return answer.status !== 401;
};

describe("services", () => {
  it("a service gets tokens from its making to its revocation, and its secret is shown once", async () => {
    const made = await cli(["services", "create", "ci", "--project", "web", "--scope", "messages,files"]);
    expect([made.code, made.err]).toEqual([0, ""]);
    const secret = made.out.split("\n")[0] ?? "";
    const id = /svc_\w{16}/.exec(made.out)?.[0] ?? "";
    expect(secret).toMatch(/^fl-cs-\w{38}$/);
    const token = (own: string) =>
      cli(["token", "--url", stand.gateway.url, "--client-id", id], { FAIRLEAD_CLIENT_SECRET: own });
    await expect.poll(async () => (await token(secret)).code).toBe(0);
    const access = (await token(secret)).out.trim();
    expect(await comesIn(access)).toBe(true);
    const listed = await cli(["services", "list", "--project", "web"]);
    expect(listed.out).toContain(id);
    expect(listed.out).not.toContain(secret);

    const rotated = await cli(["services", "rotate", id, "--overlap", "0s", "--json"]);
    const next = (JSON.parse(rotated.out) as { secret: string }).secret;
    await expect.poll(async () => (await token(next)).code).toBe(0);
    await expect.poll(async () => (await token(secret)).code).toBe(1);

    expect((await cli(["services", "revoke", id])).out).toBe(`${id} is revoked.\n`);
    await expect.poll(() => comesIn(access)).toBe(false);
    const again = await cli(["services", "rotate", id]);
    expect(again.code).toBe(1);
    expect(again.err).toContain("revoked for good");
  });

  it("is changed, disabled and enabled, tokens that are out included", async () => {
    const made = await cli(["services", "create", "ci", "--project", "web", "--json", "--budget", '{"usd_per_day":5}']);
    const { service, secret } = JSON.parse(made.out) as { service: { id: string; budget: object }; secret: string };
    expect(service.budget).toEqual({ usd_per_day: 5 });
    const { id } = service;
    const token = await cli(["token", "--url", stand.gateway.url, "--client-id", id], {
      FAIRLEAD_CLIENT_SECRET: secret,
    });
    const access = token.out.trim();
    const status = async () =>
      (await fetch(`${stand.gateway.url}/v1/models`, { headers: { "x-api-key": access } })).status;
    const one = ["--name", "nightly", "--limits", '{"rpm":60}', "--expires", "90d", "--scope", "messages", "--json"];
    const changed = await cli(["services", "update", id, ...one]);
    expect([changed.code, changed.err]).toEqual([0, ""]);
    expect(JSON.parse(changed.out)).toMatchObject({ name: "nightly", limits: { rpm: 60 }, scopes: ["messages"] });
    const open = await cli([
      "services",
      "update",
      id,
      "--expires",
      "never",
      "--ip",
      '{"deny":["10.0.0.0/8"]}',
      "--json",
    ]);
    expect(JSON.parse(open.out)).toMatchObject({ expires_at: null, ip: { deny: ["10.0.0.0/8"] } });
    expect((await cli(["services", "disable", id])).out).toBe(`${id} is disabled.\n`);
    expect(await status()).toBe(403);
    expect((await cli(["services", "list"])).out).toMatch(/nightly +web +disabled/);
    expect((await cli(["services", "enable", id])).out).toBe(`${id} is enabled.\n`);
    expect(await status()).not.toBe(403);
    expect((await cli(["services", "update", id])).code).toBe(2);
  });

  it("refuses a private key, and a project that is not there", async () => {
    writeFileSync(
      join(stand.folder, "key.json"),
      JSON.stringify({ kty: "OKP", crv: "Ed25519", x: "x", d: "secret", kid: "1" }),
    );
    const key = await cli(["services", "create", "ci", "--project", "web", "--public-key", "key.json"]);
    expect(key.code).toBe(1);
    expect(key.err).toContain("public half only");
    const project = await cli(["services", "create", "ci", "--project", "nope"]);
    expect(project.code).toBe(1);
    expect(project.err).toBe("fairlead: There is no project nope. fairlead projects lists them.\n");
    const service = await cli(["services", "rotate", "svc_nope"]);
    expect(service.err).toBe("fairlead: There is no service svc_nope. fairlead services list shows them.\n");
    expect((await cli(["services", "create", "ci"])).code).toBe(2);
  });
});

describe("sign-ins", () => {
  it("are listed without their tokens, and ended one by one or by person", async () => {
    const { families } = stand.gateway.identity;
    const begin = (actor: string) =>
      families.begin({ actor, project: "web", client: "fairlead-cli" }, { scopes: ["messages"] });
    const [one, two] = [await begin("user:ada"), await begin("user:ada")];
    await begin("user:bob");
    const listed = await cli(["sign-ins", "list", "--json"]);
    expect((JSON.parse(listed.out) as { sign_ins: unknown[] }).sign_ins).toHaveLength(3);
    for (const { refreshToken, family } of [one, two]) {
      for (const secret of [refreshToken, family.salt, family.current]) expect(listed.out).not.toContain(secret);
    }
    expect((await cli(["sign-ins", "end", one.family.id])).out).toBe("Ended: 1.\n");
    const again = await cli(["sign-ins", "end", one.family.id]);
    expect(again.code).toBe(1);
    expect(again.out).toBe(`There is no sign-in ${one.family.id} that goes on. fairlead sign-ins list shows them.\n`);
    expect((await cli(["sign-ins", "end", "--actor", "user:ada"])).out).toBe("Ended: 1.\n");
    const left = await cli(["sign-ins", "list"]);
    expect(left.out).toContain("user:bob");
    expect(left.out).not.toContain("user:ada");
    expect((await cli(["sign-ins", "end"])).code).toBe(2);
  });
});
