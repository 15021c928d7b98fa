// Rules for a name that the program cannot resolve at all: by what the name servers say.

import type { Context } from "../context.ts";
import { whereOf } from "../environment/description.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Letter, Match, Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import { whose } from "./dns-names.ts";
import { barredMatch, madeFrom, madeMatch, tornMatch, tornServers } from "./dns-unknown.ts";
import { gatewayEvidence, openThere } from "./gateway-fixes.ts";
import {
  elsewhere,
  type LookupTrouble,
  lookupEvidence,
  lookupTrouble,
  serverEvidence,
  serverList,
} from "./line-reading.ts";
import { dnsLetter, flush, otherServer } from "./resolver-fixes.ts";

const EXPLAINS = ["dns.lookup", "dns.nameservers", "tcp.connect"];

/** A match for one kind of trouble, with what is the same for all of them. */
function troubled(
  facts: Facts,
  kind: LookupTrouble,
  tell: (
    name: { readonly en: string; readonly zh: string },
    servers: string,
  ) => Pick<Match, "title" | "why"> &
    Partial<Pick<Match, "evidence">> & { readonly fix: readonly Fix[]; readonly letter?: Letter },
): Match | undefined {
  const lookup = facts["dns.lookup"];
  if (lookup === undefined || lookupTrouble(facts) !== kind) return undefined;
  const seen = facts["dns.nameservers"] !== undefined;
  const evidence = troubleEvidence(facts);
  return { confidence: seen ? 0.95 : 0.6, evidence, explains: EXPLAINS, ...tell(whose(lookup), serverList(facts)) };
}

function troubleEvidence(facts: Facts): readonly Evidence[] {
  const lookup = facts["dns.lookup"];
  return [...(lookup === undefined ? [] : [lookupEvidence(lookup)]), ...serverEvidence(facts), ...elsewhere(facts)];
}

const NXDOMAIN: Rule = {
  code: "DNS_NXDOMAIN",
  layer: "dns",
  severity: "error",
  title: { en: "The name does not exist, say the name servers", zh: "域名服务器称该域名不存在" },
  meaning: {
    en: "Every name server of this machine says that the name is unknown. For an official name that is a filter (Pi-hole, AdGuard, a company's or provider's block list) or a private network's own servers; for your own gateway it is a typing error or a VPN that is not connected.",
    zh: "本机的域名服务器都说没有这个域名。若是官方域名，多半是过滤（Pi-hole、AdGuard、公司或运营商的屏蔽列表）或内网自建的域名服务器；若是自己的网关，多半是写错了，或 VPN 没有连接。",
  },
  advice: {
    en: "Check the spelling of the host. If it is right, allow the name in the filter, connect the VPN that it belongs to, or use another name server.",
    zh: "先检查主机名是否写对。若没写错，请在过滤器中放行该域名、连接它所属的 VPN，或换用其他域名服务器。",
  },
  sources: ["https://github.com/badmojr/1Hosts/issues/3395", "https://github.com/anthropics/claude-code/issues/72451"],
  says: [
    /getaddrinfo ENOTFOUND/i,
    /Name or service not known/i,
    /nodename nor servname provided/i,
    /Could not resolve host/i,
    /FailedToOpenSocket.*ENOTFOUND/i,
  ],
  yieldsTo: ["DNS_ONLY_PROXY_RESOLVES"],
  match: (facts, ctx) =>
    troubled(facts, "unknown-name", (name, servers) => {
      const { official, host } = ctx.target;
      const from = ctx.target.from?.name;
      const proxy = facts["dns.lookup"]?.of === "proxy";
      const where = ctx.target.from === undefined ? undefined : whereOf(ctx.target.from);
      const mdns = /\.local$/i.test(facts["dns.lookup"]?.host ?? "")
        ? {
            en: " Names that end in .local are found by mDNS, in the same network only and not from containers or WSL: use the address instead.",
            zh: "以 .local 结尾的域名靠 mDNS 查找，仅限同一网络，容器和 WSL 中不可用：请改用 IP 地址。",
          }
        : { en: "", zh: "" };
      const torn = tornServers(facts);
      if (torn !== undefined) return tornMatch(ctx, name, torn);
      const made = proxy ? undefined : madeFrom(ctx);
      if (made !== undefined) return madeMatch(ctx, facts, name, servers, made);
      const spelled: Fix = {
        ...(proxy ? { os: "any", shell: "any", commands: [] } : openThere(ctx)),
        note: {
          en: `Check the spelling of ${name.en}${where === undefined || proxy ? "" : ` in ${from} (${where.en})`}; if it is a private name, connect its VPN.${mdns.en}`,
          zh: `检查${where === undefined || proxy ? "" : ` ${from}（${where.zh}）中的`} ${name.zh} 是否写对；若是内网域名，请先连接对应的 VPN。${mdns.zh}`,
        },
      };
      const allowed: Fix = {
        os: "any",
        shell: "any",
        commands: [],
        note: {
          en: `If a filter answers at ${servers || "your name server"} (Pi-hole, AdGuard Home, a router, the company's), put ${host} on its allow list.`,
          zh: `如果 ${servers || "域名服务器"} 上有过滤器（Pi-hole、AdGuard Home、路由器或公司的过滤），请把 ${host} 加入白名单。`,
        },
      };
      return {
        title: { en: `No such name: ${name.en}`, zh: `域名不存在：${name.zh}` },
        why:
          official && !proxy
            ? {
                en: `The name servers (${servers || "of this system"}) say that ${host} does not exist, and it does: they filter it, or they only know a private network.`,
                zh: `域名服务器（${servers || "系统自带"}）称 ${host} 不存在，但它是存在的：要么被过滤，要么它们只认识内网。`,
              }
            : {
                en: `The name servers (${servers || "of this system"}) do not know ${name.en}: it is misspelt, or known only inside a network that this machine is not in now.`,
                zh: `域名服务器（${servers || "系统自带"}）不认识 ${name.zh}：可能写错了，也可能只在另一个网络内才有。`,
              },
        ...(official || proxy || ctx.target.from === undefined
          ? {}
          : { evidence: [...troubleEvidence(facts), ...gatewayEvidence(ctx)] }),
        fix: official && !proxy ? [allowed, ...otherServer(ctx, host), flush(ctx)] : [spelled],
        letter: dnsLetter(ctx, facts, {
          en: `Please let the name servers ${servers} resolve ${name.en}.`,
          zh: `请让域名服务器 ${servers} 能够解析 ${name.zh}。`,
        }),
      };
    }),
};

