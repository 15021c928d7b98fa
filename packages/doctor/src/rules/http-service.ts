// Rules about answers that did not come, and about servers that are ill.

import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Rule } from "../finding.ts";
import { authorWords, exchangesOf, helloOf, keyedOf, lacksModel } from "../http/reading.ts";
import { advise, answersWhere, exchangeRule, PAGES } from "./exchange-rule.ts";

const RESETS = /^(?:ECONNRESET|CLOSED|EPIPE|ECONNABORTED)$/;
/** Whoever owns the server that answered, not something before it. */
const OWNERS = new Set(["anthropic-api", "anthropic-edge", "aws", "google", "azure"]);

/** What the status page says, where it was asked; background for a fault that was seen, never one by itself. */
export function statusEvidence(facts: Facts): readonly Evidence[] {
  const page = facts["http.status-page"];
  if (page?.indicator === undefined) return [];
  const said = [page.description ?? page.indicator, ...page.incidents].join("; ");
  return [{ en: `status.claude.com says: ${said}`, zh: `status.claude.com 显示：${said}` }];
}

/** How it ended when it did not end well: before the answer, or in its midst. */
function endOf({ at, error = "", cut = "" }: Exchanged): string {
  return at === "http" ? error : cut;
}

/** Sound exchanges of the same examination: what failed beside them failed by chance or by its size. */
function answeredElsewhere(facts: Facts, than: Exchanged): boolean {
  return exchangesOf(facts).some((one) => one !== than && one.status !== undefined);
}

