// Rules for a proxy's port that answers, in another protocol, with silence, or with a tunnel that leads nowhere.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Match, Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import { DIRECT_ONLY, listeners } from "./proxy-port.ts";
import {
  addressFix,
  bytesOf,
  evidenceOf,
  formNote,
  isLocal,
  letterOf,
  type ProxyView,
  SOURCES,
  tryCommand,
  viewOf,
  withoutProxy,
} from "./proxy-reading.ts";
import { isPac, isWebServer } from "./proxy-refusal.ts";

const BEHIND = ["proxy.tunnel", "proxy.tls", "tls.handshake", "http.hello"];

/** A rule for one way in which the port answers. */
interface PortRule {
  readonly code: string;
  readonly title: Words;
  readonly meaning: Words;
  readonly advice: Words;
  readonly sources: readonly string[];
  readonly says?: readonly RegExp[];
  readonly confidence: number;
  applies(view: ProxyView, facts: Facts): boolean;
  told(view: ProxyView): { readonly title: Words; readonly why: Words };
  fix(view: ProxyView, ctx: Context): readonly Fix[];
  /** Set when the proxy's administrator has to act. */
  ask?(view: ProxyView): Words;
}

function ruleOf(one: PortRule): Rule {
  const { code, title, meaning, advice, sources, says } = one;
  const match = (facts: Facts, ctx: Context): Match | undefined => {
    const view = viewOf(facts, ctx);
    if (view === undefined || !one.applies(view, facts)) return undefined;
    const ask = one.ask?.(view);
    const tls = facts["proxy.tls"];
    const evidence = evidenceOf(view);
    const more: Evidence[] =
      tls === undefined || tls.ok
        ? []
        : [{ en: `TLS with the proxy itself: ${tls.error}`, zh: `与代理自身的 TLS：${tls.error}` }];
    return {
      confidence: one.confidence,
      evidence: [...more, ...evidence],
      ...one.told(view),
      fix: one.fix(view, ctx),
      ...(ask === undefined ? {} : { letter: letterOf(view, ctx, ask) }),
      explains: BEHIND,
    };
  };
  return {
    code,
    layer: "proxy",
    severity: "error",
    title,
    meaning,
    advice,
    sources,
    ...(says === undefined ? {} : { says }),
    match,
  };
}

const isSocks = ruleOf({
  code: "PROXY_IS_SOCKS",
  title: { en: "The proxy's port speaks SOCKS, not HTTP", zh: "代理端口使用的是 SOCKS 协议，不是 HTTP" },
  meaning: {
    en: "The variable says http://, but the port answers in SOCKS. Programs that ask it for a tunnel in HTTP get nonsense or a closed connection.",
    zh: "变量写的是 http://，但该端口以 SOCKS 协议应答。用 HTTP 请求隧道的程序只会得到无效数据或被断开连接。",
  },
  advice: {
    en: "Use the HTTP or mixed port of the proxy program; most have one beside their SOCKS port.",
    zh: "改用代理程序的 HTTP 端口或混合端口；多数代理程序除 SOCKS 端口外都有这样的端口。",
  },
  sources: [SOURCES.socks, SOURCES.network],
  confidence: 0.97,
  applies: ({ choice, failed, tunnel }) =>
    (choice.scheme === "socks4" || !choice.scheme.startsWith("socks")) &&
    failed !== undefined &&
    (failed.error === "SOCKS" || tunnel?.speaks === "socks5"),
  told: ({ place, set, failed, choice }) => ({
    title:
      choice.scheme === "socks4"
        ? { en: `${place} speaks SOCKS5, not SOCKS4`, zh: `${place} 使用 SOCKS5，而非 SOCKS4` }
        : { en: `${place} is a SOCKS port`, zh: `${place} 是 SOCKS 端口` },
    why: {
      en: `${set} names ${choice.scheme === "socks4" ? "a SOCKS4" : "an HTTP"} proxy, and the port answers in SOCKS${failed?.odd === undefined ? "" : ` (bytes ${failed.odd})`}.`,
      zh: `${set} 指定的是 ${choice.scheme === "socks4" ? "SOCKS4" : "HTTP"} 代理，而该端口以 SOCKS 应答${failed?.odd === undefined ? "" : `（字节 ${failed.odd}）`}。`,
    },
  }),
  fix: (view, ctx) => {
    const note: Words = {
      en: `Look up the HTTP or mixed port in the proxy program's settings (Clash: mixed-port, often 7890; V2Ray and Xray: an inbound of the kind http) and put it into ${view.choice.from.name}.`,
      zh: `在代理程序的设置中查看 HTTP 端口或混合端口（Clash：mixed-port，通常为 7890；V2Ray、Xray：http 类型的 inbound），并写入 ${view.choice.from.name}。`,
    };
    const form: Fix = { os: "any", shell: "any", commands: [], note };
    const { client } = ctx.environment;
    const socksio: Fix = {
      os: "any",
      shell: "any",
      commands: ["pip install 'httpx[socks]'"],
      note: { en: "Python speaks SOCKS only with this package.", zh: "Python 需要此包才支持 SOCKS。" },
    };
    if (client === "python") return [addressFix(view, ctx, "socks5h"), socksio, form];
    return client === "curl" ? [addressFix(view, ctx, "socks5h"), form] : [form];
  },
});

