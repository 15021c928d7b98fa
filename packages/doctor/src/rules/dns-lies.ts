// Rules for answers that are not true: sinkholes, forged addresses, servers that answer everything, lost fake addresses.

import type { LookupFacts } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { place } from "../probes/tcp-connect.ts";
import { isAnthropic, isPublicName } from "./dns-names.ts";
import {
  addressList,
  allOf,
  beyond,
  beyondEvidence,
  elsewhere,
  isLost,
  lookupEvidence,
  serverEvidence,
  serverList,
} from "./line-reading.ts";
import { dnsLetter, flush, otherServer } from "./resolver-fixes.ts";

const EXPLAINS = ["dns.lookup", "dns.canary", "tcp.connect", "tls.handshake"];

function pinned(facts: Facts): boolean {
  return (facts["dns.lookup"]?.hostsFile.length ?? 0) > 0;
}

/** The canary's answer when names that nobody has are answered with an address that the target has too. */
function wildcard(facts: Facts, lookup: LookupFacts): { readonly name: string; readonly address: string } | undefined {
  const stranger = facts["dns.canary"]?.canaries.find((one) => one.place === "stranger" && one.addresses.length > 0);
  const address = stranger?.addresses.find((one) => lookup.addresses.some((mine) => mine.address === one));
  return stranger === undefined || address === undefined ? undefined : { name: stranger.name, address };
}

const SINKHOLE: Rule = {
  code: "DNS_SINKHOLE",
  layer: "dns",
  severity: "error",
  title: { en: "A DNS filter points the name to nowhere", zh: "DNS 过滤器把域名指向了空地址" },
  meaning: {
    en: "The name server answers 0.0.0.0 or 127.0.0.1 for a public name. That is how Pi-hole, AdGuard, parental controls and company filters block.",
    zh: "域名服务器对公网域名返回 0.0.0.0 或 127.0.0.1。Pi-hole、AdGuard、家长控制和公司过滤器就是这样屏蔽的。",
  },
  advice: {
    en: "Put the name on the filter's allow list, or use another name server.",
    zh: "在过滤器中把该域名加入白名单，或换用其他域名服务器。",
  },
  sources: ["https://github.com/badmojr/1Hosts/issues/3395", "https://github.com/anthropics/claude-code/issues/808"],
  says: [/ECONNREFUSED 0\.0\.0\.0:443/, /ECONNREFUSED 127\.0\.0\.1:443/],
  yieldsTo: ["DNS_HOSTS_OVERRIDE", "DNS_WILDCARD"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || lookup.literal || pinned(facts) || lookup.of === "proxy" || !isPublicName(lookup.host))
      return undefined;
    const sunk = ctx.target.official ? allOf(lookup, "unspecified", "loopback") : allOf(lookup, "unspecified");
    const what = beyond(facts);
    if (!sunk || !isLost(what)) return undefined;
    const list = addressList(lookup);
    const allow: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: `Put ${lookup.host} on the allow list of the filter at ${serverList(facts) || "your name server"} (Pi-hole: pihole allow ${lookup.host}).`,
        zh: `在 ${serverList(facts) || "域名服务器"} 的过滤器中把 ${lookup.host} 加入白名单（Pi-hole：pihole allow ${lookup.host}）。`,
      },
    };
    return {
      confidence: 0.95,
      evidence: [lookupEvidence(lookup), ...serverEvidence(facts), ...elsewhere(facts), ...beyondEvidence(facts)],
      title: {
        en: `A DNS filter blocks ${lookup.host}: it resolves to ${list}`,
        zh: `DNS 过滤器屏蔽了 ${lookup.host}：解析为 ${list}`,
      },
      why: {
        en: `${list} is this machine itself, where nobody answers for ${lookup.host}. A name server that blocks names answers like that.`,
        zh: `${list} 指向本机自己，而本机并不提供 ${lookup.host}。会屏蔽域名的服务器就是这样应答的。`,
      },
      fix: [allow, ...otherServer(ctx, lookup.host), flush(ctx)],
      letter: dnsLetter(ctx, facts, {
        en: `Your DNS filter answers ${list} for ${lookup.host}. Please allow this name.`,
        zh: `贵方的 DNS 过滤器对 ${lookup.host} 返回 ${list}。请放行该域名。`,
      }),
      explains: EXPLAINS,
    };
  },
};

