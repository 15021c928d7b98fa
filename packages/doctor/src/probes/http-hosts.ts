// Looks at the other hosts that Claude Code needs, through the same way: name, TCP, proxy, TLS.

import type { Context } from "../context.ts";
import type { HostFacts } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { lineStands } from "../http/line.ts";
import { wayToHost } from "../http/way-to-host.ts";
import type { Probe } from "../probe.ts";
import { programWish } from "../wire/client-hello.ts";
import { isBroken } from "../wire/tcp.ts";
import { openWay } from "../wire/way.ts";

/** A host with what it is for. `deep`: optional, looked at with --deep only. */
interface Needed {
  readonly host: string;
  readonly what: string;
  readonly required: boolean;
}

/** From https://code.claude.com/docs/en/network-config. */
const HOSTS: readonly Needed[] = [
  { host: "platform.claude.com", what: "sign-in and token refresh", required: true },
  { host: "claude.ai", what: "sign-in with a claude.ai account", required: true },
  { host: "claude.com", what: "account pages", required: false },
  { host: "downloads.claude.ai", what: "installer and updates", required: false },
  { host: "mcp-proxy.anthropic.com", what: "claude.ai connectors", required: false },
];
/** Time for one host, milliseconds: as long as the greeting takes at most. */
const HOST_MS = 4_500;

/** The probe. */
export const httpHosts: Probe<"http.hosts"> = {
  id: "http.hosts",
  layer: "http",
  title: { en: "Other hosts that Claude Code needs", zh: "Claude Code 需要的其他主机" },
  after: ["tcp.connect", "tls.handshake", "proxy.tunnel"],
  timeoutMs: HOST_MS + 500,
  skip(ctx, facts) {
    if (ctx.environment.client !== "claude-code" || ctx.target.platform !== "anthropic" || !ctx.target.official)
      return { en: "only for Claude Code on Anthropic's own API", zh: "仅适用于直连 Anthropic API 的 Claude Code" };
    return lineStands(ctx, facts) ? undefined : blocked();
  },
  async run(ctx, facts) {
    const wanted = HOSTS.filter(({ required }) => required || ctx.options.deep);
    const hosts = await Promise.all(wanted.map((one) => lookAt(ctx, facts, one)));
    const bad = hosts.filter(({ ok }) => !ok);
    const names = bad.map(({ host, at, error }) => `${host} (${at}: ${error})`).join(", ");
    const note =
      bad.length === 0
        ? { en: `${hosts.length} of ${hosts.length} reachable`, zh: `${hosts.length} 个全部可达` }
        : { en: `not reachable: ${names}`, zh: `不可达：${names}` };
    return { status: bad.some(({ required }) => required) ? "warn" : "pass", note, facts: { hosts } };
  },
};

type Host = HostFacts["hosts"][number];

async function lookAt(ctx: Context, facts: Facts, { host, what, required }: Needed): Promise<Host> {
  const began = ctx.rt.clock.now();
  const told = (more: Pick<Host, "ok" | "at" | "error" | "via">): Host => ({
    host,
    what,
    required,
    ms: Math.round(ctx.rt.clock.now() - began),
    ...more,
  });
  return new Promise((resolve) => {
    const timer = ctx.rt.clock.timer(HOST_MS, () => resolve(told({ ok: false, at: "tcp", error: "TIMEOUT" })));
    look(ctx, facts, host)
      .then((found) => resolve(told(found)))
      .finally(() => timer.cancel());
  });
}

async function look(ctx: Context, facts: Facts, host: string): Promise<Pick<Host, "ok" | "at" | "error" | "via">> {
  const way = await wayToHost(ctx, facts, new URL(`https://${host}`));
  if ("error" in way) return { ok: false, at: "dns", error: way.error };
  const via = way.proxy === undefined ? "direct" : "proxy";
  const opened = await openWay(ctx, { ...way, wish: programWish(ctx) });
  if (isBroken(opened)) return { ok: false, at: opened.at, error: opened.error, via };
  opened.socket.destroy();
  return { ok: true, via };
}
