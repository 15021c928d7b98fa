// The order, the bounds and the honesty of a run of probes, in virtual time.

import { sleep, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import type { Context } from "./context.ts";
import type { FactName, Facts } from "./facts.ts";
import { type Probed, runProbes } from "./graph.ts";
import type { Looked, Probe } from "./probe.ts";

const words = (text: string) => ({ en: text, zh: text });

function stage() {
  const rt = virtualRuntime("graph");
  const ctx = { rt } as unknown as Context;
  const log: string[] = [];
  const probe = (id: FactName, after: FactName[], ms: number, more: Partial<Probe> = {}): Probe => ({
    id,
    layer: "dns",
    title: words(id),
    after,
    async run(): Promise<Looked> {
      log.push(`${rt.clock.now()} ${id}`);
      await sleep(rt.clock, ms);
      return { status: "pass", note: words("seen"), facts: { ms } as never };
    },
    ...more,
  });
  const run = async (probes: Probe[], budgetMs = 8_000) => {
    const facts: Facts = {};
    let done: readonly Probed[] | undefined;
    let error: unknown;
    runProbes(probes, ctx, facts, budgetMs).then(
      (probed) => {
        done = probed;
      },
      (e: unknown) => {
        error = e;
      },
    );
    await rt.clock.advance(60_000);
    if (error !== undefined) throw error;
    if (done === undefined) throw new Error("the run never ended");
    return { probed: done, facts, of: (id: FactName) => done?.find((one) => one.probe.id === id) };
  };
  return { rt, log, probe, run };
}

describe("runProbes", () => {
  it("runs side by side what does not wait, and one after the other what does", async () => {
    const { log, probe, run } = stage();
    const { probed } = await run([
      probe("tcp.connect", ["dns.lookup"], 20),
      probe("dns.lookup", [], 30),
      probe("dns.nameservers", [], 50),
      probe("tls.handshake", ["tcp.connect", "dns.nameservers"], 10),
    ]);
    const began = Number(log[0]?.split(" ")[0]);
    expect(log.map((line) => [Number(line.split(" ")[0]) - began, line.split(" ")[1]])).toEqual([
      [0, "dns.lookup"],
      [0, "dns.nameservers"],
      [30, "tcp.connect"],
      [50, "tls.handshake"],
    ]);
    // Told in the order of the list, whoever was first.
    expect(probed.map(({ probe: { id } }) => id)).toEqual([
      "tcp.connect",
      "dns.lookup",
      "dns.nameservers",
      "tls.handshake",
    ]);
  });

  it("gives rules the facts of what ran, and none of what did not", async () => {
    const { probe, run } = stage();
    const { facts, of } = await run([
      probe("dns.lookup", [], 5),
      probe("tcp.connect", ["dns.lookup"], 5, { skip: () => words("no address"), required: true }),
    ]);
    expect(facts).toEqual({ "dns.lookup": { ms: 5 } });
    expect(of("tcp.connect")).toMatchObject({ status: "skip", unlooked: true, note: { en: "no address" } });
  });

  it("abandons a probe at its own limit, and goes on", async () => {
    const { probe, run } = stage();
    const { facts, of } = await run([
      probe("dns.lookup", [], 5_000, { timeoutMs: 300 }),
      probe("tcp.connect", ["dns.lookup"], 5),
    ]);
    expect(of("dns.lookup")).toMatchObject({ status: "fail", ms: 300, unlooked: true });
    expect(of("tcp.connect")?.status).toBe("pass");
    expect(facts).not.toHaveProperty("dns.lookup");
  });

  it("ends within the time for all: what did not begin was not looked at", async () => {
    const { probe, run } = stage();
    const { of, probed } = await run(
      [
        probe("dns.lookup", [], 900),
        probe("tcp.connect", ["dns.lookup"], 900),
        probe("http.hello", ["tcp.connect"], 5),
      ],
      1_000,
    );
    expect(of("dns.lookup")?.status).toBe("pass");
    expect(of("tcp.connect")).toMatchObject({ status: "fail", ms: 100, unlooked: true });
    expect(of("http.hello")).toMatchObject({ status: "skip", unlooked: true });
    expect(probed).toHaveLength(3);
  });

  it("survives a probe that throws, and does not call it looked at", async () => {
    const { probe, run } = stage();
    const { of } = await run([
      probe("dns.lookup", [], 1, {
        run: () => Promise.reject(new Error("oops")),
      }),
      probe("tcp.connect", ["dns.lookup"], 5),
    ]);
    expect(of("dns.lookup")).toMatchObject({
      status: "fail",
      unlooked: true,
      note: { en: "the probe itself broke: oops" },
    });
    expect(of("tcp.connect")?.status).toBe("pass");
  });

  it("names a ring", async () => {
    const { probe, run } = stage();
    await expect(
      run([probe("dns.lookup", ["tcp.connect"], 1), probe("tcp.connect", ["dns.lookup"], 1)]),
    ).rejects.toThrow("dns.lookup, tcp.connect");
  });
});
