// A gateway in this process in front of a recording upstream, and the requests that everybody sends to it.

import { type Config, type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { startGateway } from "../watched-gateway.ts";
import { answer, type Behaviour, startUpstream, type Upstream } from "./upstream.ts";

/** The key that the gateway knows. */
export const KEY = "fl-dev-0123456789abcdef0123";
/** The key of the admin address, and the headers that carry it. */
export const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef";
export const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
/** The key that only the upstream knows. */
export const UPSTREAM_KEY = "sk-upstream-secret-0123456789";

/** A gateway and its upstream. */
export interface World {
  readonly gateway: Gateway;
  readonly upstream: Upstream;
  /** Lines that the gateway logged. */
  readonly log: string[];
  close(): Promise<void>;
}

/** The configuration of a gateway on free ports in front of `url`; `more` is further YAML. */
export function configFor(url: string, more = ""): Config {
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams:
  - { name: fake, provider: anthropic, base_url: "${url}", api_key: "\${UPSTREAM_KEY}", proxy: none }
store: "memory:"
projects:
  - { name: web, keys: [${KEY}] }
${more}`;
  return readConfig(text, "/nowhere/fairlead.yaml", { UPSTREAM_KEY }).config;
}

/** Starts both. */
export async function startWorld(more = "", behave: Behaviour = answer): Promise<World> {
  const upstream = await startUpstream(behave);
  const log: string[] = [];
  const gateway = await startGateway(configFor(upstream.url, more), systemRuntime(), {
    adminKey: ADMIN_KEY,
    log: (text) => log.push(...text.trimEnd().split("\n")),
  });
  return {
    gateway,
    upstream,
    log,
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** The body of a small good request. */
export const BODY = '{"model":"claude-test","max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}';
/** The same, streamed. */
export const STREAM_BODY = BODY.replace("{", '{"stream":true,');

/** A request as text: the usual headers, the given ones, and the body's length unless the headers frame it. */
export function request(
  body: string = BODY,
  headers: readonly string[] = [],
  line = "POST /v1/messages HTTP/1.1",
): string {
  const framed = headers.some((one) => /^(?:content-length|transfer-encoding)/i.test(one.trim()));
  const length = framed ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return `${[line, "host: gateway", `x-api-key: ${KEY}`, "content-type: application/json", ...headers, ...length].join("\r\n")}\r\n\r\n${body}`;
}

/** A request of exactly these lines and this body. */
export function lines(head: readonly string[], body = ""): string {
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
