// Made-up facts of TLS for tests of the rules.

import type { ClientName, Context } from "../src/context.ts";
import type { CertificateFacts, Handshake, HandshakeFacts, MatrixFacts, Trust } from "../src/facts/tls.ts";
import type { Facts } from "../src/facts.ts";
import type { Rule } from "../src/finding.ts";
import { MTU_RULES } from "../src/rules/mtu.ts";
import { TLS_CERTIFICATE_RULES } from "../src/rules/tls-certificate.ts";
import { TLS_CHANCE_RULES } from "../src/rules/tls-chance.ts";
import { TLS_FAMILY_RULES } from "../src/rules/tls-family.ts";
import { TLS_LINE_RULES } from "../src/rules/tls-line.ts";
import { TLS_PEER_RULES } from "../src/rules/tls-peer.ts";
import { TLS_ROOTS_RULES } from "../src/rules/tls-roots.ts";
import { TLS_STORE_RULES } from "../src/rules/tls-stores.ts";
import { TLS_TRUST_RULES } from "../src/rules/tls-trust.ts";
import { fakeMachine } from "./fake-machine.ts";

/** The rules under test. */
export const RULES: readonly Rule[] = [
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

/** How a handshake ended. */
export type Word = "ok" | "timeout" | "reset" | "alert";
const ERRORS: { readonly [word in Word]?: string } = {
  timeout: "TIMEOUT",
  reset: "ECONNRESET",
  alert: "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
};

/** One handshake that ended so. */
export function shake(variant: Handshake["variant"], word: Word, address = "160.79.104.10"): Handshake {
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

/** Facts of a line: the handshake of the program, what the comparison showed, whether a big upload was answered. */
export function line(
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

/** A certificate. */
export const LEAF: CertificateFacts = {
  subject: "CN=api.anthropic.com",
  issuer: "O=Zscaler Inc., CN=Zscaler Root CA",
  notBefore: "2026-11-01T00:00:00Z",
  notAfter: "2027-01-01T00:00:00Z",
  names: ["api.anthropic.com"],
  fingerprint: "AA:BB",
  isCa: false,
  key: "ec",
};
/** An inspector that nobody trusts. */
export const BAD: Trust = {
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
/** All well. */
export const GENUINE: Trust = {
  ...omit(BAD, "error", "inspector", "untrustedIssuer"),
  public: true,
  program: true,
  keySafe: true,
};

/** Without some of its members. */
export function omit<T extends object, K extends keyof T>(of: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(of).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

/** Facts of a line whose certificate was judged so. */
export function shown(trust: Trust, more: Partial<HandshakeFacts> = {}): Facts {
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

/** A context: which program, on which machine. */
export function stage(
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

/** Codes that apply, without those that are mere consequences. */
export function codes(facts: Facts, ctx = stage()): string[] {
  const matched = RULES.filter((rule) => rule.match(facts, ctx) !== undefined);
  const all = matched.map(({ code }) => code);
  return matched.filter(({ yieldsTo = [] }) => !yieldsTo.some((code) => all.includes(code))).map(({ code }) => code);
}

/** What a rule's fix says, commands and notes. */
export function commands(code: string, facts: Facts, ctx: Context): string {
  const match = RULES.find((rule) => rule.code === code)?.match(facts, ctx);
  return (match?.fix ?? []).flatMap(({ commands, note }) => [...commands, note.en]).join("\n");
}
