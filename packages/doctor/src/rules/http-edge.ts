// Rules about answers that somebody on the way wrote in the API's place.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../finding.ts";
import { header, helloOf, isClaudes, ownsItsPage, speaks } from "../http/reading.ts";
import { advise, answersWhere, exchangeRule, PAGES } from "./exchange-rule.ts";

/** Answers that came where Claude's own host should be and are not in its words, whoever wrote them. */
function inClaudesPlace(facts: Facts, ctx: Context): readonly Exchanged[] {
  const seen = helloOf(facts);
  if (seen?.status === undefined || seen.cut !== undefined || seen.encodingBelied === true) return [];
  if (!isClaudes(ctx) || speaks(seen, true) || seen.author === "anthropic-edge" || seen.author === "captive-portal")
    return [];
  // A server that is ill may say so in any words; a limit of size or rate has rules of its own.
  if (seen.status === 413 || seen.status === 429 || seen.status >= 500) return [];
  return [seen];
}

/** Refusals of the edge, of Cloudflare, of proxies, of portals. */
export const HTTP_EDGE_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_REGION_REFUSED",
      layer: "http",
      severity: "error",
      title: {
        en: "Claude's edge refuses the place that the requests come from",
        zh: "Claude 的边缘节点拒绝了请求的来源地区",
      },
      meaning: {
        en: "Anthropic's edge answers before any key is looked at: requests from this exit address are not served. This is a decision about the place, not a fault of the line and not one of the key.",
        zh: "Anthropic 的边缘节点在检查密钥之前就作出了答复：不为来自该出口地址的请求提供服务。这是针对地区的决定，既不是线路故障，也不是密钥问题。",
      },
      advice: {
        en: "Check the list of supported countries. Where your organisation has a network in a supported place that you are meant to use (office VPN, company proxy), go through it. Nothing else is to be done about it.",
        zh: "请查看支持的国家和地区列表。如果所在组织在受支持的地区有供你使用的网络（办公 VPN、公司代理），请通过它访问。除此之外没有其他办法。",
      },
      sources: [
        PAGES.regions,
        "https://github.com/anthropics/claude-code/issues/1613",
        "https://github.com/anthropics/claude-code/issues/30318",
      ],
      says: [/Request not allowed/, /not allowed from unsupported countries/i, /App unavailable in region/i],
    },
    (facts, ctx) => {
      const by = answersWhere(
        facts,
        ({ author, errorType, errorMessage = "", pageTitle = "" }) =>
          (author === "anthropic-edge" && errorType === "forbidden") ||
          (isClaudes(ctx) && /unavailable in (?:your )?(?:region|country)/i.test(pageTitle)) ||
          /not allowed from unsupported countries/i.test(errorMessage),
      );
      // When the bare request got to the API, the place is not what is refused: it is the login.
      const bare = facts["http.hello"]?.exchanges.find(({ method }) => method === "POST");
      const login = facts["credentials.accepted"]?.kind !== "api-key";
      if (by.length === 0 || (bare?.author === "anthropic-api" && login)) return undefined;
      const system = ctx.environment.systemProxy;
      const direct = ctx.environment.proxyFor(ctx.target.url).use === "direct";
      const unused = direct && (system?.url !== undefined || system?.pac !== undefined);
      return {
        by,
        evidence: unused
          ? [
              {
                en: `the operating system has a proxy (${system?.url ?? system?.pac}) that this program does not use`,
                zh: `操作系统配置了代理（${system?.url ?? system?.pac}），但该程序没有使用`,
              },
            ]
          : [],
        fix: [
          advise(`Supported countries and regions: ${PAGES.regions}`, `支持的国家和地区：${PAGES.regions}`),
          unused
            ? advise(
                "A browser goes through the system's proxy, this program does not. If that is your organisation's proxy, tell the program about it with HTTPS_PROXY.",
                "浏览器会走系统代理，而该程序不会。如果那是所在组织的代理，请用 HTTPS_PROXY 告诉该程序。",
              )
            : advise(
                "If your organisation has a proxy or VPN in a supported place that you are meant to use, switch it on for the terminal as well (HTTPS_PROXY).",
                "如果所在组织在受支持的地区提供代理或 VPN，请在终端中也启用它（HTTPS_PROXY）。",
              ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_CLOUDFLARE_CHALLENGE",
      layer: "http",
      severity: "error",
      title: { en: "Cloudflare wants a browser to prove itself", zh: "Cloudflare 要求浏览器验证" },
      meaning: {
        en: 'In place of an answer came Cloudflare\'s check for browsers ("Just a moment..."), which no program can pass. It comes up for exit addresses with a bad name, shared VPN exits above all.',
        zh: "返回的不是 API 响应，而是 Cloudflare 的浏览器验证页（“Just a moment...”），程序无法通过。信誉较差的出口地址（尤其是共享 VPN 出口）会触发它。",
      },
      advice: {
        en: "Leave the VPN or proxy exit that has this name, or wait. Behind a gateway of your own: exempt its API paths from the challenge.",
        zh: "更换信誉较差的 VPN 或代理出口，或稍后再试。若是自己的网关：请让 API 路径免于该验证。",
      },
      sources: ["https://github.com/1jehuang/jcode/issues/80"],
      says: [/Just a moment\.\.\./, /cf-mitigated/i, /challenge-platform/],
    },
    (facts, ctx) => {
      const by = answersWhere(
        facts,
        (one) =>
          one.author === "cloudflare" &&
          (header(one, "cf-mitigated") !== undefined || /just a moment/i.test(`${one.pageTitle} ${one.bodyStart}`)),
      );
      if (by.length === 0) return undefined;
      const { host, official } = ctx.target;
      return {
        by,
        fix: [
          advise(
            "Switch the VPN or proxy off, or go through another exit that is yours to use; then look again.",
            "关闭 VPN 或代理，或改用你有权使用的其他出口，然后重试。",
          ),
          ...(official
            ? []
            : [
                advise(
                  `Whoever runs ${host} can exempt /v1/ from the challenge in Cloudflare (Security, WAF, a skip rule).`,
                  `${host} 的运营者可以在 Cloudflare 中（Security、WAF、skip 规则）让 /v1/ 免于验证。`,
                ),
              ]),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_CLOUDFLARE_BLOCKED",
      layer: "http",
      severity: "error",
      title: { en: "A Cloudflare firewall rule blocks the request", zh: "请求被 Cloudflare 防火墙规则拦截" },
      meaning: {
        en: "The zone in front of the address has a rule that this request or its exit address falls under. The API behind it was not asked.",
        zh: "该地址前面的 Cloudflare 区域有一条规则命中了此请求或其出口地址。请求没有到达后面的 API。",
      },
      advice: {
        en: "Try from another network to learn whether the exit address is meant. The owner of the zone finds the rule by the cf-ray number.",
        zh: "换一个网络重试，以判断是否针对出口地址。区域的所有者可以用 cf-ray 编号查到该规则。",
      },
      sources: ["https://github.com/anthropics/claude-code/issues/984"],
      says: [
        /Sorry, you have been blocked/i,
        /Attention Required! \| Cloudflare/i,
        /error code: 10(?:06|09|10|12|15|20)/i,
      ],
      yieldsTo: ["HTTP_CLOUDFLARE_CHALLENGE", "HTTP_RELAY_ORIGIN_DOWN"],
    },
    (facts, ctx) => {
      const by = answersWhere(
        facts,
        ({ author, status = 0 }) => author === "cloudflare" && status >= 400 && status < 500,
      );
      if (by.length === 0) return undefined;
      const ray = header(by[0], "cf-ray") ?? "?";
      const often = by.find(({ status }) => status === 429);
      if (often !== undefined) {
        const wait = header(often, "retry-after");
        return {
          by,
          title: {
            en: "Cloudflare lets this address ask only so often",
            zh: "Cloudflare 限制了该地址的请求频率",
          },
          why: {
            en: "The limit is that of the zone in front of the address, for this exit address, whatever key is used: others behind the same exit count as well.",
            zh: "这是该地址前面的 Cloudflare 区域针对此出口地址设置的限制，与所用密钥无关：同一出口后的其他人也会计入。",
          },
          fix: [
            advise(
              `Wait ${wait === undefined ? "some minutes" : `${wait} seconds`}, send less at once, or leave a VPN exit that many share.`,
              `等待${wait === undefined ? "几分钟" : ` ${wait} 秒`}，减少并发，或离开多人共用的 VPN 出口。`,
            ),
          ],
        };
      }
      return {
        by,
        fix: [
          advise(
            "Try from another network of yours (a mobile phone's, for instance): when that works, the exit address of this one is blocked.",
            "换一个自己的网络（例如手机热点）重试：若可用，说明当前网络的出口地址被拦截。",
          ),
          advise(
            `Give the number cf-ray ${ray} to the support of ${ctx.target.host}: it finds the rule.`,
            `把编号 cf-ray ${ray} 提供给 ${ctx.target.host} 的支持人员：凭它可以查到规则。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_RELAY_ORIGIN_DOWN",
      layer: "http",
      severity: "error",
      title: {
        en: "The relay's own server does not answer its Cloudflare front",
        zh: "中转服务的源站没有响应它的 Cloudflare 前端",
      },
      meaning: {
        en: "Cloudflare stands in front of the address that is set as base URL, and could not reach or understand the server behind it. The line from here is sound.",
        zh: "基础 URL 指向的地址前面是 Cloudflare，它无法连接或理解后面的服务器。从本机到那里的线路是好的。",
      },
      advice: { en: "Only who runs that server can put it right.", zh: "只有该服务器的运营者能够修复。" },
      sources: ["https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/"],
      says: [/error code: (?:52[0-7]|1033)/i, /\| 52[0-7]:/, /Argo Tunnel error/i],
    },
    (facts, ctx) => {
      if (ctx.target.official) return undefined;
      const by = answersWhere(
        facts,
        ({ author, status = 0 }) => author === "cloudflare" && status >= 520 && status <= 530,
      );
      if (by.length === 0) return undefined;
      return {
        by,
        fix: [
          advise(
            `Ask whoever runs ${ctx.target.host}: its server behind Cloudflare is down or too slow (${by[0]?.status}).`,
            `请联系 ${ctx.target.host} 的运营者：Cloudflare 后面的服务器已停机或过慢（${by[0]?.status}）。`,
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_CAPTIVE_PORTAL",
      layer: "http",
      severity: "error",
      title: { en: "The network's log-in page answers in Claude's place", zh: "网络的登录页面代替 Claude 作出了响应" },
      meaning: {
        en: "This network lets nothing out until somebody has signed in or agreed to its terms in a browser.",
        zh: "在浏览器中登录或同意条款之前，该网络不会放行任何请求。",
      },
      advice: {
        en: "Open any http:// page in a browser, sign in, then try again.",
        zh: "用浏览器打开任意 http:// 页面并登录，然后重试。",
      },
      sources: [PAGES.codeErrors, "https://www.rfc-editor.org/rfc/rfc8910"],
      says: [/empty or malformed response \(HTTP 200\)/i],
    },
    (facts, ctx) => {
      const by = answersWhere(facts, ({ author }) => author === "captive-portal");
      if (by.length === 0 || ownsItsPage(facts, ctx)) return undefined;
      const to = by.map((one) => header(one, "location")).find((one) => one !== undefined);
      return {
        by,
        fix: [
          {
            os: "linux",
            shell: "sh",
            commands: [`xdg-open ${/^https?:\/\/[\w./:?=&%-]+$/.test(to ?? "") ? `'${to}'` : "http://neverssl.com"}`],
            note: { en: "Sign in on the page that opens.", zh: "在打开的页面上登录。" },
          },
          advise(
            "Open http://neverssl.com in a browser, sign in on the page that the network shows, then run the doctor again.",
            "在浏览器中打开 http://neverssl.com，在网络显示的页面上登录，然后再次运行 doctor。",
          ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_PROXY_BLOCK_PAGE",
      layer: "http",
      severity: "error",
      title: {
        en: "A proxy or filter on the way refuses the request with a page of its own",
        zh: "途中的代理或过滤设备以自己的页面拒绝了请求",
      },
      meaning: {
        en: "The connection goes through, but a web filter reads it and does not let requests to this address pass. The answer is its own, not Claude's.",
        zh: "连接可以建立，但途中的 Web 过滤设备会检查流量，并拒绝发往该地址的请求。响应来自它，而不是 Claude。",
      },
      advice: {
        en: "The network administrator has to allow the host; see the letter.",
        zh: "需要由网络管理员放行该主机，可使用附带的说明文字。",
      },
      sources: [PAGES.network],
      says: [
        /X-Squid-Error/i,
        /ERR_ACCESS_DENIED/,
        /blocked by (?:your|the) (?:administrator|organi[sz]ation|policy)/i,
      ],
      yieldsTo: ["HTTP_SANDBOX_DENIED", "HTTP_CLOUDFLARE_CHALLENGE", "HTTP_CLOUDFLARE_BLOCKED", "HTTP_REGION_REFUSED"],
    },
    (facts, ctx) => {
      const told = answersWhere(facts, ({ author, by: maker }) => author === "proxy" && maker !== "sandbox");
      const by = told.length > 0 ? told : inClaudesPlace(facts, ctx);
      if (by.length === 0) return undefined;
      const { host, port } = ctx.target;
      const maker = told.length > 0 ? (by[0]?.by ?? "") : "";
      const named = maker === "" ? { en: "a web filter", zh: "Web 过滤设备" } : { en: maker, zh: maker };
      return {
        by,
        ...(told.length > 0
          ? {}
          : {
              confidence: 0.8,
              title: {
                en: "Something on the way answers in the API's place",
                zh: "途中的某个环节代替 API 作出了响应",
              },
              why: {
                en: `${host} never answers a message like this: a filter, a proxy or a sign-in of the network took the request and answered by itself.`,
                zh: `${host} 从不这样回应消息请求：是网络中的过滤设备、代理或登录系统截下请求并自行作出了响应。`,
              },
            }),
        fix: [
          advise(
            `Ask the network administrator to let ${host}:${port} pass in ${named.en}; the letter below says what was seen.`,
            `请网络管理员在 ${named.zh} 中放行 ${host}:${port}；下面的说明文字列出了所见情况。`,
          ),
        ],
        letter: {
          ask: {
            en: `Please let HTTPS requests to ${host} pass in ${named.en}, unread where that is possible. It answers them with a page of its own at present.`,
            zh: `请在 ${named.zh} 中放行发往 ${host} 的 HTTPS 请求，并尽可能不做内容检查。目前它会以自己的页面代替响应。`,
          },
          hosts: [`${host}:${port}`],
          seen: by.map(
            (one) =>
              `${one.method} https://${host}${one.path}: ${one.status}${one.pageTitle === undefined ? "" : `, "${one.pageTitle}"`}`,
          ),
        },
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_SANDBOX_DENIED",
      layer: "http",
      severity: "error",
      title: {
        en: "The sandbox that this runs in does not let requests out to that host",
        zh: "所在的沙箱不允许访问该主机",
      },
      meaning: {
        en: "The egress proxy of a cloud session or sandbox answered, and names its reason in the header x-deny-reason.",
        zh: "响应来自云端会话或沙箱的出口代理，它在 x-deny-reason 响应头中写明了原因。",
      },
      advice: {
        en: "Change the network access in the settings of that environment.",
        zh: "请在该环境的设置中修改网络访问权限。",
      },
      sources: [PAGES.codeErrors],
      says: [/x-deny-reason/i, /host_not_allowed/, /sandbox_egress_restricted/],
    },
    (facts, ctx) => {
      const by = answersWhere(
        facts,
        (one) => header(one, "x-deny-reason") !== undefined || one.errorCode === "sandbox_egress_restricted",
      );
      if (by.length === 0) return undefined;
      const reason = header(by[0], "x-deny-reason") ?? "sandbox_egress_restricted";
      return {
        by,
        fix: [
          advise(
            `Add ${ctx.target.host} to the allowed hosts in the network settings of this environment (reason given: ${reason}).`,
            `在该环境的网络设置中把 ${ctx.target.host} 加入允许列表（给出的原因：${reason}）。`,
          ),
        ],
      };
    },
  ),
];
