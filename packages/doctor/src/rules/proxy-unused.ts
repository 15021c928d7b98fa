// Rules for a proxy that is set somewhere and that the program does not use.

import type { Context } from "../context.ts";
import type { Setting } from "../environment/environment.ts";
import { bypassEntry, grammarOf } from "../environment/no-proxy.ts";
import { nodeKnowsProxies, proxyDecision } from "../environment/proxy-decision.ts";
import { textOf } from "../environment/proxy-url.ts";
import { here, removal, replacement, setCommand } from "../environment/setting-fix.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import { directFails } from "../probes/proxy-unused.ts";
import type { Words } from "../words.ts";
import { lintOf, program, SOURCES, seenLine, setAt } from "./proxy-reading.ts";

const DIRECT = ["dns.lookup", "tcp.connect", "tls.handshake"];

/** How to make the program use that proxy. */
export function useProxy(ctx: Context, name: string, place: string): Fix[] {
  const { machine, environment } = ctx;
  const { client } = environment;
  const node = client === "node";
  const wanted = node || client === "claude-code" || client === "python" || client === "curl" ? "HTTPS_PROXY" : name;
  const look = (one: string) => environment.variables.get(one)?.effective;
  const set = [wanted, "https_proxy"].map(look).find((one) => one !== undefined && textOf(one) !== "");
  const commands = [
    ...(set === undefined ? [setCommand(machine.shell, wanted, `http://${place}`)] : []),
    ...(node ? [setCommand(machine.shell, "NODE_USE_ENV_PROXY", "1")] : []),
  ];
  const empty = shadow(ctx);
  const pretend = (one: string) =>
    one === "NODE_USE_ENV_PROXY"
      ? { name: one, value: "1", source: { kind: "shell" as const } }
      : one === wanted && set === undefined
        ? { name: one, value: `http://${place}`, source: { kind: "shell" as const } }
        : one === empty?.name
          ? undefined
          : look(one);
  const then = proxyDecision(client, ctx.target.url, pretend, { nodeVersion: machine.nodeVersion });
  const note: Words = { en: `Tell ${program(ctx)} to use the proxy.`, zh: `让 ${program(ctx)} 使用该代理。` };
  const old: Words = {
    en: "The Node that runs this has no setting for it: NODE_USE_ENV_PROXY=1 works from 22.21 and 24 on. Update Node, or give the program's HTTP client a proxy agent (undici's EnvHttpProxyAgent).",
    zh: "当前的 Node 没有该设置：NODE_USE_ENV_PROXY=1 从 22.21 和 24 起才有效。请升级 Node，或为程序的 HTTP 客户端设置代理（undici 的 EnvHttpProxyAgent）。",
  };
  const cannot = node && !nodeKnowsProxies(machine.nodeVersion);
  const fixes: Fix[] = [
    ...(empty === undefined ? [] : [removal(machine, empty, EMPTY)]),
    ...(then.use === "direct" && then.why === "no-proxy" && then.by !== undefined ? [listFix(ctx, then.by)] : []),
    ...(cannot
      ? [
          {
            os: "any",
            shell: "any",
            commands: [],
            note: { en: `${note.en} ${old.en}`, zh: `${note.zh}${old.zh}` },
          } as const,
        ]
      : commands.length > 0
        ? [{ ...here(machine), commands, note }]
        : []),
  ];
  if (client !== "claude-code" || set !== undefined) return fixes;
  const settings: Words = {
    en: `To have it in every session, put "HTTPS_PROXY": "http://${place}" into "env" in ~/.claude/settings.json.`,
    zh: `要在每次会话中生效，请在 ~/.claude/settings.json 的 "env" 中加入 "HTTPS_PROXY": "http://${place}"。`,
  };
  return [...fixes, { os: "any", shell: "any", commands: [], note: settings }];
}

const EMPTY: Words = {
  en: "Though empty, it hides the variable of the same name in capitals.",
  zh: "它虽为空，却遮盖了同名的大写变量。",
};