const REFUSED: Rule = {
  code: "DNS_REFUSED",
  layer: "dns",
  severity: "error",
  title: { en: "The name server refuses to answer this machine", zh: "域名服务器拒绝为本机解析" },
  meaning: {
    en: "The server is there and says REFUSED: it does not serve this network, or has nobody to ask. Programs show EAI_AGAIN or EREFUSED.",
    zh: "服务器在线，但返回 REFUSED：它不为这个网络服务，或者没有配置上游。程序里显示为 EAI_AGAIN 或 EREFUSED。",
  },
  advice: {
    en: "Take that server out of the system's settings and use one that serves you.",
    zh: "从系统设置中去掉这个服务器，换成能为你服务的。",
  },
  sources: ["https://github.com/anthropics/claude-code/issues/71824"],
  says: [/getaddrinfo EREFUSED/i, /query[A-Za-z]* EREFUSED/i],
  match: (facts, ctx) =>
    troubled(facts, "refused", (name, servers) => ({
      title: {
        en: `The name server ${servers} refuses to resolve ${name.en}`,
        zh: `域名服务器 ${servers} 拒绝解析 ${name.zh}`,
      },
      why: {
        en: "It answers at once, with REFUSED: it is not meant for this network, or has no upstream to ask. Programs report that as EAI_AGAIN, as if it might pass; it will not.",
        zh: "它立刻返回 REFUSED：它不服务于这个网络，或没有上游可问。程序会报成 EAI_AGAIN（“稍后再试”），但等待不会好转。",
      },
      fix: [...otherServer(ctx, facts["dns.lookup"]?.host ?? ctx.target.host), flush(ctx)],
      letter: dnsLetter(ctx, facts, {
        en: `The name server ${servers} answers REFUSED to this machine. Please let it resolve, or tell us the right one.`,
        zh: `域名服务器 ${servers} 对本机返回 REFUSED。请允许本机解析，或告知正确的服务器地址。`,
      }),
    })),
};

