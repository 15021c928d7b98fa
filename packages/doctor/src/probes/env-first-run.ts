// Whether Claude Code could make its first start: that one asks Anthropic's own hosts, whatever the base URL says.

import type { Context } from "../context.ts";
import type { FirstRunFacts } from "../facts/environment.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { lineStands } from "../http/line.ts";
import { wayToHost } from "../http/way-to-host.ts";
import type { Probe } from "../probe.ts";
import { isBroken } from "../wire/tcp.ts";
import { openWay } from "../wire/way.ts";

/** Asked at the first interactive start (https://code.claude.com/docs/en/errors). */
const HOSTS = ["api.anthropic.com", "platform.claude.com"];
/** Time for one host, milliseconds. */
const HOST_MS = 4_500;

export const envFirstRun: Probe<"env.first-run"> = {
  id: "env.first-run",
  layer: "environment",
  title: { en: "first start of Claude Code", zh: "Claude Code 首次启动" },
  after: ["env.settings", "tcp.connect", "tls.handshake", "proxy.tunnel"],
  timeoutMs: HOST_MS + 500,
  skip(ctx, facts) {
    const open = facts["env.settings"]?.lints.some(({ problem }) => problem === "not-onboarded") ?? false;
    if (!open || ctx.target.platform !== "custom" || ctx.target.official)
      return { en: "not needed: nothing is left of a first start", zh: "无需检查：没有未完成的首次启动" };
    return lineStands(ctx, facts) ? undefined : blocked();
  },
  async run(ctx, facts) {
    const hosts = await Promise.all(HOSTS.map((host) => within(ctx, host, look(ctx, facts, host))));
    const bad = hosts.filter(({ ok }) => !ok).map(({ host, at, error }) => `${host} (${at}: ${error})`);
    if (bad.length === 0)
      return { status: "pass", note: { en: "its hosts can be reached", zh: "所需主机均可达" }, facts: { hosts } };
    const text = bad.join(", ");
    return { status: "warn", note: { en: `not reachable: ${text}`, zh: `不可达：${text}` }, facts: { hosts } };
  },
};

type Host = FirstRunFacts["hosts"][number];

async function look(ctx: Context, facts: Facts, host: string): Promise<Host> {
  const way = await wayToHost(ctx, facts, new URL(`https://${host}`));
  if ("error" in way) return { host, ok: false, at: "dns", error: way.error };
  const opened = await openWay(ctx, way);
  if (isBroken(opened)) return { host, ok: false, at: opened.at, error: opened.error };
  opened.socket.destroy();
  return { host, ok: true };
}

function within(ctx: Context, host: string, looking: Promise<Host>): Promise<Host> {
  return new Promise((resolve, reject) => {
    const timer = ctx.rt.clock.timer(HOST_MS, () => resolve({ host, ok: false, at: "tcp", error: "TIMEOUT" }));
    looking.then(resolve, reject).finally(() => timer.cancel());
  });
}
