// Asks the proxy for the way to the target by hand, and when that fails varies one thing at a time.

import { isIP } from "node:net";
import { sleep } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import type { ProxyTlsFacts, ProxyTunnelFacts, TunnelAttempt } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Target } from "../target.ts";
import { type AttemptWish, attemptForward, attemptTunnel, placeOf, whatSpeaks } from "../wire/proxy-attempt.ts";
import { systemLookup } from "../wire/system-lookup.ts";
import { isBroken } from "../wire/tcp.ts";
import { forwards, openWay, trusted } from "../wire/way.ts";
import type { Words } from "../words.ts";

/** For the tunnel to the target, and again for the handshake in it, milliseconds. */
const TARGET_MS = 4_000;
/** For each comparison, milliseconds. */
const SIDE_MS = 2_000;
/** When the target has not answered by then the comparisons begin, milliseconds. */
const LATE_MS = 1_200;
/** What the handshake in the tunnel gets on top when a small one has come about beside it, milliseconds. */
const GRACE_MS = 600;
const UNTRUSTED: Words = {
  en: "TLS with the proxy itself does not hold: nothing is asked of it",
  zh: "与代理自身的 TLS 不成立：不向它发送任何请求",
};
const NONE: Words = { en: "no proxy on this way", zh: "此路径不经代理" };

/** The probe. */
export const proxyTunnel: Probe<"proxy.tunnel"> = {
  id: "proxy.tunnel",
  layer: "proxy",
  title: { en: "way through the proxy", zh: "经由代理的通路" },
  after: ["tcp.connect", "proxy.tls"],
  timeoutMs: 7_000,
  skip(ctx, facts) {
    if (ctx.environment.proxyFor(ctx.target.url).use !== "proxy") return NONE;
    if (facts["tcp.connect"]?.best === undefined) return blocked();
    return undefined;
  },
  run: look,
};

async function look(ctx: Context, facts: Facts): Promise<Looked<"proxy.tunnel">> {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const address = facts["tcp.connect"]?.best;
  if (decision.use !== "proxy" || address === undefined) return { status: "skip", note: NONE };
  const { target } = ctx;
  const own = facts["proxy.tls"];
  if (own !== undefined && !own.ok)
    return { status: "fail", note: UNTRUSTED, facts: unasked(ctx, decision.proxy, own) };
  const proxy = trusted(decision.proxy, facts);
  const forward = forwards(ctx, proxy, target.tls);
  const wish: AttemptWish = {
    address,
    proxy,
    host: bare(target.host),
    port: target.port,
    inner: target.tls,
    timeoutMs: TARGET_MS,
  };
  const attempt = forward ? attemptForward : attemptTunnel;
  let side: Promise<Compared> | undefined;
  let sizes: Promise<Sized> | undefined;
  let control: Promise<TunnelAttempt | undefined> | undefined;
  const compareNow = () => {
    control ??= tryControl(ctx, wish, forward);
    side ??= compare(ctx, control);
    sizes ??= forward || !target.tls ? Promise.resolve({}) : compareSizes(ctx, wish);
  };
  let stood = false;
  const onTunnel = () => {
    stood = true;
  };
  const running = attempt(ctx, { ...wish, onTunnel });
  let late = { cancel: () => {} };
  let carried = false;
  // A tunnel that stands beside one that carries is no dead one: the handshake in it need not be waited for to its end.
  const hung = new Promise<TunnelAttempt>((resolve) => {
    const end = (carrier: TunnelAttempt | undefined) => {
      if (carrier === undefined || !carries(carrier) || !stood || carried) return;
      carried = true;
      const { schemes, headers, sentCredentials } = carrier;
      const ms = LATE_MS + carrier.ms + GRACE_MS;
      const to = placeOf(wish.host, wish.port);
      const told = { to, ok: true, ms, phase: "done", schemes, headers, sentCredentials, inner: "TIMEOUT" } as const;
      late = ctx.rt.clock.timer(GRACE_MS, () => resolve(told));
    };
    late = ctx.rt.clock.timer(LATE_MS, () => {
      compareNow();
      sizes?.then(({ small, tiny }) => end([small, tiny].find(carries)));
      control?.then(end);
    });
  });
  let tried = await Promise.race([running, hung]);
  late.cancel();
  const place = placeOf(proxy.host, proxy.port);
  const base = { proxy: place, scheme: decision.proxy.scheme, forward };
  if (tried.ok && tried.inner === undefined) {
    const note = {
      en: `${place}: tunnel to ${tried.to} in ${tried.ms} ms`,
      zh: `${place}：到 ${tried.to} 的隧道，${tried.ms} 毫秒`,
    };
    return { status: "pass", note, facts: { ...base, target: tried } };
  }
  compareNow();
  const hangs = carried && tried.inner === "TIMEOUT";
  const sized = hangs ? undefined : await sizes;
  const alive = tried.ok && (hangs || [sized?.small, sized?.tiny].some(carries));
  const [compared, varied] = await Promise.all([alive ? known(ctx, control) : side, vary(ctx, wish, tried, forward)]);
  // A tunnel in which nobody's handshake comes about is the proxy's fault; where another host's does, it is the target's.
  if (tried.ok && !alive && compared?.control?.ok === true && compared.control.inner !== undefined)
    tried = { ...tried, ok: false, error: "DEAD-TUNNEL" };
  const found: ProxyTunnelFacts = { ...base, target: tried, ...compared, ...sized, ...varied };
  if (tried.ok) {
    const note = {
      en: `tunnel to ${tried.to} stands; the handshake in it: ${tried.inner}`,
      zh: `到 ${tried.to} 的隧道已建立；其中的握手：${tried.inner}`,
    };
    return { status: "warn", note, facts: found };
  }
  return {
    status: "fail",
    note: { en: `${place}: ${tried.error} for ${tried.to}`, zh: `${place}：${tried.to} → ${tried.error}` },
    facts: found,
  };
}