const POISONED: Rule = {
  code: "DNS_POISONED",
  layer: "dns",
  severity: "error",
  title: { en: "The name resolves to somebody else's server", zh: "域名被解析到了别人的服务器" },
  meaning: {
    en: "The address lies outside the ranges that Anthropic publishes, and what answers there cannot prove that it is Anthropic: the answer was forged on the way, or by the name server.",
    zh: "解析出的地址不在 Anthropic 公布的范围内，且该服务器无法证明自己是 Anthropic：应答在途中或由域名服务器伪造。",
  },
  advice: {
    en: "Do not send a key there. Use an encrypted resolver (DNS over HTTPS or TLS) or a name server that you trust; behind proxy software, let it resolve.",
    zh: "不要向该地址发送密钥。改用加密解析（DoH 或 DoT）或可信的域名服务器；使用代理软件时，让它代为解析。",
  },
  sources: [
    "https://platform.claude.com/docs/en/api/ip-addresses",
    "https://gfw.report/publications/usenixsecurity21/en/",
  ],
  yieldsTo: ["DNS_HOSTS_OVERRIDE", "DNS_WILDCARD"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || lookup.literal || pinned(facts) || !isAnthropic(ctx, lookup)) return undefined;
    const what = beyond(facts);
    if (
      !lookup.addresses.some((one) => one.class === "public") ||
      lookup.addresses.some((one) => one.class === "genuine") ||
      !isLost(what)
    )
      return undefined;
    const others = elsewhere(facts);
    const list = addressList(lookup);
    const encrypted: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: "Ask over an encrypted channel, which nobody on the way can forge: turn on DNS over HTTPS in the system, or DoH in your proxy software (mihomo: nameserver: [https://1.1.1.1/dns-query]).",
        zh: "使用途中无法伪造的加密解析：在系统中开启 DoH，或在代理软件中配置 DoH（mihomo：nameserver: [https://1.1.1.1/dns-query]）。",
      },
    };
    return {
      confidence: what === "not-genuine" || others.length > 0 ? 0.95 : 0.8,
      evidence: [lookupEvidence(lookup), ...others, ...beyondEvidence(facts), ...serverEvidence(facts)],
      title: {
        en: `${lookup.host} resolves to ${list}, which is not Anthropic's`,
        zh: `${lookup.host} 被解析为 ${list}，那不是 Anthropic 的地址`,
      },
      why: {
        en: "Anthropic publishes where it answers (160.79.104.0/23 and 2607:6bc0::/48); this address is elsewhere, and what is there does not prove to be Anthropic. The answer was forged.",
        zh: "Anthropic 公布了它的地址范围（160.79.104.0/23 与 2607:6bc0::/48）；这个地址不在其中，对方也无法证明自己是 Anthropic。解析结果是伪造的。",
      },
      fix: [encrypted, ...otherServer(ctx, lookup.host), flush(ctx)],
      letter: dnsLetter(ctx, facts, {
        en: `${lookup.host} resolves to ${list} in your network, outside Anthropic's published ranges. Please correct that.`,
        zh: `在贵方网络中 ${lookup.host} 被解析为 ${list}，不在 Anthropic 公布的范围内。请更正。`,
      }),
      explains: EXPLAINS,
    };
  },
};

