// Rules for lookups that succeed too late: a dead first server, a slow one, one that swallows half of the questions.

import type { NameserverAnswer } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../finding.ts";
import { SLOW_LOOKUP_MS } from "../probes/dns-lookup.ts";
import { whose } from "./dns-names.ts";
import { answers, lookupEvidence, serverEvidence } from "./line-reading.ts";
import { dnsLetter, dropServer, otherServer } from "./resolver-fixes.ts";

/** Node's fetch gives up on a connection after this, lookup included, seconds. Source: https://undici.nodejs.org/#/docs/api/Client (`connect.timeout`). */
const NODE_CONNECT_SECONDS = 10;

function isSlow(facts: Facts): boolean {
  const lookup = facts["dns.lookup"];
  return (
    lookup !== undefined &&
    !lookup.literal &&
    lookup.addresses.length > 0 &&
    (lookup.late || lookup.ms >= SLOW_LOOKUP_MS)
  );
}

/** Servers that answer for A and swallow the question for AAAA. */
function swallowing(facts: Facts): readonly NameserverAnswer[] {
  const good = (facts["dns.nameservers"]?.servers ?? []).filter(answers);
  return good.every(({ a, aaaa }) => a.error !== "TIMEOUT" && aaaa.error === "TIMEOUT") ? good : [];
}

function deadFirst(facts: Facts): { readonly dead: NameserverAnswer; readonly good: NameserverAnswer } | undefined {
  const [dead, ...rest] = facts["dns.nameservers"]?.servers ?? [];
  const good = rest.find((one) => answers(one) && one.aaaa.error !== "TIMEOUT");
  if (dead === undefined || good === undefined || answers(dead)) return undefined;
  return dead.a.error === "TIMEOUT" ? { dead, good } : undefined;
}

const FIRST_DEAD: Rule = {
  code: "DNS_FIRST_SERVER_DEAD",
  layer: "dns",
  severity: "warning",
  title: { en: "The first name server is dead, the next one works", zh: "第一个域名服务器无应答，后一个正常" },
  meaning: {
    en: "The system asks its servers in order and waits about five seconds for a dead one before it takes the next. Everything works, each new connection late.",
    zh: "系统按顺序询问域名服务器，对没有应答的那个要等约 5 秒才换下一个。一切可用，但每次新连接都慢。",
  },
  advice: {
    en: "Take the dead server out of the settings, or put it last.",
    zh: "从设置中删除无应答的服务器，或把它放到最后。",
  },
  sources: ["https://code.claude.com/docs/en/errors", "https://man7.org/linux/man-pages/man5/resolv.conf.5.html"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const found = deadFirst(facts);
    if (lookup === undefined || found === undefined) return undefined;
    const { dead, good } = found;
    const name = whose(lookup);
    const failed = lookup.addresses.length === 0;
    const slow = isSlow(facts);
    return {
      confidence: slow || failed ? 0.9 : 0.6,
      severity: failed ? "error" : slow ? "warning" : "info",
      evidence: [lookupEvidence(lookup), ...serverEvidence(facts)],
      title: {
        en: `The first name server, ${dead.server}, does not answer; ${good.server} does`,
        zh: `第一个域名服务器 ${dead.server} 没有应答，${good.server} 正常`,
      },
      why: slow
        ? {
            en: `Each lookup waits for ${dead.server} before it asks ${good.server}: ${name.en} took ${lookup.ms} ms${lookup.late ? " and was still not there" : ""}.`,
            zh: `每次解析都要先等 ${dead.server}，再问 ${good.server}：解析 ${name.zh} 用了 ${lookup.ms} 毫秒${lookup.late ? "仍无结果" : ""}。`,
          }
        : {
            en: `${dead.server} does not answer. This system's resolver copes with that; others wait for it.`,
            zh: `${dead.server} 没有应答。本机的解析服务能够绕过，其他程序可能会等待它。`,
          },
      fix: [
        dropServer(ctx, dead.server, {
          en: `Take ${dead.server} out of the name servers, or put it after ${good.server}; where the file is generated, change it at its origin.`,
          zh: `把 ${dead.server} 从域名服务器中删除，或放到 ${good.server} 之后；若该文件是自动生成的，请在源头修改。`,
        }),
        ...(ctx.machine.wsl ? otherServer(ctx, lookup.host) : []),
      ],
      explains: ["dns.lookup", "dns.nameservers"],
    };
  },
};

