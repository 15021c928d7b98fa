// Resolves the name as programs do: getaddrinfo, with the hosts file, nsswitch and the search list.

import { isIP } from "node:net";
import type { Clock } from "@fairlead/runtime";
import { resolved } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { LookupFacts, NameserverFacts, Resolved } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import { BROKEN_PROXY, firstHop } from "../first-hop.ts";
import type { Machine } from "../machine.ts";
import type { Looked, Probe } from "../probe.ts";
import { type SystemLookup, systemLookup } from "../wire/system-lookup.ts";

/** After this the name servers' own answers do, milliseconds: they are in by then (`NAMESERVER_MS`). */
export const GETADDRINFO_MS = 2_500;
/** After this nobody is waited for, milliseconds: glibc asks a dead server for 5 s before it takes the next. */
export const LAST_MS = 5_000;

/** From here on a lookup is slow, milliseconds. */
export const SLOW_LOOKUP_MS = 1_000;

/** The probe, with the resolver that it asks. */
export function lookupProbe(resolve: SystemLookup = systemLookup): Probe<"dns.lookup"> {
  return {
    id: "dns.lookup",
    layer: "dns",
    title: { en: "name lookup", zh: "域名解析" },
    after: [],
    required: true,
    skip: (ctx) => (firstHop(ctx) === undefined ? BROKEN_PROXY : undefined),
    run: (ctx, facts) => look(ctx, facts, resolve),
  };
}

/** As programs resolve. */
export const dnsLookup: Probe<"dns.lookup"> = lookupProbe();

async function look(ctx: Context, facts: Facts, resolve: SystemLookup): Promise<Looked<"dns.lookup">> {
  const { clock } = ctx.rt;
  const { host, of } = firstHop(ctx) ?? { host: ctx.target.host, of: "target" as const };
  const hostsPath = hostsPathOf(ctx.machine);
  const same = { host, of, hostsPath, literal: false, late: false, by: "getaddrinfo" as const };
  if (isIP(host) !== 0) {
    const facts: LookupFacts = {
      ...same,
      literal: true,
      by: "address",
      ms: 0,
      addresses: [resolved(host)],
      hostsFile: [],
    };
    return { status: "pass", note: { en: `${host} is an address already`, zh: `${host} 本身就是地址` }, facts };
  }
  const began = clock.now();
  const hostsFile = hostsEntries(ctx.machine.readText(hostsPath) ?? "", host);
  const asked = resolve(ctx, host);
  let answer = await within(clock, asked, GETADDRINFO_MS);
  const others = answer === undefined ? fromNameservers(facts["dns.nameservers"]) : [];
  if (answer === undefined && others.length === 0) answer = await within(clock, asked, LAST_MS - GETADDRINFO_MS);
  const ms = Math.round(answer?.ms ?? clock.now() - began);
  const known: LookupFacts =
    answer === undefined
      ? others.length > 0
        ? { ...same, ms, late: true, by: "nameservers", addresses: inOrder(ctx, others), hostsFile }
        : { ...same, ms, late: true, addresses: [], error: "TIMEOUT", hostsFile }
      : answer.error !== undefined
        ? { ...same, ms, addresses: [], error: answer.error, hostsFile }
        : { ...same, ms, addresses: inOrder(ctx, distinct(answer.addresses)), hostsFile };
  const detail = { ms, error: known.error, addresses: known.addresses.map(({ address }) => address).join(" ") };
  ctx.wire.record({ at: clock.now(), connection: 0, kind: "dns", text: `getaddrinfo ${host}`, detail });
  return tell(known);
}

function tell(facts: LookupFacts): Looked<"dns.lookup"> {
  const { host, ms, error, late } = facts;
  if (error !== undefined) {
    const en = late ? `${host}: no answer in ${ms} ms` : `${host}: ${error} after ${ms} ms`;
    const zh = late ? `${host}：${ms} 毫秒内没有应答` : `${host}：${error}（${ms} 毫秒）`;
    return { status: "fail", note: { en, zh }, facts };
  }
  const shown = facts.addresses.slice(0, 4).map(({ address }) => address);
  const list = shown.join(", ") + (facts.addresses.length > shown.length ? ", …" : "");
  if (late) {
    const en = `${list} from the name servers; the system's own lookup still had no answer after ${ms} ms`;
    const zh = `域名服务器给出 ${list}；系统自己的解析 ${ms} 毫秒后仍无应答`;
    return { status: "warn", note: { en, zh }, facts };
  }
  const status = ms >= SLOW_LOOKUP_MS ? "warn" : "pass";
  return { status, note: { en: `${list} in ${ms} ms`, zh: `${list}，${ms} 毫秒` }, facts };
}

// Programs on Node put IPv4 first when they are told to, whatever the system's order.
function inOrder(ctx: Context, addresses: readonly Resolved[]): readonly Resolved[] {
  if (ctx.environment.client !== "node") return addresses;
  const order = /--dns-result-order[= ](ipv4first|ipv6first)/.exec(ctx.environment.value("NODE_OPTIONS") ?? "")?.[1];
  if (order === undefined) return addresses;
  const first = order === "ipv4first" ? 4 : 6;
  return [...addresses.filter(({ family }) => family === first), ...addresses.filter(({ family }) => family !== first)];
}

function distinct(addresses: readonly string[]): readonly Resolved[] {
  return [...new Set(addresses)].map(resolved);
}

function fromNameservers(facts: NameserverFacts | undefined): readonly Resolved[] {
  const good = facts?.servers.find(({ a, aaaa }) => a.addresses.length > 0 || aaaa.addresses.length > 0);
  return good === undefined ? [] : [...new Set([...good.a.addresses, ...good.aaaa.addresses])].map(resolved);
}

function hostsPathOf(machine: Machine): string {
  if (machine.platform !== "win32") return "/etc/hosts";
  return `${machine.env["SystemRoot"] ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`;
}

/** Entries of a hosts file for one name. */
export function hostsEntries(text: string, host: string): LookupFacts["hostsFile"] {
  const entries: { address: string; line: number }[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const [address, ...names] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    if (address !== undefined && isIP(address) !== 0 && names.some((name) => name.toLowerCase() === host.toLowerCase()))
      entries.push({ address, line: index + 1 });
  });
  return entries;
}

function within<T>(clock: Clock, work: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = clock.timer(ms, () => resolve(undefined));
    void work.then((value) => {
      timer.cancel();
      resolve(value);
    });
  });
}
