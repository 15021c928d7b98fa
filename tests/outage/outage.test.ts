// Two gateways on a real Redis and a real PostgreSQL: behind nginx, restarted and killed in turn; and without their stores.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePorts, type GatewayUnit } from "../fleet/gateway-unit.ts";
import { startNginx } from "../fleet/nginx.ts";
import { play } from "./outage.ts";
import { BURST_S, CAPPED, OutageWorld, RPM } from "./outage-world.ts";
import { PARTS } from "./parts.ts";
import { sdkCallers } from "./sdk-callers.ts";

let world: OutageWorld;
let nginx: { close(): Promise<void> };
let url = "";
beforeAll(async () => {
  world = await OutageWorld.start();
  const [port = 0] = await freePorts(1);
  nginx = await startNginx(
    port,
    world.units.map((unit) => unit.port),
  );
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await nginx?.close();
  await world?.close();
});

/** Asks for the limited project at twice its rate until told to stop; gives how many were let in, and in how many seconds. */
function limited(): () => Promise<{ readonly admitted: number; readonly seconds: number; readonly other: string[] }> {
  let on = true;
  let admitted = 0;
  const other: string[] = [];
  const from = performance.now();
  const loop = async () => {
    const open: Array<Promise<void>> = [];
    while (on) {
      open.push(
        fetch(`${url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": CAPPED, "content-type": "application/json", "anthropic-version": "2023-06-01" },
          body: '{"model":"claude-haiku-5-5","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}',
        }).then(
          async (answer) => {
            await answer.text();
            if (answer.status === 200) admitted += 1;
            else if (answer.status !== 429) other.push(String(answer.status));
          },
          (e: Error) => {
            other.push(e.message);
          },
        ),
      );
      await sleep(50);
    }
    await Promise.all(open);
  };
  const all = loop();
  return async () => {
    on = false;
    await all;
    return { admitted, seconds: (performance.now() - from) / 1_000, other };
  };
}

it("agree on a revision long before they would ask for it, through PostgreSQL", async () => {
  const [a, b] = world.units as [GatewayUnit, GatewayUnit];
  interface State {
    readonly revision: { readonly id: string } | null;
    readonly fleet: { readonly instances: readonly unknown[] };
  }
  const before = await b.admin<State>("/api/config");
  const yaml = `${readFileSync(a.file, "utf8")}retry: { attempts: 4 }\n`;
  const made = await a.admin<{ id: string }>("/api/config/apply", { yaml, expect: before.revision?.id });
  const applied = performance.now();
  await expect.poll(async () => (await b.admin<State>("/api/config")).revision?.id, { timeout: 5_000 }).toBe(made.id);
  // Without a notice it would be more than ten seconds.
  expect(performance.now() - applied).toBeLessThan(3_000);
  await a.admin("/api/config/rollback", {});
  await expect
    .poll(async () => (await b.admin<State>("/api/config")).revision?.id, { timeout: 5_000 })
    .toBe(String(Number(made.id) + 1));
});

it("restarted in turn by SIGTERM: no request fails, no stream breaks, limits hold, one ledger says what the bill says", async () => {
  const stop = sdkCallers(url, 6);
  const stopLimited = limited();
  await sleep(500);
  for (const unit of world.units) {
    expect(await unit.end("SIGTERM")).toBe(0);
    await unit.start();
    await sleep(300);
  }
  const { admitted, seconds, other } = await stopLimited();
  const counts = await stop();
  expect(counts).toMatchObject({ failed: [], cut: 0, lies: 0 });
  expect(counts.whole).toBeGreaterThan(30);
  expect(other).toEqual([]);
  expect(admitted).toBeLessThanOrEqual((RPM / 60) * (seconds + BURST_S) + 1);
  expect(admitted).toBeGreaterThan(10);
  expect(await world.settled(30, performance.now())).toBeDefined();
});

it("killed in turn: whoever had no content yet gets an answer, a stream that had is told that it broke", async () => {
  const stop = sdkCallers(url, 6);
  await sleep(500);
  for (const unit of world.units) {
    expect(await unit.end("SIGKILL")).toBe("SIGKILL");
    await sleep(200);
    await unit.start();
    await sleep(300);
  }
  const counts = await stop();
  expect(counts.failed).toEqual([]);
  expect(counts.lies).toBe(0);
  expect(counts.cut).toBeLessThanOrEqual(12);
  expect(counts.whole).toBeGreaterThan(30);
});

it("no request fails while Redis and PostgreSQL are dead, and the ledger has every attempt after", async () => {
  const part = PARTS.find(({ name }) => name === "both-dead");
  if (part === undefined) throw new Error("there is no such part");
  const played = await play(world, part, 4, 1, await world.base());
  // A few seconds are too short to judge a rate by: the long form does.
  expect(played.faults.filter((fault) => !fault.includes("beyond the limit"))).toEqual([]);
  expect(played.during.requests).toBeGreaterThan(20);
  expect(played.during.limited).toBeGreaterThan(0);
});
