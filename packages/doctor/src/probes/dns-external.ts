// Asks resolvers elsewhere, over HTTPS with their certificates checked: what the name really is. Only with --external.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { ExternalAnswer } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import type { Looked, Probe } from "../probe.ts";
import { addressesIn, question } from "../wire/dns-message.ts";
import { exchange } from "../wire/http.ts";
import { connectTcp, isBroken } from "../wire/tcp.ts";
import { openWay, trusted, type Way } from "../wire/way.ts";
import type { Words } from "../words.ts";
import { isLocalName } from "./dns-nameservers.ts";

/**
 * Public resolvers that speak DoH (RFC 8484), dialled by address so that no lookup is needed.
 * Source: https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/,
 * https://developers.google.com/speed/public-dns/docs/doh, https://www.alidns.com/
 */
export const PUBLIC_RESOLVERS = [
  { address: "1.1.1.1", name: "cloudflare-dns.com" },
  { address: "8.8.8.8", name: "dns.google" },
  { address: "223.5.5.5", name: "dns.alidns.com" },
] as const;

type PublicResolver = (typeof PUBLIC_RESOLVERS)[number];

const EXTERNAL_MS = 2_500;

const NOT_ASKED: Words = { en: "not asked for: needs --external", zh: "未启用：需要 --external" };
const INSIDE: Words = { en: "not needed: nobody outside can know this name", zh: "无需检查：外部不可能知道这个名字" };

/** Compares with Cloudflare, Google and AliDNS. */
export const dnsExternal: Probe<"dns.external"> = {
  id: "dns.external",
  layer: "dns",
  title: { en: "resolvers elsewhere", zh: "外部解析器" },
  after: ["dns.lookup"],
  skip(ctx, facts) {
    if (!ctx.options.external) return NOT_ASKED;
    const { host } = ctx.target;
    const inside = isIP(host.replace(/^\[|\]$/g, "")) !== 0 || isLocalName(host) || !host.includes(".");
    return inside || facts["dns.lookup"]?.literal === true ? INSIDE : undefined;
  },
  run: look,
};

async function look(ctx: Context, facts: Facts): Promise<Looked<"dns.external">> {
  const resolvers = await Promise.all(PUBLIC_RESOLVERS.map((one) => ask(ctx, facts, one)));
  const answered = resolvers.filter(({ error }) => error === undefined);
  const en = resolvers.map((one) => `${one.name}: ${one.addresses[0] ?? one.error ?? "ENODATA"}`).join("; ");
  const note = { en, zh: en.replaceAll("; ", "；").replaceAll(": ", "：") };
  return { status: answered.length > 0 ? "pass" : "warn", note, facts: { resolvers } };
}

// Both ways at once: where HTTPS to it is blocked, the plain one may still answer, and there is no time for one after the other.
async function ask(ctx: Context, facts: Facts, resolver: PublicResolver): Promise<ExternalAnswer> {
  const [byHttps, byTcp] = await Promise.all([
    inTime(ctx, { name: resolver.name, by: "https" }, overHttps(ctx, facts, resolver)),
    inTime(ctx, { name: resolver.name, by: "tcp" }, overTcp(ctx, resolver)),
  ]);
  const answered = byHttps.error === undefined || byHttps.error.startsWith("E");
  return answered || byTcp.error !== undefined ? byHttps : byTcp;
}

function inTime(
  ctx: Context,
  who: Pick<ExternalAnswer, "name" | "by">,
  work: Promise<ExternalAnswer>,
): Promise<ExternalAnswer> {
  return new Promise((resolve) => {
    const late = { ...who, ms: EXTERNAL_MS, addresses: [], error: "TIMEOUT" };
    const timer = ctx.rt.clock.timer(EXTERNAL_MS, () => resolve(late));
    void work.then(resolve).finally(() => timer.cancel());
  });
}

async function overHttps(ctx: Context, facts: Facts, { address, name }: PublicResolver): Promise<ExternalAnswer> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const told = (what: Pick<ExternalAnswer, "addresses" | "error">): ExternalAnswer => {
    return { name, by: "https", ms: Math.round(clock.now() - began), ...what };
  };
  const decision = ctx.environment.proxyFor(new URL(`https://${name}/`));
  const roots = ctx.options.publicRoots;
  const wish = { servername: name, timeoutMs: EXTERNAL_MS, ...(roots === undefined ? {} : { ca: [roots] }) };
  const plain = { host: name, port: 443, tls: true, wish } as const;
  const proxied = facts["dns.lookup"]?.of === "proxy" ? facts["dns.lookup"].addresses.map((one) => one.address) : [];
  const way: Way =
    decision.use === "proxy" && proxied.length > 0
      ? { ...plain, addresses: proxied, proxy: trusted(decision.proxy, facts) }
      : { ...plain, addresses: [address] };
  const opened = await openWay(ctx, way);
  if (isBroken(opened)) return told({ addresses: [], error: `${opened.at}:${opened.error}` });
  if (opened.tls?.authorized !== true) {
    opened.socket.destroy();
    return told({ addresses: [], error: `tls:${opened.tls?.authorizationError ?? "ERROR"}` });
  }
  const answer = await exchange(ctx.wire, opened.connection, opened.socket, {
    method: "POST",
    path: "/dns-query",
    headers: [
      ["host", name],
      ["accept", "application/dns-message"],
      ["content-type", "application/dns-message"],
    ],
    body: question(ctx.target.host, "A", 0),
    timeoutMs: EXTERNAL_MS,
  });
  opened.socket.destroy();
  if (isBroken(answer)) return told({ addresses: [], error: `http:${answer.error}` });
  return told(answer.status === 200 ? addressesIn(answer.body) : { addresses: [], error: `http:${answer.status}` });
}

async function overTcp(ctx: Context, { address, name }: PublicResolver): Promise<ExternalAnswer> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const told = (what: Pick<ExternalAnswer, "addresses" | "error">): ExternalAnswer => {
    return { name, by: "tcp", ms: Math.round(clock.now() - began), ...what };
  };
  const line = await connectTcp(ctx.wire, address, 53, EXTERNAL_MS);
  if (isBroken(line)) return told({ addresses: [], error: `tcp:${line.error}` });
  const { socket } = line;
  const message = question(ctx.target.host, "A", 1);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length, 0);
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    const settle = (what: Pick<ExternalAnswer, "addresses" | "error">) => {
      timer.cancel();
      socket.destroy();
      resolve(told(what));
    };
    const timer = clock.timer(EXTERNAL_MS, () => settle({ addresses: [], error: "tcp:TIMEOUT" }));
    socket.on("close", () => settle({ addresses: [], error: "tcp:CLOSED" }));
    socket.on("data", (piece: Buffer) => {
      got = Buffer.concat([got, piece]);
      if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0))
        settle(addressesIn(got.subarray(2, 2 + got.readUInt16BE(0))));
    });
    socket.write(Buffer.concat([length, message]));
  });
}
