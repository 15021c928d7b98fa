// Facts and judgements for the tests of the rules of DNS and TCP.

import { resolved } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { NameserverAnswer } from "../facts/dns.ts";
import type { Connected, ControlFacts } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import type { Finding, Severity } from "../finding.ts";
import { conclude } from "../verdict.ts";
import { DNS_RULES } from "./dns.ts";
import { TCP_RULES } from "./tcp.ts";

/** Both layers. */
export const RULES = [...DNS_RULES, ...TCP_RULES];
type Lookup = NonNullable<Facts["dns.lookup"]>;

/** What the rules read besides facts. */
export interface World {
  readonly url?: string;
  readonly platform?: string;
  readonly client?: string;
  readonly nsswitch?: string;
  readonly proxyElsewhere?: boolean;
}

function context({
  url = "https://api.anthropic.com",
  platform,
  client = "claude-code",
  nsswitch = "hosts: files dns",
  proxyElsewhere,
}: World): Context {
  const parsed = new URL(url);
  const kind = platform ?? (parsed.hostname === "api.anthropic.com" ? "anthropic" : "custom");
  return {
    machine: {
      platform: "linux",
      shell: "sh",
      wsl: false,
      container: false,
      env: {},
      readText: (path: string) => (path === "/etc/nsswitch.conf" ? nsswitch : undefined),
    },
    environment: {
      client,
      value: () => undefined,
      variables: new Map(),
      proxyFor: () => ({ use: "direct", why: "none-set" }),
      ...(proxyElsewhere === true
        ? { systemProxy: { url: "http://proxy.corp.example:8080", source: "the desktop's settings" } }
        : {}),
    },
    target: {
      platform: kind,
      official: kind !== "custom",
      url: parsed,
      host: parsed.hostname,
      port: Number(parsed.port) || 443,
      tls: parsed.protocol === "https:",
      from:
        kind === "custom"
          ? { name: "ANTHROPIC_BASE_URL", value: url, source: { kind: "shell-profile", path: "~/.bashrc", line: 3 } }
          : undefined,
    },
  } as unknown as Context;
}

/** A lookup that gave these addresses. */
export function name(addresses: readonly string[], more: Partial<Lookup> = {}): Facts {
  const host = more.host ?? "api.anthropic.com";
  return {
    "dns.lookup": {
      host,
      of: "target",
      literal: false,
      ms: 4,
      addresses: addresses.map(resolved),
      by: "getaddrinfo",
      late: false,
      hostsFile: [],
      hostsPath: "/etc/hosts",
      ...more,
    },
  };
}

/** What the name servers said. */
export function servers(...answers: readonly NameserverAnswer[]): Facts {
  return { "dns.nameservers": { host: "api.anthropic.com", servers: answers } };
}

/** One name server: an address or an error for A and for AAAA. */
export function server(a: string, aaaa = a, at = "10.77.1.1"): NameserverAnswer {
  const answer = (text: string) =>
    /^E|^T/.test(text)
      ? { ms: text === "TIMEOUT" ? 2_000 : 1, addresses: [], error: text }
      : { ms: 1, addresses: [text] };
  return { server: at, a: answer(a), aaaa: answer(aaaa) };
}

/** Connections: address, milliseconds, error. */
export function tcp(...connects: readonly (readonly [string, number, string?])[]): Facts {
  const all = connects.map(([address, ms, error]) => connected(address, ms, error));
  return { "tcp.connect": { to: "target", connects: all } };
}

/** One connection. */
export function connected(address: string, ms: number, error?: string, port = 443): Connected {
  const family = address.includes(":") ? 6 : 4;
  return error === undefined
    ? { address, port, family, ok: true, ms }
    : { address, port, family, ok: false, ms, error };
}

/** The comparisons. */
export function controls(more: Partial<ControlFacts>): Facts {
  return { "tcp.controls": { intercepted: false, others: [], real: [], listening: [], ...more } };
}

/** The comparison with another host of the same owner. */
export const other = (ms: number, error?: string) => ({
  host: "platform.claude.com",
  ...connected("160.79.104.11", ms, error),
});

/** A handshake, and whose certificate was there. */
export function tls(kind: "genuine" | "trusted" | "stranger" | "mute"): Facts {
  const ok = kind !== "mute";
  const shaken = {
    address: "x",
    family: 4,
    servername: "x",
    variant: "default",
    ok,
    ms: 5,
    bytesIn: ok ? 3_000 : 0,
    ...(ok ? {} : { error: "TIMEOUT" }),
  };
  const trust = {
    public: kind === "genuine",
    program: kind !== "stranger",
    wrongName: kind === "stranger",
    keySafe: kind !== "stranger",
  };
  return {
    "tls.handshake": { via: "direct", handshakes: [shaken], chain: [], ...(ok ? { trust } : {}) },
  } as unknown as Facts;
}

/** What the official name resolves to. */
export const GENUINE = ["160.79.104.10", "2607:6bc0::10"];
/** Both of them answer. */
export const FINE = tcp(["160.79.104.10", 12], ["2607:6bc0::10", 12]);

/** The verdict over these facts. */
export function judge(
  world: World,
  ...parts: readonly Facts[]
): {
  readonly verdict: string | undefined;
  readonly severity: Severity | undefined;
  readonly codes: readonly string[];
  readonly findings: readonly Finding[];
} {
  const facts: Facts = Object.assign({}, ...parts);
  const { verdict, findings } = conclude(RULES, facts, context(world), []);
  return {
    verdict: verdict?.rule.code,
    severity: verdict?.severity,
    codes: findings.map(({ rule }) => rule.code),
    findings,
  };
}

/** A lookup that failed. */
export const failing = (error: string, more: Partial<Lookup> = {}) => name([], { error, ...more });
/** A line of the hosts file. */
export const pin = (address: string): Partial<Lookup> => ({ hostsFile: [{ address, line: 3 }] });
/** An invented name that has this address. */
export const canary = (address: string): Facts => ({
  "dns.canary": { canaries: [{ name: "x.com", place: "stranger", addresses: [address] }] },
});
