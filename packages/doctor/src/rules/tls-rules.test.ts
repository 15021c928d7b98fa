// The rules of TLS and MTU about the line: which facts lead to which code, and that every text is there.

import { describe, expect, it } from "vitest";
import { codes, line, RULES, shake, stage, type Word } from "../../testing/tls-facts.ts";
import type { Facts } from "../facts.ts";
import { TLS_FAMILY_RULES } from "./tls-family.ts";

describe("the decision table", () => {
  const rows: readonly [string, Facts, readonly string[]][] = [
    [
      "uplink hole",
      line(
        "timeout",
        {
          default: "timeout",
          classical: "ok",
          "decoy-name": "timeout",
          "classical-decoy": "ok",
          "tiny-reply": "alert",
        },
        false,
      ),
      ["MTU_UPLINK_HOLE"],
    ],
    [
      "downlink hole",
      line("timeout", {
        default: "timeout",
        classical: "timeout",
        "decoy-name": "timeout",
        "classical-decoy": "timeout",
        "tiny-reply": "alert",
      }),
      ["MTU_DOWNLINK_HOLE"],
    ],
    [
      "large hello reset",
      line("reset", {
        default: "reset",
        classical: "ok",
        "decoy-name": "reset",
        "classical-decoy": "ok",
        "tiny-reply": "alert",
      }),
      ["TLS_LARGE_HELLO_RESET"],
    ],
    [
      "large hello dropped",
      line(
        "timeout",
        {
          default: "timeout",
          classical: "ok",
          "decoy-name": "timeout",
          "classical-decoy": "ok",
          "tiny-reply": "alert",
        },
        true,
      ),
      ["TLS_LARGE_HELLO_DROPPED"],
    ],
    [
      "name reset",
      line("reset", {
        default: "reset",
        classical: "reset",
        "decoy-name": "ok",
        "classical-decoy": "ok",
        "tiny-reply": "reset",
      }),
      ["TLS_SNI_RESET"],
    ],
    [
      "name reset, edge refuses the decoy",
      line("reset", {
        default: "reset",
        classical: "reset",
        "decoy-name": "alert",
        "classical-decoy": "alert",
        "tiny-reply": "reset",
      }),
      ["TLS_SNI_RESET"],
    ],
    [
      "name dropped",
      line("timeout", {
        default: "timeout",
        classical: "timeout",
        "decoy-name": "ok",
        "classical-decoy": "ok",
        "tiny-reply": "timeout",
      }),
      ["TLS_SNI_DROPPED"],
    ],
    [
      "dead",
      line("timeout", {
        default: "timeout",
        classical: "timeout",
        "decoy-name": "timeout",
        "classical-decoy": "timeout",
        "tiny-reply": "timeout",
      }),
      ["TLS_DEAD_ENDPOINT"],
    ],
    [
      "always reset",
      line("reset", {
        default: "reset",
        classical: "reset",
        "decoy-name": "reset",
        "classical-decoy": "reset",
        "tiny-reply": "reset",
      }),
      ["TLS_ALWAYS_RESET"],
    ],
    [
      "whole",
      line(
        "ok",
        { default: "ok", classical: "ok", "decoy-name": "alert", "classical-decoy": "alert", "tiny-reply": "alert" },
        true,
      ),
      [],
    ],
    [
      "a deep look at a whole line without its uploads",
      line("ok", { default: "ok", classical: "ok", "tiny-reply": "alert" }),
      [],
    ],
  ];
  for (const [name, facts, expected] of rows) it(name, () => expect(codes(facts)).toEqual(expected));

  it("an uplink hole is also found by a program whose own ClientHello is small", () => {
    const facts: Facts = {
      "tls.handshake": {
        via: "direct",
        hello: "classical",
        chain: [],
        handshakes: [shake("classical", "ok"), shake("default", "timeout")],
      },
      "mtu.sizes": {
        interfaces: [],
        uploads: [
          { bytes: 200, answered: true, ms: 1 },
          { bytes: 20_000, answered: false, ms: 2_500 },
        ],
      },
    };
    expect(codes(facts, stage("python"))).toEqual(["MTU_UPLINK_HOLE"]);
  });

  it("missing facts prove nothing", () => {
    expect(codes({})).toEqual([]);
    expect(
      codes({
        "tls.handshake": { via: "direct", hello: "default", chain: [], handshakes: [shake("default", "timeout")] },
      }),
    ).toEqual([]);
  });
});

describe("families", () => {
  const both = (six: Word, best: string): Facts => ({
    "tcp.connect": { to: "target", best, connects: [] },
    "tls.handshake": {
      via: "direct",
      hello: "default",
      chain: [],
      handshakes: [shake("default", six, "2607:6bc0::10"), shake("default", "ok")],
    },
  });
  it("a reset over IPv6 is an error where IPv6 goes first, else a warning", () => {
    const rule = TLS_FAMILY_RULES.find(({ code }) => code === "TLS_V6_RESET");
    expect(codes(both("reset", "2607:6bc0::10"))).toEqual(["TLS_V6_RESET"]);
    expect(rule?.match(both("reset", "2607:6bc0::10"), stage())?.severity).toBe("error");
    expect(rule?.match(both("reset", "160.79.104.10"), stage())?.severity).toBe("warning");
    expect(codes(both("timeout", "2607:6bc0::10"))).toEqual(["TLS_V6_SILENT"]);
    expect(codes(both("ok", "2607:6bc0::10"))).toEqual([]);
  });
});

describe("texts", () => {
  const texts = RULES.flatMap(({ code, title, meaning, advice }) =>
    [title, meaning, advice].map((one) => [code, one] as const),
  );
  it("are there in both languages", () => {
    for (const [code, { en, zh }] of texts) {
      expect(en.trim(), code).not.toBe("");
      expect(zh, code).toMatch(/[\u4e00-\u9fff]/);
      expect(en, code).not.toMatch(/[\u4e00-\u9fff]/);
    }
    expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
    for (const { code, sources } of RULES) expect(sources.length, code).toBeGreaterThan(0);
  });
});
