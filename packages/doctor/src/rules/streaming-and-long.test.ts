// Which rule speaks for which facts about streams and idle connections, and which keep silent.

import { describe, expect, it } from "vitest";
import type { Context } from "../context.ts";
import type { Soaked } from "../facts/long.ts";
import type { Streamed } from "../facts/streaming.ts";
import type { Facts } from "../facts.ts";
import type { Probed } from "../graph.ts";
import { conclude } from "../verdict.ts";
import { LONG_RULES } from "./long-idle.ts";
import { STREAMING_BUFFERING_RULES } from "./streaming-buffering.ts";
import { STREAMING_CUT_RULES } from "./streaming-cuts.ts";
import { STREAMING_FRAME_RULES } from "./streaming-frames.ts";

const RULES = [...STREAMING_BUFFERING_RULES, ...STREAMING_CUT_RULES, ...STREAMING_FRAME_RULES, ...LONG_RULES];
const PROBED: readonly Probed[] = [];

function context(more: { official?: boolean; proxy?: boolean; client?: string } = {}): Context {
  const url = new URL(more.official === false ? "https://gw.corp.example" : "https://api.anthropic.com");
  const proxy = { use: "proxy", proxy: { host: "proxy.corp.example", port: 3128 } };
  return {
    environment: {
      client: more.client ?? "node",
      proxyFor: () => (more.proxy === true ? proxy : { use: "direct", why: "none-set" }),
    },
    target: {
      platform: more.official === false ? "custom" : "anthropic",
      url,
      host: url.hostname,
      port: 443,
      tls: true,
      official: more.official !== false,
    },
  } as unknown as Context;
}

const STEADY: Streamed = {
  encoding: "identity",
  via: "program",
  status: 200,
  headersMs: 400,
  firstMs: 401,
  lastMs: 3_000,
  endMs: 3_001,
  reads: 60,
  bytes: 9_000,
  events: 60,
  pings: 1,
  comments: 0,
  maxGapMs: 120,
  silenceMs: 1,
  tailShare: 0.08,
  beatsBefore: 1,
  eventLines: true,
  bursts: { count: 40, bytes: 220, events: 1, gapMs: 65, sizeSpread: 0.5, gapSpread: 0.4 },
  contentType: "text/event-stream; charset=utf-8",
  headers: [["server", "cloudflare"]],
  ending: "whole",
};
const ONE_BURST = { count: 1, bytes: 9_000, events: 60, gapMs: 0, sizeSpread: 1, gapSpread: 1 };
const WHOLE: Partial<Streamed> = { headersMs: 2_990, firstMs: 2_991, reads: 1, tailShare: 1, bursts: ONE_BURST };
const BODY: Partial<Streamed> = { firstMs: 2_990, reads: 1, tailShare: 1, beatsBefore: 0, bursts: ONE_BURST };

const pair = (identity: Partial<Streamed>, gzip: Partial<Streamed> = identity, ...others: Streamed[]): Facts => ({
  "streaming.answer": {
    model: "m",
    streams: [{ ...STEADY, ...identity }, { ...STEADY, encoding: "gzip", ...gzip }, ...others],
  },
});
const judge = (facts: Facts, ctx = context()) => conclude(RULES, facts, ctx, PROBED);
const codesOf = (facts: Facts, ctx = context()) => judge(facts, ctx).findings.map(({ rule }) => rule.code);

