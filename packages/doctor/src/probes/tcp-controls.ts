// Comparisons after a failure: another port, another host, an address that nobody has. They tell who refuses.

import { isIP } from "node:net";
import { classOf, isInside } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { Connected, ControlFacts } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import { firstHop } from "../first-hop.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Target } from "../target.ts";
import { lookupName } from "../wire/system-lookup.ts";
import type { Words } from "../words.ts";
import { tryConnect } from "./tcp-connect.ts";

const CONTROL_MS = 1_500;
/** For the name of another host, and for the connection to it, milliseconds. */
const NAME_MS = 1_000;
const OTHER_MS = 1_200;
/** TEST-NET-1 (RFC 5737): nobody has this address. */
export const NOWHERE = "192.0.2.1";

const NOT_NEEDED: Words = { en: "not needed: the connection stands", zh: "无需检查：连接已建立" };
const PROXIED: Words = { en: "not needed: only the proxy is connected to", zh: "无需检查：程序只连接代理" };

/** After a failure of the first hop or of its handshake, and with --deep. */
export const tcpControls: Probe<"tcp.controls"> = {
  id: "tcp.controls",
  layer: "tcp",
  title: { en: "who refuses", zh: "对照连接" },
  after: ["dns.lookup", "dns.nameservers", "tcp.connect", "tls.handshake"],
  timeoutMs: 3_500,
  skip(ctx, facts) {
    const hop = firstHop(ctx);
    if (hop === undefined || (hop.of === "proxy" && (facts["dns.lookup"]?.addresses.length ?? 0) > 0)) return PROXIED;
    return ctx.options.deep || isTroubled(facts) ? undefined : NOT_NEEDED;
  },
  run: look,
};

function isTroubled(facts: Facts): boolean {
  const lookup = facts["dns.lookup"];
  if (lookup !== undefined && lookup.addresses.length === 0) return true;
  const connect = facts["tcp.connect"];
  if (connect?.connects.some(({ ok }) => !ok) === true) return true;
  const handshake = facts["tls.handshake"];
  return handshake?.handshakes.some(({ ok }) => !ok) === true || handshake?.trust?.program === false;
}

async function look(ctx: Context, facts: Facts): Promise<Looked<"tcp.controls">> {
  const { target } = ctx;
  const lookup = facts["dns.lookup"];
  const connects = facts["tcp.connect"]?.connects ?? [];
  const addresses = lookup?.addresses.map(({ address }) => address) ?? [];
  // What is inside a house or on this machine is compared with nothing: its neighbours are nobody's business.
  const inside = !target.official && addresses.some((address) => isInside(classOf(address)));
  const first = connects.find(({ family }) => family === 4) ?? connects[0];
  const none = Promise.resolve(undefined);
  const [samePort80, nowhere, others, real, otherLoopback] = await Promise.all([
    inside || first === undefined || target.port === 80 ? none : tryConnect(ctx, first.address, 80, CONTROL_MS),
    inside ? none : tryConnect(ctx, NOWHERE, 443, CONTROL_MS),
    inside || addresses.length === 0 ? [] : Promise.all(othersOf(target).map((host) => tryName(ctx, facts, host))),
    Promise.all(realOf(facts).map((address) => tryConnect(ctx, address, target.port, CONTROL_MS))),
    target.host === "localhost" ? tryOtherLoopback(ctx, addresses) : none,
  ]);
  const listening = inside && addresses.some((address) => classOf(address) === "loopback") ? listeners(ctx) : [];
  const found: ControlFacts = {
    ...(samePort80 === undefined ? {} : { samePort80 }),
    ...(nowhere === undefined ? {} : { nowhere }),
    ...(otherLoopback === undefined ? {} : { otherLoopback }),
    intercepted: nowhere?.ok === true,
    others: others.flatMap((one) => (one === undefined ? [] : [one])),
    real,
    listening,
  };
  return { status: "pass", note: noteOf(found), facts: found };
}

