// Looks over the proxy settings: what cannot work, what will surprise, what only some programs understand.

import { classOf } from "../address-class.ts";
import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { ProxyDecision, Setting } from "../environment/environment.ts";
import { bypassEntry, entriesOf, type Grammar, grammarOf } from "../environment/no-proxy.ts";
import { noProxy, PROXY_NAMES } from "../environment/proxy-decision.ts";
import { hasScheme, isQuoted, parseProxy, textOf } from "../environment/proxy-url.ts";
import type { Lint } from "../facts/environment.ts";
import type { Looked, Probe } from "../probe.ts";

/** Every grammar of NO_PROXY, with the program that has it. */
const GRAMMARS: readonly (readonly [Grammar, string])[] = [
  ["bun", "claude-code"],
  ["node-fetch", "node 24"],
  ["node-fetch-22", "node 22"],
  ["httpx", "python"],
  ["curl", "curl"],
];
const PYTHON_MS = 2_000;
/** Exit code of the question to Python: there is no socksio. */
const NO_SOCKSIO = 3;

/** The probe. */
export const envProxy: Probe<"env.proxy"> = {
  id: "env.proxy",
  layer: "environment",
  title: { en: "proxy settings", zh: "代理设置" },
  after: [],
  run: look,
};

async function look(ctx: Context): Promise<Looked<"env.proxy">> {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const lints = [
    ...valueLints(ctx, decision),
    ...conflicts(ctx),
    ...noProxyLints(ctx, decision),
    ...wayLints(ctx, decision),
    ...otherPrograms(ctx, decision),
    ...(await socksio(ctx, decision)),
  ];
  const grave = lints.some(({ problem }) => GRAVE.has(problem));
  const status = decision.use === "broken" ? "fail" : grave ? "warn" : "pass";
  return { status, note: noteOf(decision, lints.length), facts: { lints } };
}

/** Problems that are worth a mark on the screen. */
const GRAVE = new Set([
  "password-unencoded",
  "odd-characters",
  "no-proxy-grammar",
  "loopback-through",
  "socksio-missing",
]);

/** Settings of proxy variables that count for the program or for its neighbours. */
function effective(ctx: Context): readonly Setting[] {
  return PROXY_NAMES.flatMap((name) => ctx.environment.variables.get(name)?.effective ?? []);
}

function lint(problem: string, setting: Setting, detail: Lint["detail"] = {}): Lint {
  return { problem, name: setting.name, where: placeText(setting.source), detail };
}