/** Nothing was asked of a proxy whose own TLS did not come about. */
function unasked(
  ctx: Context,
  { host, port, scheme }: ProxyChoice,
  { error, ms = 0 }: ProxyTlsFacts,
): ProxyTunnelFacts {
  const to = placeOf(bare(ctx.target.host), ctx.target.port);
  const target: TunnelAttempt = {
    to,
    ok: false,
    ms,
    phase: "proxy-tls",
    error: error ?? "ERROR",
    schemes: [],
    headers: [],
    sentCredentials: false,
  };
  return {
    proxy: placeOf(host, port),
    scheme,
    forward: false,
    target,
    ...(error === "PLAIN" ? { speaks: "http" } : {}),
  };
}

/** A handshake in that tunnel came to its end, or to the refusal that it was made for. */
function carries(attempt: TunnelAttempt | undefined): boolean {
  return attempt?.ok === true && (attempt.inner === undefined || /ALERT|HANDSHAKE_FAILURE/.test(attempt.inner));
}

type Sized = Pick<ProxyTunnelFacts, "small" | "tiny">;

/** Handshakes inside the tunnel that need small packets only; done as soon as one of them shows that it carries. */
async function compareSizes(ctx: Context, wish: AttemptWish): Promise<Sized> {
  const quick = { ...wish, timeoutMs: SIDE_MS };
  const small = attemptTunnel(ctx, { ...quick, hello: "classical" }).then((one): Sized => ({ small: one }));
  const tiny = attemptTunnel(ctx, { ...quick, hello: "tiny-reply" }).then((one): Sized => ({ tiny: one }));
  const first = await Promise.race([small, tiny]);
  if (carries(first.small ?? first.tiny)) return first;
  return { ...(await small), ...(await tiny) };
}

type Compared = Pick<ProxyTunnelFacts, "control" | "past">;

/** Another host through the proxy. */
async function tryControl(ctx: Context, wish: AttemptWish, forward: boolean): Promise<TunnelAttempt | undefined> {
  const other = forward ? undefined : controlOf(ctx, ctx.target);
  if (other === undefined) return undefined;
  return attemptTunnel(ctx, { ...wish, host: other, port: 443, inner: true, timeoutMs: SIDE_MS });
}