const SERVFAIL: Rule = {
  code: "DNS_SERVFAIL",
  layer: "dns",
  severity: "error",
  title: { en: "The name server fails", zh: "域名服务器出错" },
  meaning: {
    en: "The server answers SERVFAIL: its own upstream is unreachable, or a DNSSEC check failed there (a wrong clock does that).",
    zh: "服务器返回 SERVFAIL：它的上游不可达，或者它的 DNSSEC 校验失败（时钟不准也会这样）。",
  },
  advice: {
    en: "Use another name server, or repair that one: its upstream, its DNSSEC settings, its clock.",
    zh: "换用其他域名服务器，或修复该服务器：检查上游、DNSSEC 设置和时钟。",
  },
  sources: ["https://www.rfc-editor.org/rfc/rfc8914", "https://github.com/OpenHands/OpenHands/issues/6500"],
  says: [/getaddrinfo EAI_AGAIN/i, /Temporary failure in name resolution/i, /ESERVFAIL/i],
  match: (facts, ctx) =>
    troubled(facts, "server-failure", (name, servers) => ({
      title: {
        en: `The name server ${servers} fails for ${name.en}`,
        zh: `域名服务器 ${servers} 解析 ${name.zh} 时出错`,
      },
      why: {
        en: "It is reachable and answers with a failure (SERVFAIL): it cannot ask its own upstream, or rejects the answer it got.",
        zh: "它可以访问，但返回失败（SERVFAIL）：它连不上自己的上游，或者不接受上游的应答。",
      },
      fix: [...otherServer(ctx, facts["dns.lookup"]?.host ?? ctx.target.host), flush(ctx)],
      letter: dnsLetter(ctx, facts, {
        en: `The name server ${servers} answers SERVFAIL for ${name.en}. Please check its upstream, DNSSEC and clock.`,
        zh: `域名服务器 ${servers} 对 ${name.zh} 返回 SERVFAIL。请检查其上游、DNSSEC 和时钟。`,
      }),
    })),
};

const SILENT: Rule = {
  code: "DNS_TIMEOUT",
  layer: "dns",
  severity: "error",
  title: { en: "No name server answers", zh: "没有域名服务器应答" },
  meaning: {
    en: "Questions leave and nothing comes back: port 53 is blocked, the address in the settings is old (another network's, a VPN's), or the server is down.",
    zh: "查询发出后没有任何回应：53 端口被拦截，设置里的地址已过时（属于别的网络或 VPN），或服务器已停机。",
  },
  advice: {
    en: "Use a name server that this network can reach; inside WSL and containers it is often inherited from a network that is gone.",
    zh: "换成本网络可达的域名服务器；在 WSL 和容器里，它常常是从已经不在的网络继承来的。",
  },
  sources: [
    "https://code.claude.com/docs/en/errors",
    "https://github.com/OpenHands/OpenHands/issues/6500",
    "https://github.com/anthropics/claude-quickstarts/issues/85",
  ],
  says: [/getaddrinfo (?:EAI_AGAIN|ETIMEOUT|ETIMEDOUT)/i, /Temporary failure in name resolution/i, /queryA* ETIMEOUT/i],
  yieldsTo: ["TCP_NO_ROUTE"],
  match: (facts, ctx) =>
    troubled(facts, "silent", (name, servers) => ({
      title: { en: `No answer from the name server ${servers}`, zh: `域名服务器 ${servers} 没有应答` },
      why: {
        en: `Questions for ${name.en} are sent and nothing comes back, not even a refusal: the server is gone, or port 53 to it is blocked.`,
        zh: `查询 ${name.zh} 的请求发出后毫无回应，连拒绝都没有：服务器已不在，或到它的 53 端口被拦截。`,
      },
      fix: [...otherServer(ctx, facts["dns.lookup"]?.host ?? ctx.target.host), flush(ctx)],
      letter: dnsLetter(ctx, facts, {
        en: `Please let this machine reach a name server on UDP and TCP port 53 (set here: ${servers}).`,
        zh: `请允许本机通过 UDP 和 TCP 53 端口访问域名服务器（当前设置：${servers}）。`,
      }),
    })),
};

