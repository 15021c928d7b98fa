// Tests of a place in the queue: worked out when somebody asks, and nothing once it has left.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { type Asking, FairQueue } from "../mechanics/fair-queue.ts";
import { QueuedPlace } from "./queued-place.ts";

test("tells who goes before and about how long that takes, as it is now", async () => {
  const { clock } = virtualRuntime("place");
  const wide = { interactive: 1e6, agent: 1e6, background: 1e6, batch: 1e6 };
  const queue = new FairQueue<string>({ maxWaitMs: wide, intervalMs: 1e9 });
  const asking = (item: string): Asking<string> => ({
    item,
    priority: "interactive",
    tenant: "t",
    lane: "m",
    cost: 1,
    deadline: Number.POSITIVE_INFINITY,
  });
  for (let i = 0; i < 20; i++) queue.push(asking(`${i}`), 0);
  const pushed = queue.push(asking("x"), 0);
  if (pushed.refused !== undefined) throw new Error(pushed.refused);
  const place = new QueuedPlace(queue, pushed.ticket, clock);
  expect([place.place, place.waitMs]).toEqual([20, undefined]);
  for (let i = 0; i < 10; i++) {
    await clock.advance(100);
    queue.take(clock.now(), () => true);
  }
  expect(place.place).toBe(10);
  expect(place.waitMs).toBeGreaterThan(1_000);
  expect(place.waitMs).toBeLessThan(1_200);
  queue.leave(pushed.ticket, clock.now());
  expect(place.place).toBe(0);
});
