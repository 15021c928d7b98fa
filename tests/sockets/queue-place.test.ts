// A caller that waits in the gateway's queue learns its place and how long it will take; so does whoever runs the gateway.

import type { ServerResponse } from "node:http";
import { createFetch } from "@fairlead/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FRAMES } from "./upstream.ts";
import { ADMIN, BODY, KEY, STREAM_BODY, startWorld, UPSTREAM_KEY, type World } from "./world.ts";

const MORE = "stream: { ping: 1s }\nadmission: { concurrency: 1, queue: 2, wait: 20s }\nretry: { attempts: 1 }\n";
const QUEUED = /: fairlead queued place=(\d+)(?: wait_ms=(\d+))?\n\n/g;
const PING = /event: ping\ndata: \{"type": ?"ping"\}\n\n/g;

interface State {
  readonly loads: ReadonlyArray<{ readonly inFlight: number }>;
  readonly queue: { readonly waiting: number; readonly refused: { readonly full: number } };
}
interface UnderWay {
  readonly id: string;
  readonly attempts: number;
  readonly priority: string;
  readonly stream: boolean;
  readonly age_ms: number;
  readonly queued: { readonly place: number; readonly wait_ms: number | null } | null;
}
interface Requests {
  readonly under_way: { readonly total: number; readonly requests: readonly UnderWay[] };
  readonly requests: readonly unknown[];
}

let world: World;
let held: ServerResponse[];
beforeEach(async () => {
  held = [];
  world = await startWorld(MORE, (_, res) => void held.push(res));
});
afterEach(async () => {
  for (const res of held) res.destroy();
  await world.close();
});

const post = (body: string, headers: object = {}) =>
  fetch(`${world.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": KEY, ...headers },
    body,
  });
const admin = async <T>(path: string): Promise<T> =>
  (await fetch(`${world.gateway.adminUrl}${path}`, { headers: ADMIN }).then((r) => r.json())) as T;

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  const since = performance.now();
  while (!(await is())) {
    if (performance.now() - since > 8_000) throw new Error("it never came about");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function answerNext(): void {
  const res = held.shift();
  res?.writeHead(200, { "content-type": "text/event-stream" });
  res?.end(FRAMES.join(""));
}

it("tells its place in comments between frames, and the admin address where each request stands", async () => {
  const waiting = async (count: number) => (await admin<State>("/api/state")).queue.waiting === count;
  const first = post(STREAM_BODY).then((r) => r.text());
  await until(() => held.length === 1);
  const second = post(STREAM_BODY);
  await until(() => waiting(1));
  const third = post(STREAM_BODY, { "fairlead-priority": "agent" });
  await until(() => waiting(2));

  const { under_way } = await admin<Requests>("/api/requests");
  expect(under_way.total).toBe(3);
  expect(under_way.requests.map(({ queued, stream, priority }) => [queued?.place, stream, priority])).toEqual([
    [undefined, true, "interactive"],
    [0, true, "interactive"],
    [1, true, "agent"],
  ]);
  const id = under_way.requests[2]?.id ?? "";
  expect(await admin<UnderWay>(`/api/requests/${id}`)).toMatchObject({ id, attempts: 0, queued: { place: 1 } });
  expect(JSON.stringify(under_way)).not.toContain(UPSTREAM_KEY);
  const metrics = await fetch(`${world.gateway.adminUrl}/metrics`).then((r) => r.text());
  expect(metrics).toContain('fairlead_queue_waiting{priority="agent"} 1');
  expect(metrics).toContain('fairlead_in_flight{upstream="fake"} 1');

  // The queue has two places: the next is turned away and told when to come back.
  const refused = await post(BODY, { "fairlead-priority": "agent" });
  expect(refused.status).toBe(529);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await refused.text()).toMatch(/2 requests wait for it already\. Try again in \d+ s\./);
  expect((await admin<State>("/api/state")).queue.refused.full).toBe(1);

  const [one, two] = await Promise.all([second, third]);
  expect([one.headers.get("fairlead-stream"), two.headers.get("fairlead-stream")]).toEqual(["early", "early"]);
  answerNext();
  await until(() => held.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_700));
  answerNext();
  await until(() => held.length === 1);
  answerNext();
  expect((await first).replace(PING, "")).toBe(FRAMES.join(""));
  const texts = await Promise.all([one.text(), two.text()]);
  for (const text of texts) expect(text.replace(QUEUED, "").replace(PING, "")).toBe(FRAMES.join(""));
  const places = texts.map((text) => [...text.matchAll(QUEUED)].map(([, place]) => Number(place)));
  expect(places[0]?.[0]).toBe(0);
  expect(places[1]?.[0]).toBe(1);
  expect(places[1]?.at(-1)).toBe(0);
  // By the end turns had been given while others waited: the wait was measured.
  expect([...(texts[1] ?? "").matchAll(QUEUED)].at(-1)?.[2]).toMatch(/^\d+$/);
  await until(async () => (await admin<Requests>("/api/requests")).under_way.total === 0);
  expect((await admin<State>("/api/state")).loads).toMatchObject([{ inFlight: 0 }]);
}, 20_000);

it("is skipped by our own client, whose caller sees the answer alone", async () => {
  const first = post(STREAM_BODY).then((r) => r.text());
  await until(() => held.length === 1);
  const client = createFetch();
  const second = client(`${world.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": KEY },
    body: STREAM_BODY,
  }).then((r) => r.text());
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  answerNext();
  await until(() => held.length === 1);
  answerNext();
  await first;
  const text = await second;
  expect(text.match(QUEUED)?.length).toBeGreaterThanOrEqual(1);
  expect(text.replace(QUEUED, "").replace(PING, "")).toBe(FRAMES.join(""));
  await client.close();
}, 15_000);