/** The empty https_proxy that hides HTTPS_PROXY from a program which takes the first that is set at all. */
function shadow({ environment, machine }: Context): Setting | undefined {
  if (environment.client !== "python" && environment.client !== "node") return undefined;
  const look = (name: string) => environment.variables.get(name)?.effective;
  const [lower, upper] = [look("https_proxy"), look("HTTPS_PROXY")];
  // On Windows both names are one variable.
  if (machine.platform === "win32" || lower === undefined || upper === undefined) return undefined;
  return textOf(lower) === "" && textOf(upper) !== "" ? lower : undefined;
}

/** Takes what lets the target past the proxy out of the list. */
function listFix(ctx: Context, list: Setting): Fix {
  const { environment, machine, target } = ctx;
  const grammar = grammarOf(environment.client, machine.nodeVersion);
  const kept = textOf(list)
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "" && bypassEntry(grammar, entry, target.host, target.port, target.tls) === undefined)
    .join(",");
  if (kept === "") return removal(machine, list);
  return replacement(machine, list, () => kept, kept);
}

/** Why the program goes past the proxy that is set, in a sentence. */
function whyPast(ctx: Context, name: string, where: string): Words {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const empty = shadow(ctx);
  if (decision.use === "direct" && decision.why === "no-proxy" && decision.by !== undefined) {
    const { host, port, tls } = ctx.target;
    const grammar = grammarOf(ctx.environment.client, ctx.machine.nodeVersion);
    const entry = bypassEntry(grammar, textOf(decision.by), host, port, tls) ?? "";
    return {
      en: `${name} (${where}) names it, but "${entry}" in ${setAt(decision.by)} sends ${host} past it, and the direct way does not work here.`,
      zh: `它由 ${name}（${where}）设置，但 ${setAt(decision.by)} 中的“${entry}”使 ${host} 绕过它，而直连在此网络中行不通。`,
    };
  }
  if (empty !== undefined && name === "HTTPS_PROXY")
    return {
      en: `${name} (${where}) names it, but ${setAt(empty)} is set to nothing and counts first: the program goes direct, which does not work here.`,
      zh: `它由 ${name}（${where}）设置，但 ${setAt(empty)} 被设为空值且优先生效：程序直连，在此网络中行不通。`,
    };
  return {
    en: `${name} (${where}) names it; the program does not read that and goes direct, which does not work here.`,
    zh: `它由 ${name}（${where}）设置；程序不读取该设置而直连，在此网络中行不通。`,
  };
}

const notUsed: Rule = {
  code: "PROXY_NOT_USED",
  layer: "environment",
  severity: "error",
  title: { en: "The program does not use the proxy that this network needs", zh: "程序没有使用此网络所需的代理" },
  meaning: {
    en: "The program goes direct and does not get through, while a proxy that is set on this machine lets the target through. Node reads proxy variables only when NODE_USE_ENV_PROXY=1 is set; HTTP_PROXY does not count for https addresses in curl and Python; npm and git keep their own setting.",
    zh: "程序直连且无法到达目标，而本机设置的某个代理可以到达。Node 仅在设置 NODE_USE_ENV_PROXY=1 时才读取代理变量；对 https 地址，curl 和 Python 不使用 HTTP_PROXY；npm 和 git 有各自的设置。",
  },
  advice: { en: "Set the proxy where the program reads it.", zh: "在程序会读取的位置设置代理。" },
  sources: [SOURCES.node, SOURCES.network, "https://github.com/nodejs/node/commit/ada34bd0ea"],
  match(facts, ctx) {
    const unused = facts["proxy.unused"];
    if (unused === undefined || unused.system || !unused.attempt.ok || unused.attempt.inner !== undefined)
      return undefined;
    const evidence: Evidence[] = [
      {
        en: `Through it: ${seenLine(unused.attempt, unused.proxy)}`,
        zh: `经由该代理：${seenLine(unused.attempt, unused.proxy)}`,
      },
      directEvidence(
        facts["tcp.connect"]?.connects[0]?.error ??
          facts["dns.lookup"]?.error ??
          facts["tls.handshake"]?.handshakes[0]?.error,
      ),
    ];
    return {
      confidence: 0.93,
      evidence,
      title: {
        en: `The proxy ${unused.proxy} would let it through, but the program does not use it`,
        zh: `代理 ${unused.proxy} 可以到达目标，但程序没有使用它`,
      },
      why: whyPast(ctx, unused.name, unused.where),
      fix: useProxy(ctx, unused.name, unused.proxy),
      explains: DIRECT,
    };
  },
};

