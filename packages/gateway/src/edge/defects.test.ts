// A defect of ours before the pipeline: a 500 for the request that it happened in, and nothing to those of others.

import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readConfig } from "../config/index.ts";
import { type Gateway, startGateway } from "../server/start-gateway.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const broken = vi.hoisted(() => ({ look: false, screen: false, layer: false }));

vi.mock("./exchange-of.ts", async (original) => {
  const real = await original<typeof import("./exchange-of.ts")>();
  const lookAt: typeof real.lookAt = (...args) => {
    if (broken.look) throw new RangeError("a look that breaks");
    return real.lookAt(...args);
  };
  return { ...real, lookAt };
});

vi.mock("../redaction/screen-step.ts", async (original) => {
  const real = await original<typeof import("../redaction/screen-step.ts")>();
  const screenStep: typeof real.screenStep = (...args) => {
    if (broken.screen) throw new RangeError("a screen that breaks");
    real.screenStep(...args);
  };
  return { ...real, screenStep };
});

vi.mock("../tenancy/duplicates.ts", async (original) => {
  const real = await original<typeof import("../tenancy/duplicates.ts")>();
  const duplicates: typeof real.duplicates = (...args) => {
    const layer = real.duplicates(...args);
    return (rt) => {
      const made = layer(rt);
      return {
        ...made,
        handle(x, next) {
          if (broken.layer) throw new RangeError("a layer that breaks");
          return made.handle(x, next);
        },
      };
    };
  };
  return { ...real, duplicates };
});

let gateway: Gateway;
const log: string[] = [];

beforeAll(async () => {
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: a, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }]
projects: [{ name: web, keys: [${KEY}] }]`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-ant-upstream-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log: (line) => void log.push(line) });
});
afterAll(() => gateway.close());

async function send(): Promise<readonly [number, string]> {
  const answer = await fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json" },
    body: '{"model":"claude-haiku-4-5","max_tokens":16,"messages":[]}',
  });
  return [answer.status, await answer.text()];
}

it.each(["look", "screen", "layer"] as const)("of the %s", async (what) => {
  broken[what] = true;
  const [status, text] = await send();
  broken[what] = false;
  expect([status, text]).toEqual([500, expect.stringContaining("fairlead_internal")]);
  expect(text).not.toContain("that breaks");
  await expect.poll(() => log.join("\n")).toContain(`a ${what} that breaks`);
  // The one after it goes on to its upstream, which is not there.
  expect((await send())[1]).toContain("fairlead_unreachable");
});
