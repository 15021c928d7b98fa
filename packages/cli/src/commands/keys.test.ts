// Commands of the admin address before a real gateway: what they do, print, and end with.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_KEY, adminGateway } from "../../testing/admin-gateway.ts";
import { type Ended, runHere } from "../../testing/program.ts";

const stand = adminGateway(["east", "tokyo"]);
beforeAll(stand.open);
afterAll(stand.close);

const cli = (...args: string[]): Promise<Ended> => stand.run(args);
const json = async <T>(...args: string[]): Promise<T> => {
  const { code, out, err } = await cli(...args, "--json");
  expect(err).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out) as T;
};
const ask = async (key: string) =>
  (await fetch(`${stand.gateway.url}/v1/models`, { headers: { "x-api-key": key } })).status;

interface Made {
  readonly key: { readonly id: string; readonly project: string | null; readonly state: string };
  readonly secret: string;
}

describe("keys", () => {
  it("a key works from its making to its revocation, and is listed without its secret", async () => {
    const { code, out } = await cli("keys", "create", "ci", "--project", "web", "--expires", "90d");
    expect(code).toBe(0);
    const secret = out.split("\n")[0] ?? "";
    expect(secret).toMatch(/^fl-key-\w{38}$/);
    expect(out).toContain("not shown again");
    await expect.poll(() => ask(secret)).not.toBe(401);
    const list = await cli("keys", "list", "--project", "web");
    expect(list.out).toContain("ci");
    expect(list.out).toContain("in file");
    expect(list.out).not.toContain(secret);
    // Whoever finds a key somewhere knows its beginning only.
    expect(list.out).toContain(secret.slice(0, 11));
    expect(Math.max(...list.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    const id = /k_\w{12}/.exec(out)?.[0] ?? "";
    expect((await cli("keys", "revoke", id)).out).toBe(`${id} is revoked.\n`);
    await expect.poll(() => ask(secret)).toBe(401);
    expect((await cli("keys", "list")).out).not.toContain(id);
    expect((await cli("keys", "list", "--all")).out).toContain(id);
  });

  it("after a rotation both work for the overlap", async () => {
    const old = await json<Made>("keys", "create", "old", "--project", "web");
    const fresh = await json<Made>("keys", "rotate", old.key.id, "--overlap", "1h");
    expect(fresh.key.id).not.toBe(old.key.id);
    await expect.poll(() => ask(fresh.secret)).not.toBe(401);
    expect(await ask(old.secret)).not.toBe(401);
    const again = await cli("keys", "rotate", old.key.id);
    expect(again.code).toBe(1);
    expect(again.err).toContain(fresh.key.id);
  });

  it("is changed without a new secret", async () => {
    const { key, secret } = await json<Made>("keys", "create", "app", "--project", "web", "--limits", '{"rpm":5}');
    expect(key).toMatchObject({ limits: { rpm: 5 } });
    const args = ["keys", "update", key.id, "--name", "app2", "--limits", "null", "--model", "claude-haiku-*"];
    expect(await json(...args)).toMatchObject({ name: "app2", limits: null, allowed_models: ["claude-haiku-*"] });
    expect(await ask(secret)).not.toBe(401);
    const ip = '{"allow":["127.0.0.0/8"]}';
    expect(await json("keys", "update", key.id, "--ip", ip, "--expires", "90d")).toMatchObject({
      ip: { allow: ["127.0.0.0/8"] },
      expires_at: expect.any(String),
    });
    const models = '[{"match":"claude-opus-*","limits":{"rpm":3}}]';
    expect(
      await json("keys", "update", key.id, "--ip", "null", "--expires", "never", "--model-limits", models),
    ).toMatchObject({ ip: null, expires_at: null, models: [{ match: "claude-opus-*" }] });
    expect((await cli("keys", "update", key.id, "--model-limits", "{}")).err).toContain("must be a JSON list");
    expect((await cli("keys", "update", key.id)).code).toBe(2);
    expect((await cli("keys", "update", key.id, "--limits", "5")).err).toContain("must be a JSON object");
    expect((await cli("keys", "update", key.id, "--limits", '{"rpms":5}')).err).toContain("known: rpm, itpm");
  });

  it("an admin key opens the admin address, as far as its scopes go, until it is revoked", async () => {
    const reader = await json<Made>("keys", "create", "looker", "--admin-key", "--scope", "admin:read");
    expect(reader.key).toMatchObject({ project: null });
    const as = (...args: string[]) => stand.run(args, { FAIRLEAD_ADMIN_KEY: reader.secret });
    expect((await as("upstreams")).code).toBe(0);
    const refused = await as("upstreams", "drain", "tokyo");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("admin:write");
    // It sends no requests.
    expect(await ask(reader.secret)).toBe(401);
    await cli("keys", "revoke", reader.key.id);
    expect((await as("upstreams")).err).toContain("expired or was revoked");
  });

  it.each([
    [["keys", "create", "x"], "either --project or --admin-key"],
    [["keys", "create", "x", "--project", "web", "--admin-key"], "either --project or --admin-key"],
    [["keys", "create", "x", "--project", "web", "--expires", "soon"], "such as 30m, 12h or 90d"],
    [["keys", "rotate"], "missing required argument"],
    [["keys", "--admin", "nowhere", "list"], "unknown option"],
    [["keys", "list", "--admin", "nowhere"], "must be an address"],
  ])("%j is wrong usage", async (args, says) => {
    const { code, err } = await cli(...args);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it.each([
    [["keys", "create", "x", "--project", "nowhere"], "nowhere"],
    [["keys", "create", "x", "--project", "web", "--scope", "everything"], "must be one of messages"],
    [["keys", "revoke", "k_000000000000"], "There is no key k_000000000000"],
    [["keys", "list", "--admin", "http://127.0.0.1:1"], "no gateway answers at http://127.0.0.1:1"],
  ])("%j is refused in words", async (args, says) => {
    const { code, err } = await cli(...args);
    expect(err).toContain(says);
    expect(code).toBe(1);
  });
});

describe("the local key", () => {
  it("is found beside the gateway's data, and only when nobody else can read it", async () => {
    const data = join(stand.folder, "fairlead-data");
    mkdirSync(data);
    const file = join(data, "admin.key");
    const without = () =>
      runHere(["upstreams", "--admin", stand.gateway.adminUrl], { folder: stand.folder, env: { HOME: stand.folder } });
    expect((await without()).err).toContain("no admin key");
    writeFileSync(file, `${ADMIN_KEY}\n`, { mode: 0o600 });
    expect((await without()).code).toBe(0);
    rmSync(file);
    writeFileSync(file, `${ADMIN_KEY}\n`, { mode: 0o644 });
    expect((await without()).code).toBe(1);
  });

  it("and no key goes to another machine in the clear", async () => {
    const env = { FAIRLEAD_ADMIN: "http://gateway.example:4101", FAIRLEAD_ADMIN_KEY: ADMIN_KEY };
    const { code, err } = await runHere(["upstreams"], { folder: stand.folder, env });
    expect(code).toBe(1);
    expect(err).toContain("in the clear");
  });
});

describe("projects, upstreams, audit", () => {
  it("a project lives from create to remove", async () => {
    await cli("projects", "create", "mobile", "--title", "Mobile app");
    expect((await cli("projects")).out).toMatch(/mobile +Mobile app +active/);
    const made = await json<Made>("keys", "create", "--project", "mobile");
    await expect.poll(() => ask(made.secret)).not.toBe(401);
    await cli("projects", "disable", "mobile");
    await expect.poll(() => ask(made.secret)).toBe(403);
    await cli("projects", "remove", "mobile");
    await expect.poll(() => ask(made.secret)).toBe(401);
    expect((await cli("projects", "update", "web", "--title", "x")).err).toContain("fairlead.yaml");
    expect((await cli("projects", "update", "web")).code).toBe(2);
  });

  it("an upstream is drained, weighted and given back", async () => {
    expect((await cli("upstreams", "drain", "tokyo", "--reason", "moved house", "--for", "30m")).out).toBe(
      "tokyo is drained for 30 minutes.\n",
    );
    expect((await cli("upstreams")).out).toMatch(/tokyo +closed +1 +drain +cli +moved house/);
    await cli("upstreams", "weight", "tokyo", "0.5");
    expect((await cli("upstreams")).out).toMatch(/tokyo +closed +0\.5 +drain/);
    expect(await cli("upstreams", "weight", "tokyo", "0")).toMatchObject({
      code: 2,
      err: "fairlead: weight '0' is invalid. It must be a number above 0, at most 1000. To send nothing there: drain.\n",
    });
    expect((await cli("upstreams", "drain", "osaka")).err).toContain("There is no upstream osaka");
    await cli("upstreams", "clear", "tokyo");
    expect((await cli("upstreams")).out).toMatch(/tokyo +closed +1 +- +- +-/);
  });

  it("all of it is on record, and the record is whole", async () => {
    const { out } = await cli("audit");
    for (const what of ["key.create", "key.revoke", "project.create", "upstream.control"]) expect(out).toContain(what);
    const verify = await cli("audit", "verify");
    expect(verify).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^The log is whole: \d+ entries\. Head: [0-9a-f]{64}\n$/),
    });
  });

  it("the contract is printed without a gateway", async () => {
    const { code, out } = await runHere(["admin", "openapi"], { folder: stand.folder });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ openapi: "3.1.0" });
  });
});
