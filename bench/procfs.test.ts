// What is read from /proc: the texts as Linux prints them, and this very process.
import { describe, expect, it } from "vitest";
import { cpuSeconds, parseBusy, parseResident, parseSchedstat, processTree, residentBytes } from "./procfs.ts";

describe("schedstat", () => {
  it("reads the on-CPU nanoseconds, the first of three numbers", () =>
    expect(parseSchedstat("1234567890 42 17\n")).toBe(1234567890));
  it("refuses what is not one", () => {
    expect(() => parseSchedstat("")).toThrow("not a schedstat");
    expect(() => parseSchedstat("-1 2 3")).toThrow("not a schedstat");
  });
});

describe("status and stat", () => {
  it("reads resident memory in bytes", () =>
    expect(parseResident("Name:\tnode\nVmHWM:\t  99 kB\nVmRSS:\t   52000 kB\nRssAnon:\t 1 kB\n")).toBe(52000 * 1024));
  it("gives 0 for a process that has ended", () => expect(parseResident("Name:\tnode\nState:\tZ (zombie)\n")).toBe(0));
  it("counts busy time without idle and iowait, with steal", () =>
    expect(parseBusy("cpu  100 20 30 5000 600 7 8 9 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")).toBeCloseTo(1.74));
});

describe.runIf(process.platform === "linux")("this process", () => {
  it("is in its own tree, has used CPU and holds memory", () => {
    const pids = processTree(process.pid);
    expect(pids).toContain(process.pid);
    const before = cpuSeconds(pids);
    expect(before).toBeGreaterThan(0);
    let sum = 0;
    for (let i = 0; i < 2e7; i++) sum += Math.sqrt(i);
    expect(sum).toBeGreaterThan(0);
    expect(cpuSeconds(pids)).toBeGreaterThan(before);
    expect(residentBytes(pids)).toBeGreaterThan(10 * 1024 * 1024);
  });
  it("counts nothing for a process that does not exist", () => expect(cpuSeconds([2 ** 22 + 1])).toBe(0));
});
