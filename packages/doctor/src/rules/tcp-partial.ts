// A rule for names of which one address works and another does not, other than a broken IPv6.

import { classOf } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Match, Rule } from "../finding.ts";
import { isAbsent, place } from "../probes/tcp-connect.ts";
import { connectEvidence, lookupEvidence, serverList } from "./line-reading.ts";
import { flush } from "./resolver-fixes.ts";
import { targetConnects, tcpLetter, WRONG_ADDRESS } from "./tcp-reading.ts";

const ADDRESS_DEAD: Rule = {
  code: "TCP_ADDRESS_DEAD",
  layer: "tcp",
  severity: "warning",
  title: { en: "One of the name's addresses does not work", zh: "该域名的一个地址不可用" },
  meaning: {
    en: "The name has several addresses. At least one answers and another does not: IPv4 is blocked while IPv6 is not, a filter or an old record gives a false address, or one server is down. Programs that try one address after the other wait for the dead one first, Python's for minutes.",
    zh: "该域名有多个地址，至少一个有应答，另一个没有：IPv4 被拦截而 IPv6 未被拦截、过滤器或旧记录给出了错误地址，或某台服务器已停机。逐个尝试地址的程序会先等待失效的那个，Python 可能要等几分钟。",
  },
  advice: {
    en: "Have the dead address opened or taken out of the answer.",
    zh: "请放行失效的地址，或把它从解析结果中去掉。",
  },
  sources: ["https://www.rfc-editor.org/rfc/rfc8305", "https://platform.claude.com/docs/en/api/ip-addresses"],
  yieldsTo: [...WRONG_ADDRESS, "TCP_RACE_CAP"],
  match(facts, ctx) {
    const connects = targetConnects(facts) ?? [];
    const dead = connects.filter((one) => !one.ok && !isAbsent(one));
    const good = connects.filter(({ ok }) => ok);
    const [first] = dead;
    if (first === undefined || good.length === 0 || dead.some(({ address }) => classOf(address) === "loopback"))
      return undefined;
    const blank = dead.every(({ address }) => classOf(address) === "unspecified");
    // A family that is broken as a whole has a finding of its own.
    if (!blank && dead.every(({ family }) => family === 6) && good.every(({ family }) => family === 4))
      return undefined;
    return { ...told(facts, ctx, first, good, dead, blank), explains: ["tcp.connect"] };
  },
};

function told(
  facts: Facts,
  ctx: Context,
  first: Connected,
  good: readonly Connected[],
  dead: readonly Connected[],
  blank: boolean,
): Omit<Match, "explains"> {
  const { host, port } = ctx.target;
  const lookup = facts["dns.lookup"];
  const evidence = [
    ...(lookup === undefined ? [] : [lookupEvidence(lookup)]),
    ...[...good, ...dead].map(connectEvidence),
  ];
  const at = dead.map(({ address }) => place(address, port)).join(", ");
  const works = place(good[0]?.address ?? "?", port);
  if (blank) {
    const servers = serverList(facts) || "?";
    const allow: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: `Put ${host} on the allow list of the filter at ${servers}, for IPv4 and IPv6 (A and AAAA).`,
        zh: `在 ${servers} 的过滤器中把 ${host} 加入白名单，IPv4 和 IPv6（A 和 AAAA）都要放行。`,
      },
    };
    return {
      confidence: 0.9,
      evidence,
      title: {
        en: `A DNS filter blanks one of the addresses of ${host} (${first.address})`,
        zh: `DNS 过滤器把 ${host} 的一个地址置空（${first.address}）`,
      },
      why: {
        en: `${first.address} leads nowhere; programs get through only because they go on to ${works}.`,
        zh: `${first.address} 哪里也不通；程序之所以能用，只是因为会改用 ${works}。`,
      },
      fix: [allow, flush(ctx)],
    };
  }
  const v4 = dead.every(({ family }) => family === 4) && good.every(({ family }) => family === 6);
  const how = first.error ?? "ERROR";
  const ask: Fix = {
    os: "any",
    shell: "any",
    commands: [],
    note: ctx.target.official
      ? {
          en: "Send the letter below to whoever runs the network: addresses and ranges to open are in it. Outside of it (a phone's hotspot) all should work.",
          zh: "请把下面的说明发给网络管理员，其中列出了需要放行的地址和网段。换一个网络（例如手机热点）应当全部可用。",
        }
      : {
          en: `Start the server at ${at}, or take that address out of the name's records.`,
          zh: `启动 ${at} 上的服务，或把该地址从域名记录中删除。`,
        },
  };
  return {
    confidence: 0.9,
    evidence,
    title: v4
      ? { en: `IPv4 to ${host} is blocked (${how}); IPv6 works`, zh: `到 ${host} 的 IPv4 不通（${how}），IPv6 正常` }
      : {
          en: `${at} does not answer (${how}); another address of ${host} works`,
          zh: `${at} 没有应答（${how}），${host} 的其他地址正常`,
        },
    why: v4
      ? {
          en: "Programs that fall back to IPv6 lose time with each new connection; those that know IPv4 only fail.",
          zh: "会回退到 IPv6 的程序每次新连接都浪费时间；只支持 IPv4 的程序会失败。",
        }
      : {
          en: `Programs that try ${first.address} first lose time with each new connection before they go on to ${works}.`,
          zh: `先尝试 ${first.address} 的程序每次新连接都会浪费时间，然后才改用 ${works}。`,
        },
    fix: [ask],
    ...(ctx.target.official
      ? {
          letter: tcpLetter(ctx, facts, {
            en: `Connections from this machine to ${at} fail. Please allow them.`,
            zh: `本机到 ${at} 的连接失败。请放行。`,
          }),
        }
      : {}),
  };
}

/** Rules for names with good and bad addresses. */
export const TCP_PARTIAL_RULES: readonly Rule[] = [ADDRESS_DEAD];
