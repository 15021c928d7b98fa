// Admin keys: known by their digest alone, ended at once, and for a while without the store.

import { virtualRuntime } from "@fairlead/runtime";
import { type Json, memoryStores, type Records, StoreError } from "@fairlead/stores";
import { expect, it } from "vitest";
import { AdminKeys } from "./admin-keys.ts";

const BY = { actor: "cli" };
const WISH = { project: undefined, name: "ops", scopes: ["admin:read", "admin:write"] };

function scene() {
  const rt = virtualRuntime("admin-keys");
  const { records } = memoryStores(rt.clock);
  let down = false;
  const flaky: Records = {
    ...records,
    get: (...args) => (down ? Promise.reject(new StoreError("unavailable", "away")) : records.get(...args)),
  };
  return { rt, records, keys: new AdminKeys(rt, flaky), away: (is: boolean) => (down = is) };
}

it("the store holds no secret, and a digest opens nothing", async () => {
  const { keys, records } = scene();
  const { key, secret } = await keys.create(WISH, BY);
  const all = JSON.stringify([await records.list("admin_key"), await records.list("admin_key_digest")]);
  expect(all).not.toContain(secret);
  expect(await keys.recognise(secret)).toMatchObject({ id: key.id, scopes: WISH.scopes });
  const digest = (await records.list("admin_key_digest"))[0]?.id ?? "";
  expect(await keys.recognise(digest)).toBeUndefined();
  expect(await keys.recognise("")).toBeUndefined();
});

it("a rotated key works until the overlap is over, a revoked one not at all", async () => {
  const { keys, rt } = scene();
  const old = await keys.create(WISH, BY);
  const fresh = await keys.rotate(old.key.id, 60_000, BY);
  expect(await keys.recognise(old.secret)).toMatchObject({ state: "rotating", replacedBy: fresh.key.id });
  await rt.clock.advance(60_000);
  expect(await keys.recognise(old.secret)).toBe("expired");
  expect(await keys.recognise(fresh.secret)).toMatchObject({ state: "active" });
  await keys.revoke(fresh.key.id);
  expect(await keys.recognise(fresh.secret)).toBe("expired");
});

it("without the store one that was used lately still counts for an hour, and no other", async () => {
  const { keys, rt, away } = scene();
  const used = await keys.create({ ...WISH, expiresAt: rt.clock.wall() + 1_800_000 }, BY);
  const lasting = await keys.create(WISH, BY);
  const unused = await keys.create(WISH, BY);
  await keys.recognise(used.secret);
  await keys.recognise(lasting.secret);
  away(true);
  expect(await keys.recognise(used.secret)).toMatchObject({ id: used.key.id });
  await expect(keys.recognise(unused.secret)).rejects.toMatchObject({ code: "unavailable" });
  await rt.clock.advance(1_800_000);
  expect(await keys.recognise(used.secret)).toBe("expired");
  expect(await keys.recognise(lasting.secret)).toMatchObject({ state: "active" });
  await rt.clock.advance(1_800_000);
  await expect(keys.recognise(lasting.secret)).rejects.toMatchObject({ code: "unavailable" });
});

it("a record of another form is nobody's key", async () => {
  const { keys, records } = scene();
  const { key, secret } = await keys.create(WISH, BY);
  const odd: readonly Json[] = [{}, { id: key.id }, "x", { scopes: ["admin:write"] }];
  for (const value of odd) {
    await records.write([{ kind: "admin_key", id: key.id, value, expect: "any" }]);
    expect(await keys.recognise(secret)).toBeUndefined();
  }
});
