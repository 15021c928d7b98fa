// Rules for a proxy that answers and does not open the way: this host, this port, every host, the way behind it.

import type { Context } from "../context.ts";
import type { TunnelAttempt } from "../facts/proxy.ts";
import type { Fix, Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import {
  evidenceOf,
  hostsOf,
  isLocal,
  lintOf,
  type ProxyView,
  pastFix,
  SOURCES,
  tryCommand,
  viewOf,
} from "./proxy-reading.ts";
import { isWebServer, refusalRule } from "./proxy-refusal.ts";

/** A refusal that is about where to, not about who. */
function refusesWhere({ status, error, phase }: TunnelAttempt): boolean {
  if (phase !== "connect") return false;
  return (
    error === "SOCKS_2" ||
    (status !== undefined &&
      status >= 400 &&
      status < 500 &&
      status !== 401 &&
      status !== 407 &&
      status !== 400 &&
      status !== 408 &&
      status !== 429)
  );
}

const deniesPort = refusalRule({
  code: "PROXY_DENIES_PORT",
  title: { en: "The proxy does not open tunnels to this port", zh: "代理不允许连接该端口" },
  meaning: {
    en: "Proxies often allow tunnels to port 443 only. The same host at 443 is let through, the port of the target is not.",
    zh: "代理通常只允许到 443 端口的隧道。同一主机的 443 端口可以通过，目标端口不行。",
  },
  advice: {
    en: "Have the port allowed, let the gateway listen on 443, or let its address past the proxy.",
    zh: "申请放行该端口、让网关监听 443，或让其地址绕过代理。",
  },
  sources: [SOURCES.squid, "https://tinyproxy.github.io/"],
  applies: ({ tunnel }, failed) => (refusesWhere(failed) && tunnel?.port443?.ok === true ? 0.95 : undefined),
  told: ({ place }, failed) => ({
    title: {
      en: `The proxy ${place} does not allow the port of ${failed.to}`,
      zh: `代理 ${place} 不允许 ${failed.to} 的端口`,
    },
    why: {
      en: `It refuses ${failed.to} (${failed.status ?? failed.error}) and opens a tunnel to the same host at port 443.`,
      zh: `它拒绝 ${failed.to}（${failed.status ?? failed.error}），但允许到同一主机 443 端口的隧道。`,
    },
  }),
  fix: (view, ctx) => [...allow(view, ctx), ...bypass(view, ctx)],
  ask: ({ place }, failed) => ({
    en: `Please allow CONNECT to ${failed.to} on the proxy ${place} (squid: add the port to SSL_ports; tinyproxy: ConnectPort).`,
    zh: `请在代理 ${place} 上允许 CONNECT 到 ${failed.to}（squid：将端口加入 SSL_ports；tinyproxy：ConnectPort）。`,
  }),
});

const deniesHost = refusalRule({
  code: "PROXY_DENIES_HOST",
  title: { en: "The proxy refuses this host", zh: "代理拒绝访问该主机" },
  meaning: {
    en: "The proxy works, and its rules do not let this host through. The 403 is the proxy's own: it never reached the API, and says nothing about the key, the account or the region.",
    zh: "代理可用，但其规则不放行该主机。这个 403 由代理自己返回：请求没有到达 API，与密钥、账户、地区无关。",
  },
  advice: {
    en: "Only whoever runs the proxy can change that: send them the letter with the hosts to allow.",
    zh: "只有代理的管理者可以更改：请把附带的说明连同需放行的主机发给他们。",
  },
  sources: [SOURCES.network, SOURCES.errors, "https://github.com/oven-sh/bun/issues/35965"],
  says: [
    /Proxy response \(403\)/,
    /ERR_PROXY_TUNNEL.*403/,
    /Received HTTP code 403 from proxy/,
    /Tunnel connection failed: 403/,
    /proxy refused the connection: HTTP 40[35]/i,
    /host_not_allowed/,
    /ERR_ACCESS_DENIED/,
  ],
  yieldsTo: ["PROXY_DENIES_PORT", "PROXY_DENIES_ALL"],
  applies: (view, failed) => {
    const { tunnel } = view;
    if (!refusesWhere(failed) || isWebServer(view, failed)) return undefined;
    return tunnel?.control?.ok === true ? 0.96 : tunnel?.control === undefined ? 0.82 : 0.75;
  },
  told: ({ place, tunnel }, failed) => {
    const by = failed.headers.find(([name]) => /^(?:x-squid-error|x-deny-reason|server)$/i.test(name));
    const other =
      tunnel?.control?.ok === true
        ? { en: `, while it lets ${tunnel.control.to} through`, zh: `，却放行 ${tunnel.control.to}` }
        : { en: "", zh: "" };
    return {
      title: { en: `The proxy ${place} refuses ${failed.to}`, zh: `代理 ${place} 拒绝访问 ${failed.to}` },
      why: {
        en: `It answers ${failed.status ?? failed.error}${by === undefined ? "" : ` (${by[0]}: ${by[1]})`} to CONNECT ${failed.to}${other.en}.`,
        zh: `它对 CONNECT ${failed.to} 返回 ${failed.status ?? failed.error}${by === undefined ? "" : `（${by[0]}: ${by[1]}）`}${other.zh}。`,
      },
    };
  },
  fix: (view, ctx) => [...allow(view, ctx), ...bypass(view, ctx)],
  ask: ({ place }, _failed, ctx) => ({
    en: `Please allow HTTPS (CONNECT) to these hosts on the proxy ${place}, without TLS inspection if possible: they are needed to use ${product(ctx)}.`,
    zh: `请在代理 ${place} 上放行到下列主机的 HTTPS（CONNECT），并尽可能不做 TLS 检查：使用 ${product(ctx)} 需要访问它们。`,
  }),
});

const deniesAll = refusalRule({
  code: "PROXY_DENIES_ALL",
  title: { en: "The proxy refuses every host", zh: "代理拒绝所有主机" },
  meaning: {
    en: "The proxy answers, and refuses the target as well as another host: this machine, this network or this user is not allowed to use it, or it allows a short list of hosts only.",
    zh: "代理有应答，但既拒绝目标也拒绝另一主机：本机、本网络或该用户不被允许使用它，或者它只放行少数主机。",
  },
  advice: {
    en: "Ask whoever runs the proxy to allow this machine and the hosts of the letter.",
    zh: "请代理管理者允许本机使用，并放行说明中的主机。",
  },
  sources: [SOURCES.network, SOURCES.squid],
  says: [/Received HTTP code 403 from proxy/],
  yieldsTo: ["PROXY_DENIES_PORT"],
  applies: (view, failed) => {
    const control = view.tunnel?.control;
    const all = refusesWhere(failed) && control !== undefined && refusesWhere(control);
    return all && !isWebServer(view, failed) ? 0.9 : undefined;
  },
  told: ({ place, tunnel }, failed) => ({
    title: { en: `The proxy ${place} refuses every host that was tried`, zh: `代理 ${place} 拒绝了所有尝试的主机` },
    why: {
      en: `It answers ${failed.status ?? failed.error} for ${failed.to} and ${tunnel?.control?.status ?? tunnel?.control?.error} for ${tunnel?.control?.to}.`,
      zh: `它对 ${failed.to} 返回 ${failed.status ?? failed.error}，对 ${tunnel?.control?.to} 返回 ${tunnel?.control?.status ?? tunnel?.control?.error}。`,
    },
  }),
  fix: (view, ctx) => [...allow(view, ctx), ...bypass(view, ctx)],
  ask: ({ place }, _failed, ctx) => ({
    en: `Please allow this machine to use the proxy ${place}, with HTTPS (CONNECT) to these hosts: they are needed to use ${product(ctx)}.`,
    zh: `请允许本机使用代理 ${place}，并放行到下列主机的 HTTPS（CONNECT）：使用 ${product(ctx)} 需要访问它们。`,
  }),
});

const upstreamFails = refusalRule({
  code: "PROXY_UPSTREAM_FAILS",
  title: { en: "The proxy itself cannot reach the target", zh: "代理自身无法到达目标" },
  meaning: {
    en: "The proxy answers 502, 503 or 504 (SOCKS: 1, 3, 4, 5 or 6): it tried to connect on and failed. Its own name resolution, firewall or way out is broken, or the node behind it is dead.",
    zh: "代理返回 502、503 或 504（SOCKS：1、3、4、5、6）：它尝试连接但失败了。它自身的域名解析、防火墙或出口有问题，或其后端节点失效。",
  },
  advice: {
    en: "With a local proxy program choose another node; with a company proxy tell its administrator what it answered.",
    zh: "本地代理程序请更换节点；公司代理请把它的应答告知管理员。",
  },
  sources: [SOURCES.squid, SOURCES.socks, SOURCES.errors],
  says: [
    /Received HTTP code 50[0234] from proxy/,
    /Proxy response \(50[0234]\)/,
    /Tunnel connection failed: 50[0234]/,
    /proxy refused the connection: HTTP 50[234]/i,
    /ERR_DNS_FAIL|ERR_CONNECT_FAIL/,
  ],
  applies: (view, failed) => {
    const { tunnel } = view;
    const { status, error, phase } = failed;
    // 511 asks for a login at the network itself (RFC 6585 section 6).
    if (phase !== "connect" || status === 511 || isWebServer(view, failed)) return undefined;
    // It answers others, or complains of a bad request at once: so it lives, and waits for its own way out.
    if (error === "TIMEOUT" && (tunnel?.control?.ok === true || livesOn(view))) return 0.8;
    return (status !== undefined && status >= 500) || /^SOCKS_[13-6]$/.test(error ?? "") ? 0.93 : undefined;
  },
  told: ({ place, tunnel }, failed) => {
    const hangs = failed.error === "TIMEOUT";
    const squid = failed.headers.find(([name]) => /^x-squid-error$/i.test(name))?.[1] ?? "";
    const dns = /DNS/i.test(squid) || /resolve|DNS/i.test(failed.page ?? "");
    const all = tunnel?.control !== undefined && !tunnel.control.ok;
    return {
      title: dns
        ? { en: `The proxy ${place} cannot resolve ${failed.to}`, zh: `代理 ${place} 无法解析 ${failed.to}` }
        : { en: `The proxy ${place} cannot reach ${failed.to}`, zh: `代理 ${place} 无法到达 ${failed.to}` },
      why: hangs
        ? {
            en: `It answers other requests at once, and leaves CONNECT ${failed.to} without an answer for ${failed.ms} ms${all ? `, CONNECT ${tunnel?.control?.to} as well` : ""}: it waits for a connection of its own that does not come about.`,
            zh: `它能立即应答其他请求，却在 ${failed.ms} 毫秒内没有应答 CONNECT ${failed.to}${all ? `，对 CONNECT ${tunnel?.control?.to} 也一样` : ""}：它在等待自己的出站连接，而该连接无法建立。`,
          }
        : {
            en: `It answered ${failed.status ?? failed.error}${squid === "" ? "" : ` (${squid})`}${all ? `, and ${tunnel?.control?.status ?? tunnel?.control?.error} for ${tunnel?.control?.to} too: its own way out is broken` : ""}.`,
            zh: `它返回 ${failed.status ?? failed.error}${squid === "" ? "" : `（${squid}）`}${all ? `，对 ${tunnel?.control?.to} 也返回 ${tunnel?.control?.status ?? tunnel?.control?.error}：它自身的出口不通` : ""}。`,
          },
    };
  },
  fix: (view, ctx) => {
    const note: Words = isLocal(view.choice.host)
      ? {
          en: "In the proxy program choose another node, renew the subscription and look into its log; then try it.",
          zh: "在代理程序中更换节点、更新订阅并查看日志；然后测试。",
        }
      : {
          en: "Tell whoever runs the proxy; with this line they can see it themselves.",
          zh: "请告知代理管理者；用这条命令可以重现。",
        };
    return [{ os: "any", shell: "any", commands: [tryCommand(view, ctx)], note }, ...bypass(view, ctx)];
  },
  ask: ({ place }, failed) => ({
    en: `The proxy ${place} answers ${failed.status ?? failed.error} to CONNECT ${failed.to}: it cannot connect on. Please check its name resolution and its way out for these hosts.`,
    zh: `代理 ${place} 对 CONNECT ${failed.to} 返回 ${failed.status ?? failed.error}：它无法继续连接。请检查代理对下列主机的域名解析和出口。`,
  }),
});

const refuses = refusalRule({
  code: "PROXY_REFUSES",
  title: { en: "The proxy answers something else than a tunnel", zh: "代理返回的不是隧道" },
  meaning: {
    en: "The proxy answered CONNECT with a status that is neither a tunnel nor a usual refusal: a redirect to a login page, a request that it cannot read, or too many requests.",
    zh: "代理对 CONNECT 的应答既不是隧道也不是常见的拒绝：重定向到登录页面、无法识别请求，或请求过多。",
  },
  advice: {
    en: "A redirect means: open a browser on this network and log in there first. Otherwise show the answer to whoever runs the proxy.",
    zh: "如果是重定向：先在此网络中打开浏览器完成登录。否则请把该应答告知代理管理者。",
  },
  sources: [SOURCES.connect],
  says: [/Proxy response \(\d+\) !== 200 when HTTP Tunneling/, /Couldn't connect through your proxy|ERR_PROXY_TUNNEL/],
  applies: (view, failed) => {
    const { tunnel } = view;
    const { status, phase } = failed;
    if (isWebServer(view, failed)) return undefined;
    if (
      phase !== "connect" ||
      tunnel?.speaks !== undefined ||
      status === undefined ||
      failed.error === "TLS-WANTED" ||
      failed.error === "FAKE-TUNNEL"
    )
      return /^SOCKS_(?:7|8|[1-9]\d+)$/.test(failed.error ?? "") ? 0.8 : undefined;
    return status <= 400 || [408, 429, 511].includes(status) ? 0.8 : undefined;
  },
  told: ({ place }, failed) => {
    const to = failed.headers.find(([name]) => /^location$/i.test(name))?.[1];
    return {
      title: {
        en: `The proxy ${place} answers ${failed.status ?? failed.error} instead of a tunnel`,
        zh: `代理 ${place} 返回 ${failed.status ?? failed.error}，没有建立隧道`,
      },
      why: {
        en: `CONNECT ${failed.to} was answered with ${failed.status ?? failed.error}${to === undefined ? "" : `, which leads to ${to}`}.`,
        zh: `CONNECT ${failed.to} 得到 ${failed.status ?? failed.error}${to === undefined ? "" : `，指向 ${to}`}。`,
      },
    };
  },
  fix: (view, ctx) => {
    const to = view.failed?.headers.find(([name]) => /^location$/i.test(name))?.[1];
    const login = view.failed?.status === 511;
    const note: Words = login
      ? {
          en: "The network wants you to log in first: open http://neverssl.com/ in a browser on this machine, log in, then try again.",
          zh: "此网络要求先登录：在本机浏览器中打开 http://neverssl.com/ 并登录，然后重试。",
        }
      : to === undefined
        ? {
            en:
              view.failed?.status === 429
                ? "It limits requests: wait a minute and try again, and tell whoever runs it when that goes on."
                : "This prints the proxy's status first; show the answer above to whoever runs it.",
            zh:
              view.failed?.status === 429
                ? "它限制了请求频率：等一分钟再试；若持续如此，请告知代理管理者。"
                : "此命令首先输出代理的状态码；请把上面的应答告知代理管理者。",
          }
        : {
            en: `Open ${to} in a browser on this machine and log in, then try again.`,
            zh: `在本机浏览器中打开 ${to} 并登录，然后重试。`,
          };
    return [{ os: "any", shell: "any", commands: [tryCommand(view, ctx)], note }];
  },
  ask: ({ place }, failed) => ({
    en: `The proxy ${place} answers ${failed.status ?? failed.error} to CONNECT ${failed.to}. Please allow it.`,
    zh: `代理 ${place} 对 CONNECT ${failed.to} 返回 ${failed.status ?? failed.error}，请放行。`,
  }),
});

function livesOn({ choice, tunnel }: ProxyView): boolean {
  return choice.scheme === "http" && tunnel?.speaks === "http";
}

function allow(view: ProxyView, ctx: Context): Fix[] {
  const hosts = hostsOf(ctx).join(", ");
  return [
    {
      os: "any",
      shell: "any",
      commands: [tryCommand(view, ctx)],
      note: {
        en: `Send the letter to whoever runs the proxy; these have to be allowed: ${hosts}. When it is done this prints 200 first.`,
        zh: `请把说明发给代理管理者；需要放行：${hosts}。放行后此命令首先输出 200。`,
      },
    },
  ];
}

/** Only where it was seen that it works. */
function bypass(view: ProxyView, ctx: Context): Fix[] {
  if (view.tunnel?.past?.ok !== true) return [];
  const note: Words = {
    en: "Past the proxy the target answers: if your network's rules allow that, let it go directly.",
    zh: "绕过代理可以连到目标：如果网络规定允许，可让它直连。",
  };
  return [pastFix(ctx, [ctx.target.host], note)];
}

function product(ctx: Context): string {
  return ctx.target.platform === "anthropic" ? "Claude" : ctx.target.host;
}

const bypassWorks: Rule = {
  code: "PROXY_BYPASS_WORKS",
  layer: "proxy",
  severity: "info",
  title: { en: "Past the proxy the target can be reached", zh: "绕过代理可以到达目标" },
  meaning: {
    en: "The way through the proxy is broken, and a direct connection to the target works from this machine.",
    zh: "经代理的通路不可用，而本机可以直接连接目标。",
  },
  advice: {
    en: "Where the network's rules allow it, name the host in NO_PROXY.",
    zh: "在网络规定允许时，把该主机写入 NO_PROXY。",
  },
  sources: [SOURCES.network],
  match(facts, ctx) {
    const view = viewOf(facts, ctx);
    if (view?.failed === undefined || view.tunnel?.past?.ok !== true || lintOf(facts, "loopback-through") !== undefined)
      return undefined;
    return {
      confidence: 0.9,
      evidence: evidenceOf(view).slice(-1),
      title: { en: `${ctx.target.host} answers past the proxy`, zh: `绕过代理可以连到 ${ctx.target.host}` },
      why: {
        en: `A direct connection stood after ${view.tunnel.past.ms} ms, the way through ${view.place} did not.`,
        zh: `直连在 ${view.tunnel.past.ms} 毫秒内建立，而经 ${view.place} 的通路不可用。`,
      },
      fix: bypass(view, ctx),
      explains: [],
    };
  },
};

/** Rules about refusals of the proxy. */
export const PROXY_REFUSAL_RULES: readonly Rule[] = [
  deniesPort,
  deniesHost,
  deniesAll,
  upstreamFails,
  refuses,
  bypassWorks,
];
