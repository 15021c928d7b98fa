// Rules for a proxy that wants a login.

import { setCommand } from "../environment/setting-fix.ts";
import type { TunnelAttempt } from "../facts/proxy.ts";
import type { Rule } from "../finding.ts";
import type { Words } from "../words.ts";
import { formNote, passwordFix, SOURCES } from "./proxy-reading.ts";
import { refusalRule } from "./proxy-refusal.ts";

/** True for a refusal over the password. tinyproxy answers 401 where others answer 407. */
function asksPassword({ status, error }: TunnelAttempt): boolean {
  return status === 407 || status === 401 || error === "SOCKS_AUTH";
}

function onlyOthers({ schemes }: TunnelAttempt): boolean {
  return schemes.length > 0 && !schemes.some((one) => /^basic$/i.test(one));
}

const authRequired = refusalRule({
  code: "PROXY_AUTH_REQUIRED",
  title: { en: "The proxy wants a user name and a password", zh: "代理要求用户名和密码" },
  meaning: {
    en: "The proxy answers 407: it passes nothing on without a name and a password, and the variable holds none.",
    zh: "代理返回 407：没有用户名和密码就不转发任何请求，而变量中没有填写。",
  },
  advice: {
    en: "Put the name and the password into the proxy's URL, special characters encoded as %XX.",
    zh: "把用户名和密码写入代理 URL，特殊字符用 %XX 编码。",
  },
  sources: [SOURCES.network, "https://github.com/anthropics/claude-code/issues/84964"],
  says: [
    /\b407\b.*Proxy Authentication Required/i,
    /Proxy response \(407\)/,
    /ERR_PROXY_TUNNEL.*407/,
    /Received HTTP code 407 from proxy/,
    /Tunnel connection failed: 407/,
  ],
  applies: ({ choice }, failed) =>
    asksPassword(failed) && choice.authorization === undefined && !onlyOthers(failed) ? 0.97 : undefined,
  told: ({ place, set }, failed) => ({
    title: { en: `The proxy ${place} wants a name and a password`, zh: `代理 ${place} 要求用户名和密码` },
    why: {
      en: `It answered ${failed.status ?? "that it wants a login"}${failed.schemes.length === 0 ? "" : ` (${failed.schemes.join(", ")})`}, and ${set} holds neither.`,
      zh: `它返回 ${failed.status ?? "需要登录"}${failed.schemes.length === 0 ? "" : `（${failed.schemes.join("、")}）`}，而 ${set} 中没有填写。`,
    },
  }),
  fix: (view, ctx) => [
    passwordFix(view.choice.from.name, view.place, view.choice.scheme, ctx),
    formNote(view, view.choice.scheme),
  ],
});

const authWrong = refusalRule({
  code: "PROXY_AUTH_WRONG",
  title: { en: "The proxy does not accept the user name and the password", zh: "代理不接受该用户名和密码" },
  meaning: {
    en: "The name and the password in the proxy's URL were sent, and the proxy refused them: a changed or expired password, a locked account, or a password whose special characters are not encoded.",
    zh: "代理 URL 中的用户名和密码已发送，但被代理拒绝：密码已更改或过期、账户被锁定，或密码中的特殊字符没有编码。",
  },
  advice: {
    en: "Enter the present password, with @ # : / % encoded as %40 %23 %3A %2F %25. Several failed tries may lock the account.",
    zh: "填写当前的密码，其中 @ # : / % 分别写作 %40 %23 %3A %2F %25。多次失败可能导致账户被锁定。",
  },
  sources: [SOURCES.network, SOURCES.errors],
  says: [/\b407\b.*Proxy Authentication/i, /Received HTTP code 40[17] from proxy/],
  yieldsTo: ["PROXY_PASSWORD_UNENCODED"],
  applies: ({ choice }, failed) =>
    asksPassword(failed) && choice.authorization !== undefined && !onlyOthers(failed)
      ? failed.sentCredentials
        ? 0.93
        : 0.6
      : undefined,
  told: ({ place, set }, failed) => ({
    title: { en: `The proxy ${place} refuses the name and the password`, zh: `代理 ${place} 拒绝了用户名和密码` },
    why: {
      en: `The ones in ${set} were sent, and it answered ${failed.status ?? "that they are wrong"}.`,
      zh: `已发送 ${set} 中的用户名和密码，它返回 ${failed.status ?? "验证失败"}。`,
    },
  }),
  fix: (view, ctx) => [
    passwordFix(view.choice.from.name, view.place, view.choice.scheme, ctx),
    formNote(view, view.choice.scheme),
  ],
});