describe("rules about streams", () => {
  it("keep silent about a stream that is fine, and when nothing was measured", () => {
    expect(codesOf(pair({}))).toEqual([]);
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ "streaming.answer": { model: "m", streams: [] } })).toEqual([]);
  });

  it("keep silent about refusals, slow models and answers that are over at once", () => {
    const refused = {
      status: 429,
      events: 0,
      ending: "no-stream",
      error: "rate_limit_error",
      bursts: { ...ONE_BURST, count: 0 },
    } as const;
    expect(codesOf(pair(refused))).toEqual([]);
    expect(codesOf(pair({ headersMs: 9_000, firstMs: 9_001, lastMs: 12_000, endMs: 12_001 }))).toEqual([]);
    expect(codesOf(pair({ ...WHOLE, headersMs: 200, firstMs: 200, lastMs: 210, endMs: 211 }))).toEqual([]);
    expect(codesOf(pair({ ending: "timeout", silenceMs: 40, error: "TIMEOUT" }))).toEqual([]);
  });

  it("tell a held answer from a held body, and neither from a compressed one", () => {
    expect(codesOf(pair(WHOLE))).toEqual(["STREAM_BUFFERED_WHOLE"]);
    expect(codesOf(pair(BODY))).toEqual(["STREAM_BUFFERED_BODY"]);
    expect(codesOf(pair({}, { ...WHOLE, contentEncoding: "gzip" }))).toEqual(["STREAM_GZIP_BUFFERED"]);
    expect(codesOf(pair(BODY, WHOLE))).toEqual(["STREAM_BUFFERED_BODY"]);
    expect(judge(pair(WHOLE)).state).toBe("broken");
  });

  it("do not blame buffering when the unstreamed answer came much sooner", () => {
    const facts = pair(WHOLE);
    const answer = facts["streaming.answer"];
    expect(
      codesOf({ "streaming.answer": { ...answer, model: "m", streams: answer?.streams ?? [], unstreamedMs: 500 } }),
    ).toEqual([]);
  });

  it("take what curl never asks for as a warning only", () => {
    const facts = pair({}, { ...WHOLE, contentEncoding: "gzip" });
    expect(judge(facts, context({ client: "curl" })).state).toBe("whole");
  });

  it("take bursts for a warning, and a hold with pings for information", () => {
    const bursts = { count: 4, bytes: 2_300, events: 15, gapMs: 700, sizeSpread: 0.03, gapSpread: 0.3 };
    const batched = judge(pair({ bursts }));
    expect(batched.findings.map(({ rule, severity }) => [rule.code, severity])).toEqual([
      ["STREAM_BATCHED", "warning"],
    ]);
    expect(batched.findings[0]?.why.en).toMatch(/equal size, about 2300 bytes/);
    expect(judge(pair({ bursts: { ...bursts, sizeSpread: 0.3, gapSpread: 0.03 } })).findings[0]?.why.en).toMatch(
      /700 ms apart, evenly/,
    );
    const held = judge(pair({ ...BODY, beatsBefore: 6 }));
    expect(held.findings.map(({ rule, severity }) => [rule.code, severity])).toEqual([
      ["STREAM_HELD_WITH_PINGS", "info"],
    ]);
    expect(held.verdict).toBeUndefined();
  });

  it("name the proxy when the same answer comes steadily past it, else the gateway", () => {
    const past: Streamed = { ...STEADY, via: "past" };
    const proven = judge(pair(WHOLE, WHOLE, past), context({ proxy: true }));
    expect(proven.verdict?.why.en).toContain("the proxy proxy.corp.example:3128: past it");
    expect(proven.verdict?.why.zh).toContain("proxy.corp.example:3128");
    expect(judge(pair(WHOLE), context({ official: false })).verdict?.why.en).toContain("the gateway gw.corp.example");
  });

  it("name the owner of an idle limit", () => {
    const cut = { ending: "cut", error: "CLOSED", silenceMs: 60_050, endMs: 63_050 } as const;
    const one = judge(pair(cut));
    expect(one.findings.map(({ rule }) => rule.code)).toEqual(["STREAM_IDLE_CUT"]);
    expect(one.verdict?.why.en).toContain("60 s is the default of nginx (`proxy_read_timeout`)");
    expect(one.verdict?.fix.some(({ commands }) => commands.includes("proxy_read_timeout 600s;"))).toBe(true);
    expect(judge(pair({ ...cut, silenceMs: 1_000, endMs: 4_000 })).verdict?.why.en).toContain("set by hand");
  });

  it("tell a cut in the flow from an idle limit, and a limit on size from one on time", () => {
    const cut = { ending: "cut", silenceMs: 3 } as const;
    expect(codesOf(pair({ ...cut, error: "ECONNRESET" }))).toEqual(["STREAM_CUT"]);
    expect(judge(pair({ ...cut, bytes: 4_096 })).verdict?.why.en).toContain("after 4096 bytes: a limit on size");
    const timed = judge(pair({ ...cut, bytes: 4_096, endMs: 2_000 }, { ...cut, bytes: 4_400, endMs: 2_030 }));
    expect(timed.verdict?.why.en).toContain("a limit on time");
    expect(codesOf({ ...pair({ ending: "error-event", error: "overloaded_error" }) })).toEqual(["STREAM_ERROR_EVENT"]);
  });

  it("see frames that are changed, and no frames at all", () => {
    expect(codesOf(pair({ eventLines: false }))).toEqual(["STREAM_NO_EVENT_LINES"]);
    expect(codesOf(pair({ belied: "announced-not-there", contentEncoding: "gzip", firstBytes: "6576" }))).toEqual([
      "STREAM_ENCODING_BELIED",
    ]);
    expect(judge(pair({}, { belied: "not-asked-for", contentEncoding: "br" })).state).toBe("whole");
    const none = { events: 0, ending: "no-stream", eventLines: true } as const;
    const page = judge(pair({ ...none, contentType: "text/html", bodyStart: "<html>" }));
    expect(page.verdict?.title.en).toContain("a web page came");
    const aws = judge(pair({ ...none, contentType: "application/vnd.amazon.eventstream" }));
    expect(aws.verdict?.fix[0]?.note.en).toContain("CLAUDE_CODE_USE_BEDROCK=1");
    const other = judge(pair({ ...none, bodyStart: 'data: {"choices":[]}' }));
    expect(other.verdict?.title.en).toContain("OpenAI");
  });

  it("see a silence of more than 20 s, ended or not", () => {
    expect(codesOf(pair({ maxGapMs: 20_700 }))).toEqual(["STREAM_NO_PINGS"]);
    expect(codesOf(pair({ ending: "timeout", error: "TIMEOUT", silenceMs: 21_000 }))).toEqual(["STREAM_NO_PINGS"]);
    expect(codesOf(pair({ maxGapMs: 19_000 }))).toEqual([]);
  });
});

