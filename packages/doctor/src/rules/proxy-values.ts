// Rules for values of proxy variables that a program cannot read.

import type { Context } from "../context.ts";
import type { ProxyDecision } from "../environment/environment.ts";
import { repairedProxy, textOf } from "../environment/proxy-url.ts";
import { removal, replacement } from "../environment/setting-fix.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import { proxyPlace } from "../probes/env-proxy.ts";
import type { Words } from "../words.ts";
import { evidenceOf, lintOf, passwordFix, program, SOURCES, setAt, settingOf, viewOf } from "./proxy-reading.ts";

type Broken = Extract<ProxyDecision, { use: "broken" }>;

/** What does not happen when the program cannot use its proxy setting. */
const ALL = ["env.proxy"];

function brokenBy(ctx: Context, why: (broken: Broken) => boolean): Broken | undefined {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  return decision.use === "broken" && why(decision) ? decision : undefined;
}

const schemeMissing: Rule = {
  code: "PROXY_SCHEME_MISSING",
  layer: "environment",
  severity: "error",
  title: { en: "The proxy's address has no http:// in front", zh: "代理地址缺少 http:// 前缀" },
  meaning: {
    en: "A proxy variable holds host:port without a scheme. curl and Python take it for http; Claude Code refuses to start, and Node with NODE_USE_ENV_PROXY ends at once with Invalid URL.",
    zh: "代理变量只有 host:port 而没有前缀。curl 和 Python 会当作 http；Claude Code 拒绝启动，设置了 NODE_USE_ENV_PROXY 的 Node 会立即以 Invalid URL 退出。",
  },
  advice: { en: "Write http:// in front of the address.", zh: "在地址前加上 http://。" },
  sources: ["https://github.com/aws/aws-cdk-cli/issues/1843", SOURCES.network],
  says: [/Invalid URL protocol: the URL must start with `?http/, /ERR_INVALID_URL/, /Invalid URL/],
  yieldsTo: ["PROXY_PASSWORD_UNENCODED"],
  match(facts, ctx) {
    const broken = brokenBy(ctx, ({ why }) => why === "scheme-missing");
    const lint =
      broken === undefined ? lintOf(facts, "scheme-missing", ({ detail }) => detail["used"] === true) : undefined;
    const setting = broken?.by ?? (lint === undefined ? undefined : settingOf(ctx, lint.name));
    if (setting === undefined) return undefined;
    const right = repairedProxy(textOf(setting)) ?? `http://${textOf(setting).trim()}`;
    const place = proxyPlace(right) ?? "";
    const secret = textOf(setting).includes("@");
    const fix = replacement(
      ctx.machine,
      setting,
      (before) => repairedProxy(before) ?? before,
      secret ? undefined : right,
    );
    const evidence: Evidence[] = [
      { en: `${setAt(setting)} is ${place}, without a scheme`, zh: `${setAt(setting)} 的值为 ${place}，没有前缀` },
    ];
    return broken === undefined
      ? {
          confidence: 0.9,
          severity: "warning",
          evidence,
          title: { en: `${setting.name} has no scheme`, zh: `${setting.name} 没有前缀` },
          why: {
            en: `${program(ctx)} takes ${place} for http://${place}; Claude Code and Node do not start with this value.`,
            zh: `${program(ctx)} 把 ${place} 当作 http://${place}；而 Claude Code 和 Node 使用该值无法启动。`,
          },
          fix: [fix],
          explains: [],
        }
      : {
          confidence: 0.97,
          evidence,
          title: { en: `${setting.name} has no http:// in front`, zh: `${setting.name} 缺少 http:// 前缀` },
          why: {
            en: `${program(ctx)} cannot use ${place} as a proxy: the scheme is missing, so it sends nothing at all.`,
            zh: `${program(ctx)} 无法把 ${place} 用作代理：缺少前缀，因此不会发出任何请求。`,
          },
          fix: [fix],
          explains: ALL,
        };
  },
};

