// Goes past the gateway, straight to the API behind it, and compares: whose fault is it when the gateway fails.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { callTarget, callWay } from "../http/call.ts";
import { isLoopback } from "../http/key-guard.ts";
import { exchangesOf, helloOf, keyedOf, speaks } from "../http/reading.ts";
import { wayToHost } from "../http/way-to-host.ts";
import type { Probe } from "../probe.ts";

/** Where a gateway goes unless it is told otherwise. */
const API = new URL("https://api.anthropic.com/v1/messages");
/** Wait for each answer, milliseconds. */
const PAST_MS = 2_500;

/** The probe. */
export const httpPast: Probe<"http.past"> = {
  id: "http.past",
  layer: "http",
  title: { en: "Through the gateway and past it", zh: "经过网关与绕过网关的对比" },
  after: ["http.hello", "credentials.accepted", "account.count", "account.message"],
  timeoutMs: 5_500,
  skip(ctx, facts) {
    if (helloOf(facts) === undefined) return blocked();
    const near = isLoopback(ctx.target.host) && ctx.options.deep;
    if (isFairlead(facts) || near) return undefined;
    return { en: "no gateway of ours on the way", zh: "途中没有我们的网关" };
  },
  async run(ctx, facts) {
    // What carried the credential went all the way through; the greeting may have ended at the gateway's own door.
    const through = [...keyedOf(facts)].reverse().find(({ status }) => status !== 404) ?? (helloOf(facts) as Exchanged);
    const [past, ready] = await Promise.all([goPast(ctx, facts), readiness(ctx, facts)]);
    const works = through.status !== undefined && through.status < 500;
    const note = {
      en: `through: ${through.status ?? through.error}, past: ${past.ok ? "answers" : past.error}`,
      zh: `经过网关：${through.status ?? through.error}，绕过网关：${past.ok ? "有响应" : past.error}`,
    };
    const found = { through, past, fairlead: isFairlead(facts), ...(ready === undefined ? {} : { ready }) };
    return { status: works ? "pass" : "fail", note, facts: found };
  },
};

/** True when Fairlead itself answered, or handed an answer on. */
export function isFairlead(facts: Facts): boolean {
  return exchangesOf(facts).some(
    ({ author, headers }) => author === "fairlead" || headers.some(([name]) => name.startsWith("fairlead-")),
  );
}

async function goPast(ctx: Context, facts: Facts) {
  const began = ctx.rt.clock.now();
  const way = await wayToHost(ctx, facts, API);
  const told = (ok: boolean, error?: string) => ({
    url: API.origin,
    ok,
    ms: Math.round(ctx.rt.clock.now() - began),
    ...(error === undefined ? {} : { error }),
  });
  if ("error" in way) return told(false, way.error);
  const call = {
    method: "POST",
    path: API.pathname,
    headers: [["content-type", "application/json"]],
    body: "{}",
    timeoutMs: PAST_MS,
  } as const;
  const { exchange } = await callWay(ctx, facts, way, call);
  if (exchange.status === undefined) return told(false, exchange.error);
  return speaks(exchange, true) && exchange.status < 500 ? told(true) : told(false, `HTTP ${exchange.status}`);
}

async function readiness(ctx: Context, facts: Facts): Promise<boolean | undefined> {
  const { exchange } = await callTarget(ctx, facts, { method: "GET", path: "/readyz", timeoutMs: 1_500 });
  return exchange.status === 200 ? true : exchange.status === 503 ? false : undefined;
}
