// The short form of `npm run stores:die`: both stores die under two gateways.

import { afterAll, beforeAll, expect, it } from "vitest";
import { play } from "./outage.ts";
import { OutageWorld } from "./outage-world.ts";
import { PARTS } from "./parts.ts";

let world: OutageWorld;
beforeAll(async () => {
  world = await OutageWorld.start();
});
afterAll(async () => world?.close());

it("no request fails while Redis and PostgreSQL are dead, and the ledger is whole after", async () => {
  const part = PARTS.find(({ name }) => name === "both-dead");
  if (part === undefined) throw new Error("there is no such part");
  const played = await play(world, part, 4, 1);
  // A few seconds are too short to judge a rate by: the long form does.
  expect(played.faults.filter((fault) => !fault.includes("beyond the limit"))).toEqual([]);
  expect(played.during.requests).toBeGreaterThan(20);
  expect(played.during.limited).toBeGreaterThan(0);
  expect(played.ledger).toEqual(played.bill);
});
