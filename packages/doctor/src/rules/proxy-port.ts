// Rules for a proxy that is not there, or that shows a certificate which is not accepted.

import type { Context } from "../context.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import { hostsOf, isLocal, lintOf, type ProxyView, SOURCES, viewOf, withoutProxy } from "./proxy-reading.ts";
import { useFile } from "./root-fixes.ts";

/** What fails because of the proxy's port. */
const BEHIND = ["proxy.tunnel", "proxy.tls", "tls.handshake", "http.hello"];
/** Said of taking the proxy away. */
export const DIRECT_ONLY: Words = {
  en: "Only when this network reaches the internet without a proxy.",
  zh: "仅当此网络无需代理即可访问互联网时。",
};

const unreachable: Rule = {
  code: "PROXY_UNREACHABLE",
  layer: "proxy",
  severity: "error",
  title: { en: "The proxy cannot be reached", zh: "无法连接代理" },
  meaning: {
    en: "The program is told to use a proxy, and nothing answers at the proxy's address: the proxy program is not running, listens on another port, or lies in a network that this machine is not in at the moment.",
    zh: "程序被设置为使用代理，但代理地址没有响应：代理程序没有运行、监听的是另一个端口，或者代理所在的网络此刻无法到达。",
  },
  advice: {
    en: "Start the proxy program, correct the port, or connect the VPN that the proxy belongs to. If the proxy is no longer needed, take the variable away.",
    zh: "启动代理程序、改正端口，或连接代理所属的 VPN。如果已不再需要代理，请删除该变量。",
  },
  sources: [SOURCES.network, SOURCES.errors],
  says: [
    /ERR_PROXY_CONNECTION_FAILED/,
    /Cannot connect to proxy/i,
    /Failed to connect to .* port \d+ .*proxy/i,
    /Unable to connect to proxy/i,
    /UND_ERR_PRX_CONN/,
  ],
  match(facts, ctx) {
    const view = viewOf(facts, ctx);
    const connect = facts["tcp.connect"];
    if (
      view === undefined ||
      connect?.to !== "proxy" ||
      connect.connects.length === 0 ||
      connect.connects.some(({ ok }) => ok)
    )
      return undefined;
    const { choice, place, set } = view;
    const local = isLocal(choice.host);
    const evidence = connect.connects.map(({ address, port, error, ms }): Evidence => {
      const at = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
      return { en: `TCP to ${at}: ${error} after ${ms} ms`, zh: `TCP 连接 ${at}：${error}（${ms} 毫秒）` };
    });
    const portless = lintOf(facts, "port-missing", ({ name }) => name === choice.from.name) !== undefined;
    const port: Fix[] = portless
      ? [
          {
            os: "any",
            shell: "any",
            commands: [],
            note: {
              en: `${choice.from.name} names no port, so ${choice.port} is taken: write the proxy's port behind its address (often 3128, 8080 or 7890).`,
              zh: `${choice.from.name} 没有写端口，因此使用 ${choice.port}：请在地址后写上代理的端口（常见为 3128、8080、7890）。`,
            },
          },
        ]
      : [];
    const refused = connect.connects.some(({ error }) => error === "ECONNREFUSED");
    const why: Words =
      local && refused
        ? {
            en: `${set} sends everything to ${place}, and no program on this machine listens there. The proxy program is not running or uses another port.`,
            zh: `${set} 把所有请求发往 ${place}，但本机没有程序在该端口监听。代理程序未运行，或使用了别的端口。`,
          }
        : {
            en: `${set} sends everything to ${place}, and the connection to it does not come about (${connect.connects[0]?.error}).`,
            zh: `${set} 把所有请求发往 ${place}，但无法与它建立连接（${connect.connects[0]?.error}）。`,
          };
    const title: Words = local
      ? { en: `No proxy runs at ${place}`, zh: `${place} 上没有代理在运行` }
      : { en: `The proxy ${place} cannot be reached`, zh: `无法连接代理 ${place}` };
    const fix: Fix[] = local
      ? [...port, ...listeners(ctx, choice.port), withoutProxy(choice.from, ctx, DIRECT_ONLY)]
      : [...port, reach(view), withoutProxy(choice.from, ctx, DIRECT_ONLY)];
    return { confidence: 0.95, evidence, title, why, fix, explains: ["tcp.connect", ...BEHIND] };
  },
};

/** What listens on this machine, to find the proxy's real port. */
export function listeners(ctx: Context, port: number): Fix[] {
  const note: Words = {
    en: `Start the proxy program (Clash, V2Ray, cntlm…). If it runs, see which port it listens on, and write that port into the variable in place of ${port}.`,
    zh: `启动代理程序（Clash、V2Ray、cntlm 等）。如果它已在运行，查看它监听的端口，并用该端口替换变量中的 ${port}。`,
  };
  switch (ctx.machine.platform) {
    case "darwin":
      return [{ os: "macos", shell: "sh", commands: ["lsof -nP -iTCP -sTCP:LISTEN"], note }];
    case "win32":
      return [
        {
          os: "windows",
          shell: "powershell",
          commands: [
            "Get-NetTCPConnection -State Listen | Sort-Object LocalPort | Select-Object LocalAddress, LocalPort, OwningProcess",
          ],
          note,
        },
      ];
    case "linux": {
      const wsl: Words = {
        en: `${note.en} In WSL a proxy on the Windows side is not at 127.0.0.1, except with networkingMode=mirrored in .wslconfig.`,
        zh: `${note.zh}在 WSL 中，Windows 侧的代理不在 127.0.0.1 上，除非 .wslconfig 中设置了 networkingMode=mirrored。`,
      };
      const box: Words = {
        en: `${note.en} In a container 127.0.0.1 is the container itself: use host.docker.internal for a proxy on the host.`,
        zh: `${note.zh}在容器中 127.0.0.1 是容器自身：宿主机上的代理请用 host.docker.internal。`,
      };
      return [
        {
          os: "linux",
          shell: "sh",
          commands: ["ss -ltnp"],
          note: ctx.machine.wsl ? wsl : ctx.machine.container ? box : note,
        },
      ];
    }
  }
}