function noteOf({ samePort80, nowhere, others, real, otherLoopback, listening, intercepted }: ControlFacts): Words {
  const shown = (what: string, one: Connected) => `${what} ${one.ok ? `${one.ms} ms` : (one.error ?? "ERROR")}`;
  const parts = [
    ...(samePort80 === undefined ? [] : [shown(":80", samePort80)]),
    ...(nowhere === undefined ? [] : [shown(NOWHERE, nowhere)]),
    ...others.map((one) => shown(one.host, one)),
    ...[...real, ...(otherLoopback === undefined ? [] : [otherLoopback])].map((one) => shown(one.address, one)),
  ];
  const en = [...parts, ...(listening.length > 0 ? [`listening here: ${listening.slice(0, 6).join(", ")}`] : [])].join(
    "; ",
  );
  const zh = [...parts, ...(listening.length > 0 ? [`本机监听的端口：${listening.slice(0, 6).join("、")}`] : [])].join(
    "；",
  );
  if (!intercepted) return { en, zh };
  return { en: `${en} (something on the way answers for everybody)`, zh: `${zh}（途中有设备替所有人应答）` };
}

/** Hosts of the same owner at port 443. */
function othersOf({ platform, official, region, host }: Target): readonly string[] {
  if (!official) return [];
  const place = region ?? "us-east-1";
  const hosts =
    platform === "anthropic"
      ? ["platform.claude.com", "claude.ai"]
      : platform === "bedrock"
        ? [`sts.${place}.amazonaws.com`]
        : platform === "vertex"
          ? ["oauth2.googleapis.com"]
          : platform === "foundry"
            ? ["login.microsoftonline.com"]
            : [];
  return hosts.filter((one) => one !== host);
}

async function tryName(
  ctx: Context,
  facts: Facts,
  host: string,
): Promise<(Connected & { readonly host: string }) | undefined> {
  const { addresses: found } = await lookupName(ctx, facts, host, NAME_MS);
  const address = found.find((one) => isIP(one) === 4) ?? found[0];
  return address === undefined ? undefined : { host, ...(await tryConnect(ctx, address, 443, OTHER_MS)) };
}

// Where the hosts file (or whatever else stands before the name servers) says otherwise than they do.
function realOf(facts: Facts): readonly string[] {
  const lookup = facts["dns.lookup"];
  const known = new Set(lookup?.addresses.map(({ address }) => address));
  if (lookup === undefined || lookup.by !== "getaddrinfo" || known.size === 0) return [];
  const told = (facts["dns.nameservers"]?.servers ?? []).flatMap(({ a }) => a.addresses);
  if (told.some((address) => known.has(address))) return [];
  return [...new Set(told)].slice(0, 2);
}

function tryOtherLoopback(ctx: Context, addresses: readonly string[]): Promise<Connected | undefined> {
  const other = ["127.0.0.1", "::1"].find((one) => !addresses.includes(one));
  return other === undefined ? Promise.resolve(undefined) : tryConnect(ctx, other, ctx.target.port, CONTROL_MS);
}

/** Ports of this machine that accept connections over loopback, by Linux's own table; empty elsewhere. */
function listeners(ctx: Context): readonly number[] {
  if (ctx.machine.platform !== "linux") return [];
  const ports = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => listenersIn(ctx.machine.readText(path) ?? ""));
  return [...new Set(ports)].filter((port) => port >= 1024 && port !== ctx.target.port).sort((a, b) => a - b);
}

/** Ports in state LISTEN (0A) of a table of the form of /proc/net/tcp, bound to loopback or to everything. */
export function listenersIn(table: string): readonly number[] {
  const ports: number[] = [];
  for (const line of table.split("\n")) {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    const near = /^(?:0100007F|0{8}|0{32}|0{24}01000000)$/.test(address);
    if (state === "0A" && near) ports.push(Number.parseInt(port, 16));
  }
  return ports;
}
