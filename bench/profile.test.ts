// Reading a CPU profile: self time by function within a window, and by owner.
import { describe, expect, it } from "vitest";
import { byOwner, type CpuProfile, selfTimes } from "./profile.ts";

const frame = (functionName: string, url: string, lineNumber: number) => ({ functionName, url, lineNumber });
const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("scan", "file:///somewhere/node_modules/undici/lib/scan.js", 9) },
    { id: 2, callFrame: frame("(garbage collector)", "", -1) },
    { id: 3, callFrame: frame("", "node:net", 99) },
    { id: 4, callFrame: frame("scan", "file:///somewhere/node_modules/undici/lib/scan.js", 9) },
  ],
  startTime: 1_000,
  samples: [1, 2, 3, 4, 1],
  timeDeltas: [0, 100, 200, 300, 400],
};

describe("selfTimes", () => {
  it("gives each sample the time until the next and merges nodes of one function", () => {
    expect(selfTimes(PROFILE)).toEqual([
      { name: "scan", place: "undici/lib/scan.js:10", microseconds: 500 },
      { name: "(anonymous)", place: "node:net:100", microseconds: 300 },
      { name: "(garbage collector)", place: "", microseconds: 200 },
    ]);
  });
  it("counts only the samples of the window", () => {
    expect(selfTimes(PROFILE, 1_100, 1_300).map((time) => time.name)).toEqual(["(anonymous)", "(garbage collector)"]);
  });
});

describe("byOwner", () => {
  it("sums by file, and keeps the engine's own work apart", () => {
    expect(byOwner(selfTimes(PROFILE)).map(({ name, microseconds }) => [name, microseconds])).toEqual([
      ["undici/lib/scan.js", 500],
      ["node:net", 300],
      ["(garbage collector)", 200],
    ]);
  });
});