/** The rules. */
export const HTTP_SERVICE_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "HTTP_GATEWAY_UPSTREAM_DOWN",
      layer: "http",
      severity: "error",
      title: {
        en: "A web server or gateway on the way cannot reach what is behind it",
        zh: "途中的 Web 服务器或网关无法到达其后端",
      },
      meaning: {
        en: "A 502, 503 or 504 was written by an intermediary, not by Claude. The line to it is sound; its line to the next server is not.",
        zh: "502、503 或 504 由中间环节生成，而不是 Claude。到它的线路是好的，它到下一台服务器的线路有问题。",
      },
      advice: {
        en: "Look into that server's error log: is the gateway behind it running, at the port that it is told?",
        zh: "请查看该服务器的错误日志：后面的网关是否在运行，端口是否正确？",
      },
      sources: [PAGES.codeErrors, "https://nginx.org/en/docs/http/ngx_http_proxy_module.html"],
      says: [
        /502 Bad Gateway/i,
        /503 Service (?:Temporarily )?Unavailable/i,
        /504 Gateway Time-?out/i,
        /upstream unreachable/i,
      ],
      yieldsTo: [
        "HTTP_GATEWAY_FAULT",
        "HTTP_GATEWAY_UPSTREAM",
        "HTTP_RELAY_ORIGIN_DOWN",
        "HTTP_PROXY_BLOCK_PAGE",
        "HTTP_CAPTIVE_PORTAL",
      ],
    },
    (facts, ctx) => {
      if (ctx.target.official) return undefined;
      const by = answersWhere(facts, (one) => {
        const { status = 0, author } = one;
        // A gateway may break over the greeting, which has no words in it, and be well all the same.
        if (status === 500 && one === helloOf(facts) && facts["account.count"]?.exchange.ok === true) return false;
        return status >= 500 && status !== 529 && !OWNERS.has(author) && status < 520 && !lacksModel(one);
      });
      const one = by[0];
      if (one === undefined) return undefined;
      const who = authorWords(one);
      const { host, port } = ctx.target;
      return {
        by,
        why: {
          en: `${who.en} at ${host}:${port} answered ${one.status}: it could not get an answer from the server behind it.`,
          zh: `${host}:${port} 上的${who.zh}返回 ${one.status}：它没有从后端服务器得到响应。`,
        },
        fix: [
          advise(
            `On ${host}: see whether what stands behind that server runs, and what the server writes into its error log.`,
            `在 ${host} 上检查该服务器后面的程序是否在运行，并查看该服务器的错误日志。`,
          ),
          ...(one.status === 504
            ? [
                advise(
                  "A 504 means that the answer took longer than this server waits. Raise its read timeout above ten minutes (nginx: proxy_read_timeout 600s).",
                  "504 表示响应时间超过了该服务器的等待时限。请把读取超时提高到十分钟以上（nginx：proxy_read_timeout 600s）。",
                ),
              ]
            : []),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_SERVICE_ERROR",
      layer: "http",
      severity: "error",
      title: { en: "The service itself answers with an error", zh: "服务端自身返回了错误" },
      meaning: {
        en: "The request got all the way to the service, and the service failed. Nothing on this machine or on the line is at fault.",
        zh: "请求已经到达服务端，是服务端出错。本机和线路都没有问题。",
      },
      advice: {
        en: "Try again in some minutes and look at the status page; give the request id to support when it lasts.",
        zh: "几分钟后重试，并查看状态页；若持续出现，请把 request id 提供给支持人员。",
      },
      sources: [
        PAGES.errors,
        PAGES.status,
        "https://github.com/anthropics/claude-code/issues/7403",
        "https://github.com/anthropics/claude-code/issues/6781",
      ],
      says: [
        /API Error: 500/i,
        /Internal server error/i,
        /upstream connect error or disconnect\/reset before headers/i,
        /504 Gateway Time-?out/i,
      ],
    },
    (facts, ctx) => {
      const by = answersWhere(
        facts,
        ({ status = 0, author, errorType }) =>
          status >= 500 &&
          status !== 529 &&
          errorType !== "overloaded_error" &&
          (OWNERS.has(author) || (ctx.target.official && author !== "proxy" && author !== "captive-portal")),
      );
      if (by.length === 0) return undefined;
      const id = by[0]?.requestId;
      const page = statusEvidence(facts);
      return {
        by,
        evidence: page,
        fix: [
          advise(
            `Wait some minutes and try again. ${PAGES.status} tells of incidents${page.length === 0 ? " (--external asks it for you)" : ""}.`,
            `等待几分钟后重试。${PAGES.status} 会公布故障${page.length === 0 ? "（加上 --external 可代为查询）" : ""}。`,
          ),
          ...(id === undefined
            ? []
            : [
                advise(
                  `When it lasts, give support this request id: ${id}`,
                  `若持续出现，请向支持人员提供此 request id：${id}`,
                ),
              ]),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_TIMEOUT",
      layer: "http",
      severity: "error",
      title: { en: "The connection stands, but no answer comes", zh: "连接已建立，但没有响应" },
      meaning: {
        en: "TCP and TLS came about, the request was sent, and then there was silence. Something behind the connection does not answer: a gateway that waits for its own upstream, a proxy that holds the request back, or a line that drops what goes up it.",
        zh: "TCP 和 TLS 均已建立，请求也已发出，之后没有任何响应。连接之后的某个环节没有回应：网关在等待自己的上游、代理扣住了请求，或上行数据在途中丢失。",
      },
      advice: {
        en: "Compare with another network and, for a gateway, look into its log: did the request arrive?",
        zh: "换一个网络比较；若是网关，请查看其日志：请求到达了吗？",
      },
      sources: [PAGES.codeErrors],
      says: [/Request timed out/i, /UND_ERR_HEADERS_TIMEOUT/, /Headers Timeout Error/i],
      yieldsTo: [
        "MTU_UPLINK_HOLE",
        "MTU_DOWNLINK_HOLE",
        "HTTP_GATEWAY_FAULT",
        "HTTP_GATEWAY_UPSTREAM",
        "TCP_V6_BROKEN",
      ],
    },
    (facts, ctx) => {
      const seen = [helloOf(facts), ...keyedOf(facts)].find((one) => one?.at === "http" && one.error === "TIMEOUT");
      if (seen === undefined) return undefined;
      const keyed = seen !== helloOf(facts);
      const lost = facts["mtu.sizes"]?.uploads.some(({ answered }) => !answered) === true;
      const { host, port, official } = ctx.target;
      return {
        by: exchangesOf(facts)
          .filter(({ error }) => error === "TIMEOUT")
          .slice(0, 2),
        confidence: lost ? 0.5 : answeredElsewhere(facts, seen) ? 0.7 : 0.85,
        ...(keyed
          ? {
              title: {
                en: "Requests with the credential get no answer, those without get one",
                zh: "带凭据的请求没有响应，不带凭据的则有响应",
              },
            }
          : {}),
        fix: [
          official
            ? advise(
                "Run the doctor again with --deep: it sends requests of several sizes and tells a line that loses large packets from a proxy that holds requests back.",
                "请加上 --deep 再运行一次 doctor：它会发送不同大小的请求，从而区分丢弃大包的线路与扣住请求的代理。",
                ["fairlead doctor --deep"],
              )
            : advise(
                `Look into the log of the gateway at ${host}:${port}: if the request is there, its upstream hangs; if not, something before it does.`,
                `请查看 ${host}:${port} 上网关的日志：若有该请求，则是它的上游没有响应；若没有，则是它之前的环节。`,
              ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_RESET",
      layer: "http",
      severity: "error",
      title: { en: "The connection is cut as soon as a request is sent", zh: "请求一发出连接就被切断" },
      meaning: {
        en: "The handshake works, and the connection is reset or closed when the request goes out, without an answer: by a filter that reads the traffic, or by a server that breaks down over it.",
        zh: "握手成功，但请求发出后连接在没有响应的情况下被重置或关闭：可能是检查流量的过滤设备，也可能是处理请求时崩溃的服务器。",
      },
      advice: {
        en: "Compare with another network. For a gateway of your own look into its log for a crash at that moment.",
        zh: "换一个网络比较。若是自己的网关，请在日志中查看当时是否崩溃。",
      },
      sources: [PAGES.codeErrors, "https://github.com/bman654/clodex/issues/161"],
      says: [/ECONNRESET/, /socket hang up/i, /other side closed/i, /Connection dropped/i],
      yieldsTo: [
        "TLS_UNSTABLE",
        "TCP_V6_BROKEN",
        "HTTP_GATEWAY_FAULT",
        "HTTP_GATEWAY_UPSTREAM",
        "TLS_CLIENT_CERT_REQUIRED",
        "TLS_CLIENT_CERT_REFUSED",
      ],
    },
    (facts, ctx) => {
      const seen = [helloOf(facts), ...keyedOf(facts)].find((one) => one !== undefined && RESETS.test(endOf(one)));
      if (seen === undefined) return undefined;
      const { host, port, official } = ctx.target;
      return {
        by: exchangesOf(facts)
          .filter((one) => RESETS.test(endOf(one)))
          .slice(0, 2),
        confidence: 0.8,
        fix: [
          official
            ? advise(
                "Try from another network. When it works there, ask the administrator of this one about a firewall or proxy that resets HTTPS requests.",
                "换一个网络重试。若那里可用，请向当前网络的管理员询问是否有重置 HTTPS 请求的防火墙或代理。",
              )
            : advise(
                `Look into the log of the server at ${host}:${port} for a crash or a refusal at this moment.`,
                `请查看 ${host}:${port} 上服务器的日志，此刻是否有崩溃或拒绝记录。`,
              ),
          ...(ctx.target.tls
            ? []
            : [
                advise(
                  "The base URL begins with http://. A port that wants HTTPS ends such connections just like this: if it is one, write https://.",
                  "基础 URL 以 http:// 开头。只接受 HTTPS 的端口会这样断开连接：若是如此，请改写为 https://。",
                ),
              ]),
        ],
        ...(official
          ? {
              letter: {
                ask: {
                  en: `HTTPS requests to ${host} are reset after the handshake. Please let them pass.`,
                  zh: `发往 ${host} 的 HTTPS 请求在握手之后被重置，请予以放行。`,
                },
                hosts: [`${host}:${port}`],
                seen: [`POST https://${host}${seen.path}: ${endOf(seen)} after ${seen.ms} ms`],
              },
            }
          : {}),
      };
    },
  ),
  exchangeRule(
    {
      code: "HTTP_ONE_FAMILY",
      layer: "http",
      severity: "error",
      title: {
        en: "One of IPv4 and IPv6 connects, but carries no answer",
        zh: "IPv4 与 IPv6 之一能连接，却收不到响应",
      },
      meaning: {
        en: "Both families connect, so no program falls back, but over one of them requests are lost. Programs fail or hang whenever they pick that one; as long as they try the sound one first, they do not.",
        zh: "两种地址族都能建立连接，因此程序不会回退，但其中一种会丢失请求。程序选中它时就会失败或卡住；只要先尝试正常的那种就不会。",
      },
      advice: {
        en: "Have that family repaired or switch it off on this network.",
        zh: "请修复该地址族，或在此网络上停用它。",
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/19301",
        "https://github.com/anthropics/claude-code/issues/69104",
      ],
      yieldsTo: ["TCP_V6_BROKEN", "HTTP_TIMEOUT", "HTTP_RESET", "MTU_UPLINK_HOLE", "TLS_V6_SILENT"],
    },
    (facts) => {
      const families = facts["http.hello"]?.families;
      const { v4, v6 } = families ?? {};
      if (v4 === undefined || v6 === undefined || (v4.status === undefined) === (v6.status === undefined))
        return undefined;
      const bad = v4.status === undefined ? { name: "IPv4", one: v4, other: v6 } : { name: "IPv6", one: v6, other: v4 };
      const good = bad.name === "IPv6" ? "IPv4" : "IPv6";
      const first = bad.one === helloOf(facts);
      return {
        by: [bad.one, bad.other],
        confidence: 0.85,
        // The first exchange went where the program goes first.
        ...(first ? {} : { severity: "warning" as const }),
        ...(first
          ? {}
          : {
              why: {
                en: `The program tries ${good} first and gets its answers over that. Whenever it falls back to ${bad.name}, or another program prefers it, requests are lost.`,
                zh: `程序先尝试 ${good}，并由此得到响应。一旦它回退到 ${bad.name}，或其他程序优先使用它，请求就会丢失。`,
              },
            }),
        title: { en: `${bad.name} connects, but carries no answer`, zh: `${bad.name} 能连接，却收不到响应` },
        fix:
          bad.name === "IPv6"
            ? [
                {
                  os: "linux",
                  shell: "sh",
                  commands: ["sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1"],
                  note: {
                    en: "Switches IPv6 off until the next start; undo with =0.",
                    zh: "停用 IPv6，直到下次启动；用 =0 恢复。",
                  },
                },
                {
                  os: "macos",
                  shell: "sh",
                  commands: ["networksetup -setv6off Wi-Fi"],
                  note: {
                    en: "Undo with: networksetup -setv6automatic Wi-Fi",
                    zh: "恢复命令：networksetup -setv6automatic Wi-Fi",
                  },
                },
                {
                  os: "windows",
                  shell: "powershell",
                  commands: ["Disable-NetAdapterBinding -Name 'Wi-Fi' -ComponentID ms_tcpip6"],
                  note: {
                    en: "In a shell with administrator rights; undo with Enable-NetAdapterBinding.",
                    zh: "需要管理员权限；用 Enable-NetAdapterBinding 恢复。",
                  },
                },
              ]
            : [
                advise(
                  "Tell the network administrator: IPv4 connections to the API stand, but requests on them are lost.",
                  "请告知网络管理员：到 API 的 IPv4 连接可以建立，但其上的请求会丢失。",
                ),
              ],
      };
    },
  ),
];
