// Reads the facts of TCP: which way a target's addresses fail, and what the comparisons say about who does it.

import { isInside } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Letter } from "../finding.ts";
import { AT_ONCE_MS, isAbsent, place } from "../probes/tcp-connect.ts";
import type { Words } from "../words.ts";
import { connectEvidence } from "./line-reading.ts";

/** Probes that such a failure explains. */
export const EXPLAINS = ["tcp.connect", "tls.handshake"];
/** What the address itself is wrong about is told by the DNS layer. */
export const WRONG_ADDRESS = [
  "DNS_HOSTS_OVERRIDE",
  "DNS_SINKHOLE",
  "DNS_WILDCARD",
  "DNS_POISONED",
  "DNS_PRIVATE_ADDRESS",
  "DNS_FAKE_IP_LOST",
  "DNS_LOCALHOST_V6_FIRST",
];

/** One way in which a connection does not come about. */
export type TcpTrouble = "refused" | "silent" | "rejected" | "host-down" | "forbidden-here" | "no-route" | "other";

/** How one attempt failed. */
export function troubleOf(one: Connected): TcpTrouble | undefined {
  if (one.ok) return undefined;
  if (isAbsent(one)) return "no-route";
  const { error, family, local, deadNext, ms } = one;
  if (local === true) return "forbidden-here";
  if (error === "ECONNREFUSED" || error === "ECONNRESET") return "refused";
  if (error === "TIMEOUT" || error === "ETIMEDOUT") return "silent";
  // ICMP: the network, the protocol or the host is not for everybody.
  if (/^(?:ENETUNREACH|ENOPROTOOPT|EHOSTDOWN|ENONET|EPROTO)$/.test(error ?? "")) return "rejected";
  if (error === "EHOSTUNREACH") return ms < AT_ONCE_MS && deadNext !== true ? "rejected" : "host-down";
  // ICMPv6 "administratively prohibited" arrives as EACCES; over IPv4 it is this machine's own refusal.
  if (error === "EACCES") return family === 6 ? "rejected" : "forbidden-here";
  return error === "EPERM" ? "forbidden-here" : "other";
}

/** Connections to the target; undefined where a proxy is connected to, or nothing was. */
export function targetConnects(facts: Facts): readonly Connected[] | undefined {
  const connect = facts["tcp.connect"];
  return connect === undefined || connect.to === "proxy" || connect.connects.length === 0
    ? undefined
    : connect.connects;
}

/** The way in which all of them fail, absent families left out; undefined when one stands or they differ too much. */
export function wholeTrouble(facts: Facts): TcpTrouble | undefined {
  const connects = targetConnects(facts);
  if (connects === undefined || connects.some(({ ok }) => ok)) return undefined;
  const kinds = new Set(connects.map(troubleOf));
  if (kinds.size > 1) kinds.delete("no-route");
  // Over IPv4 most things go: where the families fail differently its way counts.
  const [v4] = connects.filter((one) => one.family === 4 && !isAbsent(one));
  if (kinds.size > 1 && v4 !== undefined) return troubleOf(v4);
  return [...kinds][0];
}

/** True when IPv6 is the only family that goes anywhere, and its addresses fail. */
export function onlyV6(facts: Facts): boolean {
  const connects = targetConnects(facts) ?? [];
  const usable = connects.filter((one) => !isAbsent(one));
  return (
    usable.length > 0 &&
    usable.every(({ family, ok }) => family === 6 && !ok) &&
    connects.some(({ family }) => family === 4)
  );
}

/** True when what is asked for is on this machine or inside this network: firewalls between are not the first thought. */
export function isNear(facts: Facts): boolean {
  const lookup = facts["dns.lookup"];
  return lookup !== undefined && lookup.addresses.length > 0 && lookup.addresses.every((one) => isInside(one.class));
}

/** All attempts, the comparisons after them. */
export function tcpEvidence(facts: Facts): readonly Evidence[] {
  const controls = facts["tcp.controls"];
  const lines = (targetConnects(facts) ?? []).map(connectEvidence);
  if (controls?.samePort80 !== undefined) lines.push(connectEvidence(controls.samePort80));
  for (const other of controls?.others ?? []) {
    const { en, zh } = connectEvidence(other);
    lines.push({ en: `${other.host}: ${en}`, zh: `${other.host}：${zh}` });
  }
  return lines;
}

/** Whether other hosts of the same owner answer at the same port. Undefined when none was tried. */
export function othersAnswer(facts: Facts): boolean | undefined {
  const others = facts["tcp.controls"]?.others ?? [];
  return others.length === 0 || facts["tcp.controls"]?.intercepted === true ? undefined : others.some(({ ok }) => ok);
}

/** For whoever runs the firewall. */
export function tcpLetter(ctx: Context, facts: Facts, ask: Words): Letter {
  const { host, port, official, platform } = ctx.target;
  const also = official && platform === "anthropic" && port === 443 ? ["platform.claude.com:443", "claude.ai:443"] : [];
  const ranges =
    official && platform === "anthropic"
      ? ["api.anthropic.com: 160.79.104.0/23, 2607:6bc0::/48 (https://platform.claude.com/docs/en/api/ip-addresses)"]
      : [];
  const line = (one: Connected, name = host) =>
    `${name} ${place(one.address, one.port)}: ${one.ok ? "connected" : (one.error ?? "ERROR")} (${one.ms} ms)`;
  const controls = facts["tcp.controls"];
  const seen = [
    ...(targetConnects(facts) ?? []).map((one) => line(one)),
    ...(controls?.samePort80 === undefined ? [] : [line(controls.samePort80)]),
    ...(controls?.others ?? []).map((one) => line(one, one.host)),
    ...ranges,
  ];
  return { ask, hosts: [`${host}:${port}`, ...also], seen };
}
