// A signing key that a gateway under test believes to be its own.

import { generateKeyPairSync } from "node:crypto";
import type { Runtime } from "@fairlead/runtime";
import type { Directory } from "../src/identity/directory.ts";
import { thumbprint } from "../src/identity/signing-keys.ts";

/** Makes a key pair and has the directory know its public half. */
export function signerOf(directory: Directory, rt: Runtime) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const kid = thumbprint(x);
  const now = Math.floor(rt.clock.wall());
  const times = { created_at: now, active_from: now, active_until: now + 1, gone_after: now + 86_400_000 };
  directory.learn("signing_key", kid, { kid, x, sealed: "v1.", ...times });
  return { kid, privateKey };
}
