// A configuration on trial with real requests: its share by session, its roll-back by itself, the good circuits untouched.

import { afterEach, expect, it } from "vitest";
import { type Followed, startFollowed, startUpstream, type Upstream, upstreamYaml } from "./fleet-world.ts";

const open: Array<{ close(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
async function upstream(name: string): Promise<Upstream> {
  const one = await startUpstream(name);
  open.push(one);
  return one;
}
async function followed(yaml: string): Promise<Followed> {
  const one = await startFollowed(yaml);
  open.push(one);
  return one;
}

const CANARY = "retry: { attempts: 1 }\nfleet: { canary: 40, canary_time: 1s, canary_requests: 30 }\n";

it("gives a session one configuration, and promotes a good one by itself", async () => {
  const [a, b] = [await upstream("a"), await upstream("b")];
  const one = await followed(`upstreams:\n${upstreamYaml("main", a.url)}${CANARY}`);
  one.write(`upstreams:\n${upstreamYaml("main", b.url)}${CANARY}`);
  await one.told("config-canary");
  const first = new Map<string, string>();
  for (let i = 0; i < 90; i++) {
    const { status, text } = await one.ask(`session ${i % 30}`);
    expect(status).toBe(200);
    const session = `session ${i % 30}`;
    if (one.gateway.fleet?.state().trial !== null) expect(first.get(session) ?? text).toBe(text);
    first.set(session, text);
  }
  expect(new Set(first.values())).toEqual(new Set(["a", "b"]));
  for (let i = 0; one.gateway.fleet?.state().trial !== null && i < 400; i++) await one.ask(`more ${i}`);
  expect(one.gateway.fleet?.state().trial).toBeNull();
  expect((await one.ask()).text).toBe("b");
});

it("rolls a bad one back by itself; whoever stayed on the old one saw nothing of it", async () => {
  const [good, bad] = [await upstream("good"), await upstream("bad")];
  bad.status = 500;
  const one = await followed(`upstreams:\n${upstreamYaml("main", good.url)}${CANARY}`);
  one.write(`upstreams:\n${upstreamYaml("main", bad.url)}${CANARY}`);
  await one.told("config-canary");
  let failed = 0;
  for (let i = 0; one.log.every(({ event }) => event !== "config-rolled-back") && i < 1_000; i++) {
    const { status, text } = await one.ask(`session ${i}`);
    if (status === 200) expect(text).toBe("good");
    else failed += 1;
  }
  expect(failed).toBeGreaterThanOrEqual(5);
  expect(await one.told("config-rolled-back")).toContain("stays in force");
  for (let i = 0; i < 30; i++) expect(await one.ask(`later ${i}`)).toEqual({ status: 200, text: "good" });
  expect(one.gateway.fleet?.state().refused?.why).toContain("rolled back");
});