const wantsTls = ruleOf({
  code: "PROXY_WANTS_TLS",
  title: { en: "The proxy wants to be spoken to over TLS", zh: "代理要求使用 TLS 连接" },
  meaning: {
    en: "The variable says http://, but the proxy's port speaks only TLS.",
    zh: "变量写的是 http://，但代理端口只接受 TLS。",
  },
  advice: {
    en: "Write https:// in front of the proxy's address, with the name that is in its certificate.",
    zh: "把代理地址的前缀改为 https://，并使用其证书中的名称。",
  },
  sources: [SOURCES.network],
  confidence: 0.93,
  applies: ({ choice, failed, tunnel }) =>
    choice.scheme === "http" && failed !== undefined && (failed.error === "TLS-WANTED" || tunnel?.speaks === "tls"),
  told: ({ place, set }) => ({
    title: { en: `${place} wants TLS`, zh: `${place} 要求 TLS` },
    why: {
      en: `${set} begins with http://; the port answers only to a TLS handshake.`,
      zh: `${set} 以 http:// 开头；该端口只响应 TLS 握手。`,
    },
  }),
  fix: (view, ctx) => [
    addressFix(view, ctx, "https"),
    ...(view.choice.authorization === undefined ? [] : [formNote(view, "https")]),
  ],
});

const tlsOnPlain = ruleOf({
  code: "PROXY_TLS_ON_PLAIN",
  title: { en: "https:// is set for a proxy that speaks plain HTTP", zh: "代理只支持明文 HTTP，却被设为 https://" },
  meaning: {
    en: "The scheme in a proxy variable says how to speak to the proxy, not what is fetched through it. This proxy's port speaks HTTP in clear, and the program begins with TLS.",
    zh: "代理变量中的前缀表示如何与代理通信，而不是经代理访问什么。此代理端口使用明文 HTTP，而程序以 TLS 开始通信。",
  },
  advice: {
    en: "Write http:// in front of the proxy's address; what goes through the tunnel stays encrypted.",
    zh: "把代理地址的前缀改为 http://；隧道内的数据仍然是加密的。",
  },
  sources: [
    "https://github.com/encode/httpx/issues/951",
    "https://github.com/psf/requests/issues/5843",
    SOURCES.network,
  ],
  says: [/WRONG_VERSION_NUMBER/i, /wrong version number/i, /EPROTO.*ssl3_get_record/i],
  confidence: 0.97,
  applies: ({ choice, tunnel }, facts) =>
    choice.scheme === "https" && (facts["proxy.tls"]?.error === "PLAIN" || tunnel?.speaks === "http"),
  told: ({ place, set }) => ({
    title: { en: `${place} speaks plain HTTP, not TLS`, zh: `${place} 使用明文 HTTP，而非 TLS` },
    why: {
      en: `${set} begins with https://, so the program starts a TLS handshake; the port answers in plain HTTP.`,
      zh: `${set} 以 https:// 开头，程序会发起 TLS 握手；而该端口以明文 HTTP 应答。`,
    },
  }),
  fix: (view, ctx) => [
    addressFix(view, ctx, "http"),
    ...(view.choice.authorization === undefined ? [] : [formNote(view, "http")]),
  ],
});