const NO_SERVER: Rule = {
  code: "DNS_NO_SERVER",
  layer: "dns",
  severity: "error",
  title: { en: "Nobody listens where the name server should be", zh: "域名服务器的地址上没有程序在监听" },
  meaning: {
    en: "The address answers that port 53 is closed: the local resolver (systemd-resolved, dnsmasq, a VPN or proxy program) is not running, or the system has no name server set.",
    zh: "该地址回应 53 端口未开放：本地解析服务（systemd-resolved、dnsmasq、VPN 或代理软件）没有运行，或系统根本没设置域名服务器。",
  },
  advice: {
    en: "Start the local resolver again, or put another name server into the settings.",
    zh: "重新启动本地解析服务，或在设置中换成其他域名服务器。",
  },
  sources: [
    "https://github.com/OpenHands/OpenHands/issues/6500",
    "https://www.freedesktop.org/software/systemd/man/latest/systemd-resolved.service.html",
  ],
  says: [/query[A-Za-z]* ECONNREFUSED/i, /getaddrinfo EAI_AGAIN/i, /Temporary failure in name resolution/i],
  yieldsTo: ["TCP_NO_ROUTE"],
  match: (facts, ctx) =>
    troubled(facts, "no-server", (name, servers) => {
      const resolv = ctx.machine.readText("/etc/resolv.conf") ?? "";
      const itself = /^(?:127\.0\.0\.1|::1)?$/.test(servers);
      if (ctx.machine.platform === "linux" && itself && !/^[ \t]*nameserver[ \t]+\S/m.test(resolv))
        return unsetMatch(ctx, facts, name);
      const asked = facts["dns.nameservers"]?.servers ?? [];
      if (asked.length > 0 && asked.every(({ forbidden }) => forbidden === true))
        return barredMatch(ctx, name, servers);
      const local = /(?:^|, )(?:127\.|::1)/.test(servers);
      const restart: Fix = {
        os: "linux",
        shell: "sh",
        commands: ["systemctl status systemd-resolved dnsmasq --no-pager", "sudo systemctl restart systemd-resolved"],
        note: { en: "Start the local resolver again.", zh: "重新启动本地解析服务。" },
      };
      const again = local && ctx.machine.platform === "linux" && !ctx.machine.container ? [restart] : [];
      return {
        title: {
          en: `No name server runs at ${servers || "any address"}`,
          zh: `${servers || "系统"} 上没有运行域名服务器`,
        },
        why: {
          en: `Port 53 of ${servers || "this machine"} is closed, so ${name.en} cannot be resolved: the resolver stopped, the setting is wrong, or a firewall refuses the question.`,
          zh: `${servers || "本机"} 的 53 端口未开放，因此无法解析 ${name.zh}：解析服务已停止、设置有误，或防火墙拒绝了查询。`,
        },
        fix: [...again, ...otherServer(ctx, facts["dns.lookup"]?.host ?? ctx.target.host)],
        letter: dnsLetter(ctx, facts, {
          en: `Nothing listens on port 53 at ${servers}. Please tell us the right name server, or start it.`,
          zh: `${servers} 的 53 端口没有服务。请告知正确的域名服务器，或将其启动。`,
        }),
      };
    }),
};

function unsetMatch(
  ctx: Context,
  facts: Facts,
  name: Words,
): Pick<Match, "title" | "why" | "evidence"> & { readonly fix: readonly Fix[] } {
  const there = ctx.machine.readText("/etc/resolv.conf") !== undefined;
  return {
    title: { en: "No name server is set on this machine", zh: "本机没有设置域名服务器" },
    why: there
      ? {
          en: `/etc/resolv.conf has no line "nameserver ADDRESS", so the system asks itself, where nobody answers, and ${name.en} cannot be resolved.`,
          zh: `/etc/resolv.conf 中没有 “nameserver 地址” 这样的行，系统只好问自己，而本机无人应答，因此无法解析 ${name.zh}。`,
        }
      : {
          en: `/etc/resolv.conf is not there (or is a link to a file that is gone), so the system asks itself, where nobody answers, and ${name.en} cannot be resolved.`,
          zh: `/etc/resolv.conf 不存在（或指向已消失的文件），系统只好问自己，而本机无人应答，因此无法解析 ${name.zh}。`,
        },
    evidence: [
      ...troubleEvidence(facts),
      there
        ? { en: "/etc/resolv.conf names no server", zh: "/etc/resolv.conf 中没有域名服务器" }
        : { en: "there is no /etc/resolv.conf", zh: "没有 /etc/resolv.conf 文件" },
    ],
    fix: otherServer(ctx, facts["dns.lookup"]?.host ?? ctx.target.host),
  };
}

