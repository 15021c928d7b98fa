// What the proxy's facts come to, in words, and the fixes that several rules share.

import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { ProxyChoice, Setting } from "../environment/environment.ts";
import { here, quoted, removal, replacement, setCommand } from "../environment/setting-fix.ts";
import type { Lint } from "../facts/environment.ts";
import type { ProxyTunnelFacts, TunnelAttempt } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Letter } from "../finding.ts";
import { placeOf } from "../wire/proxy-attempt.ts";
import type { Words } from "../words.ts";

/** Pages that rules about proxies rest on. */
export const SOURCES = {
  network: "https://code.claude.com/docs/en/network-config",
  errors: "https://code.claude.com/docs/en/errors",
  connect: "https://www.rfc-editor.org/rfc/rfc9110#name-connect",
  socks: "https://www.rfc-editor.org/rfc/rfc1928",
  node: "https://nodejs.org/api/http.html#built-in-proxy-support",
  squid: "https://wiki.squid-cache.org/SquidFaq/SquidErrors",
} as const;

/** What Claude and Claude Code need (https://code.claude.com/docs/en/network-config). */
const ANTHROPIC_HOSTS = [
  "api.anthropic.com:443",
  "platform.claude.com:443",
  "claude.ai:443",
  "claude.com:443",
  "downloads.claude.ai:443",
];

/** Everything of the layer in one place; undefined when the program uses no proxy. */
export interface ProxyView {
  readonly choice: ProxyChoice;
  readonly place: string;
  /** `HTTPS_PROXY (~/.zshrc:3)`. */
  readonly set: string;
  readonly tunnel: ProxyTunnelFacts | undefined;
  /** The try that failed; undefined when it did not, or was not made. */
  readonly failed: TunnelAttempt | undefined;
}

/** Reads the facts of the program's proxy. */
export function viewOf(facts: Facts, ctx: Context): ProxyView | undefined {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  if (decision.use !== "proxy") return undefined;
  const choice = decision.proxy;
  const tunnel = facts["proxy.tunnel"];
  const failed = tunnel === undefined || tunnel.target.ok ? undefined : tunnel.target;
  return { choice, place: placeOf(choice.host, choice.port), set: setAt(choice.from), tunnel, failed };
}

/** Name of a setting with its place. */
export function setAt(setting: Pick<Setting, "name" | "source">): string {
  return `${setting.name} (${placeText(setting.source)})`;
}

/** Name of the program that the doctor goes as. */
export function program(ctx: Context): string {
  return { node: "Node", "claude-code": "Claude Code", python: "Python", curl: "curl" }[ctx.environment.client];
}

/** The value of a variable that counts. */
export function settingOf(ctx: Context, name: string): Setting | undefined {
  return ctx.environment.variables.get(name)?.effective;
}

/** The remark of that kind about the settings. */
export function lintOf(facts: Facts, problem: string, test: (lint: Lint) => boolean = () => true): Lint | undefined {
  return facts["env.proxy"]?.lints.find((one) => one.problem === problem && test(one));
}

/** True for 127.0.0.0/8, ::1 and localhost: the proxy is a program on this machine. */
export function isLocal(host: string): boolean {
  return /^(?:127\.|localhost$|::1$|\[::1\]$)/.test(host);
}

/** One try as a line of a letter, in no language. */
export function seenLine(attempt: TunnelAttempt, place: string): string {
  const said = attempt.status === undefined ? (attempt.error ?? "ok") : `${attempt.status}`;
  const headers = attempt.headers.map(([name, value]) => `${name}: ${value}`);
  const inner = attempt.inner === undefined ? "" : `, TLS inside: ${attempt.inner}`;
  const more = [
    ...headers,
    ...(attempt.schemes.length === 0 ? [] : [`Proxy-Authenticate: ${attempt.schemes.join(", ")}`]),
  ];
  return `CONNECT ${attempt.to} via ${place}: ${said}${inner}${more.length === 0 ? "" : ` (${more.join("; ")})`}, ${attempt.ms} ms`;
}

/** The tries as evidence: the target, then what it was compared with. */
export function evidenceOf(view: ProxyView): Evidence[] {
  const { tunnel, place } = view;
  if (tunnel === undefined) return [];
  const told = (attempt: TunnelAttempt, en: string, zh: string): Evidence[] => [
    { en: `${en}: ${seenLine(attempt, place)}`, zh: `${zh}：${seenLine(attempt, place)}` },
  ];
  const { target, bare, control, port443, past } = tunnel;
  return [
    ...told(target, "Asked for the target", "请求目标"),
    ...(target.page === undefined
      ? []
      : [
          {
            en: `The page that came with it: "${target.page.slice(0, 160)}"`,
            zh: `随之返回的页面：“${target.page.slice(0, 160)}”`,
          },
        ]),
    ...(bare === undefined ? [] : told(bare, "Without the password", "不带密码")),
    ...(control === undefined ? [] : told(control, "Another host for comparison", "作对比的另一主机")),
    ...(port443 === undefined ? [] : told(port443, "The same host at port 443", "同一主机的 443 端口")),
    ...(past === undefined ? [] : [pastEvidence(past)]),
  ];
}

function pastEvidence({ ok, ms, error }: NonNullable<ProxyTunnelFacts["past"]>): Evidence {
  return ok
    ? { en: `Past the proxy the target answers (${ms} ms)`, zh: `绕过代理可以连到目标（${ms} 毫秒）` }
    : { en: `Past the proxy the target does not answer either (${error})`, zh: `绕过代理也连不上目标（${error}）` };
}