const systemOnly: Rule = {
  code: "PROXY_SYSTEM_ONLY",
  layer: "environment",
  severity: "info",
  title: { en: "The system has a proxy that the program does not use", zh: "系统设置了代理，但程序没有使用" },
  meaning: {
    en: "Browsers follow the operating system's proxy or its PAC file; programs in a terminal read variables only. So the browser goes another way than the program, and may work where the program does not.",
    zh: "浏览器使用操作系统的代理或 PAC 文件；终端中的程序只读取环境变量。因此浏览器与程序走的不是同一条路，浏览器能用而程序可能不能用。",
  },
  advice: {
    en: "When the direct way fails, set HTTPS_PROXY to the system's proxy.",
    zh: "如果直连不通，请把 HTTPS_PROXY 设为系统的代理。",
  },
  sources: [
    "https://github.com/anthropics/claude-code/issues/30318",
    "https://github.com/anthropics/claude-code/issues/453",
    SOURCES.network,
  ],
  match(facts, ctx) {
    const lint = lintOf(facts, "system-only");
    const unused = facts["proxy.unused"];
    const through = unused?.system === true && unused.attempt.ok && unused.attempt.inner === undefined;
    if (lint === undefined) return undefined;
    const place = String(lint.detail["place"]);
    const pac = String(lint.detail["pac"]);
    const fails = directFails(facts);
    // A PAC file is a program that the doctor does not run: that it would help is a guess.
    const guess = fails && !through && pac !== "" && place === "";
    if (fails && !through && !guess) return undefined;
    const what = place === "" ? `PAC ${pac}` : place;
    const evidence: Evidence[] = [
      { en: `Proxy of the system (${lint.where}): ${what}`, zh: `系统代理（${lint.where}）：${what}` },
      ...(through && unused !== undefined
        ? [
            {
              en: `Through it: ${seenLine(unused.attempt, unused.proxy)}`,
              zh: `经由该代理：${seenLine(unused.attempt, unused.proxy)}`,
            },
          ]
        : []),
    ];
    const pacNote: Words = {
      en: `Open ${pac} in an editor: the word after PROXY is the host:port to set.`,
      zh: `用编辑器打开 ${pac}：PROXY 之后的内容就是要设置的 host:port。`,
    };
    return {
      confidence: through ? 0.92 : guess ? 0.55 : 0.9,
      severity: fails ? "error" : "info",
      evidence,
      title: fails
        ? {
            en: "Only the system's proxy gets through, and the program does not use it",
            zh: "只有系统代理能到达目标，而程序没有使用它",
          }
        : { en: "The system has a proxy that the program does not use", zh: "系统设置了代理，但程序没有使用" },
      why: fails
        ? {
            en: `The program goes direct and fails; the system's settings name ${what}, which programs in a terminal do not read.`,
            zh: `程序直连失败；系统设置中的代理为 ${what}，而终端中的程序不会读取它。`,
          }
        : {
            en: `The direct way works. Browsers on this machine go through ${what}: they may behave differently.`,
            zh: `直连可用。本机浏览器经由 ${what}：其表现可能不同。`,
          },
      fix: fails
        ? place === ""
          ? [{ os: "any", shell: "any", commands: [], note: pacNote }]
          : useProxy(ctx, "HTTPS_PROXY", place)
        : [],
      explains: fails ? DIRECT : [],
    };
  },
};

