// The rules of TLS and MTU: which facts lead to which code, and what no text may say.

import { describe, expect, it } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import type { ClientName, Context } from "../context.ts";
import type { CertificateFacts, Handshake, HandshakeFacts, MatrixFacts, Trust } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../finding.ts";
import { MTU_RULES } from "./mtu.ts";
import { TLS_CERTIFICATE_RULES } from "./tls-certificate.ts";
import { TLS_CHANCE_RULES } from "./tls-chance.ts";
import { TLS_FAMILY_RULES } from "./tls-family.ts";
import { TLS_LINE_RULES } from "./tls-line.ts";
import { TLS_PEER_RULES } from "./tls-peer.ts";
import { TLS_ROOTS_RULES } from "./tls-roots.ts";
import { TLS_STORE_RULES } from "./tls-stores.ts";
import { TLS_TRUST_RULES } from "./tls-trust.ts";

const RULES: readonly Rule[] = [
  ...MTU_RULES,
  ...TLS_STORE_RULES,
  ...TLS_ROOTS_RULES,
  ...TLS_TRUST_RULES,
  ...TLS_CERTIFICATE_RULES,
  ...TLS_PEER_RULES,
  ...TLS_FAMILY_RULES,
  ...TLS_LINE_RULES,
  ...TLS_CHANCE_RULES,
];

type Word = "ok" | "timeout" | "reset" | "alert";
const ERRORS: { readonly [word in Word]?: string } = {
  timeout: "TIMEOUT",
  reset: "ECONNRESET",
  alert: "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
};

function shake(variant: Handshake["variant"], word: Word, address = "160.79.104.10"): Handshake {
  const error = ERRORS[word];
  const family = address.includes(":") ? 6 : 4;
  return {
    address,
    family,
    servername: "api.anthropic.com",
    variant,
    ok: word === "ok",
    ms: 9,
    bytesIn: 0,
    ...(error === undefined ? {} : { error, at: "tls" as const }),
  };
}

function line(
  own: Word,
  table: MatrixFacts["table"],
  big?: boolean,
  hello: HandshakeFacts["hello"] = "default",
): Facts {
  const uploads =
    big === undefined ? [] : [200, 1_100, 20_000].map((bytes) => ({ bytes, answered: bytes < 20_000 || big, ms: 9 }));
  const variants = Object.entries(table) as [Handshake["variant"], Word][];
  return {
    "tls.handshake": { via: "direct", hello, chain: [], handshakes: [shake(hello, own)] },
    "tls.matrix": { handshakes: variants.map(([variant, word]) => shake(variant, word)), table },
    ...(big === undefined
      ? {}
      : { "mtu.sizes": { interfaces: [{ name: "eth0", mtu: 1500 }], route: { device: "eth0" }, uploads } }),
  };
}

const LEAF: CertificateFacts = {
  subject: "CN=api.anthropic.com",
  issuer: "O=Zscaler Inc., CN=Zscaler Root CA",
  notBefore: "2026-11-01T00:00:00Z",
  notAfter: "2027-01-01T00:00:00Z",
  names: ["api.anthropic.com"],
  fingerprint: "AA:BB",
  isCa: false,
  key: "ec",
};
const BAD: Trust = {
  public: false,
  system: false,
  extra: false,
  program: false,
  keySafe: false,
  error: "SELF_SIGNED_CERT_IN_CHAIN",
  expired: false,
  notYetValid: false,
  wrongName: false,
  incomplete: false,
  selfSigned: false,
  inspector: "Zscaler",
  untrustedIssuer: "Zscaler Root CA",
  unreadFiles: [],
};
const GENUINE: Trust = {
  ...omit(BAD, "error", "inspector", "untrustedIssuer"),
  public: true,
  program: true,
  keySafe: true,
};