/** For whoever runs the proxy. */
export function letterOf(view: ProxyView, ctx: Context, ask: Words): Letter {
  const { tunnel, place } = view;
  const tries = tunnel === undefined ? [] : [tunnel.target, tunnel.bare, tunnel.control, tunnel.port443];
  const seen = tries.flatMap((one) => (one === undefined ? [] : [seenLine(one, place)]));
  return { ask, hosts: hostsOf(ctx), seen };
}

/** host:port of everything that the platform needs. */
export function hostsOf(ctx: Context): readonly string[] {
  const own = placeOf(ctx.target.host, ctx.target.port);
  if (ctx.target.platform !== "anthropic") return [own];
  return [...new Set([own, ...ANTHROPIC_HOSTS])];
}

/** Gives the proxy's variable another scheme or port, keeping the rest. */
export function addressFix(view: ProxyView, ctx: Context, scheme: string, port = view.choice.port): Fix {
  const { choice } = view;
  const change = (before: string) =>
    before
      .trim()
      .replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?/i, `${scheme}://`)
      .replace(/:\d+\/?$/, `:${port}`);
  const shown = choice.authorization === undefined ? `${scheme}://${placeOf(choice.host, port)}` : undefined;
  return replacement(ctx.machine, choice.from, change, shown);
}

/** What the value has to look like, when it holds a password and cannot be printed. */
export function formNote(view: ProxyView, scheme: string): Fix {
  const form = `${scheme}://NAME:PASSWORD@${view.place}`;
  return {
    os: "any",
    shell: "any",
    commands: [],
    note: { en: `The value has the form ${form}`, zh: `其形式为 ${form}` },
  };
}

/** Takes the variable away: the program then goes direct. */
export function withoutProxy(setting: Setting, ctx: Context, more: Words): Fix {
  return removal(ctx.machine, setting, more);
}

/** Lets the target past the proxy: NO_PROXY with what it has already. */
export function pastFix(ctx: Context, entries: readonly string[], note: Words): Fix {
  const { environment, machine } = ctx;
  const setting = ["no_proxy", "NO_PROXY"]
    .flatMap((name) => environment.variables.get(name)?.effective ?? [])
    .find((one) => String(one.value) !== "");
  const before =
    setting === undefined
      ? []
      : String(setting.value)
          .split(/[,\s]+/)
          .filter((one) => one !== "");
  const list = [...new Set([...before, ...entries])].join(",");
  if (setting !== undefined) {
    const fix = replacement(machine, setting, () => list, list);
    return { ...fix, note: { en: `${note.en} ${fix.note.en}`, zh: `${note.zh}${fix.note.zh}` } };
  }
  return { ...here(machine), commands: [setCommand(machine.shell, "NO_PROXY", list)], note };
}

/** Commands that ask for the password and write it encoded into the proxy's variable; nothing secret is typed into a command. */
export function passwordFix(name: string, place: string, scheme: string, ctx: Context): Fix {
  const note = {
    en: `Asks for the password without showing it, encodes it and sets ${name}. Replace NAME by your user name (encoded too when it holds a special character).`,
    zh: `输入密码（不显示），编码后写入 ${name}。请将 NAME 换成您的用户名（其中若有特殊字符同样需要编码）。`,
  };
  const encode = `node -e 'process.stdin.on("data", d => process.stdout.write(encodeURIComponent(String(d))))'`;
  switch (ctx.machine.shell) {
    case "powershell": {
      const value = `"${scheme}://NAME:$([uri]::EscapeDataString($p))@${place}"`;
      return {
        os: "any",
        shell: "powershell",
        commands: ["$p = Read-Host 'Proxy password'", `$env:${name} = ${value}`, "Remove-Variable p"],
        note,
      };
    }
    case "fish":
      return {
        os: "any",
        shell: "fish",
        commands: [
          "read --silent --local p",
          `set -gx ${name} "${scheme}://NAME:"(string escape --style=url -- $p)"@${place}"`,
        ],
        note,
      };
    case "cmd":
      return {
        os: "any",
        shell: "cmd",
        commands: [`set ${name}=${scheme}://NAME:ENCODED_PASSWORD@${place}`],
        note: {
          en: "In the password write %40 for @, %23 for #, %3A for :, %2F for /, %25 for %.",
          zh: "密码中：@ 写作 %40，# 写作 %23，: 写作 %3A，/ 写作 %2F，% 写作 %25。",
        },
      };
    case "sh":
      return {
        os: "any",
        shell: "sh",
        commands: [
          "IFS= read -rs P",
          `export ${name}="${scheme}://NAME:$(printf %s "$P" | ${encode})@${place}"; unset P`,
        ],
        note,
      };
  }
}

/** A line that tries the proxy with curl, to see the fix work. */
export function tryCommand(view: ProxyView, ctx: Context): string {
  return `curl -sS -o /dev/null -w '%{http_connect} %{http_code}\\n' -x ${quoted(ctx.machine.shell, `${view.choice.scheme}://${view.place}`)} ${ctx.target.url.origin}/`;
}

/** Such as "SSH-2.0-OpenSSH_"; what is no text stays in hex. */
export function bytesOf(hex: string | undefined): string | undefined {
  if (hex === undefined) return undefined;
  const text = Buffer.from(hex, "hex").toString("latin1").trimEnd();
  return /^[\x20-\x7e]{4,}$/.test(text) ? `"${text}"` : hex;
}
