// Two gateways on a real Redis, for the tests of one file.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll } from "vitest";
import { type Behaviour, startUpstream, type Upstream } from "../sockets/upstream.ts";
import { type RedisServer, startRedis } from "../stores/redis-server.ts";
import { startGateway } from "../watched-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";

/** What the tests of a file work with; only within tests and hooks that come after. */
export interface TwoGateways {
  readonly gateways: readonly Gateway[];
  readonly redis: RedisServer;
  /** Sends one message to a gateway, and reads its answer. */
  send(
    i: number,
    content: string,
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }>;
}

/**
 * Sets them up with their hooks; to be called once, at the top of a file.
 * @param project what the one project has beside its name and key
 * @param more further lines of the configuration
 */
export function twoGateways(project: string, more = "", behave?: Behaviour): TwoGateways {
  const gateways: Gateway[] = [];
  let redis: RedisServer | undefined;
  let upstream: Upstream | undefined;
  beforeAll(async () => {
    redis = await startRedis();
    upstream = await startUpstream(behave);
    const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
redis: ${redis.url}
upstreams: [{ name: fake, provider: anthropic, base_url: "${upstream.url}", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [${KEY}], ${project} }]
${more}`;
    const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-upstream-secret-0123456789" });
    for (let i = 0; i < 2; i++) gateways.push(await startGateway(config, systemRuntime(), { log() {} }));
  });
  afterAll(async () => {
    for (const one of gateways) await one.close();
    await upstream?.close();
    await redis?.remove();
  });
  return {
    gateways,
    get redis() {
      if (redis === undefined) throw new Error("the Redis is not there yet");
      return redis;
    },
    async send(i, content) {
      const response = await fetch(`${gateways[i]?.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": KEY, "content-type": "application/json" },
        body: JSON.stringify({ model: "claude-haiku-4-5", max_tokens: 16, messages: [{ role: "user", content }] }),
      });
      const { status, headers } = response;
      return { status, headers, text: await response.text() };
    },
  };
}