const socksUnsupported: Rule = {
  code: "PROXY_SOCKS_UNSUPPORTED",
  layer: "environment",
  severity: "error",
  title: { en: "The program cannot use a SOCKS proxy", zh: "程序不支持 SOCKS 代理" },
  meaning: {
    en: "A proxy variable names a SOCKS proxy. Claude Code does not support SOCKS; Node before 24 ends at its start; Python's httpx needs the package socksio.",
    zh: "代理变量指定了 SOCKS 代理。Claude Code 不支持 SOCKS；24 以前的 Node 启动时即退出；Python 的 httpx 需要 socksio 包。",
  },
  advice: {
    en: "Use the HTTP or mixed port of the same proxy program.",
    zh: "改用同一代理程序的 HTTP 端口或混合端口。",
  },
  sources: [
    SOURCES.network,
    "https://github.com/anthropics/claude-code/issues/3387",
    "https://github.com/chatchat-space/Langchain-Chatchat/issues/605",
  ],
  says: [
    /UnsupportedProxyProtocol/,
    /Using SOCKS proxy, but the 'socksio' package is not installed/,
    /URL must start with `?http:`? or `?https:/,
    /Missing dependencies for SOCKS support/,
    /Unknown scheme for proxy URL/,
  ],
  match(facts, ctx) {
    const broken = brokenBy(ctx, ({ why }) => why === "socks-unsupported" || why === "scheme-unknown");
    const socksio = lintOf(facts, "socksio-missing");
    const setting = broken?.by ?? (socksio === undefined ? undefined : settingOf(ctx, socksio.name));
    if (setting === undefined) return undefined;
    const scheme = /^\s*([a-z0-9+.-]+):/i.exec(textOf(setting))?.[1] ?? "socks5";
    const port: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: `Look up the HTTP or mixed port in the proxy program's settings (Clash: mixed-port, often 7890; V2Ray and Xray: an inbound of the kind http) and set ${setting.name} to http://127.0.0.1:PORT. A plain SOCKS server needs an HTTP proxy in front, such as privoxy with forward-socks5.`,
        zh: `在代理程序的设置中查看 HTTP 端口或混合端口（Clash：mixed-port，通常为 7890；V2Ray、Xray：http 类型的 inbound），把 ${setting.name} 设为 http://127.0.0.1:端口。纯 SOCKS 服务器需要在前面加一个 HTTP 代理，例如使用 forward-socks5 的 privoxy。`,
      },
    };
    const python: Fix = {
      os: "any",
      shell: "any",
      commands: ["pip install 'httpx[socks]'"],
      note: { en: "Or give Python the package that speaks SOCKS.", zh: "或为 Python 安装支持 SOCKS 的包。" },
    };
    const others = ["ALL_PROXY", "all_proxy"].includes(setting.name)
      ? [removal(ctx.machine, setting, { en: "HTTPS_PROXY counts before it.", zh: "HTTPS_PROXY 优先于它。" })]
      : [];
    return {
      confidence: 0.97,
      evidence: [{ en: `${setAt(setting)} begins with ${scheme}://`, zh: `${setAt(setting)} 以 ${scheme}:// 开头` }],
      title: {
        en: `${program(ctx)} cannot use the ${scheme} proxy in ${setting.name}`,
        zh: `${program(ctx)} 无法使用 ${setting.name} 中的 ${scheme} 代理`,
      },
      why:
        socksio === undefined
          ? {
              en: `${program(ctx)} speaks to HTTP proxies only; with this value it fails before it sends anything.`,
              zh: `${program(ctx)} 只支持 HTTP 代理；使用该值时，它在发送任何数据之前就会失败。`,
            }
          : {
              en: `httpx speaks SOCKS only with the package socksio, which ${String(socksio.detail["python"])} does not have.`,
              zh: `httpx 需要 socksio 包才支持 SOCKS，而 ${String(socksio.detail["python"])} 没有安装。`,
            },
      fix: [...(ctx.environment.client === "python" ? [python] : []), port, ...others],
      explains: ALL,
    };
  },
};

