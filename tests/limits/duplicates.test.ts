// Duplicates at two gateways on a real Redis: refused at the other one too, and never for want of Redis.

import { expect, test } from "vitest";
import { answer } from "../sockets/upstream.ts";
import { twoGateways } from "./two-gateways.ts";

let calls = 0;
/** The next answers wait for it. */
let held: Promise<void> | undefined;

const both = twoGateways("duplicates: { window: 2s, answer: refuse }", "", async (req, res, body) => {
  calls += 1;
  await held;
  if (!body.includes("fail")) return answer(req, res, body);
  res.writeHead(400, { "content-type": "application/json" });
  res.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
});

/** A new request to one gateway, and then to the other. */
async function twice(): Promise<readonly number[]> {
  const content = `new ${performance.now()}`;
  return [(await both.send(0, content)).status, (await both.send(1, content)).status];
}

test("of twenty at once one goes out, wherever they arrive; after its window it may come again", async () => {
  // The line to Redis is there, and its scripts are known.
  await expect.poll(twice).toEqual([200, 409]);
  const before = calls;
  let release = () => {};
  held = new Promise((resolve) => {
    release = resolve;
  });
  const all = Array.from({ length: 20 }, (_, i) => both.send(i % 2, "same"));
  // Nineteen are refused while the first is under way.
  const early = await Promise.all(all.map((one) => Promise.race([one.then((said) => said.status), wait(1_000)])));
  held = undefined;
  release();
  expect(early.filter((status) => status === 409)).toHaveLength(19);
  expect((await Promise.all(all)).filter((said) => said.status === 200)).toHaveLength(1);
  expect(calls).toBe(before + 1);
  const { status, text } = await both.send(0, "same");
  expect([status, (await both.send(1, "same")).status]).toEqual([409, 409]);
  expect(text).toContain("was answered a moment ago");
  await wait(2_100);
  expect((await both.send(1, "same")).status).toBe(200);
});

test("one that failed may go to the other at once", async () => {
  expect((await both.send(0, "fail")).status).toBe(400);
  expect((await both.send(1, "fail")).status).toBe(400);
});

test("Redis killed: each knows its own", async () => {
  await both.redis.kill();
  expect((await both.send(0, "alone")).status).toBe(200);
  expect((await both.send(0, "alone")).status).toBe(409);
  expect((await both.send(1, "alone")).status).toBe(200);
  await both.redis.start();
  await expect.poll(twice, { timeout: 15_000 }).toEqual([200, 409]);
});

function wait(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
