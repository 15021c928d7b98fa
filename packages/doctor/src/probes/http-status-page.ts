// Asks the platform's status page, only when that is allowed. What it says is background, never a verdict.

import type { StatusPageFacts } from "../facts/http.ts";
import { callWay } from "../http/call.ts";
import { wayToHost } from "../http/way-to-host.ts";
import type { Probe } from "../probe.ts";

const PAGE = new URL("https://status.claude.com/api/v2/summary.json");
/** Wait for it, milliseconds. */
const PAGE_MS = 2_000;

/** The probe. */
export const httpStatusPage: Probe<"http.status-page"> = {
  id: "http.status-page",
  layer: "http",
  title: { en: "Status page", zh: "状态页" },
  after: ["tcp.connect", "proxy.tunnel"],
  timeoutMs: 5_000,
  skip(ctx) {
    if (!ctx.options.external)
      return { en: "add --external to ask status.claude.com", zh: "加上 --external 才会查询 status.claude.com" };
    return undefined;
  },
  async run(ctx, facts) {
    const failed = (error: string) => ({
      status: "warn" as const,
      note: { en: `status.claude.com could not be asked: ${error}`, zh: `无法查询 status.claude.com：${error}` },
      facts: { incidents: [], error },
    });
    const way = await wayToHost(ctx, facts, PAGE);
    if ("error" in way) return failed(way.error);
    const { exchange, answered } = await callWay(ctx, facts, way, {
      method: "GET",
      path: PAGE.pathname,
      timeoutMs: PAGE_MS,
    });
    const page = answered?.status === 200 ? readPage(answered.body.toString("utf8")) : undefined;
    if (page === undefined) return failed(exchange.error ?? `HTTP ${exchange.status}`);
    const text = page.description ?? page.indicator ?? "?";
    const more = page.incidents.length === 0 ? "" : ` (${page.incidents.join("; ").slice(0, 120)})`;
    return { status: "pass", note: { en: `${text}${more}`, zh: `${text}${more}` }, facts: page };
  },
};

/** The parts of a Statuspage summary that matter; undefined when it is none. */
export function readPage(text: string): StatusPageFacts | undefined {
  try {
    const page = JSON.parse(text) as {
      status?: { indicator?: string; description?: string };
      incidents?: { name?: string; status?: string }[];
    };
    if (typeof page.status?.indicator !== "string") return undefined;
    const open = (page.incidents ?? []).filter(({ status }) => status !== "resolved" && status !== "postmortem");
    return {
      indicator: page.status.indicator,
      ...(page.status.description === undefined ? {} : { description: page.status.description.slice(0, 100) }),
      incidents: open.map(({ name }) => (name ?? "?").slice(0, 100)),
    };
  } catch {
    return undefined;
  }
}
