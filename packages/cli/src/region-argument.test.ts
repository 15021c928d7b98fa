// Regions and limits of the simulator as arguments: what is read, and what is refused.

import { expect, test } from "vitest";
import { readLimits, readRegion } from "./region-argument.ts";

test("a region has a name and what is said of it", () => {
  expect(readRegion("tokyo")).toEqual({ name: "tokyo" });
  expect(readRegion("tokyo,port=4210,latency=120ms,capacity=20,queue=500,abandoned=serve")).toEqual({
    name: "tokyo",
    port: 4210,
    latencyMs: 120,
    capacity: 20,
    queue: 500,
    abandoned: "serve",
  });
});

test.each(["", "a b", "a,queue=-1", "a,queue=1.5", "a,abandoned=keep", "a,speed=3"])("%j is no region", (text) => {
  expect(() => readRegion(text)).toThrow();
});

test("limits are read by name", () => {
  expect(readLimits("rpm=50, otpm=8000,burst=10")).toEqual({ rpm: 50, otpm: 8_000, burstSeconds: 10 });
  expect(readLimits("itpm=30000")).toEqual({ itpm: 30_000 });
});

test.each(["", "rpm", "rpm=0", "rpm=-5", "rpm=x", "tpm=5", "toString=5"])("%j are no limits", (text) => {
  expect(() => readLimits(text)).toThrow();
});