function reach(view: ProxyView): Fix {
  const note: Words = {
    en: `Check the address ${view.place} with whoever runs the proxy; connect the company network or the VPN that it lies in.`,
    zh: `向代理管理员核对地址 ${view.place}；连接它所在的公司网络或 VPN。`,
  };
  return { os: "any", shell: "any", commands: [], note };
}

const certUntrusted: Rule = {
  code: "PROXY_CERT_UNTRUSTED",
  layer: "proxy",
  severity: "error",
  title: { en: "The proxy's own certificate is not accepted", zh: "代理自身的证书未被接受" },
  meaning: {
    en: "The proxy is spoken to over TLS, and the program does not accept the proxy's certificate: its issuer is unknown to the program, it is out of date, or it is for another name than the one in the variable.",
    zh: "与代理的通信使用 TLS，而程序不接受代理的证书：签发者未知、证书过期，或证书名称与变量中的名称不符。",
  },
  advice: {
    en: "Trust the issuer's root in the program, use the name that is in the certificate, or speak to the proxy by http:// if it has such a port.",
    zh: "让程序信任签发者的根证书、使用证书中的名称；如果代理有 http:// 端口，也可以改用。",
  },
  sources: ["https://github.com/anthropics/claude-code/issues/16873", SOURCES.network],
  match(facts, ctx) {
    const view = viewOf(facts, ctx);
    const tls = facts["proxy.tls"];
    if (view === undefined || tls === undefined || tls.ok || tls.issuer === undefined) return undefined;
    const { place, choice } = view;
    const wrongName = tls.error === "ERR_TLS_CERT_ALTNAME_INVALID";
    const evidence: Evidence[] = [
      {
        en: `Certificate of ${place}: ${tls.subject}, issued by ${tls.issuer}, until ${tls.notAfter}: ${tls.error}`,
        zh: `${place} 的证书：${tls.subject}，签发者 ${tls.issuer}，有效期至 ${tls.notAfter}：${tls.error}`,
      },
    ];
    const name = (tls.names ?? [])[0];
    const look: Fix = {
      os: "any",
      shell: "any",
      commands: [`openssl s_client -showcerts -connect ${place} </dev/null`],
      note: {
        en: "This shows what the proxy sends; do not trust a certificate only because it was sent.",
        zh: "此命令显示代理发送的证书；不要仅因为收到证书就信任它。",
      },
    };
    const outOfDate = tls.error === "CERT_HAS_EXPIRED" || tls.error === "CERT_NOT_YET_VALID";
    const dates: Fix = {
      os: "any",
      shell: "any",
      commands: ctx.machine.platform === "win32" ? [] : ["date -u"],
      note: {
        en: `See first whether this machine's clock is right. If it is, whoever runs the proxy has to renew its certificate; the letter says so.`,
        zh: "先检查本机时钟是否准确。若准确，则需由代理管理者更新其证书；可发送附带的说明。",
      },
    };
    const issuer = /(?:^|, )CN=([^,]+)/.exec(tls.issuer)?.[1] ?? tls.issuer;
    const fix = outOfDate ? [dates] : wrongName ? [] : [...useFile(ctx, issuer), look];
    const named: Fix[] =
      wrongName && name !== undefined
        ? [
            {
              os: "any",
              shell: "any",
              commands: [],
              note: {
                en: `The certificate is for ${(tls.names ?? []).join(", ")}: use such a name in ${choice.from.name} in place of ${choice.host}.`,
                zh: `证书适用于 ${(tls.names ?? []).join("、")}：请在 ${choice.from.name} 中用该名称代替 ${choice.host}。`,
              },
            },
          ]
        : [];
    return {
      confidence: 0.95,
      evidence,
      title: { en: `The certificate of the proxy ${place} is not accepted`, zh: `代理 ${place} 的证书未被接受` },
      why: {
        en: `The program stops before it asks the proxy for anything: ${tls.error}.`,
        zh: `程序在向代理发出任何请求之前就停止了：${tls.error}。`,
      },
      fix: [...named, ...fix],
      letter: {
        ask: {
          en: outOfDate
            ? `The certificate of the proxy ${place} is valid until ${tls.notAfter} only. Please renew it.`
            : `Please send the root certificate (PEM) that issued the certificate of the proxy ${place}, or correct that certificate.`,
          zh: outOfDate
            ? `代理 ${place} 的证书有效期至 ${tls.notAfter}，请更新。`
            : `请提供签发代理 ${place} 证书的根证书（PEM），或更正该证书。`,
        },
        hosts: hostsOf(ctx),
        seen: evidence.map(({ en }) => en),
      },
      explains: BEHIND,
    };
  },
};

/** Rules about reaching the proxy. */
export const PROXY_PORT_RULES: readonly Rule[] = [unreachable, certUntrusted];