const AAAA_DROPPED: Rule = {
  code: "DNS_AAAA_DROPPED",
  layer: "dns",
  severity: "warning",
  title: { en: "The name server swallows questions for IPv6 addresses", zh: "域名服务器丢弃 IPv6（AAAA）查询" },
  meaning: {
    en: "It answers for IPv4 at once and never for IPv6. Programs ask for both and wait for both: up to 15 seconds for each new connection, after which Node has given up (10 s).",
    zh: "它对 IPv4 查询立刻应答，对 IPv6 查询却从不应答。程序会同时询问两者并一起等待：每次新连接最多要 15 秒，而 Node 在 10 秒时就放弃了。",
  },
  advice: {
    en: "Use another name server, or repair that one (often a home router or a firewall that drops AAAA).",
    zh: "换用其他域名服务器，或修复它（常见于家用路由器或丢弃 AAAA 的防火墙）。",
  },
  sources: ["https://www.rfc-editor.org/rfc/rfc4074", "https://man7.org/linux/man-pages/man5/resolv.conf.5.html"],
  says: [/UND_ERR_CONNECT_TIMEOUT/],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const servers = swallowing(facts);
    const first = servers[0];
    if (lookup === undefined || first === undefined) return undefined;
    const name = whose(lookup);
    const failed = lookup.addresses.length === 0;
    const slow = isSlow(facts);
    const gone = failed || (slow && ctx.environment.client === "node");
    return {
      confidence: slow || failed ? 0.95 : 0.5,
      severity: gone ? "error" : slow ? "warning" : "info",
      evidence: [lookupEvidence(lookup), ...serverEvidence(facts)],
      title: {
        en: `The name server ${first.server} never answers for IPv6 addresses`,
        zh: `域名服务器 ${first.server} 从不应答 IPv6（AAAA）查询`,
      },
      why:
        slow || failed
          ? {
              en: `It gave the IPv4 address in ${first.a.ms} ms, but the system asks for both kinds and waits for both${ctx.environment.client === "node" ? `; Node gives up on a connection after ${NODE_CONNECT_SECONDS} s, and the wait is longer` : ": 10 to 15 s for each new connection"}.`,
              zh: `IPv4 地址在 ${first.a.ms} 毫秒内给出，但系统会同时询问两种地址并一起等待${ctx.environment.client === "node" ? `；Node 在 ${NODE_CONNECT_SECONDS} 秒后放弃连接，而等待时间更长` : "：每次新连接要多等 10 到 15 秒"}。`,
            }
          : {
              en: `It does so for ${name.en}; this system's own resolver does not mind, others would wait for 10 to 15 s.`,
              zh: `对 ${name.zh} 即如此；本机的解析服务不受影响，其他程序可能会等 10 到 15 秒。`,
            },
      fix: [
        ...otherServer(ctx, lookup.host),
        ...(ctx.machine.platform === "linux"
          ? [
              {
                os: "linux" as const,
                shell: "sh" as const,
                commands: ["echo 'options timeout:1 attempts:1' | sudo tee -a /etc/resolv.conf"],
                note: { en: "Until then: wait less for each question.", zh: "在此之前：缩短每次查询的等待时间。" },
              },
            ]
          : []),
      ],
      letter: dnsLetter(ctx, facts, {
        en: `The name server ${first.server} answers A and drops AAAA. Please let it answer AAAA, with an empty answer where there is no IPv6.`,
        zh: `域名服务器 ${first.server} 应答 A 查询却丢弃 AAAA 查询。请让它应答 AAAA；没有 IPv6 时返回空应答即可。`,
      }),
      explains: ["dns.lookup", "dns.nameservers"],
    };
  },
};

const SLOW: Rule = {
  code: "DNS_SLOW",
  layer: "dns",
  severity: "warning",
  title: { en: "Names resolve slowly", zh: "域名解析缓慢" },
  meaning: {
    en: "Each new connection waits for the name first. A second or more is far from ordinary (under 100 ms).",
    zh: "每次新连接都要先等域名解析。一秒以上远非正常（通常低于 100 毫秒）。",
  },
  advice: {
    en: "Use a nearer name server, or a resolver on this machine that remembers answers.",
    zh: "换用更近的域名服务器，或在本机使用带缓存的解析服务。",
  },
  sources: ["https://man7.org/linux/man-pages/man5/resolv.conf.5.html"],
  yieldsTo: ["DNS_FIRST_SERVER_DEAD", "DNS_AAAA_DROPPED"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || !isSlow(facts)) return undefined;
    const name = whose(lookup);
    return {
      confidence: 0.85,
      evidence: [lookupEvidence(lookup), ...serverEvidence(facts)],
      title: {
        en: `Resolving ${name.en} takes ${lookup.late ? "more than " : ""}${lookup.ms} ms`,
        zh: `解析 ${name.zh} 需要${lookup.late ? "超过 " : " "}${lookup.ms} 毫秒`,
      },
      why: { en: "Every new connection of the program begins with that wait.", zh: "程序的每次新连接都要先等这么久。" },
      fix: otherServer(ctx, lookup.host),
      explains: ["dns.lookup", "dns.nameservers"],
    };
  },
};

/** Rules for slow lookups. */
export const DNS_SPEED_RULES: readonly Rule[] = [AAAA_DROPPED, FIRST_DEAD, SLOW];