const UNPUBLISHED: Rule = {
  code: "DNS_UNPUBLISHED_ADDRESS",
  layer: "dns",
  severity: "info",
  title: {
    en: "The address is not a published one, but the certificate is genuine",
    zh: "地址不在公布范围内，但证书是真的",
  },
  meaning: {
    en: "Something between (a transparent proxy, a DNS service that relays, or a new range of Anthropic's) leads to the real server: its certificate proves that. No fault.",
    zh: "中间某处（透明代理、转发式 DNS 服务，或 Anthropic 的新地址段）通向了真正的服务器，证书可以证明。这不是故障。",
  },
  advice: {
    en: "Nothing to do. Keep it in mind when firewalls are opened by address.",
    zh: "无需处理。按地址开放防火墙时请留意。",
  },
  sources: ["https://platform.claude.com/docs/en/api/ip-addresses"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || lookup.literal || !isAnthropic(ctx, lookup) || beyond(facts) !== "genuine")
      return undefined;
    const connected = new Set(
      (facts["tcp.connect"]?.connects ?? []).filter(({ ok }) => ok).map(({ address }) => address),
    );
    const strange = lookup.addresses.filter((one) => one.class === "public" && connected.has(one.address));
    if (strange.length === 0) return undefined;
    const list = strange.map(({ address }) => address).join(", ");
    return {
      confidence: 0.9,
      evidence: [lookupEvidence(lookup), ...beyondEvidence(facts)],
      title: {
        en: `${lookup.host} resolves to ${list}: not a published address, but genuine`,
        zh: `${lookup.host} 解析为 ${list}：不在公布范围内，但是真的`,
      },
      why: {
        en: "What answers there holds Anthropic's certificate, so it leads to Anthropic.",
        zh: "该地址持有 Anthropic 的证书，因此确实通向 Anthropic。",
      },
      fix: [],
      explains: [],
    };
  },
};

const WILDCARD: Rule = {
  code: "DNS_WILDCARD",
  layer: "dns",
  severity: "error",
  title: { en: "The name server gives the same address for every name", zh: "域名服务器对任何域名都返回同一个地址" },
  meaning: {
    en: "Even invented names are answered, with the address that the target is said to have. A captive portal before sign-in does that, a provider that redirects typing errors, or a router without a connection.",
    zh: "连编造的域名也会得到应答，且与目标的地址相同。登录前的认证门户、劫持错误域名的运营商或断网的路由器会这样做。",
  },
  advice: {
    en: "Open a browser and sign in to the network; otherwise use another name server.",
    zh: "打开浏览器完成网络登录；否则换用其他域名服务器。",
  },
  sources: ["https://www.rfc-editor.org/rfc/rfc8910", "https://www.icann.org/en/system/files/files/sac-032-en.pdf"],
  yieldsTo: ["DNS_HOSTS_OVERRIDE"],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    if (lookup === undefined || lookup.literal || pinned(facts)) return undefined;
    const found = wildcard(facts, lookup);
    if (found === undefined || lookup.addresses.some((one) => one.class === "fake-ip")) return undefined;
    const lost = isLost(beyond(facts));
    const portal: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: "If this is a hotel, airport, guest or campus network: open http://neverssl.com in a browser, sign in, and try again.",
        zh: "如果这是酒店、机场、访客或校园网络：用浏览器打开 http://neverssl.com，完成登录后重试。",
      },
    };
    return {
      confidence: 0.95,
      severity: lost ? "error" : "info",
      evidence: [
        lookupEvidence(lookup),
        {
          en: `the invented name ${found.name} resolves to ${found.address} as well`,
          zh: `编造的域名 ${found.name} 也解析为 ${found.address}`,
        },
        ...beyondEvidence(facts),
      ],
      title: {
        en: `The name server answers ${found.address} for every name`,
        zh: `域名服务器对任何域名都返回 ${found.address}`,
      },
      why: lost
        ? {
            en: `${lookup.host} is not there: the network wants a sign-in first, or its name server redirects everything.`,
            zh: `${lookup.host} 并不在那里：网络要求先登录，或其域名服务器把一切都重定向了。`,
          }
        : {
            en: "What answers there is trusted all the same: a relay for everything, not a fault.",
            zh: "但该地址的应答仍受信任：它转发所有流量，不是故障。",
          },
      fix: lost ? [portal, ...otherServer(ctx, lookup.host), flush(ctx)] : [],
      letter: dnsLetter(ctx, facts, {
        en: `Your name server answers ${found.address} even for names that do not exist. Please let it resolve ${lookup.host} truthfully.`,
        zh: `贵方的域名服务器对不存在的域名也返回 ${found.address}。请让它如实解析 ${lookup.host}。`,
      }),
      explains: EXPLAINS,
    };
  },
};

