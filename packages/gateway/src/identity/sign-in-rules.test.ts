// What a person approved for a device ends with the rule that said what the person may.

import { expect, it } from "vitest";
import { BOB, CLIENT, DEVICE, oauthWorld } from "../../testing/oauth-world.ts";
import { ruleMark } from "./sign-in-rules.ts";

const PLACE = { issuer: "https://idp.example", client_id: "fairlead" };
const WEB = { grant: "member", project: "web", claim: "groups", value: "web-team" } as const;
const OTHER = "{ grant: reader, email_domain: example.com }";

/** Instances that know each other's sign-ins share it. */
const SECRET = `identity: { secret: "\${SECRET}" }`;
/** Lines of a configuration with these rules; `issuer` names who says who people are. */
const rules = (list: readonly string[], issuer = PLACE.issuer) => `${SECRET}
admin_sign_in:
  issuer: ${issuer}
  client_id: ${PLACE.client_id}
  redirect_url: https://admin.example/sign-in/callback
  roles: [${list.join(", ")}]`;
const AS_YAML = "{ grant: member, project: web, claim: groups, value: web-team }";

type World = Awaited<ReturnType<typeof oauthWorld>>;

async function approved({ post, identity, rt }: World, rule?: string) {
  const { body } = await post("device", CLIENT);
  await identity.devices.approve(body.user_code ?? "", BOB, "web", undefined, rule);
  await rt.clock.advance(5_000);
  return body.device_code ?? "";
}

const poll = async ({ post }: World, code: string) =>
  (await post("token", { ...CLIENT, grant_type: DEVICE, device_code: code })).body;

it.each<[string, string, boolean]>([
  ["the same rules", rules([AS_YAML]), true],
  ["another rule before it", rules([OTHER, AS_YAML]), true],
  ["its rule gone", rules([OTHER]), false],
  ["its rule for another project", rules([AS_YAML.replace("web,", "ci,")]), false],
  ["another provider", rules([AS_YAML], "https://other.example"), false],
  ["no provider", SECRET, false],
])("with %s", async (_, then, stays) => {
  const world = await oauthWorld(rules([AS_YAML]));
  const signedIn = await poll(world, await approved(world, ruleMark(PLACE, WEB)));
  const waits = await approved(world, ruleMark(PLACE, WEB));
  const byKey = await poll(world, await approved(world));
  const later = await oauthWorld(then, world);
  expect((await later.identity.families.list()).length).toBe(stays ? 2 : 1);
  expect((await later.refresh(signedIn.refresh_token)).body.error).toBe(stays ? undefined : "invalid_grant");
  expect((await poll(later, waits)).error).toBe(stays ? undefined : "invalid_grant");
  // What no rule gave does not end with one.
  expect((await later.refresh(byKey.refresh_token)).status).toBe(200);
});
