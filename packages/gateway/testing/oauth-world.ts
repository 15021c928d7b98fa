// A world in which people and services get tokens, for tests.

import { identityWorld, ME } from "./identity-world.ts";

/** The grant of devices. */
export const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
/** A client without a secret. */
export const CLIENT = { client_id: "fairlead-cli" };
/** Who signs in. */
export const BOB = { actor: "user:bob", from: "10.0.0.2" };

/** An instance, and the ways to its tokens; with `shared` of another world a second instance on its stores. */
export async function oauthWorld(more?: string, shared?: Parameters<typeof identityWorld>[2]) {
  const made = await identityWorld(more, "", shared);
  const { post, identity, rt } = made;
  /** Signs a person in, and returns the first answer of the token endpoint. */
  const signIn = async (scope = "", by = BOB) => {
    const { body: begun } = await post("device", { ...CLIENT, ...(scope === "" ? {} : { scope }) });
    await identity.devices.approve(begun.user_code ?? "", by, "web");
    await rt.clock.advance(5_000);
    return (await post("token", { ...CLIENT, grant_type: DEVICE, device_code: begun.device_code ?? "" })).body;
  };
  const refresh = (token: string | undefined, more: { readonly [name: string]: string } = {}) =>
    post("token", { ...CLIENT, grant_type: "refresh_token", refresh_token: token ?? "", ...more });
  const service = async (more: object = {}) => {
    const { service, secret } = await identity.services.create({ project: "web", name: "ci", ...more }, ME);
    await rt.clock.advance(1_000);
    return { id: service.id, secret: secret ?? "" };
  };
  return { ...made, signIn, refresh, service };
}
