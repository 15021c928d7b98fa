// A real gateway with one simulated region, for tests of who may come in.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { startGateway } from "../watched-gateway.ts";

/** The key of the project web in the configuration. */
export const KEY = "fl-dev-0123456789abcdef0123";
/** Who changes things in tests. */
export const ME = { actor: "user:ada" };

/** A gateway and what its log said. */
export interface IdentityWorld {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  readonly log: string[];
  /** One small message; with headers in place of the key's. */
  ask(
    headers: Readonly<Record<string, string>>,
    more?: { readonly model?: string; readonly path?: string },
  ): Promise<Told>;
  close(): Promise<void>;
}

/** What came back. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly body: { readonly [name: string]: unknown };
}

/** The body that `ask` sends. */
export const messageBody = (model = "claude-haiku-5-5") =>
  JSON.stringify({ model, max_tokens: 8, messages: [{ role: "user", content: "hi" }] });

/** Starts both. `more` are lines of the configuration. */
export async function identityWorld(more = "", project = ""): Promise<IdentityWorld> {
  const simulator = await startSimulator(
    { regions: [{ name: "east", port: 0 }], controlPort: 0, pace: "instant" },
    systemRuntime(),
  );
  const log: string[] = [];
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: east, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${K}", proxy: none }]
projects: [{ name: web, keys: [${KEY}]${project === "" ? "" : `, ${project}`} }]
${more}`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: "sk-upstream-secret-0123456789" });
  const gateway = await startGateway(config, systemRuntime(), { log: (lines) => log.push(lines) });
  return {
    simulator,
    gateway,
    log,
    async ask(headers, { model, path = "/v1/messages" } = {}) {
      const response = await fetch(`${gateway.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", ...headers },
        body: messageBody(model),
      });
      const body = (await response.json()) as {
        readonly error?: { readonly details?: { readonly error_code?: string } };
      };
      return {
        status: response.status,
        headers: response.headers,
        code: body.error?.details?.error_code,
        body: { ...body },
      };
    },
    async close() {
      await gateway.close();
      await simulator.close();
    },
  };
}

/** A form sent to an OAuth endpoint. */
export async function form(url: string, path: string, fields: Readonly<Record<string, string>>, headers = {}) {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? {} : JSON.parse(text)) as { [name: string]: string },
  };
}