const notAProxy = ruleOf({
  code: "PROXY_NOT_A_PROXY",
  title: { en: "What listens at the proxy's address is no proxy of that kind", zh: "代理地址上监听的不是该类型的代理" },
  meaning: {
    en: "Something answers at the proxy's port in another protocol than the variable says.",
    zh: "代理端口上的应答不符合变量所写的协议。",
  },
  advice: { en: "Correct the scheme or the port in the variable.", zh: "请改正变量中的前缀或端口。" },
  sources: [SOURCES.network],
  confidence: 0.9,
  applies: (view) => {
    const { failed, tunnel, choice } = view;
    if (failed === undefined || tunnel?.speaks === "tls" || tunnel?.speaks === "socks5") return false;
    return (
      failed.error === "NOT-HTTP" ||
      (choice.scheme.startsWith("socks") && (failed.error === "NOT-SOCKS" || tunnel?.speaks === "http")) ||
      isWebServer(view, failed)
    );
  },
  told: (view) => {
    const { place, set, failed, tunnel } = view;
    if (failed !== undefined && isWebServer(view, failed))
      return {
        title: {
          en: `What listens at ${place} is a web server, not a proxy`,
          zh: `${place} 上是 Web 服务器，不是代理`,
        },
        why: {
          en: `${set} names a proxy there, and CONNECT is answered as web servers do: ${failed.status ?? "with a closed connection, while a page is served"}.`,
          zh: `${set} 指定该处为代理，但它像 Web 服务器一样应答 CONNECT：${failed.status ?? "直接关闭连接，却能返回网页"}。`,
        },
      };
    return {
      title:
        tunnel?.speaks === "http"
          ? { en: `${place} is an HTTP proxy, not SOCKS`, zh: `${place} 是 HTTP 代理，不是 SOCKS` }
          : { en: `What listens at ${place} is no proxy`, zh: `${place} 上监听的不是代理` },
      why: {
        en: `${set} names a proxy there; the port answered with ${bytesOf(failed?.odd) ?? "bytes of another protocol"}.`,
        zh: `${set} 指定该处为代理；但端口返回的是 ${bytesOf(failed?.odd) ?? "其他协议的数据"}。`,
      },
    };
  },
  fix: (view, ctx) => {
    const { failed, tunnel, choice, place } = view;
    if (tunnel?.speaks === "http") return [addressFix(view, ctx, "http")];
    if (isPac(view)) {
      const note: Words = {
        en: `${choice.from.name} names a PAC script, which programs in a terminal do not run. Open it: the word after PROXY is the host:port to set.`,
        zh: `${choice.from.name} 指定的是 PAC 脚本，终端中的程序不会执行它。打开它：PROXY 之后的内容就是要设置的 host:port。`,
      };
      return [{ os: "any", shell: "any", commands: [], note }];
    }
    const local = isLocal(choice.host) ? listeners(ctx, choice.port) : [];
    if (failed === undefined || !isWebServer(view, failed))
      return [
        ...local,
        withoutProxy(choice.from, ctx, {
          en: "Then set it to the proxy's real host and port.",
          zh: "然后改为代理真正的主机和端口。",
        }),
      ];
    const note: Words = {
      en: `Put the address of a real proxy into it. If ${place} is a gateway for the API, its address belongs into ANTHROPIC_BASE_URL.`,
      zh: `请改为真正的代理地址。如果 ${place} 是 API 网关，其地址应写入 ANTHROPIC_BASE_URL。`,
    };
    return [...local, withoutProxy(choice.from, ctx, note)];
  },
});