function omit<T extends object, K extends keyof T>(of: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(of).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

function shown(trust: Trust, more: Partial<HandshakeFacts> = {}): Facts {
  return {
    "tls.handshake": {
      via: "direct",
      hello: "default",
      handshakes: [shake("default", "ok")],
      chain: [LEAF],
      trust,
      ...more,
    },
  };
}

function stage(
  client: ClientName = "claude-code",
  wish: {
    official?: boolean;
    env?: { [name: string]: string };
    version?: string;
    node?: string;
    platform?: "linux" | "darwin" | "win32";
  } = {},
): Context {
  const env = wish.env ?? {};
  const { official = true } = wish;
  const host = official ? "api.anthropic.com" : "gw.corp.example";
  return {
    options: { deep: false },
    machine: {
      ...fakeMachine({
        env,
        ...(wish.platform === undefined ? {} : { platform: wish.platform }),
        ...(wish.platform === "win32" ? { shell: "powershell" as const } : {}),
      }),
      nodeVersion: wish.node ?? "24.21.0",
    },
    environment: {
      client,
      value: (name: string) => env[name],
      ...(wish.version === undefined ? {} : { clientVersion: wish.version }),
    },
    target: {
      host,
      port: 443,
      tls: true,
      official,
      platform: official ? "anthropic" : "custom",
      url: new URL(`https://${host}`),
      from: undefined,
    },
  } as unknown as Context;
}

function codes(facts: Facts, ctx = stage()): string[] {
  const matched = RULES.filter((rule) => rule.match(facts, ctx) !== undefined);
  const all = matched.map(({ code }) => code);
  return matched.filter(({ yieldsTo = [] }) => !yieldsTo.some((code) => all.includes(code))).map(({ code }) => code);
}

function commands(code: string, facts: Facts, ctx: Context): string {
  const match = RULES.find((rule) => rule.code === code)?.match(facts, ctx);
  return (match?.fix ?? []).flatMap(({ commands, note }) => [...commands, note.en]).join("\n");
}

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

describe("certificates", () => {
  it("of an inspector: the way out depends on the store and the program", () => {
    expect(codes(shown(BAD))).toEqual(["TLS_INTERCEPTED_UNTRUSTED"]);
    const inSystem = shown({ ...BAD, system: true });
    const code = "TLS_INTERCEPTED_UNTRUSTED";
    expect(commands(code, shown(BAD), stage("node"))).toContain("NODE_EXTRA_CA_CERTS");
    expect(commands(code, inSystem, stage("node"))).toContain('NODE_USE_SYSTEM_CA="1"');
    expect(commands(code, inSystem, stage("node", { node: "22.16.0" }))).toContain("--use-system-ca");
    expect(commands(code, inSystem, stage("node", { node: "20.20.2" }))).toContain("NODE_EXTRA_CA_CERTS");
    expect(commands(code, inSystem, stage("claude-code", { version: "2.1.90" }))).toContain("claude update");
    expect(commands(code, inSystem, stage("claude-code", { env: { CLAUDE_CODE_CERT_STORE: "bundled" } }))).toContain(
      "bundled,system",
    );
    expect(commands(code, inSystem, stage("python"))).toContain("truststore");
    expect(commands(code, shown(BAD), stage("curl"))).toContain("update-ca-certificates");
    expect(commands(code, shown(BAD), stage("node", { platform: "win32" }))).toContain("SetEnvironmentVariable");
  });

  it("that the program trusts are told at most as information", () => {
    const trusted = shown({ ...omit(BAD, "error", "untrustedIssuer"), system: true, program: true, keySafe: true });
    expect(codes(trusted)).toEqual(["TLS_INTERCEPTED_TRUSTED"]);
    expect(TLS_TRUST_RULES.find(({ code }) => code === "TLS_INTERCEPTED_TRUSTED")?.severity).toBe("info");
    // A company's own gateway with the company's own authority.
    const own = shown({
      ...omit(BAD, "error", "untrustedIssuer", "inspector"),
      extra: true,
      program: true,
      keySafe: true,
    });
    expect(codes(own, stage("node", { official: false }))).toEqual([]);
    expect(codes(shown(GENUINE))).toEqual([]);
  });

  it("of a private gateway, an incomplete chain, a self-signed one", () => {
    const gateway = stage("node", { official: false });
    const plain = omit(BAD, "inspector");
    expect(codes(shown({ ...plain, untrustedIssuer: "Corp Root" }), gateway)).toEqual(["TLS_PRIVATE_CA"]);
    expect(codes(shown({ ...plain, incomplete: true }), gateway)).toEqual(["TLS_CHAIN_INCOMPLETE"]);
    expect(codes(shown({ ...plain, selfSigned: true }), gateway)).toEqual(["TLS_SELF_SIGNED"]);
    expect(codes(shown({ ...plain, selfSigned: true }))).toEqual(["TLS_SELF_SIGNED"]);
  });

  it("with wrong dates: the clock, when they are right over there", () => {
    const late: Trust = { ...GENUINE, program: false, keySafe: false, expired: true, error: "CERT_HAS_EXPIRED" };
    expect(codes(shown(late))).toEqual(["TLS_EXPIRED"]);
    expect(codes(shown(late, { clock: { skewMs: 400 * 86_400_000, validThere: true } }))).toEqual(["TLS_CLOCK_WRONG"]);
    expect(codes(shown(late, { clock: { skewMs: 1_000, validThere: false } }))).toEqual(["TLS_EXPIRED"]);
    expect(codes(shown({ ...late, expired: false, notYetValid: true }))).toEqual(["TLS_NOT_YET_VALID"]);
    expect(
      codes(shown({ ...GENUINE, program: false, wrongName: true, error: "ERR_TLS_CERT_ALTNAME_INVALID" })),
    ).toEqual(["TLS_WRONG_NAME"]);
  });

  it("are a warning only where the program checks nothing", () => {
    const rule = TLS_TRUST_RULES.find(({ code }) => code === "TLS_INTERCEPTED_UNTRUSTED");
    expect(rule?.match(shown(BAD), stage("node", { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }))?.severity).toBe(
      "warning",
    );
    expect(rule?.match(shown(BAD), stage("node"))?.severity).toBe("error");
  });
});

describe("files of roots", () => {
  const file = (problem: "der" | "missing" | "not-a-ca", read = true) => ({
    name: "NODE_EXTRA_CA_CERTS",
    path: "/x/ca.cer",
    where: "shell",
    problem,
    read,
    certificates: 0,
    subjects: [],
  });
  it("are to blame when the root is missing, else a warning, and nothing grave when nobody reads them", () => {
    const rule = TLS_ROOTS_RULES.find(({ code }) => code === "TLS_ROOTS_FILE_DER");
    const severity = (trust: Trust, read = true) =>
      rule?.match({ ...shown(trust), "env.roots": { files: [file("der", read)] } }, stage("node"))?.severity;
    expect(severity(BAD)).toBe("error");
    expect(severity(GENUINE)).toBe("warning");
    expect(severity(BAD, false)).toBe("info");
    expect(commands("TLS_ROOTS_FILE_DER", { "env.roots": { files: [file("der")] } }, stage("node"))).toContain(
      'openssl x509 -inform der -in "/x/ca.cer"',
    );
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
