// A real admin address of a real gateway in front of an identity provider, on ports that are known beforehand.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";

/** The local admin key of the stand. */
export const STAND_KEY = "fl-admin-0123456789abcdef0123456789abcdef";
/** What the provider knows the gateway by. */
export const CLIENT = { id: "fairlead", secret: "client-secret-0123456789abcdef" };

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a gateway whose people sign in at `issuer`. */
export async function peopleGateway(issuer: string | undefined, port: number, log: string[] = []): Promise<Gateway> {
  const signIn =
    issuer === undefined
      ? ""
      : `
admin_sign_in:
  issuer: ${issuer}
  client_id: ${CLIENT.id}
  client_secret: "\${CLIENT_SECRET}"
  redirect_url: http://127.0.0.1:${port}/sign-in/callback
  roles:
    - { grant: admin, claim: groups, value: platform }
    - { grant: member, project: web, claim: groups, value: web-team }
    - { grant: reader, email_domain: example.com }`;
  const text = `
store: "memory:"
listen: 127.0.0.1:0
admin: 127.0.0.1:${port}
upstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }]
projects:
  - { name: web, keys: [fl-dev-0123456789abcdef0123] }
  - { name: app, keys: [fl-dev-abcdef0123456789abcd] }
${signIn}`;
  const env = { UP: "sk-ant-upstream-0123456789", CLIENT_SECRET: CLIENT.secret };
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", env);
  return startGateway(config, systemRuntime(), { adminKey: STAND_KEY, log: (line) => void log.push(line) });
}