const closes = ruleOf({
  code: "PROXY_CLOSES",
  title: { en: "The proxy closes every connection without an answer", zh: "代理不作应答即关闭连接" },
  meaning: {
    en: "The proxy's port accepts connections and closes them as soon as it is asked for a tunnel. Some proxies do that to clients they do not know, or when they are overloaded or half configured. On Node 22 and 24 fetch waits until its own time is up in this case.",
    zh: "代理端口接受连接，但一收到隧道请求就关闭。有的代理会这样对待未授权的客户端，或在过载、配置不完整时如此。此时 Node 22 和 24 的 fetch 会一直等到自身超时。",
  },
  advice: {
    en: "Restart the proxy program and read its log; for a company proxy ask its administrator whether this machine may use it.",
    zh: "重启代理程序并查看其日志；如果是公司代理，请向管理员确认本机是否被允许使用。",
  },
  sources: [SOURCES.connect, SOURCES.node],
  says: [/Proxy CONNECT aborted/i, /UND_ERR_PRX_CONN/],
  confidence: 0.85,
  applies: ({ choice, failed, tunnel }, facts) =>
    (failed !== undefined &&
      (tunnel?.speaks === undefined || (choice.scheme === "http" && tunnel.speaks === "http")) &&
      failed.phase !== "tcp" &&
      /^(?:CLOSED|ECONNRESET|EPIPE)$/.test(failed.error ?? "")) ||
    /^(?:CLOSED|ECONNRESET)$/.test(facts["proxy.tls"]?.error ?? ""),
  told: ({ place, set }) => ({
    title: { en: `The proxy ${place} closes the connection without an answer`, zh: `代理 ${place} 不作应答即关闭连接` },
    why: {
      en: `${set}: the port accepts the connection and closes it when it is asked for a tunnel.`,
      zh: `${set}：端口接受连接，但收到隧道请求后立即关闭。`,
    },
  }),
  fix: (view, ctx) => restart(view, ctx),
  ask: (view) => ({
    en: `The proxy ${view.place} closes the connection when this machine sends CONNECT. Please allow this machine to use the proxy, or name the right address.`,
    zh: `本机发送 CONNECT 时，代理 ${view.place} 直接关闭连接。请允许本机使用该代理，或告知正确的地址。`,
  }),
});

const silent = ruleOf({
  code: "PROXY_SILENT",
  title: { en: "The proxy accepts the connection and never answers", zh: "代理接受连接后一直没有应答" },
  meaning: {
    en: "The TCP connection to the proxy stands, and the question for a tunnel stays without an answer: the proxy program hangs, or what accepts the connection is no proxy.",
    zh: "与代理的 TCP 连接已建立，但隧道请求一直没有应答：代理程序挂起了，或者接受连接的根本不是代理。",
  },
  advice: {
    en: "Restart the proxy program; check its address and its own connection.",
    zh: "重启代理程序；检查其地址以及它自身的网络连接。",
  },
  sources: [SOURCES.connect],
  says: [/Proxy CONNECT.*timed? ?out/i],
  confidence: 0.85,
  applies: ({ failed, tunnel }, facts) =>
    (failed?.error === "TIMEOUT" &&
      failed.phase !== "tcp" &&
      tunnel?.speaks === undefined &&
      tunnel?.control?.ok !== true) ||
    facts["proxy.tls"]?.error === "TIMEOUT",
  told: ({ place, set, failed }) => ({
    title: { en: `The proxy ${place} does not answer`, zh: `代理 ${place} 没有应答` },
    why: {
      en: `${set}: the connection stands, and no answer to CONNECT came${failed === undefined ? "" : ` in ${failed.ms} ms`}.`,
      zh: `${set}：连接已建立，但${failed === undefined ? "" : ` ${failed.ms} 毫秒内`}没有收到对 CONNECT 的应答。`,
    },
  }),
  fix: (view, ctx) => restart(view, ctx),
  ask: (view) => ({
    en: `The proxy ${view.place} accepts connections and does not answer CONNECT. Please look after it.`,
    zh: `代理 ${view.place} 接受连接但不响应 CONNECT，请检查。`,
  }),
});

function restart(view: ProxyView, ctx: Context): Fix[] {
  const note: Words = isLocal(view.choice.host)
    ? {
        en: "Restart the proxy program on this machine, choose another node or profile in it, then try it.",
        zh: "重启本机的代理程序，在其中换一个节点或配置，然后测试。",
      }
    : { en: "Try the proxy with curl; it must print 200 first.", zh: "用 curl 测试代理；首先应输出 200。" };
  return [
    { os: "any", shell: "any", commands: [tryCommand(view, ctx)], note },
    withoutProxy(view.choice.from, ctx, DIRECT_ONLY),
  ];
}

