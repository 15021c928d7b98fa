// Asks each name server of the system by itself, for both kinds of address: tells which of them is at fault.

import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { AnswerOfServer, NameserverAnswer } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import { BROKEN_PROXY, firstHop } from "../first-hop.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Words } from "../words.ts";

/** Longest wait for one name server, milliseconds. */
export const NAMESERVER_MS = 2_000;
/** When the program's own lookup has long succeeded, no server is waited for any longer than this, milliseconds. */
const SPARE_MS = 900;
/** glibc asks three at most; a few more may stand in the list. */
const MOST = 4;

const NO_NAME: Words = { en: "nothing to resolve: the host is an address", zh: "无需解析：主机本身就是地址" };
const LOCAL_NAME: Words = {
  en: "nothing to ask: this name is known on the machine itself",
  zh: "无需查询：这个名字由本机自己给出",
};

/** The probe, with the list of name servers (address or address:port) that it asks. */
export function nameserversProbe(servers: () => readonly string[] = getServers): Probe<"dns.nameservers"> {
  return {
    id: "dns.nameservers",
    layer: "dns",
    title: { en: "name servers one by one", zh: "逐个查询域名服务器" },
    after: [],
    skip(ctx) {
      const hop = firstHop(ctx);
      if (hop === undefined) return BROKEN_PROXY;
      if (isIP(hop.host) !== 0) return NO_NAME;
      return isLocalName(hop.host) ? LOCAL_NAME : undefined;
    },
    run: (ctx, facts) => look(ctx, facts, servers().slice(0, MOST)),
  };
}

/** The system's name servers. */
export const dnsNameservers: Probe<"dns.nameservers"> = nameserversProbe();

/** True for names that no name server is asked for (RFC 6761). */
export function isLocalName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

async function look(ctx: Context, facts: Facts, servers: readonly string[]): Promise<Looked<"dns.nameservers">> {
  const host = firstHop(ctx)?.host ?? ctx.target.host;
  const answers = await Promise.all(servers.map((server) => askServer(ctx, facts, server, host)));
  const found = { host, servers: answers };
  const good = answers.filter(knows);
  const status = good.length === answers.length && answers.length > 0 ? "pass" : good.length > 0 ? "warn" : "fail";
  // Where the program's own lookup knows the name (VPN with its own servers, mDNS, hosts file), silent servers harm nobody.
  const known = (facts["dns.lookup"]?.addresses.length ?? 0) > 0 && facts["dns.lookup"]?.late === false;
  return { status: status === "fail" && known ? "warn" : status, note: noteOf(answers), facts: found };
}

function noteOf(answers: readonly NameserverAnswer[]): Words {
  if (answers.length === 0) return { en: "the system has no name server", zh: "系统没有配置域名服务器" };
  const en = answers.map((one) => `${one.server}: ${shown(one)}`).join("; ");
  return { en, zh: en.replaceAll("; ", "；").replaceAll(": ", "：") };
}

function shown({ a, aaaa }: NameserverAnswer): string {
  const first = a.addresses[0] ?? aaaa.addresses[0];
  if (first === undefined) return a.error ?? aaaa.error ?? "ENODATA";
  return aaaa.error === "TIMEOUT" ? `${first} (AAAA: TIMEOUT)` : `${first}, ${a.ms} ms`;
}

function knows({ a, aaaa }: NameserverAnswer): boolean {
  return (a.addresses.length > 0 || aaaa.addresses.length > 0) && a.error !== "TIMEOUT" && aaaa.error !== "TIMEOUT";
}

async function askServer(ctx: Context, facts: Facts, server: string, host: string): Promise<NameserverAnswer> {
  const { clock } = ctx.rt;
  const resolver = new Resolver({ timeout: NAMESERVER_MS, tries: 1 });
  try {
    resolver.setServers([server]);
  } catch {
    // An address with a zone, which older Node does not take.
    const unasked = { ms: 0, addresses: [], error: "UNASKED" };
    return { server, a: unasked, aaaa: unasked };
  }
  const stop = () => resolver.cancel();
  const spare = clock.timer(SPARE_MS, () => {
    const lookup = facts["dns.lookup"];
    if (lookup !== undefined && lookup.addresses.length > 0 && !lookup.late) stop();
  });
  const end = clock.timer(NAMESERVER_MS + 100, stop);
  const one = async (type: "A" | "AAAA"): Promise<AnswerOfServer> => {
    const began = clock.now();
    const answer = await (type === "A" ? resolver.resolve4(host) : resolver.resolve6(host)).then(
      (addresses) => ({ addresses }),
      (e: NodeJS.ErrnoException) => ({ addresses: [], error: codeOf(e.code) }),
    );
    const ms = Math.round(clock.now() - began);
    const detail = { ms, error: "error" in answer ? answer.error : undefined, addresses: answer.addresses.join(" ") };
    ctx.wire.record({ at: clock.now(), connection: 0, kind: "dns", text: `${type} ${host} at ${server}`, detail });
    return { ms, ...answer };
  };
  const [a, aaaa] = await Promise.all([one("A"), one("AAAA")]);
  spare.cancel();
  end.cancel();
  // c-ares says the same of a closed port and of a packet that this machine's own firewall did not let out.
  if (a.error !== "ECONNREFUSED" || aaaa.error !== "ECONNREFUSED" || !(await isForbidden(server)))
    return { server, a, aaaa };
  const barred = (answer: AnswerOfServer): AnswerOfServer => ({ ...answer, error: "EPERM" });
  return { server, a: barred(a), aaaa: barred(aaaa), forbidden: true };
}

/** True when the system does not let a datagram out to that server: asked with the empty head of a question. */
function isForbidden(server: string): Promise<boolean> {
  const [, bracketed, plain] = /^(?:\[(.*)\]|([^:]+))(?::\d+)?$/.exec(server) ?? [];
  const address = bracketed ?? plain ?? server;
  const port = Number(/(?:\]|^[^:]+):(\d+)$/.exec(server)?.[1] ?? 53);
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
    socket.on("error", () => {});
    socket.send(Buffer.alloc(12), port, address, (e) => {
      const code = (e as NodeJS.ErrnoException | null)?.code;
      resolve(code === "EPERM" || code === "EACCES");
      socket.close();
    });
  });
}

/** c-ares says ETIMEOUT, and ECANCELLED where the doctor itself stopped waiting: both mean that nothing came. */
function codeOf(code: string | undefined): string {
  return code === "ETIMEOUT" || code === "ECANCELLED" ? "TIMEOUT" : (code ?? "ERROR");
}
