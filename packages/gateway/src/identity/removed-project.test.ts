// A project that is removed takes all with it: one made later under its name has no keys, services, sign-ins or tokens of it.

import { expect, it } from "vitest";
import { ME } from "../../testing/identity-world.ts";
import { BOB, CLIENT, DEVICE, oauthWorld } from "../../testing/oauth-world.ts";

it("nothing of a removed project works when one of the same name is made", async () => {
  const { identity, rt, post, refresh, service, ask } = await oauthWorld();
  await identity.projects.create({ name: "app" }, ME);
  const key = await identity.keys.create({ project: "app", name: "k" }, ME);
  const { id, secret } = await service({ project: "app" });
  const credentials = { grant_type: "client_credentials", client_id: id, client_secret: secret };
  const ofService = (await post("token", credentials)).body.access_token ?? "";
  const { body: begun } = await post("device", CLIENT);
  await identity.devices.approve(begun.user_code ?? "", BOB, "app");
  await rt.clock.advance(5_000);
  const person = (await post("token", { ...CLIENT, grant_type: DEVICE, device_code: begun.device_code ?? "" })).body;
  expect([ask(key.secret), ask(ofService), ask(person.access_token)]).toEqual(["app", "app", "app"]);

  await rt.clock.advance(1_000);
  await identity.projects.remove("app", ME);
  expect([ask(key.secret), ask(ofService), ask(person.access_token)]).toEqual([
    "key_revoked",
    "token_revoked",
    "token_revoked",
  ]);

  await rt.clock.advance(1_000);
  await identity.projects.create({ name: "app" }, ME);
  expect([ask(key.secret), ask(ofService), ask(person.access_token)]).toEqual([
    "key_revoked",
    "token_revoked",
    "token_revoked",
  ]);
  expect((await post("token", credentials)).body.error).toBe("invalid_client");
  expect((await refresh(person.refresh_token)).body.error).toBe("invalid_grant");
  expect(await identity.families.list({ project: "app" })).toEqual([]);

  // The new one's own work.
  await rt.clock.advance(1_000);
  const next = await service({ project: "app" });
  const own = { grant_type: "client_credentials", client_id: next.id, client_secret: next.secret };
  expect(ask((await post("token", own)).body.access_token)).toBe("app");
});