/** What came of the control when it is known already. */
async function known(ctx: Context, control: Promise<TunnelAttempt | undefined> | undefined): Promise<Compared> {
  const found = await Promise.race([control, sleep(ctx.rt.clock, 1).then(() => undefined)]);
  return found === undefined ? {} : { control: found };
}

/** Another host through the proxy, and the target past it, at the same time. */
async function compare(ctx: Context, other: Promise<TunnelAttempt | undefined>): Promise<Compared> {
  const [control, past] = await Promise.all([other, goPast(ctx)]);
  return { ...(control === undefined ? {} : { control }), past };
}

type Varied = Pick<ProxyTunnelFacts, "bare" | "port443" | "speaks">;

/** What else tells causes apart, by how it failed. */
async function vary(ctx: Context, wish: AttemptWish, tried: TunnelAttempt, forward: boolean): Promise<Varied> {
  if (tried.ok) return {};
  const quick = { ...wish, timeoutMs: SIDE_MS };
  const refused = tried.status !== undefined && tried.status >= 400 && tried.status < 500;
  const odd = tried.status === undefined || tried.status === 400;
  const [bareTry, port443, speaks] = await Promise.all([
    refused && tried.sentCredentials
      ? (forward ? attemptForward : attemptTunnel)(ctx, { ...quick, credentials: false, inner: false })
      : undefined,
    refused && !forward && wish.port !== 443 ? attemptTunnel(ctx, { ...quick, port: 443, inner: false }) : undefined,
    odd && tried.phase !== "tcp" && tried.error !== "FAKE-TUNNEL"
      ? whatSpeaks(ctx, wish.address, wish.proxy)
      : undefined,
  ]);
  return {
    ...(bareTry === undefined ? {} : { bare: bareTry }),
    ...(port443 === undefined ? {} : { port443 }),
    ...(speaks === undefined ? {} : { speaks }),
  };
}

/** Another host that belongs to the same platform; a stranger's only when traffic to others is allowed. */
export function controlOf(ctx: Context, target: Target): string | undefined {
  const region = target.region ?? "us-east-1";
  const other = {
    anthropic: "platform.claude.com",
    bedrock: `sts.${region}.amazonaws.com`,
    vertex: "oauth2.googleapis.com",
    foundry: "login.microsoftonline.com",
    custom: undefined,
  }[target.platform];
  const control = target.official ? other : ctx.options.external ? "platform.claude.com" : undefined;
  return control === target.host ? undefined : control;
}

/** The target without the proxy: name, connection, handshake, in little time. */
async function goPast(ctx: Context): Promise<NonNullable<ProxyTunnelFacts["past"]>> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const host = bare(ctx.target.host);
  const since = () => Math.round(clock.now() - began);
  return new Promise((resolve) => {
    const timer = clock.timer(SIDE_MS, () => resolve({ ok: false, ms: since(), error: "TIMEOUT" }));
    const settle = (error?: string) => {
      timer.cancel();
      resolve({ ok: error === undefined, ms: since(), ...(error === undefined ? {} : { error }) });
    };
    const addresses = isIP(host)
      ? Promise.resolve([host])
      : systemLookup(ctx, host).then(({ addresses, error }) =>
          error === undefined ? addresses : Promise.reject({ code: error }),
        );
    addresses.then(
      async (found) => {
        const opened = await openWay(ctx, {
          host,
          port: ctx.target.port,
          tls: ctx.target.tls,
          addresses: found.slice(0, 2),
        });
        if (isBroken(opened)) return settle(opened.error);
        opened.socket.destroy();
        settle();
      },
      (e: NodeJS.ErrnoException) => settle(e.code ?? "ERROR"),
    );
  });
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/** For other programs' proxies: the same try. */
export async function attemptThrough(
  ctx: Context,
  address: string,
  proxy: ProxyChoice,
  timeoutMs: number,
): Promise<TunnelAttempt> {
  const { host, port, tls } = ctx.target;
  return attemptTunnel(ctx, { address, proxy, host: bare(host), port, inner: tls, timeoutMs });
}
