// Identity over stores in memory and virtual time, for tests.

import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores, type Stores } from "@fairlead/stores";
import { readConfig } from "../src/config/index.ts";
import { readIp } from "../src/identity/address-range.ts";
import type { Asked } from "../src/identity/gate.ts";
import { Identity } from "../src/identity/identity.ts";
import type { Scope } from "../src/identity/scopes.ts";

/** Keys of the projects `web` and `ci` in the configuration of the world. */
export const WEB_KEY = "fl-web-key-0123456789";
export const CI_KEY = "fl-ci-key-01234567890";

/** Who changes things in tests. */
export const ME = { actor: "user:ada", from: "10.0.0.1" };

/** Text of a configuration: `more` are lines of it, `project` what stands in the project web beside its key. */
export function identityConfig(more = "", project = "") {
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: main, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${KEY}" }]
projects:
  - { name: web, keys: ["\${WEB}"]${project === "" ? "" : `, ${project}`} }
  - { name: ci, keys: ["\${CI}"] }
${more}`;
  const secrets = {
    KEY: "sk-upstream-0123456789",
    WEB: WEB_KEY,
    CI: CI_KEY,
    SECRET: "of-several-0123456789abcdef0123456789",
  };
  return readConfig(text, "/nowhere/fairlead.yaml", secrets).config;
}

/** One gateway's identity; with `stores` of another world it is a second instance on them. */
export async function identityWorld(
  more = "",
  project = "",
  shared?: { rt: ReturnType<typeof virtualRuntime>; stores: Stores },
) {
  const config = identityConfig(more, project);
  const rt = shared?.rt ?? virtualRuntime("identity");
  const stores = shared?.stores ?? memoryStores(rt.clock);
  const identity = new Identity(config, rt, stores);
  const started = identity.start();
  await rt.clock.runUntil(started);
  identity.listening("http://127.0.0.1:4100");
  const gate = identity.gate(config);
  /** What becomes of a request: the project, or the code of the refusal. */
  const ask = (
    apiKey?: string,
    authorization?: string,
    { scopes = ["messages"] as readonly Scope[], from = "192.0.2.1", ...request }: Partial<Asked> & AskFrom = {},
  ) => {
    const found = gate.identify({ apiKey, authorization }, scopes, asked({ from, ...request }));
    return "code" in found ? found.code : found.principal.project;
  };
  /** A form sent to one of the endpoints. */
  const post = async (
    path: "token" | "revoke" | "device",
    form: { readonly [name: string]: string },
    { authorization, from = "192.0.2.1" }: { authorization?: string; from?: string } = {},
  ) => {
    const endpoint = identity.oauth.endpoint(gate);
    if (endpoint === undefined) throw new Error("tokens are off");
    const sent = { form: new Map(Object.entries(form)), authorization, ip: readIp(from) };
    const reply =
      path === "token"
        ? await endpoint.token(sent)
        : path === "revoke"
          ? await endpoint.revoke(sent)
          : await endpoint.deviceAuthorization(sent, identity.oauth.devicePage);
    return { ...reply, body: (reply.body ?? {}) as { readonly [name: string]: string } };
  };
  return { rt, stores, config, identity, gate, ask, post };
}

interface AskFrom {
  readonly scopes?: readonly Scope[];
  readonly from?: string;
}

/** A request that arrives from an address. */
export function asked({
  from = "192.0.2.1",
  rawHeaders = [],
  ...rest
}: Partial<Asked> & { from?: string } = {}): Asked {
  return { method: "POST", url: "/v1/messages", rawHeaders, socket: { remoteAddress: from }, ...rest };
}