const passwordUnencoded: Rule = {
  code: "PROXY_PASSWORD_UNENCODED",
  layer: "environment",
  severity: "error",
  title: {
    en: "The password in the proxy's URL has characters that must be encoded",
    zh: "代理 URL 中的密码含有必须编码的字符",
  },
  meaning: {
    en: "In a URL the characters @ # : / ? % and white space have a meaning of their own. In a password they must be written as %40 %23 %3A %2F %3F %25 %20; else the URL ends too early, or each program reads another password out of it.",
    zh: "在 URL 中，@ # : / ? % 和空白有特殊含义。密码中的这些字符必须写作 %40 %23 %3A %2F %3F %25 %20；否则 URL 会提前结束，或各程序读出的密码各不相同。",
  },
  advice: { en: "Encode the password.", zh: "对密码进行编码。" },
  sources: [SOURCES.network, "https://www.rfc-editor.org/rfc/rfc3986#section-2.1"],
  says: [/URIError: URI malformed/, /Port number was not a decimal number/i, /InvalidPort|Invalid port/i],
  match(facts, ctx) {
    const broken = brokenBy(ctx, () => true);
    const lint = lintOf(facts, "password-unencoded", ({ detail }) => detail["used"] === true);
    if (lint === undefined) return undefined;
    const setting = settingOf(ctx, lint.name);
    const place = String(lint.detail["place"]);
    const view = viewOf(facts, ctx);
    const refused =
      view?.failed !== undefined && /^(?:CONNECT|FORWARD)_40[17]$|^SOCKS_AUTH$/.test(view.failed.error ?? "");
    // A slash or a hash ends the host before the password does: the program then goes to the user name's "host".
    const cut =
      view !== undefined &&
      /[#/?\\]/.test(String(lint.detail["characters"])) &&
      facts["tcp.connect"]?.best === undefined;
    const bad = broken !== undefined || refused || cut;
    const target = setting === undefined ? undefined : textOf(setting).replace(/^.*@/s, "");
    const fix =
      setting === undefined
        ? []
        : [passwordFix(setting.name, target || place, /^https:/i.test(textOf(setting)) ? "https" : "http", ctx)];
    return {
      confidence: broken !== undefined || cut ? 0.95 : refused ? 0.85 : 0.8,
      severity: bad ? "error" : "warning",
      evidence: [
        {
          en: `The password in ${lint.name} (${lint.where}) holds, unencoded: ${lint.detail["characters"]}`,
          zh: `${lint.name}（${lint.where}）的密码中含有未编码的字符：${lint.detail["characters"]}`,
        },
        ...(view === undefined ? [] : evidenceOf(view).slice(0, 1)),
      ],
      title: { en: `The password in ${lint.name} is not encoded`, zh: `${lint.name} 中的密码没有编码` },
      why: bad
        ? {
            en: `Because of these characters ${program(ctx)} cannot read the URL as it was meant${refused ? ", and the proxy refused what it got" : ""}.`,
            zh: `由于这些字符，${program(ctx)} 无法按原意解析该 URL${refused ? "，代理拒绝了收到的密码" : ""}。`,
          }
        : {
            en: `${program(ctx)} copes with it; other programs read another password out of the same value.`,
            zh: `${program(ctx)} 可以处理；但其他程序会从同一个值中读出不同的密码。`,
          },
      fix,
      explains: bad ? [...ALL, "proxy.tunnel", "tcp.connect", "dns.lookup"] : [],
    };
  },
};

const unparsable: Rule = {
  code: "PROXY_UNPARSABLE",
  layer: "environment",
  severity: "error",
  title: { en: "The proxy's value is no address", zh: "代理变量的值不是有效地址" },
  meaning: {
    en: "A proxy variable holds something that cannot be read as a URL: a port that is no number, a missing host, full-width characters, quotes or blanks that were pasted along.",
    zh: "代理变量的值无法解析为 URL：端口不是数字、缺少主机、含有全角字符，或粘贴时带入了引号、空格。",
  },
  advice: { en: "Write it anew, in the form http://host:port.", zh: "重新写为 http://host:port 的形式。" },
  sources: [SOURCES.network, SOURCES.node],
  says: [/ERR_INVALID_URL/, /Invalid URL/, /Unsupported proxy syntax/i],
  yieldsTo: ["PROXY_PASSWORD_UNENCODED"],
  match(facts, ctx) {
    const broken = brokenBy(ctx, ({ why }) => !["scheme-missing", "socks-unsupported", "scheme-unknown"].includes(why));
    if (broken === undefined) return undefined;
    const odd = lintOf(facts, "odd-characters", ({ name }) => name === broken.by.name);
    const about: Words =
      odd === undefined
        ? (REASONS[broken.why] ?? { en: broken.why, zh: broken.why })
        : { en: `it holds ${odd.detail["characters"]}`, zh: `其中含有 ${odd.detail["characters"]}` };
    const value = textOf(broken.by);
    const shown = value.includes("@") ? undefined : repairedProxy(value);
    const form: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: "The form is http://host:port, in plain (half-width) characters, without quotes inside.",
        zh: "形式为 http://host:port，使用半角字符，值中不含引号。",
      },
    };
    return {
      confidence: 0.95,
      evidence: [{ en: `${setAt(broken.by)}: ${about.en}`, zh: `${setAt(broken.by)}：${about.zh}` }],
      title: { en: `${broken.by.name} is no address of a proxy`, zh: `${broken.by.name} 不是有效的代理地址` },
      why: {
        en: `${program(ctx)} cannot read the value as a URL (${about.en}) and sends nothing.`,
        zh: `${program(ctx)} 无法将该值解析为 URL（${about.zh}），不会发出任何请求。`,
      },
      fix: [replacement(ctx.machine, broken.by, (before) => repairedProxy(before) ?? before, shown), form],
      explains: ALL,
    };
  },
};

const REASONS: { readonly [why: string]: Words } = {
  quoted: { en: "quotation marks are a part of it", zh: "引号成了值的一部分" },
  "not-a-url": { en: "it is no URL: look at its port and host", zh: "不是有效的 URL，请检查端口和主机" },
  "host-missing": { en: "it names no host", zh: "没有主机名" },
  "bad-escape": { en: "it holds a % that begins no code", zh: "含有不成编码的 %" },
};

/** Rules about values that programs cannot read. */
export const PROXY_VALUE_RULES: readonly Rule[] = [schemeMissing, socksUnsupported, passwordUnencoded, unparsable];
