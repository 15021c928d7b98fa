// Reads the facts of DNS and TCP together: how the lookup failed, what became of the line behind the address.

import type { AddressClass, LookupFacts, NameserverAnswer } from "../facts/dns.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import type { Evidence } from "../finding.ts";
import { place } from "../probes/tcp-connect.ts";

/** How the system's name servers fail for a name that the program cannot resolve. */
export type LookupTrouble = "unknown-name" | "refused" | "server-failure" | "no-server" | "silent" | "system";

/** Undefined when the program resolves the name, or nothing was looked at. */
export function lookupTrouble(facts: Facts): LookupTrouble | undefined {
  const lookup = facts["dns.lookup"];
  if (lookup === undefined || lookup.addresses.length > 0) return undefined;
  const servers = (facts["dns.nameservers"]?.servers ?? []).filter(({ a }) => a.error !== "UNASKED");
  const unknown = servers.some(({ a }) => a.error === "ENOTFOUND");
  if (lookup.error === "ENOTFOUND" && (unknown || !servers.some(answers))) return "unknown-name";
  if (servers.some(answers)) return servers.every(isUsable) ? "system" : undefined;
  const errors = servers.map(({ a }) => a.error);
  if (errors.includes("EREFUSED")) return "refused";
  if (errors.includes("ESERVFAIL") || errors.includes("EFORMERR") || errors.includes("ENOTIMP"))
    return "server-failure";
  if (errors.includes("TIMEOUT")) return "silent";
  if (errors.includes("ECONNREFUSED") || errors.includes("EPERM")) return "no-server";
  if (errors.some((error) => error === "ENOTFOUND" || error === "ENODATA")) return "unknown-name";
  if (servers.length === 0 && facts["dns.nameservers"] !== undefined) return "no-server";
  if (lookup.late || lookup.error === "EAI_AGAIN") return lookup.ms >= 2_000 ? "silent" : "server-failure";
  return undefined;
}

/** True when that server gives an address for the name. */
export function answers({ a, aaaa }: NameserverAnswer): boolean {
  return a.addresses.length > 0 || aaaa.addresses.length > 0;
}

// A server that swallows one kind of question is no good to getaddrinfo, which asks for both.
function isUsable({ a, aaaa }: NameserverAnswer): boolean {
  return a.error !== "TIMEOUT" && aaaa.error !== "TIMEOUT";
}

/** What became of the line behind the address that was found, as far as it went. */
export type Beyond = "unknown" | "tcp-failed" | "tls-failed" | "not-genuine" | "trusted" | "genuine";

export function beyond(facts: Facts): Beyond {
  const connect = facts["tcp.connect"];
  if (connect === undefined || connect.to === "proxy") return "unknown";
  if (!connect.connects.some(({ ok }) => ok)) return "tcp-failed";
  const tls = facts["tls.handshake"];
  if (tls === undefined) return "unknown";
  if (!tls.handshakes.some(({ ok, variant }) => ok && variant === (tls.hello ?? "default"))) return "tls-failed";
  if (tls.trust === undefined) return "unknown";
  if (tls.trust.public && !tls.trust.wrongName) return "genuine";
  return tls.trust.program && !tls.trust.wrongName ? "trusted" : "not-genuine";
}

/** True when that is a fault for certain. */
export function isLost(what: Beyond): boolean {
  return what === "tcp-failed" || what === "tls-failed" || what === "not-genuine";
}

/** What failed behind the address, as evidence; nothing when nothing did. */
export function beyondEvidence(facts: Facts): readonly Evidence[] {
  const what = beyond(facts);
  if (what === "tcp-failed") return (facts["tcp.connect"]?.connects ?? []).filter(({ ok }) => !ok).map(connectEvidence);
  const subject = facts["tls.handshake"]?.chain[0]?.subject ?? "?";
  if (what === "tls-failed") {
    const error = facts["tls.handshake"]?.handshakes.find(({ ok }) => !ok)?.error ?? "?";
    return [
      {
        en: `TCP connects there, the TLS handshake fails: ${error}`,
        zh: `该地址的 TCP 能连上，但 TLS 握手失败：${error}`,
      },
    ];
  }
  if (what === "not-genuine")
    return [{ en: `the certificate shown there is that of ${subject}`, zh: `该地址出示的证书属于 ${subject}` }];
  if (what === "genuine") return [{ en: "the certificate there is genuine", zh: "该地址出示的证书是真的" }];
  if (what === "trusted")
    return [{ en: "the certificate there is one that this machine trusts", zh: "该地址出示的证书受本机信任" }];
  return [];
}

