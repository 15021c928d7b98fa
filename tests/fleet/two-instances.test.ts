// Two instances behind nginx, restarted and killed in turn under the load of a real SDK.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installed } from "../clients/installed.ts";
import { freePorts, GatewayUnit } from "./gateway-unit.ts";
import { startNginx } from "./nginx.ts";

const { Anthropic } = await installed(() => import("../clients/node_modules/@anthropic-ai/sdk/index.mjs"));

const KEY = "fl-dev-two-0123456789abcdef";
let folder = "";
let simulator: Simulator;
let units: GatewayUnit[] = [];
let nginx: { close(): Promise<void> };
let url = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-two-"));
  simulator = await startSimulator(
    {
      seed: "two",
      controlPort: 0,
      regions: [
        {
          name: "near",
          port: 0,
          firstTokenMs: { kind: "lognormal", median: 150, sigma: 0.3 },
          tokensPerSecond: { kind: "lognormal", median: 120, sigma: 0.2 },
        },
      ],
    },
    systemRuntime(),
  );
  const [a, b, c, d, port] = (await freePorts(5)) as [number, number, number, number, number];
  const env = { UP: "sk-ant-upstream-0123456789" };
  units = [new GatewayUnit(folder, "a", [a, b], env), new GatewayUnit(folder, "b", [c, d], env)];
  for (const unit of units) {
    unit.write(
      `store: "memory:"\ndata_dir: ./${unit.port}\nupstreams:\n  - { name: near, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${UP}", proxy: none }\nprojects: [{ name: web, keys: [${KEY}] }]\n`,
    );
    await unit.start();
  }
  nginx = await startNginx(port, [a, c]);
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await nginx?.close();
  for (const unit of units) await unit.stop();
  await simulator?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Counts {
  whole: number;
  /** Streams that broke after content had come, and were told so. */
  cut: number;
  failed: string[];
  /** Streams that ended without a last event and without an error: a lie. */
  lies: number;
}

/** Callers that ask all the time, every second one for a stream, until told to stop. */
function callers(count: number): () => Promise<Counts> {
  const client = new Anthropic({ baseURL: url, authToken: KEY, apiKey: null, maxRetries: 2 });
  const counts: Counts = { whole: 0, cut: 0, failed: [], lies: 0 };
  let on = true;
  const one = async (caller: number) => {
    for (let i = 0; on; i++) {
      const ask = {
        model: "claude-haiku-5-5",
        max_tokens: 60,
        messages: [{ role: "user" as const, content: `caller ${caller}, question ${i}` }],
      };
      let content = false;
      try {
        if ((caller + i) % 2 === 0) await client.messages.create(ask);
        else {
          let last = "";
          for await (const event of await client.messages.create({ ...ask, stream: true })) {
            last = event.type;
            content ||= event.type === "content_block_delta";
          }
          if (last !== "message_stop") {
            counts.lies += 1;
            continue;
          }
        }
        counts.whole += 1;
      } catch (e) {
        if (content) counts.cut += 1;
        else counts.failed.push(String(e));
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  return async () => {
    on = false;
    await all;
    return counts;
  };
}

describe("two instances behind nginx", () => {
  it("restarted in turn by SIGTERM: no request fails, no stream breaks", async () => {
    const stop = callers(8);
    await sleep(500);
    for (const unit of units) {
      expect(await unit.end("SIGTERM")).toBe(0);
      await sleep(200);
      await unit.start();
      await sleep(300);
    }
    const counts = await stop();
    expect(counts.failed).toEqual([]);
    expect(counts).toMatchObject({ cut: 0, lies: 0 });
    expect(counts.whole).toBeGreaterThan(50);
  });

  it("killed in turn: whoever had no content yet gets an answer, a stream that had is told that it broke", async () => {
    const stop = callers(8);
    await sleep(500);
    for (const unit of units) {
      expect(await unit.end("SIGKILL")).toBe("SIGKILL");
      await sleep(300);
      await unit.start();
      await sleep(400);
    }
    const counts = await stop();
    expect(counts.failed).toEqual([]);
    expect(counts.lies).toBe(0);
    expect(counts.cut).toBeLessThanOrEqual(16);
    expect(counts.whole).toBeGreaterThan(50);
  });
});
