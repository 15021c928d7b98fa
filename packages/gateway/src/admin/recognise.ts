// Which secrets open the admin address: the local key, keys of the file, keys made here, and what identity knows.

import type { IncomingMessage } from "node:http";
import { adminKeyIdOf } from "../identity/file-keys.ts";
import type { Gate } from "../identity/gate.ts";
import { SCOPES } from "../identity/scopes.ts";
import { digestOf } from "../identity/secret-text.ts";
import type { AdminKeys } from "./admin-keys.ts";
import { AdminRefusal } from "./admin-refusal.ts";
import type { Known, Recogniser } from "./services.ts";

/** Where credentials come from. */
export interface CredentialSources {
  /** The key in a file that only this machine's user can read. */
  readonly localKey: string | undefined;
  /** Those of the configuration in force. */
  fileKeys(): readonly string[];
  readonly made: AdminKeys;
  gate(): Gate;
}

/** Codes that say: it was known, and has ended. */
const ENDED = new Set([
  "key_expired",
  "key_revoked",
  "token_expired",
  "token_revoked",
  "project_disabled",
  "service_disabled",
  "service_expired",
]);
const BOTH = ["admin:read", "admin:write"];

/** Looks at every source. Secrets are compared by digest, so that the time it takes tells nothing of them. */
export function recogniser({ localKey, fileKeys, made, gate }: CredentialSources): Recogniser {
  const local = localKey === undefined ? undefined : digestOf(localKey);
  const ofAdmin = async (digest: string): Promise<Known | "expired" | undefined> => {
    if (digest === local) return { actor: "cli", kind: "local", project: undefined, scopes: BOTH };
    const filed = fileKeys().find((key) => digestOf(key) === digest);
    if (filed !== undefined)
      return { actor: `key:${adminKeyIdOf(filed)}`, kind: "key", project: undefined, scopes: BOTH };
    const key = await made.ofDigest(digest);
    if (key === "expired" || key === undefined) return key;
    return { actor: `key:${key.id}`, kind: "key", project: undefined, scopes: key.scopes };
  };
  return {
    async recognise(secret, req) {
      if (secret === "") return undefined;
      return (await ofAdmin(digestOf(secret))) ?? ofGate(gate(), secret, req);
    },
    async holds(digest, req) {
      const admin = await ofAdmin(digest);
      if (admin !== undefined) return admin === "expired" ? undefined : admin;
      const found = gate().ofDigest(digest, SCOPES, req);
      if ("code" in found) return undefined;
      const { project, keyId } = found.principal;
      return { actor: `key:${keyId}`, kind: "key", project, scopes: found.scopes };
    },
  };
}

/** A project's key or token: what it may do here is what its scopes say, and for its project alone. */
function ofGate(gate: Gate, secret: string, req: IncomingMessage): Known | "expired" | undefined {
  const found = gate.identify({ apiKey: secret, authorization: undefined }, SCOPES, req);
  if ("principal" in found) {
    const { project, keyId, actor, scopes = [] } = found.principal;
    const token = secret.startsWith("eyJ");
    return { actor: actor ?? `key:${keyId}`, kind: token ? "token" : "key", project, scopes };
  }
  if (ENDED.has(found.code)) return "expired";
  if (found.code === "too_many_failures") {
    const seconds = Math.ceil((found.retryAfterMs ?? 1_000) / 1_000);
    throw new AdminRefusal("admin_slow_down", { seconds }, { "retry-after": String(seconds) });
  }
  if (found.code === "address_refused") throw new AdminRefusal("admin_address");
  return undefined;
}