const fakeTunnel = ruleOf({
  code: "PROXY_FAKE_TUNNEL",
  title: { en: "The proxy says 200 and opens no tunnel", zh: "代理返回 200，但并未建立隧道" },
  meaning: {
    en: "Asked for a tunnel, what listens there answers 200 and then sends a page or JSON of its own instead of the target's TLS. It is a web server or an API gateway, not a proxy, or a filter that answers itself.",
    zh: "请求隧道时，对方返回 200，随后发送的却是它自己的页面或 JSON，而不是目标的 TLS 数据。那是一个 Web 服务器或 API 网关而不是代理，或者是自行应答的过滤设备。",
  },
  advice: {
    en: "Put the address of a real proxy into the variable. The address of an API gateway belongs into ANTHROPIC_BASE_URL, not into HTTPS_PROXY.",
    zh: "请在变量中填写真正的代理地址。API 网关的地址应写入 ANTHROPIC_BASE_URL，而不是 HTTPS_PROXY。",
  },
  sources: [SOURCES.connect],
  says: [/ERR_SSL_WRONG_VERSION_NUMBER/, /EPROTO/],
  confidence: 0.93,
  applies: ({ failed }) => failed?.error === "FAKE-TUNNEL",
  told: ({ place, set, failed }) => ({
    title: { en: `${place} answers 200 to CONNECT and is no tunnel`, zh: `${place} 对 CONNECT 返回 200，但不是隧道` },
    why: {
      en: `${set}: after its 200 what comes back is no TLS (${failed?.inner}).`,
      zh: `${set}：返回 200 之后的数据不是 TLS（${failed?.inner}）。`,
    },
  }),
  fix: (view, ctx) => {
    const note: Words = {
      en: `If ${view.place} is a gateway for the API, set it as ANTHROPIC_BASE_URL and take ${view.choice.from.name} away.`,
      zh: `如果 ${view.place} 是 API 网关，请把它设为 ANTHROPIC_BASE_URL，并删除 ${view.choice.from.name}。`,
    };
    return [withoutProxy(view.choice.from, ctx, note)];
  },
});

const deadTunnel = ruleOf({
  code: "PROXY_TUNNEL_DEAD",
  title: { en: "The proxy opens tunnels that lead nowhere", zh: "代理建立的隧道不通" },
  meaning: {
    en: "The proxy answers 200 at once, and then nothing gets through, whatever the host. Local proxy programs (Clash, V2Ray and their kin) do that when the node behind them is dead, expired or not chosen.",
    zh: "代理立即返回 200，但之后任何主机的数据都无法通过。Clash、V2Ray 等本地代理程序在其后端节点失效、过期或未选择时就会这样。",
  },
  advice: {
    en: "Choose another node in the proxy program, renew the subscription, or look into its log.",
    zh: "在代理程序中更换节点、更新订阅，或查看其日志。",
  },
  sources: [SOURCES.connect],
  confidence: 0.85,
  applies: ({ failed }) => failed?.error === "DEAD-TUNNEL",
  told: ({ place, failed, tunnel }) => ({
    title: { en: `Tunnels through ${place} are dead`, zh: `经 ${place} 的隧道不通` },
    why: {
      en: `The proxy opened tunnels to ${failed?.to} and to ${tunnel?.control?.to}, and in neither did a TLS handshake come about: its own way out is broken.`,
      zh: `代理为 ${failed?.to} 和 ${tunnel?.control?.to} 都建立了隧道，但其中的 TLS 握手都没有完成：代理自身的出口不通。`,
    },
  }),
  fix: (view, ctx) => restart(view, ctx),
});

/** Rules about what the port speaks. */
export const PROXY_PROTOCOL_RULES: readonly Rule[] = [
  tlsOnPlain,
  wantsTls,
  isSocks,
  notAProxy,
  closes,
  silent,
  fakeTunnel,
  deadTunnel,
];
