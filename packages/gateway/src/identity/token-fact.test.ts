// What the token endpoint tells of each call: the grant and how it went, in few words and without a secret.

import { expect, it } from "vitest";
import { identityWorld } from "../../testing/identity-world.ts";
import type { TokenFact } from "./token-endpoint.ts";

it("tells the grant and the result, whatever a caller writes there", async () => {
  const { post, rt } = await identityWorld();
  const told: string[] = [];
  rt.bus.listen((fact) => {
    if (fact.kind === "token") told.push(`${(fact as TokenFact).grant} ${(fact as TokenFact).result}`);
  });
  await post("token", { grant_type: "client_credentials", client_id: "svc_0000000000000000", client_secret: "wrong" });
  await post("token", {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    client_id: "x",
    device_code: "none",
  });
  await post("token", { grant_type: "made-up-by-a-caller" });
  expect(told).toEqual([
    "client_credentials invalid_client",
    expect.stringMatching(/^device_code \w+$/),
    "other unsupported_grant_type",
  ]);
});