/** host:port of a proxy value, without name and password; undefined when it cannot be read. */
export function proxyPlace(value: string): string | undefined {
  const address = parseProxy(value, { bare: true, percent: true });
  if (typeof address === "string") return undefined;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function valueLints(ctx: Context, decision: ProxyDecision): Lint[] {
  const used = decision.use === "proxy" ? decision.proxy.from : decision.use === "broken" ? decision.by : undefined;
  return effective(ctx).flatMap((setting) => {
    const value = textOf(setting);
    if (value === "") return [];
    const detail = { used: used?.name === setting.name, place: proxyPlace(value) ?? "" };
    const lints: Lint[] = [];
    if (!hasScheme(value) && !isQuoted(value)) lints.push(lint("scheme-missing", setting, detail));
    const scheme = /^\s*([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
    if (scheme?.startsWith("socks")) lints.push(lint("socks", setting, { ...detail, scheme }));
    const unencoded = unencodedIn(value);
    if (unencoded !== "") lints.push(lint("password-unencoded", setting, { ...detail, characters: unencoded }));
    const odd = oddIn(value);
    if (odd !== "") lints.push(lint("odd-characters", setting, { ...detail, characters: odd }));
    if (scheme !== undefined && !/:\d+\/?\s*$/.test(value)) lints.push(lint("port-missing", setting, detail));
    return lints;
  });
}

/** Characters of the name and the password that would have to be written as %XX. */
export function unencodedIn(value: string): string {
  const authority = value.replace(/^\s*[a-z][a-z0-9+.-]*:\/\//i, "");
  const at = authority.lastIndexOf("@");
  if (at < 0) return "";
  const pair = authority.slice(0, at);
  const colon = pair.indexOf(":");
  const password = colon < 0 ? "" : pair.slice(colon + 1);
  const found = [
    ...(pair.match(/[@#/?[\]\\\s^`{}|<>"]|%(?![0-9a-f]{2})/gi) ?? []),
    ...(password.includes(":") ? [":"] : []),
  ];
  return [...new Set(found)].join(" ");
}

/** Quotes, white space, full-width and other characters that no address has, as code points. */
function oddIn(value: string): string {
  const bare = value.replace(/\/\/.*@/, "//");
  const found = bare.match(/[^\x21-\x7e]|["'“”‘’]/g) ?? [];
  return [...new Set(found)]
    .map((one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`)
    .join(" ");
}

// Not HTTP_PROXY against HTTPS_PROXY: two proxies for two kinds of traffic are meant. The two casings of one name are not.
function conflicts(ctx: Context): Lint[] {
  const lints: Lint[] = [];
  for (const [lower, upper] of [
    ["https_proxy", "HTTPS_PROXY"],
    ["http_proxy", "HTTP_PROXY"],
    ["no_proxy", "NO_PROXY"],
  ] as const) {
    const [a, b] = [lower, upper].map((name) => ctx.environment.variables.get(name)?.effective);
    if (a === undefined || b === undefined || sameSource(a, b)) continue;
    const [first, second] = [textOf(a), textOf(b)];
    if (first === second || first.replace(/\/+$/, "") === second.replace(/\/+$/, "")) continue;
    const shown = (text: string) => (lower === "no_proxy" ? text : (proxyPlace(text) ?? "?"));
    lints.push(
      lint("case-conflict", a, {
        other: upper,
        otherWhere: placeText(b.source),
        first: shown(first),
        second: shown(second),
      }),
    );
  }
  for (const name of PROXY_NAMES) {
    const { effective, all = [] } = ctx.environment.variables.get(name) ?? {};
    const read = all.filter(({ source }) => /^(?:shell|shell-profile|claude-.*)$/.test(source.kind));
    const other = effective === undefined ? undefined : read.find((one) => textOf(one) !== textOf(effective));
    if (effective === undefined || other === undefined) continue;
    const [first, second] = [effective, other].map((one) => proxyPlace(textOf(one)) ?? "?") as [string, string];
    lints.push(lint("place-conflict", effective, { otherWhere: placeText(other.source), first, second }));
  }
  return lints;
}

function sameSource(a: Setting, b: Setting): boolean {
  // On Windows both names are one variable.
  return a.value === b.value;
}

function noProxyLints(ctx: Context, decision: ProxyDecision): Lint[] {
  const list = noProxy(ctx.environment.client, (name) => ctx.environment.variables.get(name)?.effective);
  if (list === undefined || decision.use === "direct") return [];
  const { host, port, tls } = ctx.target;
  const own = grammarOf(ctx.environment.client, ctx.machine.nodeVersion);
  const text = textOf(list);
  const others = GRAMMARS.flatMap(([grammar, program]) => {
    const entry = grammar === own ? undefined : bypassEntry(grammar, text, host, port, tls);
    return entry === undefined ? [] : [[program, entry] as const];
  });
  const [first] = others;
  if (first === undefined || bypassEntry(own, text, host, port, tls) !== undefined) return [];
  const entry = entriesOf("httpx", text).find((one) => /\s/.test(one) && one.includes(host)) ?? first[1];
  return [lint("no-proxy-grammar", list, { entry, host, understoodBy: others.map(([program]) => program).join(", ") })];
}

function wayLints(ctx: Context, decision: ProxyDecision): Lint[] {
  if (decision.use !== "proxy") return [];
  const { host } = ctx.target;
  const { proxy } = decision;
  const kind =
    host === "localhost" ? "loopback" : /^[\d.]+$|:/.test(host) ? classOf(host.replace(/^\[|\]$/g, "")) : undefined;
  const place = `${proxy.host}:${proxy.port}`;
  const same = proxy.host === host && proxy.port === ctx.target.port;
  return [
    ...(kind === "loopback" || kind === "private" ? [lint("loopback-through", proxy.from, { host, kind, place })] : []),
    ...(same ? [lint("proxy-is-target", proxy.from, { host, place })] : []),
  ];
}

function otherPrograms(ctx: Context, decision: ProxyDecision): Lint[] {
  const { variables, systemProxy } = ctx.environment;
  const lints: Lint[] = [];
  if (decision.use === "direct" && decision.why === "not-read" && decision.by !== undefined)
    lints.push(
      lint("not-read", decision.by, { place: proxyPlace(textOf(decision.by)) ?? "", client: ctx.environment.client }),
    );
  if (decision.use === "direct" && decision.why !== "no-proxy" && systemProxy !== undefined && !followsSystem(ctx)) {
    const detail = { place: proxyPlace(systemProxy.url ?? "") ?? "", pac: systemProxy.pac ?? "" };
    lints.push({ problem: "system-only", name: "system proxy", where: systemProxy.source, detail });
  }
  const own = decision.use === "proxy" ? `${decision.proxy.host}:${decision.proxy.port}` : "";
  for (const [name, { effective }] of variables) {
    if (!/^(?:npm|git|curl)\..*proxy$/i.test(name) || /no-?proxy/i.test(name) || effective === undefined) continue;
    const place = proxyPlace(textOf(effective));
    if (place !== undefined && place !== own) lints.push(lint("other-program", effective, { place, own }));
  }
  return lints;
}

/** Python takes the system's proxy on macOS and Windows by itself when no variable names one (urllib's getproxies). */
function followsSystem({ environment, machine }: Context): boolean {
  return environment.client === "python" && machine.platform !== "linux";
}

/** Python speaks SOCKS only with another package: asked of the Python on the PATH. */
async function socksio(ctx: Context, decision: ProxyDecision): Promise<Lint[]> {
  if (ctx.environment.client !== "python" || decision.use !== "proxy" || !decision.proxy.scheme.startsWith("socks"))
    return [];
  const python = ctx.machine.findCommand("python3") ?? ctx.machine.findCommand("python");
  if (python === undefined) return [];
  const question = `import importlib.util as u, sys; sys.exit(0 if u.find_spec("socksio") else ${NO_SOCKSIO})`;
  const ran = await ctx.machine.run(python, ["-c", question], PYTHON_MS);
  return ran?.code === NO_SOCKSIO ? [lint("socksio-missing", decision.proxy.from, { python })] : [];
}

function noteOf(decision: ProxyDecision, lints: number): Looked["note"] {
  const more = lints === 0 ? "" : `; ${lints}`;
  if (decision.use === "proxy") {
    const { from, scheme, host, port } = decision.proxy;
    const way = `${scheme}://${host}:${port} (${from.name}, ${placeText(from.source)})`;
    return {
      en: `through ${way}${lints === 0 ? "" : `${more} remarks`}`,
      zh: `经由 ${way}${lints === 0 ? "" : `；${lints} 条提示`}`,
    };
  }
  if (decision.use === "broken")
    return {
      en: `${decision.by.name} cannot be used: ${decision.why}`,
      zh: `${decision.by.name} 无法使用：${decision.why}`,
    };
  if (decision.why === "no-proxy")
    return {
      en: `direct: ${decision.by?.name ?? "NO_PROXY"} names the host`,
      zh: `直连：${decision.by?.name ?? "NO_PROXY"} 包含该主机`,
    };
  if (decision.why === "not-read")
    return {
      en: `direct: ${decision.by?.name ?? "the proxy"} is set, this program does not read it`,
      zh: `直连：设置了 ${decision.by?.name ?? "代理"}，但此程序不读取它`,
    };
  return { en: "direct, no proxy set", zh: "直连，未设置代理" };
}
