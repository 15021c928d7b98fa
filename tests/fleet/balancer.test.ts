// What nginx sends a second time, with the configurations that docs/fleet.md and deploy/ give.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { type Followed, KEY, startFollowed, startUpstream, type Upstream, upstreamYaml } from "./fleet-world.ts";
import { freePorts } from "./gateway-unit.ts";
import { deployedConfig, startNginx } from "./nginx.ts";
import { startSilent } from "./silent-machine.ts";

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function behindNginx(): Promise<{ url: string; upstream: Upstream; gateways: readonly Followed[] }> {
  const upstream = await startUpstream("one");
  closing.push(() => upstream.close());
  const gateways: Followed[] = [];
  for (let n = 0; n < 2; n++) {
    const one = await startFollowed(`upstreams:\n${upstreamYaml("one", upstream.url)}retry: { attempts: 1 }\n`);
    closing.push(() => one.close());
    gateways.push(one);
  }
  const [port = 0] = await freePorts(1);
  const nginx = await startNginx(
    port,
    gateways.map((one) => Number(new URL(one.gateway.url).port)),
  );
  closing.push(() => nginx.close());
  return { url: `http://127.0.0.1:${port}`, upstream, gateways };
}

const ask = (url: string) =>
  fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: '{"model":"claude-test","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}',
  });

it("a 503 of the API goes to the caller and is not sent a second time", async () => {
  const { url, upstream } = await behindNginx();
  upstream.status = 503;
  const answer = await ask(url);
  expect(answer.status).toBe(503);
  expect(upstream.keys).toHaveLength(1);
});

it("an instance that is leaving costs no request an answer", async () => {
  const { url, upstream, gateways } = await behindNginx();
  // Something under way keeps the one that leaves alive and listening.
  upstream.delayMs = 1_500;
  const slow = Promise.all([ask(url), ask(url), ask(url), ask(url)]);
  await expect.poll(() => upstream.keys.length).toBe(4);
  upstream.delayMs = 0;
  void gateways[0]?.gateway.drain();
  for (let n = 0; n < 20; n++) expect((await ask(url)).status).toBe(200);
  for (const one of await slow) expect(one.status).toBe(200);
});

it("a machine that is gone without a word costs nobody an answer", async () => {
  const upstream = await startUpstream("one");
  closing.push(() => upstream.close());
  const alive = await startFollowed(`upstreams:\n${upstreamYaml("one", upstream.url)}retry: { attempts: 1 }\n`);
  closing.push(() => alive.close());
  const silent = await startSilent();
  closing.push(() => silent.close());
  const [port = 0] = await freePorts(1);
  const gateways = [silent.port, Number(new URL(alive.gateway.url).port)];
  const nginx = await startNginx(port, gateways, deployedConfig);
  closing.push(() => nginx.close());
  const begun = performance.now();
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(`http://127.0.0.1:${port}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(performance.now() - begun).toBeLessThan(8_000);
}, 30_000);

it("the files in deploy have the lines that the test runs with", () => {
  const linesOf = (path: string) =>
    readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /^proxy_next_upstream|^proxy_connect_timeout|^proxy_set_header Fairlead-Draining/.test(line))
      .sort();
  const documented = linesOf("docs/fleet.md");
  expect(documented).toHaveLength(4);
  expect(linesOf("deploy/nginx.conf")).toEqual(documented);
  expect(linesOf("deploy/compose.nginx.conf")).toEqual(documented);
});
