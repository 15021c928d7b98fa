// The watch: its pace in virtual time, its words and its pages over real HTTP.

import { createServer } from "node:http";
import { seededRandom, sleep, systemRuntime, virtualRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { Options } from "../context.ts";
import type { Machine } from "../machine.ts";
import type { Report } from "../report.ts";
import { type Checked, type Examine, watch } from "./watch.ts";
import { parseInterval, parseListen } from "./watch-options.ts";
import { WatchPace } from "./watch-pace.ts";

const OPTIONS: Options = { deep: true, external: false, spend: true, soakSeconds: 9, language: "en" };
const MACHINE = {} as Machine;

function report(state: Report["state"], code?: string): Report {
  const finding = {
    code: code ?? "",
    layer: "tcp" as const,
    severity: "error" as const,
    confidence: 1,
    title: 'It is "broken"',
    why: "",
    evidence: [],
    fix: [{ os: "any" as const, shell: "any" as const, commands: ["do this"], note: "" }],
    sources: [],
  };
  const connects = [
    { address: "192.0.2.1", port: 443, family: 4 as const, ok: state === "whole", ms: 20 },
    { address: "2001:db8::1", port: 443, family: 6 as const, ok: false, ms: 3 },
  ];
  return {
    schema: "fairlead.doctor/1",
    language: "en",
    target: {
      url: "https://api.anthropic.com",
      platform: "anthropic",
      source: "",
      as: "node",
      as_version: null,
      via: "direct",
    },
    state,
    verdict: code === undefined ? null : finding,
    runner_up: null,
    findings: code === undefined ? [] : [finding],
    probes: [
      {
        id: "tcp.connect",
        layer: "tcp",
        title: "",
        status: state === "whole" ? "pass" : "fail",
        ms: 21,
        note: "",
        facts: { to: "target", connects },
      },
      { id: "tls.handshake", layer: "tls", title: "", status: "skip", ms: 0, note: "", facts: null },
    ],
    environment: [],
    machine: { os: "", node: "", doctor: "" },
    began_at: "",
    duration_ms: 123,
  };
}

describe("WatchPace", () => {
  const whole = { state: "whole" } as const;
  const broken = { state: "broken", code: "TCP_REFUSED" } as const;

  it("keeps the interval while whole, give or take a tenth", () => {
    const pace = new WatchPace(30_000, seededRandom("pace"));
    const waits = Array.from({ length: 50 }, () => pace.next(whole).waitMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(27_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(33_000);
    expect(new Set(waits).size).toBeGreaterThan(30);
  });

  it("looks again soon before it believes a change, both ways", () => {
    const pace = new WatchPace(30_000, seededRandom("pace"));
    pace.next(whole);
    const doubt = pace.next(broken);
    expect(doubt).toMatchObject({ changed: false, standing: whole });
    expect(doubt.waitMs).toBeLessThan(2_500);
    expect(pace.next(whole)).toMatchObject({ changed: false, standing: whole });
    pace.next(broken);
    expect(pace.next(broken)).toMatchObject({ changed: true, standing: broken });
    expect(pace.next(whole)).toMatchObject({ changed: false, standing: broken });
    expect(pace.next(whole)).toMatchObject({ changed: true, standing: whole });
  });

  it("asks ever less while the line is down, and never less than every five minutes or so", () => {
    const pace = new WatchPace(30_000, seededRandom("pace"));
    const waits = Array.from({ length: 12 }, () => pace.next(broken).waitMs);
    expect(waits[0]).toBeLessThan(34_000);
    expect(waits[1]).toBeGreaterThan(53_000);
    expect(waits[2]).toBeGreaterThan(107_000);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(330_000);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(270_000);
    pace.next(whole);
    expect(pace.next(whole).waitMs).toBeLessThan(34_000);
  });

  it("never asks more often while down than while whole", () => {
    const pace = new WatchPace(3_600_000, seededRandom("pace"));
    for (let i = 0; i < 5; i++) expect(pace.next(broken).waitMs).toBeGreaterThan(3_200_000);
  });
});

describe("options of a watch", () => {
  it("reads times within bounds", () => {
    expect(["30s", "5m", "1h", "5", "5000ms", "1.5m"].map(parseInterval)).toEqual([
      30_000, 300_000, 3_600_000, 5_000, 5_000, 90_000,
    ]);
    for (const wrong of ["", "4s", "2h", "soon", "-5s", "5 s s", "1e3"]) expect(parseInterval(wrong)).toBeUndefined();
  });

  it("reads addresses, this machine's by default", () => {
    expect(parseListen("127.0.0.1:4102")).toEqual({ host: "127.0.0.1", port: 4102 });
    expect(parseListen("4102")).toEqual({ host: "127.0.0.1", port: 4102 });
    expect(parseListen(":0")).toEqual({ host: "127.0.0.1", port: 0 });
    expect(parseListen("[::1]:80")).toEqual({ host: "::1", port: 80 });
    for (const wrong of ["", "x", "a:b", "127.0.0.1:70000", "http://x:1"]) expect(parseListen(wrong)).toBeUndefined();
  });
});

describe("watch", () => {
  const stops: AbortController[] = [];
  afterEach(() => {
    for (const stop of stops) stop.abort();
  });

  function start(seen: readonly Checked[], rt = virtualRuntime("watch")) {
    const lines: string[] = [];
    const asked: Options[] = [];
    const stop = new AbortController();
    stops.push(stop);
    let next = 0;
    const examine: Examine = async (options) => {
      asked.push(options);
      await sleep(rt.clock, 100);
      return seen[Math.min(next++, seen.length - 1)] as Checked;
    };
    const done = watch(
      { examination: OPTIONS, intervalMs: 30_000, listen: "127.0.0.1:0" },
      MACHINE,
      rt,
      { line: (text) => lines.push(text), stop: stop.signal },
      examine,
    );
    const url = async () => {
      for (let i = 0; i < 200 && lines.length === 0; i++) await sleep(systemRuntime().clock, 5);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(lines[0] ?? "")?.[0] ?? "";
    };
    return { lines, asked, stop, done, url, rt };
  }

  it("serves health and metrics, tells a change once it is sure, and ends when told to", async () => {
    const ok = { report: report("whole") };
    const bad = { report: report("broken", "TCP_REFUSED") };
    const { lines, asked, stop, done, url, rt } = start([ok, bad, bad, bad, ok, ok]);
    const base = await url();
    const starting = await fetch(`${base}/health`);
    expect([starting.status, ((await starting.json()) as { state: string }).state]).toEqual([503, "starting"]);
    await rt.clock.advance(1_000);
    const healthy = await fetch(`${base}/health`);
    expect(healthy.status).toBe(200);
    expect(await healthy.json()).toMatchObject({
      state: "whole",
      hosts: [
        { region: "IPv4", availability: 1, mean_ms: 20 },
        { region: "IPv6", availability: 0, mean_ms: null },
      ],
    });
    await rt.clock.advance(40_000);
    const broken = await fetch(`${base}/health`);
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({ state: "broken", code: "TCP_REFUSED", layer: "tcp" });
    expect(lines.filter((line) => line.includes("***"))).toHaveLength(1);
    expect(lines.find((line) => line.includes("***"))).toMatch(
      /changed: whole -> broken \(TCP_REFUSED\)\. Try: do this/,
    );
    const page = await (await fetch(`${base}/metrics`)).text();
    expect(page).toContain("fairlead_doctor_up 0\n");
    expect(page).toContain('fairlead_doctor_checks_total{state="whole"} 1\n');
    expect(page).toContain('fairlead_doctor_probe_status{probe="tcp.connect",status="fail"} 1\n');
    expect(page).toContain('fairlead_doctor_probe_seconds{probe="tcp.connect"} 0.021000\n');
    expect(page).not.toContain('fairlead_doctor_probe_seconds{probe="tls.handshake"}');
    expect(page).toContain('fairlead_doctor_finding{code="TCP_REFUSED",severity="error"} 1\n');
    expect(page).toContain("fairlead_doctor_check_duration_seconds 0.123000\n");
    expect(page).toMatch(/fairlead_doctor_availability\{target="api\.anthropic\.com",region="IPv4"\} 0\.\d+\n/);
    expect(page).toContain('fairlead_doctor_latency_seconds{target="api.anthropic.com",region="IPv4"} 0.020000\n');
    for (const line of page.trim().split("\n"))
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) fairlead_doctor_\S+ .+|fairlead_doctor_[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? -?\d+(?:\.\d+)?)$/,
      );
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/health`, { method: "POST" })).status).toBe(405);
    await rt.clock.advance(200_000);
    expect((await fetch(`${base}/health`)).status).toBe(200);
    expect(lines.filter((line) => line.includes("***"))).toHaveLength(2);
    for (const options of asked) expect(options).toMatchObject({ deep: false, spend: false, soakSeconds: 0 });
    stop.abort();
    expect(await done).toBe(0);
    await expect(fetch(`${base}/health`)).rejects.toThrow();
    expect(lines.at(-1)).toMatch(/^ended: \d+ checks, \d+ of them whole\.$/);
  });

  it("ends at a signal while a check is under way, and says that the line was broken", async () => {
    const rt = virtualRuntime("signal");
    const { done, url } = start([{ report: report("broken", "DNS_REFUSED") }], rt);
    await url();
    await rt.clock.advance(200);
    await rt.clock.advance(30_000);
    const before = process.listenerCount("SIGTERM");
    process.emit("SIGTERM");
    expect(await done).toBe(1);
    expect(process.listenerCount("SIGTERM")).toBe(before - 1);
  });

  it("gives 2 when the address is taken or none", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const address = holder.address() as { port: number };
    const lines: string[] = [];
    const io = { line: (text: string) => lines.push(text) };
    const examine: Examine = () => Promise.reject(new Error("must not be asked"));
    const at = (listen: string) =>
      watch({ examination: OPTIONS, intervalMs: 30_000, listen }, MACHINE, virtualRuntime("x"), io, examine);
    expect(await at(`127.0.0.1:${address.port}`)).toBe(2);
    expect(await at("nonsense")).toBe(2);
    expect(lines).toHaveLength(2);
    holder.close();
  });
});