const FAKE_IP_LOST: Rule = {
  code: "DNS_FAKE_IP_LOST",
  layer: "dns",
  severity: "error",
  title: { en: "A fake address of proxy software leads nowhere", zh: "代理软件的 fake-IP 地址已失效" },
  meaning: {
    en: "Clash, mihomo, sing-box and others hand out addresses such as 198.18.0.5 that only they can route. The address is still remembered, but the software is off, restarted, or no longer takes this machine's traffic.",
    zh: "Clash、mihomo、sing-box 等会分配 198.18.0.5 这类只有它们自己能路由的地址。系统仍记着这个地址，但该软件已关闭、重启过，或不再接管本机流量。",
  },
  advice: {
    en: "Turn the software's TUN mode on again, or turn its DNS off as well; then forget remembered answers.",
    zh: "重新打开该软件的 TUN 模式，或把它的 DNS 也一并关掉；然后清除 DNS 缓存。",
  },
  sources: [
    "https://github.com/Dreamacro/clash/issues/345",
    "https://github.com/Fndroid/clash_for_windows_pkg/issues/4060",
  ],
  says: [/198\.(?:18|19)\.\d+\.\d+/, /fake DNS record/i],
  match(facts, ctx) {
    const lookup = facts["dns.lookup"];
    const connect = facts["tcp.connect"];
    const fake = lookup?.literal === false ? lookup.addresses.find((one) => one.class === "fake-ip") : undefined;
    if (lookup === undefined || connect === undefined || fake === undefined || connect.connects.some(({ ok }) => ok))
      return undefined;
    const stack: Fix = {
      os: "any",
      shell: "any",
      commands: [],
      note: {
        en: "In the proxy software (Clash Verge, mihomo, sing-box, Surge): turn TUN mode off and on again. If you do not use it any more, turn its DNS off too, or set dns.enhanced-mode to redir-host.",
        zh: "在代理软件（Clash Verge、mihomo、sing-box、Surge）中：关闭再打开 TUN 模式。如果已不再使用，请把它的 DNS 也关掉，或把 dns.enhanced-mode 设为 redir-host。",
      },
    };
    const flushFake: Fix = {
      os: "any",
      shell: "sh",
      commands: ["curl -X POST http://127.0.0.1:9090/cache/fakeip/flush"],
      note: {
        en: "mihomo can forget its fake addresses (its controller's address and secret are in its settings).",
        zh: "mihomo 可以清空 fake-IP 缓存（控制器的地址和密钥见其设置）。",
      },
    };
    const where = connect.connects[0];
    return {
      confidence: 0.95,
      evidence: [lookupEvidence(lookup), ...beyondEvidence(facts)],
      title: {
        en: `${lookup.host} has the fake address ${fake.address}, and nothing takes it up`,
        zh: `${lookup.host} 得到 fake-IP 地址 ${fake.address}，但没有程序接管它`,
      },
      why: {
        en: `${fake.address} is no address of the internet: proxy software invents it and has to catch the traffic to it. ${where === undefined ? "It" : place(where.address, where.port)} is caught by nobody now.`,
        zh: `${fake.address} 不是互联网地址，而是代理软件虚构的，必须由它自己接管流量。现在没有任何程序接管它。`,
      },
      fix: [stack, flush(ctx), flushFake],
      explains: EXPLAINS,
    };
  },
};

/** Rules for untrue answers. */
export const DNS_LIE_RULES: readonly Rule[] = [FAKE_IP_LOST, WILDCARD, SINKHOLE, POISONED, UNPUBLISHED];