const soaked = (idleSeconds: number, outcome: Soaked["outcome"], more: Partial<Soaked> = {}): Soaked => ({
  idleSeconds,
  keepAlive: false,
  outcome,
  ms: outcome === "fin" ? idleSeconds * 1_000 - 500 : 40,
  ...more,
});
const soak = (...soaks: Soaked[]): Facts => ({ "long.soak": { soaks } });
const kept = (idleSeconds: number) =>
  soaked(idleSeconds, "answered", { keepAlive: true, keepAliveSeconds: 20, ms: 88 });

describe("rules about idle connections", () => {
  it("keep silent about connections that live, are not kept, or could not be measured", () => {
    expect(codesOf(soak(soaked(30, "answered"), soaked(410, "answered")))).toEqual([]);
    expect(codesOf(soak(soaked(30, "unkept"), soaked(60, "unknown")))).toEqual([]);
  });

  it("take the edge's own 400 s for information, and an earlier close for a warning", () => {
    const edge = judge(soak(soaked(355, "answered"), soaked(410, "fin", { ms: 400_200 })));
    expect(edge.findings.map(({ rule, severity }) => [rule.code, severity])).toEqual([["LONG_IDLE_FIN", "info"]]);
    expect(edge.state).toBe("whole");
    const early = judge(soak(soaked(60, "answered"), soaked(120, "fin", { ms: 60_100 })), context({ official: false }));
    expect(early.findings.map(({ rule, severity }) => [rule.code, severity])).toEqual([["LONG_IDLE_FIN", "warning"]]);
    expect(early.verdict?.why.en).toContain("60 s is the default of nginx");
    expect(early.verdict?.fix[0]?.commands.join("\n")).toContain("keepAliveTimeout: 45000");
  });

  it("bracket a silent NAT, name who has such a limit, and give a keep-alive below it", () => {
    const facts = soak(soaked(240, "answered"), soaked(355, "silent"), soaked(410, "silent"), kept(355), kept(410));
    const one = judge(facts);
    expect(one.findings.map(({ rule }) => rule.code)).toEqual(["LONG_NAT_SILENT", "LONG_KEEPALIVE_CURES"]);
    expect(one.state).toBe("broken");
    expect(one.verdict?.title.en).toContain("idle for 355 s are dead without a sign; 240 s were lived through");
    expect(one.verdict?.why.en).toContain("350 s an AWS NAT gateway");
    expect(one.verdict?.fix[0]?.commands[0]).toContain("net.ipv4.tcp_keepalive_time=180");
    expect(one.verdict?.letter?.hosts).toEqual(["api.anthropic.com:443"]);
  });

  it("tell a reset from silence, and do not promise a cure that was not seen", () => {
    const one = judge(soak(soaked(30, "answered"), soaked(60, "reset", { error: "ECONNRESET" })));
    expect(one.findings.map(({ rule }) => rule.code)).toEqual(["LONG_IDLE_RESET"]);
    const dead = soaked(60, "silent", { keepAlive: true, keepAliveSeconds: 20 });
    expect(codesOf(soak(soaked(60, "silent"), dead))).toEqual(["LONG_NAT_SILENT"]);
  });
});

describe("the table", () => {
  it("has unique codes of its layers, both languages, sources, and no advice to weaken anything", () => {
    expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
    for (const { code, layer, title, meaning, advice, sources } of RULES) {
      expect(code).toMatch(layer === "long" ? /^LONG_[A-Z_]+$/ : /^STREAM_[A-Z_]+$/);
      for (const words of [title, meaning, advice]) {
        expect(words.en.length).toBeGreaterThan(10);
        expect(words.zh).toMatch(/[一-鿿]/);
      }
      expect(sources.length).toBeGreaterThan(0);
      expect(`${meaning.en}${advice.en}`).not.toMatch(/REJECT_UNAUTHORIZED|strict-ssl|downgrade/i);
    }
  });
});