const authScheme = refusalRule({
  code: "PROXY_AUTH_SCHEME",
  title: {
    en: "The proxy wants a login that the program cannot do (NTLM, Kerberos, Digest)",
    zh: "代理要求程序不支持的登录方式（NTLM、Kerberos、Digest）",
  },
  meaning: {
    en: "The proxy offers only NTLM, Negotiate (Kerberos) or Digest. Node, Claude Code and most SDKs log in at proxies with Basic only; browsers and Windows programs do the others by themselves, which is why those work.",
    zh: "代理只提供 NTLM、Negotiate（Kerberos）或 Digest。Node、Claude Code 和多数 SDK 只支持 Basic；浏览器和 Windows 程序会自动完成其他方式，因此它们可以使用。",
  },
  advice: {
    en: "Run a small helper on this machine that does that login (px, cntlm), point the variable at it, or ask for an exception for these hosts.",
    zh: "在本机运行能完成该登录的小型代理（px、cntlm），把变量指向它，或申请对这些主机免登录。",
  },
  sources: [SOURCES.network, "https://github.com/genotrance/px", "https://cntlm.sourceforge.net/"],
  says: [/NTLM|Negotiate.*407|407.*(?:NTLM|Negotiate)/i],
  applies: (_view, failed) => (asksPassword(failed) && onlyOthers(failed) ? 0.96 : undefined),
  told: ({ place }, failed) => ({
    title: {
      en: `The proxy ${place} wants ${failed.schemes.join(" or ")}, which the program cannot do`,
      zh: `代理 ${place} 要求 ${failed.schemes.join(" 或 ")}，程序不支持`,
    },
    why: {
      en: `It answered ${failed.status} and offers ${failed.schemes.join(", ")} only; a password in the URL is sent as Basic, which it does not take.`,
      zh: `它返回 ${failed.status}，且只提供 ${failed.schemes.join("、")}；URL 中的密码以 Basic 方式发送，它不接受。`,
    },
  }),
  fix: (view, ctx) => {
    const { choice, place } = view;
    const set = setCommand(ctx.machine.shell, choice.from.name, "http://127.0.0.1:3128");
    const px: Words = {
      en: "px logs in with the account you are logged in with (Windows) or one that it asks for, and offers a proxy without a login at 127.0.0.1:3128.",
      zh: "px 使用当前登录账户（Windows）或按提示输入的账户完成登录，并在 127.0.0.1:3128 提供无需登录的代理。",
    };
    const cntlm: Words = {
      en:
        "Or cntlm: put Username, Domain and `Proxy " +
        place +
        "` into its configuration, and the hashes that `cntlm -H` prints in place of the password.",
      zh:
        "或使用 cntlm：在其配置中填写 Username、Domain 和 `Proxy " + place + "`，并用 `cntlm -H` 输出的哈希代替密码。",
    };
    return [
      {
        os: "any",
        shell: ctx.machine.shell,
        commands: ["pip install px-proxy", `px --proxy=${place} --port=3128`, set],
        note: px,
      },
      { os: "any", shell: "any", commands: ["cntlm -H", "cntlm -v -f"], note: cntlm },
    ];
  },
  ask: ({ place }, failed) => ({
    en: `The proxy ${place} asks for ${failed.schemes.join("/")}. The program can log in with Basic only. Please let these hosts through without a login, or offer Basic for this account.`,
    zh: `代理 ${place} 要求 ${failed.schemes.join("/")} 认证，而该程序只支持 Basic。请对下列主机免认证放行，或为此账户提供 Basic 认证。`,
  }),
});

/** Rules about the proxy's login. */
export const PROXY_LOGIN_RULES: readonly Rule[] = [authRequired, authWrong, authScheme];