const notRead: Rule = {
  code: "PROXY_NOT_READ",
  layer: "environment",
  severity: "info",
  title: { en: "A proxy variable is set that the program does not read", zh: "设置了代理变量，但程序不读取它" },
  meaning: {
    en: "The variable is there, and this program goes direct all the same: Node without NODE_USE_ENV_PROXY=1, curl and Python with HTTP_PROXY for an https address, Claude Code with ALL_PROXY.",
    zh: "变量已设置，但该程序仍然直连：例如没有 NODE_USE_ENV_PROXY=1 的 Node、对 https 地址使用 HTTP_PROXY 的 curl 和 Python、只设置 ALL_PROXY 的 Claude Code。",
  },
  advice: { en: "Nothing to do while the direct way works.", zh: "直连可用时无需处理。" },
  sources: [SOURCES.node, SOURCES.network],
  yieldsTo: ["PROXY_NOT_USED"],
  match(facts, ctx) {
    const lint = lintOf(facts, "not-read");
    if (lint === undefined) return undefined;
    const place = String(lint.detail["place"]);
    const readable = place !== "";
    return {
      confidence: 0.95,
      evidence: [
        readable
          ? { en: `${lint.name} (${lint.where}): ${place}`, zh: `${lint.name}（${lint.where}）：${place}` }
          : {
              en: `${lint.name} (${lint.where}): its value cannot be read as the address of a proxy`,
              zh: `${lint.name}（${lint.where}）：其值无法解读为代理地址`,
            },
      ],
      title: { en: `${lint.name} is set and not read`, zh: `设置了 ${lint.name}，但不会被读取` },
      why: {
        en: `${program(ctx)} goes direct in spite of it.`,
        zh: `尽管如此，${program(ctx)} 仍然直连。`,
      },
      fix: !directFails(facts) ? [] : readable ? useProxy(ctx, lint.name, place) : [unreadable(lint.name, lint.where)],
      explains: [],
    };
  },
};

/** What to do with a value in which no address can be found: nothing of it may be put anywhere else. */
function unreadable(name: string, where: string): Fix {
  const note: Words = {
    en: `Write ${name} (${where}) as http://host:port, or remove it if this network needs no proxy.`,
    zh: `把 ${name}（${where}）写成 http://主机:端口；如果此网络不需要代理，请删除它。`,
  };
  return { os: "any", shell: "any", commands: [], note };
}

const otherProgram: Rule = {
  code: "PROXY_OTHER_PROGRAMS",
  layer: "environment",
  severity: "info",
  title: { en: "npm, git or curl use another proxy than the program", zh: "npm、git 或 curl 使用的代理与程序不同" },
  meaning: {
    en: "The tools' own settings name another proxy, so that installing packages works while the program fails, or the other way round.",
    zh: "这些工具自己的设置中是另一个代理，因此可能安装软件包正常而程序失败，或者相反。",
  },
  advice: { en: "Use the one that works for both.", zh: "统一使用可用的那个。" },
  sources: [
    "https://docs.npmjs.com/cli/using-npm/config#https-proxy",
    "https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpproxy",
  ],
  yieldsTo: ["PROXY_NOT_USED"],
  match(facts) {
    const lints = (facts["env.proxy"]?.lints ?? []).filter(({ problem }) => problem === "other-program");
    const [first] = lints;
    if (first === undefined) return undefined;
    return {
      confidence: 0.9,
      evidence: lints.map(
        ({ name, where, detail }): Evidence => ({
          en: `${name} (${where}): ${detail["place"]}`,
          zh: `${name}（${where}）：${detail["place"]}`,
        }),
      ),
      title: {
        en: `${first.name} names another proxy than the program uses`,
        zh: `${first.name} 与程序使用的代理不同`,
      },
      why: {
        en: `The program uses ${first.detail["own"] === "" ? "none" : first.detail["own"]}.`,
        zh: `程序使用的代理：${first.detail["own"] === "" ? "无" : first.detail["own"]}。`,
      },
      fix: [],
      explains: [],
    };
  },
};

function directEvidence(error: string | undefined): Evidence {
  return { en: `Directly: ${error ?? "no connection"}`, zh: `直连：${error ?? "无法连接"}` };
}

/** Rules about proxies that are not used. */
export const PROXY_UNUSED_RULES: readonly Rule[] = [notUsed, systemOnly, notRead, otherProgram];