const SYSTEM: Rule = {
  code: "DNS_SYSTEM_RESOLVER",
  layer: "dns",
  severity: "error",
  title: {
    en: "The name servers know the name, the system's own lookup does not",
    zh: "域名服务器能解析，但系统自身的解析失败",
  },
  meaning: {
    en: "Asked directly, the name servers answer. Programs resolve through the system (getaddrinfo), which fails: nsswitch.conf leaves DNS out, the resolver service is broken, or a per-program firewall filters.",
    zh: "直接询问域名服务器有应答，但程序经系统（getaddrinfo）解析却失败：nsswitch.conf 中没有 dns、解析服务故障，或按程序过滤的防火墙所致。",
  },
  advice: {
    en: "Look at the hosts line of /etc/nsswitch.conf, restart the resolver service, allow the program in a per-program firewall.",
    zh: "检查 /etc/nsswitch.conf 的 hosts 行，重启解析服务，在按程序过滤的防火墙中放行该程序。",
  },
  sources: [
    "https://man7.org/linux/man-pages/man5/nsswitch.conf.5.html",
    "https://github.com/objective-see/LuLu/issues/724",
  ],
  match: (facts, ctx) =>
    troubled(facts, "system", (name, servers) => {
      const hosts = /^\s*hosts:.*$/m.exec(ctx.machine.readText("/etc/nsswitch.conf") ?? "")?.[0]?.trim();
      const noDns = hosts !== undefined && !/\b(?:dns|resolve)\b/.test(hosts);
      const host = facts["dns.lookup"]?.host ?? ctx.target.host;
      const add: Fix = {
        os: "linux",
        shell: "sh",
        commands: [
          "grep ^hosts: /etc/nsswitch.conf",
          "sudo sed -i.bak 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf",
          `getent ahosts ${host}`,
        ],
        note: {
          en: "Let the system ask DNS again (a copy of the file is kept as .bak).",
          zh: "让系统重新使用 DNS（原文件另存为 .bak）。",
        },
      };
      const service: Fix = {
        os: ctx.machine.platform === "darwin" ? "macos" : ctx.machine.platform === "win32" ? "windows" : "linux",
        shell: "any",
        commands:
          ctx.machine.platform === "darwin"
            ? ["sudo killall -HUP mDNSResponder", "scutil --dns"]
            : ctx.machine.platform === "win32"
              ? ["ipconfig /flushdns"]
              : [`getent ahosts ${host}`, "sudo systemctl restart systemd-resolved nscd"],
        note: {
          en: "Restart the system's resolver, and look whether a firewall filters this program.",
          zh: "重启系统的解析服务，并检查防火墙是否过滤了该程序。",
        },
      };
      return {
        title: {
          en: `The system cannot resolve ${name.en} although its name servers can`,
          zh: `域名服务器能解析 ${name.zh}，系统却不能`,
        },
        why: noDns
          ? {
              en: `/etc/nsswitch.conf says "${hosts}": DNS is not in it, so programs never ask ${servers}.`,
              zh: `/etc/nsswitch.conf 写着 “${hosts}”，其中没有 dns，程序根本不会询问 ${servers}。`,
            }
          : {
              en: `${servers} answer when asked directly; what stands between programs and them (nsswitch, the resolver service, a firewall per program) does not.`,
              zh: `直接询问 ${servers} 有应答；出问题的是程序与它们之间的一环（nsswitch、解析服务或按程序过滤的防火墙）。`,
            },
        fix: noDns ? [add] : [service],
      };
    }),
};

/** Rules for lookups that give nothing. */
export const DNS_ANSWER_RULES: readonly Rule[] = [NXDOMAIN, REFUSED, SERVFAIL, SILENT, NO_SERVER, SYSTEM];
