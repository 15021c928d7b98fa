// Asks for names that cannot exist: who answers them answers everything, and so nothing that it says counts.

import { getServers } from "node:dns";
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { pick } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { Canary } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Words } from "../words.ts";
import { isLocalName } from "./dns-nameservers.ts";

const CANARY_MS = 1_500;
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

const NOT_NEEDED: Words = { en: "not needed: nothing about the lookup is odd", zh: "无需检查：解析结果没有可疑之处" };

/** The probe, with the list of name servers that it asks. */
export function canaryProbe(servers: () => readonly string[] = getServers): Probe<"dns.canary"> {
  return {
    id: "dns.canary",
    layer: "dns",
    title: { en: "names that do not exist", zh: "不存在的域名" },
    after: ["dns.lookup", "dns.nameservers"],
    skip: (ctx, facts) => (isOdd(ctx, facts) ? undefined : NOT_NEEDED),
    run: (ctx, facts) => look(ctx, facts, servers()),
  };
}

/** With the system's name servers. */
export const dnsCanary: Probe<"dns.canary"> = canaryProbe();

// A fake-IP proxy answers every name by design, so asking one proves nothing.
function isOdd(ctx: Context, facts: Facts): boolean {
  const lookup = facts["dns.lookup"];
  if (lookup === undefined || lookup.literal || isIP(lookup.host) !== 0 || isLocalName(lookup.host)) return false;
  if (lookup.of === "proxy" || lookup.addresses.length === 0) return false;
  if (lookup.addresses.some((one) => one.class === "fake-ip")) return false;
  if (ctx.options.deep) return true;
  if (lookup.addresses.some((one) => one.class === "unspecified")) return true;
  return (
    ctx.target.official &&
    ctx.target.platform === "anthropic" &&
    !lookup.addresses.every((one) => one.class === "genuine")
  );
}

async function look(ctx: Context, facts: Facts, servers: readonly string[]): Promise<Looked<"dns.canary">> {
  const host = facts["dns.lookup"]?.host ?? ctx.target.host;
  const label = `fairlead-${Array.from({ length: 12 }, () => LETTERS[pick(ctx.rt.random, LETTERS.length)]).join("")}`;
  const parent = host.split(".").slice(1).join(".");
  const names: { name: string; place: Canary["place"] }[] = [{ name: `${label}.com`, place: "stranger" }];
  if (parent.includes(".")) names.unshift({ name: `${label}.${parent}`, place: "sibling" });
  const canaries = await Promise.all(names.map((one) => ask(ctx, servers, one)));
  const lies = canaries.filter(({ addresses }) => addresses.length > 0);
  const told = lies.map(({ name, addresses }) => `${name} = ${addresses[0]}`).join(", ");
  const note: Words =
    lies.length === 0
      ? { en: "no answer to invented names, as it should be", zh: "对编造的域名没有应答，正常" }
      : { en: `invented names are answered: ${told}`, zh: `编造的域名也得到了应答：${told}` };
  return { status: lies.some(({ place }) => place === "stranger") ? "warn" : "pass", note, facts: { canaries } };
}

async function ask(ctx: Context, servers: readonly string[], one: Pick<Canary, "name" | "place">): Promise<Canary> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const resolver = new Resolver({ timeout: CANARY_MS, tries: 1 });
  if (servers.length > 0) resolver.setServers(servers);
  const timer = clock.timer(CANARY_MS + 100, () => resolver.cancel());
  const answer = await resolver.resolve4(one.name).then(
    (addresses) => ({ addresses }),
    (e: NodeJS.ErrnoException) => ({ addresses: [], error: e.code ?? "ERROR" }),
  );
  timer.cancel();
  const detail = { ms: Math.round(clock.now() - began), addresses: answer.addresses.join(" ") };
  ctx.wire.record({ at: clock.now(), connection: 0, kind: "dns", text: `A ${one.name}`, detail });
  return { ...one, ...answer };
}
