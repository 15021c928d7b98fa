// When the program goes direct and does not get through: whether a proxy that others on this machine use would let it.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { ProxyChoice, Setting } from "../environment/environment.ts";
import { PROXY_NAMES } from "../environment/proxy-decision.ts";
import { parseProxy, textOf } from "../environment/proxy-url.ts";
import type { ProxyUnusedFacts } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import type { Looked, Probe } from "../probe.ts";
import { placeOf } from "../wire/proxy-attempt.ts";
import { systemLookup } from "../wire/system-lookup.ts";
import { attemptThrough } from "./proxy-tunnel.ts";

const TRY_MS = 2_000;
const MOST = 3;

/** The probe. */
export const proxyUnused: Probe<"proxy.unused"> = {
  id: "proxy.unused",
  layer: "proxy",
  title: { en: "a proxy that the program does not use", zh: "程序未使用的代理" },
  after: ["tcp.connect", "tls.handshake"],
  timeoutMs: 2 * TRY_MS + 500,
  skip(ctx, facts) {
    if (ctx.environment.proxyFor(ctx.target.url).use !== "direct")
      return { en: "the program has its proxy", zh: "程序已有代理" };
    if (!directFails(facts)) return { en: "not needed: the direct way stands", zh: "无需检查：直连可用" };
    return candidates(ctx).length === 0
      ? { en: "none set anywhere on this machine", zh: "本机没有设置任何代理" }
      : undefined;
  },
  run: look,
};

/** True when the target was tried directly and no connection or handshake came about. */
export function directFails(facts: Facts): boolean {
  const lookedUp = facts["dns.lookup"];
  if (lookedUp?.error !== undefined) return true;
  const connect = facts["tcp.connect"];
  if (connect !== undefined && !connect.connects.some(({ ok }) => ok)) return true;
  const shaken = facts["tls.handshake"]?.handshakes ?? [];
  return shaken.length > 0 && !shaken.some(({ ok }) => ok);
}

interface Candidate {
  readonly proxy: ProxyChoice;
  readonly name: string;
  readonly where: string;
  readonly system: boolean;
}

function candidates(ctx: Context): readonly Candidate[] {
  const { variables, systemProxy } = ctx.environment;
  const found: Candidate[] = [];
  const add = (setting: Setting, where: string, system: boolean) => {
    const address = parseProxy(textOf(setting), { bare: true, percent: true });
    if (typeof address === "string" || address.scheme === "other") return;
    if (found.some(({ proxy }) => proxy.host === address.host && proxy.port === address.port)) return;
    // The password of another program stays with it unless the connection to the proxy cannot be somebody else's.
    const { authorization, ...open } = address;
    const own = authorization !== undefined && address.scheme !== "https";
    found.push({
      proxy: { from: setting, ...open, ...(own ? { authorization } : {}) },
      name: setting.name,
      where,
      system,
    });
  };
  const names = [
    ...PROXY_NAMES,
    ...[...variables.keys()].filter((name) => /^(?:npm|git|curl)\..*proxy$/i.test(name) && !/no-?proxy/i.test(name)),
  ];
  for (const name of names)
    for (const setting of variables.get(name)?.all ?? [])
      if (textOf(setting) !== "") add(setting, placeText(setting.source), false);
  if (systemProxy?.url !== undefined)
    add({ name: "system proxy", value: systemProxy.url, source: { kind: "system" } }, systemProxy.source, true);
  return found.slice(0, MOST);
}

async function look(ctx: Context): Promise<Looked<"proxy.unused">> {
  const tried = await Promise.all(candidates(ctx).map((one) => tryOne(ctx, one)));
  const best = tried.find(({ attempt }) => attempt.ok && attempt.inner === undefined) ?? tried[0];
  if (best === undefined) return { status: "skip", note: { en: "none", zh: "无" } };
  const { attempt, proxy, name } = best;
  return attempt.ok && attempt.inner === undefined
    ? {
        status: "warn",
        note: {
          en: `${proxy} (${name}) lets through what the direct way does not`,
          zh: `${proxy}（${name}）可以到达直连无法到达的地址`,
        },
        facts: best,
      }
    : {
        status: "pass",
        note: {
          en: `${proxy} (${name}): ${attempt.error ?? attempt.inner}`,
          zh: `${proxy}（${name}）：${attempt.error ?? attempt.inner}`,
        },
        facts: best,
      };
}

async function tryOne(ctx: Context, { proxy, name, where, system }: Candidate): Promise<ProxyUnusedFacts> {
  const told = { proxy: placeOf(proxy.host, proxy.port), name, where, system };
  const broken = {
    to: placeOf(ctx.target.host, ctx.target.port),
    ok: false,
    ms: 0,
    phase: "tcp",
    schemes: [],
    headers: [],
    sentCredentials: false,
  } as const;
  try {
    const found = isIP(proxy.host) ? undefined : await systemLookup(ctx, proxy.host);
    const address = found === undefined ? proxy.host : found.addresses[0];
    if (address === undefined) return { ...told, attempt: { ...broken, error: found?.error ?? "ENOTFOUND" } };
    return { ...told, attempt: await attemptThrough(ctx, address, proxy, TRY_MS) };
  } catch (e) {
    return { ...told, attempt: { ...broken, error: (e as NodeJS.ErrnoException).code ?? "ERROR" } };
  }
}