/** One connection as a line of evidence. */
export function connectEvidence(one: Connected): Evidence {
  const at = place(one.address, one.port);
  if (one.ok) return { en: `TCP to ${at} connects in ${one.ms} ms`, zh: `到 ${at} 的 TCP 在 ${one.ms} 毫秒内连上` };
  const error = one.error ?? "ERROR";
  return {
    en: `TCP to ${at} fails: ${error} after ${one.ms} ms`,
    zh: `到 ${at} 的 TCP 失败：${error}（${one.ms} 毫秒）`,
  };
}

/** What the program's own lookup gave, as evidence. */
export function lookupEvidence(lookup: LookupFacts): Evidence {
  const { host, ms, error } = lookup;
  if (error !== undefined && lookup.late)
    return {
      en: `getaddrinfo for ${host}: no answer in ${ms} ms`,
      zh: `getaddrinfo 解析 ${host}：${ms} 毫秒内没有应答`,
    };
  if (error !== undefined)
    return {
      en: `getaddrinfo for ${host}: ${error} after ${ms} ms`,
      zh: `getaddrinfo 解析 ${host}：${error}（${ms} 毫秒）`,
    };
  const list = addressList(lookup);
  if (lookup.late)
    return {
      en: `getaddrinfo for ${host} still had no answer after ${ms} ms`,
      zh: `getaddrinfo 解析 ${host}：${ms} 毫秒后仍无应答`,
    };
  return { en: `${host} resolves to ${list} in ${ms} ms`, zh: `${host} 解析为 ${list}（${ms} 毫秒）` };
}

/** What each name server said, one line each. */
export function serverEvidence(facts: Facts): readonly Evidence[] {
  return (facts["dns.nameservers"]?.servers ?? []).map(({ server, a, aaaa }) => {
    const en = `name server ${server}: A ${said(a)}, AAAA ${said(aaaa)}`;
    return { en, zh: `域名服务器 ${server}：A ${said(a)}，AAAA ${said(aaaa)}` };
  });
}

function said({ addresses, error, ms }: NameserverAnswer["a"]): string {
  return addresses.length > 0 ? `${addresses.slice(0, 3).join(" ")} (${ms} ms)` : `${error ?? "ENODATA"} (${ms} ms)`;
}

/** The addresses of a lookup in one line. */
export function addressList({ addresses }: LookupFacts): string {
  return addresses.map(({ address }) => address).join(", ");
}

/** True when every address of the lookup is of one of these classes, and there is one. */
export function allOf(lookup: LookupFacts, ...classes: readonly AddressClass[]): boolean {
  return lookup.addresses.length > 0 && lookup.addresses.every((one) => classes.includes(one.class));
}

/** What resolvers elsewhere say, when they were asked: addresses that the program's lookup does not give. */
export function elsewhere(facts: Facts): readonly Evidence[] {
  const mine = new Set(facts["dns.lookup"]?.addresses.map(({ address }) => address));
  return (facts["dns.external"]?.resolvers ?? [])
    .filter(({ addresses }) => addresses.length > 0 && !addresses.some((one) => mine.has(one)))
    .map(({ name, addresses }) => ({
      en: `${name} says ${addresses.join(", ")}`,
      zh: `${name} 给出的是 ${addresses.join("、")}`,
    }));
}

/** Name servers of the system, in one line for people. */
export function serverList(facts: Facts): string {
  return (facts["dns.nameservers"]?.servers ?? []).map(({ server }) => server).join(", ");
}
