// Idle limits that products bring along: a connection that dies after such a time names its killer.

import type { Words } from "../words.ts";

/** One limit. */
export interface IdleLimit {
  readonly seconds: number;
  readonly owner: Words;
  readonly source: string;
}

/** Known limits, the shortest first, as their makers ship them. */
export const IDLE_LIMITS: readonly IdleLimit[] = [
  {
    seconds: 5,
    owner: { en: "a Node.js server (`server.keepAliveTimeout`)", zh: "Node.js 服务器（`server.keepAliveTimeout`）" },
    source: "https://nodejs.org/api/http.html#serverkeepalivetimeout",
  },
  {
    seconds: 6,
    owner: {
      en: "a Node.js server (`server.keepAliveTimeout` and the second that newer ones add)",
      zh: "Node.js 服务器（`server.keepAliveTimeout`，新版本再加一秒）",
    },
    source: "https://nodejs.org/api/http.html#serverkeepalivetimeoutbuffer",
  },
  {
    seconds: 50,
    owner: {
      en: "HAProxy (`timeout client`/`timeout server` of its sample configuration)",
      zh: "HAProxy（示例配置中的 `timeout client`/`timeout server`）",
    },
    source: "https://docs.haproxy.org/3.2/configuration.html#4.2-timeout%20client",
  },
  {
    seconds: 60,
    owner: {
      en: "nginx (`proxy_read_timeout`) or an AWS Application Load Balancer (`idle_timeout.timeout_seconds`)",
      zh: "nginx（`proxy_read_timeout`）或 AWS Application Load Balancer（`idle_timeout.timeout_seconds`）",
    },
    source: "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
  },
  {
    seconds: 75,
    owner: { en: "nginx (`keepalive_timeout`)", zh: "nginx（`keepalive_timeout`）" },
    source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_timeout",
  },
  {
    seconds: 100,
    owner: {
      en: "Cloudflare in front of the gateway (read timeout, error 524)",
      zh: "网关前面的 Cloudflare（读超时，错误 524）",
    },
    source: "https://developers.cloudflare.com/fundamentals/reference/connection-limits/",
  },
  {
    seconds: 120,
    owner: {
      en: "Cloudflare in front of the gateway (read timeout, error 524)",
      zh: "网关前面的 Cloudflare（读超时，错误 524）",
    },
    source: "https://developers.cloudflare.com/fundamentals/reference/connection-limits/",
  },
  {
    seconds: 240,
    owner: {
      en: "an Azure load balancer or NAT (4 minutes), or Envoy as some platforms set it",
      zh: "Azure 负载均衡器或 NAT（4 分钟），或某些平台所配置的 Envoy",
    },
    source: "https://learn.microsoft.com/en-us/azure/load-balancer/load-balancer-tcp-reset",
  },
  {
    seconds: 300,
    owner: {
      en: "undici in a Node.js gateway (`headersTimeout`/`bodyTimeout`) or Envoy (`stream_idle_timeout`)",
      zh: "Node.js 网关中的 undici（`headersTimeout`/`bodyTimeout`）或 Envoy（`stream_idle_timeout`）",
    },
    source: "https://github.com/caozhiyuan/copilot-api/issues/133",
  },
  {
    seconds: 350,
    owner: {
      en: "an AWS NAT gateway, Network or Gateway Load Balancer",
      zh: "AWS NAT gateway、Network 或 Gateway Load Balancer",
    },
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
  },
  {
    seconds: 400,
    owner: {
      en: "Anthropic's own edge (Cloudflare keep-alive, 400 s)",
      zh: "Anthropic 自己的边缘节点（Cloudflare keep-alive，400 秒）",
    },
    source: "https://github.com/anthropics/claude-code/issues/89608",
  },
];

/** The edge in front of api.anthropic.com closes idle connections after that time, seconds: nobody's fault. */
export const EDGE_SECONDS = 400;

/** The limit that a measured time is near: within 4 % and half a second, as timers are late and never early. */
export function limitNear(seconds: number): IdleLimit | undefined {
  const near = IDLE_LIMITS.filter((one) => seconds >= one.seconds - 0.5 && seconds <= one.seconds * 1.04 + 0.5);
  return near.sort((a, b) => Math.abs(a.seconds - seconds) - Math.abs(b.seconds - seconds))[0];
}

/** Limits that lie between a time that was survived and one that was not, seconds. */
export function limitsBetween(alive: number, dead: number): readonly IdleLimit[] {
  return IDLE_LIMITS.filter(({ seconds }) => seconds > alive && seconds <= dead);
}
