// Rules about keys and tokens that the API or a gateway refuses.

import type { Context } from "../context.ts";
import { askCommand, moveCommands, removal } from "../environment/setting-fix.ts";
import type { CredentialFacts } from "../facts/credentials.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Fix, Rule } from "../finding.ts";
import { helloOf, keyedOf } from "../http/reading.ts";
import { advise, exchangeRule, PAGES } from "./exchange-rule.ts";

/** How the value is written down explains a refusal better than the refusal does. */
const WRITTEN = [
  "ENV_EMPTY_CREDENTIAL",
  "ENV_KEY_PLACEHOLDER",
  "ENV_KEY_QUOTED",
  "ENV_KEY_WHITESPACE",
  "ENV_KEY_BAD_CHARACTERS",
  "ENV_KEY_FOREIGN",
  "ENV_KEY_WRONG_VARIABLE",
  "ENV_BEARER_TYPED",
];
/** Says more than that it was refused. */
const PLAINER = [
  "AUTH_WRONG_HEADER",
  "AUTH_EXPIRED_TOKEN",
  "AUTH_KEY_FOR_OTHER_HOST",
  "AUTH_CORS",
  "AUTH_OAUTH_NOT_ALLOWED",
  "AUTH_ORG_DISABLED",
];
const CLOUDS = new Set(["aws", "google"]);

/** The credential that was refused by somebody who speaks for Claude; a cloud's own refusals have their own rules. */
function refusedKey(facts: Facts): CredentialFacts | undefined {
  const seen = facts["credentials.accepted"];
  return seen?.outcome === "rejected" && !CLOUDS.has(seen.exchange.author) ? seen : undefined;
}

function setWhere({ name, where, header }: CredentialFacts): Evidence {
  return { en: `${name} (${where}) was sent as ${header}`, zh: `${name}（${where}）以 ${header} 请求头发送` };
}

/** Put another value in: the user types it, so that it is in no command. */
function newKey(ctx: Context, { name, where }: CredentialFacts): Fix[] {
  const shell = ctx.machine.shell;
  const note =
    ctx.target.platform === "anthropic"
      ? {
          en: `Make a new key at ${PAGES.keys} and put it in where ${name} is set (${where}).`,
          zh: `在 ${PAGES.keys} 创建新密钥，替换 ${name} 的值（${where}）。`,
        }
      : {
          en: `Get a valid key from whoever runs ${ctx.target.host} and put it in where ${name} is set (${where}).`,
          zh: `向 ${ctx.target.host} 的运营者索取有效密钥，替换 ${name} 的值（${where}）。`,
        };
  return where === "environment" || ctx.environment.credentials[0]?.setting.source.kind === "shell"
    ? [{ os: "any", shell, commands: [askCommand(shell, name)], note }]
    : [{ os: "any", shell: "any", commands: [], note }];
}

/** The rules. */
export const CREDENTIAL_KEY_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "AUTH_INVALID_KEY",
      layer: "credentials",
      severity: "error",
      title: { en: "The key is not valid", zh: "密钥无效" },
      meaning: {
        en: "The request arrived, and the key in it is unknown there: mistyped, revoked, deleted or of another organisation or gateway.",
        zh: "请求已到达，但对端不认识其中的密钥：可能输入有误、已被吊销或删除，或属于其他组织或网关。",
      },
      advice: {
        en: "Make a new key, and look whether an old one is set somewhere else and wins.",
        zh: "请创建新密钥，并检查别处是否还设置了优先级更高的旧密钥。",
      },
      sources: [PAGES.errors, "https://fixerror-dev.pages.dev/anthropic/authentication-error/"],
      says: [/invalid x-api-key/i, /Invalid API key/i, /Invalid bearer token/i, /authentication_error/],
      yieldsTo: [...WRITTEN, ...PLAINER, "ENV_MANAGED_KEY_HELPER"],
    },
    (facts, ctx) => {
      const seen = refusedKey(facts);
      if (seen === undefined) return undefined;
      return {
        by: [seen.exchange],
        evidence: [setWhere(seen)],
        confidence: 0.9,
        title: { en: `${seen.name} is not valid`, zh: `${seen.name} 无效` },
        fix: newKey(ctx, seen),
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_EXPIRED_TOKEN",
      layer: "credentials",
      severity: "error",
      title: { en: "The token has expired", zh: "令牌已过期" },
      meaning: {
        en: "Tokens of a login hold for some hours, and this one is over. Unlike keys they have to be renewed.",
        zh: "登录令牌只在数小时内有效，这一个已经过期。与密钥不同，令牌需要更新。",
      },
      advice: {
        en: "Sign in again, or make a long-lived token with claude setup-token.",
        zh: "请重新登录，或用 claude setup-token 创建长期令牌。",
      },
      sources: [PAGES.codeErrors, "https://code.claude.com/docs/en/authentication"],
      says: [/OAuth token has expired/i, /token (?:has|is) expired/i, /OAuth token revoked/i],
      yieldsTo: WRITTEN,
    },
    (facts, ctx) => {
      const seen = facts["credentials.accepted"];
      if (seen?.outcome !== "rejected" || seen.exchange.author === "aws") return undefined;
      const message = seen.exchange.errorMessage ?? "";
      const google = seen.exchange.author === "google";
      if (!google && !/expired|revoked/i.test(message)) return undefined;
      const fix = google
        ? [advise("Get a new token.", "获取新的令牌。", ["gcloud auth application-default login"])]
        : ctx.environment.client === "claude-code"
          ? [
              advise(
                "Make a token that holds for a year and put it in where the old one is set, or sign in with /login.",
                "创建有效期一年的令牌并替换旧值，或用 /login 登录。",
                ["claude setup-token"],
              ),
            ]
          : newKey(ctx, seen);
      const key = seen.kind === "api-key" && !google;
      return {
        by: [seen.exchange],
        evidence: [setWhere(seen)],
        fix,
        ...(key
          ? {
              title: { en: `${seen.name} has expired or was revoked`, zh: `${seen.name} 已过期或已被吊销` },
              why: {
                en: "The key was good once: somebody revoked it, or the date that was set for it has passed.",
                zh: "该密钥曾经有效：有人吊销了它，或已过其设定的有效期。",
              },
            }
          : {}),
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_WRONG_HEADER",
      layer: "credentials",
      severity: "error",
      title: { en: "The credential is right, but goes in the wrong header", zh: "凭据正确，但放错了请求头" },
      meaning: {
        en: "ANTHROPIC_API_KEY leaves as x-api-key, ANTHROPIC_AUTH_TOKEN as Authorization: Bearer. This far end reads only the other one.",
        zh: "ANTHROPIC_API_KEY 以 x-api-key 发送，ANTHROPIC_AUTH_TOKEN 以 Authorization: Bearer 发送。对端只读取另一种。",
      },
      advice: {
        en: "Set the same value under the other variable and remove the first.",
        zh: "把同一个值设到另一个变量，并移除原来的变量。",
      },
      sources: [PAGES.gateway],
      says: [/401.*(?:Authorization|Bearer|x-api-key).*(?:missing|required)/i],
      yieldsTo: ["ENV_KEY_WRONG_VARIABLE", "ENV_BEARER_TYPED"],
    },
    (facts, ctx) => {
      const seen = refusedKey(facts);
      const swap = facts["credentials.swap"];
      if (seen === undefined || swap?.accepted !== true) return undefined;
      const to = swap.header === "authorization" ? "ANTHROPIC_AUTH_TOKEN" : "ANTHROPIC_API_KEY";
      const { shell } = ctx.machine;
      const inShell = ctx.environment.credentials[0]?.setting.source.kind === "shell";
      return {
        by: [seen.exchange, swap.exchange],
        evidence: [setWhere(seen)],
        why: {
          en: `Refused as ${seen.header}, accepted as ${swap.header}.`,
          zh: `以 ${seen.header} 发送被拒绝，以 ${swap.header} 发送被接受。`,
        },
        fix: [
          inShell
            ? {
                os: "any",
                shell,
                commands: moveCommands(shell, seen.name, to),
                note: { en: `Move the value from ${seen.name} to ${to}.`, zh: `把值从 ${seen.name} 移到 ${to}。` },
              }
            : advise(
                `In ${seen.where}, rename ${seen.name} to ${to}.`,
                `在 ${seen.where} 中把 ${seen.name} 改名为 ${to}。`,
              ),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_KEY_FOR_OTHER_HOST",
      layer: "credentials",
      severity: "error",
      title: { en: "This key is for another host than the base URL names", zh: "这个密钥并不属于基础 URL 所指的主机" },
      meaning: {
        en: "Keys that begin with sk-ant- are Anthropic's. A gateway has keys of its own and does not know this one.",
        zh: "以 sk-ant- 开头的密钥属于 Anthropic。网关有自己的密钥，不认识这一个。",
      },
      advice: {
        en: "Use the gateway's own key, or take the base URL away to go to Anthropic directly.",
        zh: "请使用网关自己的密钥，或移除基础 URL 以直连 Anthropic。",
      },
      sources: ["https://github.com/router-for-me/CLIProxyAPI/issues/3006", PAGES.gateway],
      says: [/Invalid API key/i],
      yieldsTo: [...WRITTEN, "AUTH_WRONG_HEADER", "AUTH_EXPIRED_TOKEN"],
    },
    (facts, ctx) => {
      const seen = refusedKey(facts);
      if (seen === undefined || ctx.target.platform !== "custom") return undefined;
      // The API's own refusal means that the gateway handed the key on.
      if ((seen.kind !== "api-key" && seen.kind !== "oauth-token") || seen.exchange.author === "anthropic-api")
        return undefined;
      const from = ctx.target.from;
      return {
        by: [seen.exchange],
        evidence: [setWhere(seen)],
        confidence: 0.8,
        fix: [
          ...newKey(ctx, seen),
          ...(from === undefined
            ? []
            : [
                removal(ctx.machine, from, {
                  en: "To go to Anthropic directly with this key.",
                  zh: "以便用此密钥直连 Anthropic。",
                }),
              ]),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_ORG_DISABLED",
      layer: "credentials",
      severity: "error",
      title: { en: "The key belongs to an organisation that has been disabled", zh: "密钥所属的组织已被停用" },
      meaning: {
        en: "The key is genuine, its organisation is closed. Often it is the key of a former employer that still stands in a profile or .env and hides the subscription.",
        zh: "密钥是真的，但其组织已被关闭。常见情况是前雇主的密钥仍留在 shell 配置或 .env 中，遮住了现有订阅。",
      },
      advice: { en: "Remove the old key from where it is set, or replace it.", zh: "请从设置处移除旧密钥，或替换它。" },
      sources: [PAGES.install],
      says: [/organization has been disabled/i, /organization_on_hold/],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(
        ({ errorMessage = "", errorCode }) =>
          /organi[sz]ation.{0,30}(?:disabled|deactivated|suspended)/i.test(errorMessage) ||
          errorCode === "organization_on_hold",
      );
      const seen = facts["credentials.accepted"];
      const setting = ctx.environment.credentials[0]?.setting;
      if (by.length === 0 || seen === undefined) return undefined;
      return {
        by: by.slice(0, 1),
        evidence: [setWhere(seen)],
        fix: [...(setting === undefined ? [] : [removal(ctx.machine, setting)]), ...newKey(ctx, seen)],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_OAUTH_NOT_ALLOWED",
      layer: "credentials",
      severity: "error",
      title: { en: "This login is not allowed to use the API this way", zh: "该登录无权以这种方式使用 API" },
      meaning: {
        en: "The line is sound and requests without a credential get through; it is the login that is turned away: no active subscription, no Claude Code role in the organisation, or a relay that strips the header which OAuth needs.",
        zh: "线路正常，不带凭据的请求可以到达；被拒绝的是这个登录：没有有效订阅、在组织中没有 Claude Code 角色，或中转去掉了 OAuth 所需的请求头。",
      },
      advice: {
        en: "Look at the subscription and the role, or use an API key.",
        zh: "请检查订阅和角色，或改用 API key。",
      },
      sources: [PAGES.install, PAGES.protocol],
      says: [
        /OAuth authentication is (?:currently )?not (?:supported|allowed)/i,
        /does not meet scope requirement/i,
        /Request not allowed/,
      ],
    },
    (facts, ctx) => {
      const seen = facts["credentials.accepted"];
      if (seen === undefined || seen.outcome === "accepted") return undefined;
      const { exchange } = seen;
      const told = /OAuth authentication is (?:currently )?not|scope requirement/i.test(exchange.errorMessage ?? "");
      const turnedAway =
        exchange.author === "anthropic-edge" &&
        seen.kind !== "api-key" &&
        exchange.errorType === "forbidden" &&
        helloOf(facts)?.author === "anthropic-api";
      if (!told && !turnedAway) return undefined;
      return {
        by: [exchange],
        evidence: [setWhere(seen)],
        confidence: told ? 0.95 : 0.7,
        fix: [
          advise(
            "Sign in again and see which account and plan it is.",
            "重新登录，并确认账号与套餐。",
            ctx.environment.client === "claude-code" ? ["claude auth login"] : [],
          ),
          advise(`Or use an API key: ${PAGES.keys}`, `或改用 API key：${PAGES.keys}`),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_CORS",
      layer: "credentials",
      severity: "error",
      title: { en: "The organisation does not allow calls from browsers", zh: "该组织不允许来自浏览器的调用" },
      meaning: {
        en: "The request carries an Origin header, as browsers send it, or something on the way adds one; for this organisation such calls are refused.",
        zh: "请求带有浏览器才会发送的 Origin 头，或途中有环节添加了它；该组织拒绝此类调用。",
      },
      advice: {
        en: "Call the API from a server, and let no proxy add an Origin header.",
        zh: "请从服务器端调用 API，并确保没有代理添加 Origin 头。",
      },
      sources: [PAGES.errors],
      says: [/CORS requests (?:are not allowed|must set)/i],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(({ errorMessage = "" }) => /CORS requests/i.test(errorMessage));
      if (by.length === 0) return undefined;
      const custom = /^\s*origin\s*:/im.test(ctx.environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "");
      return {
        by: by.slice(0, 1),
        fix: [
          custom
            ? advise("Take Origin out of ANTHROPIC_CUSTOM_HEADERS.", "从 ANTHROPIC_CUSTOM_HEADERS 中移除 Origin。")
            : advise(
                `The doctor sends no Origin header, so something between here and ${ctx.target.host} adds it: a gateway or a browser extension's proxy. Take it out there.`,
                `doctor 没有发送 Origin 头，因此是本机与 ${ctx.target.host} 之间的某个环节（网关或浏览器扩展的代理）添加的。请在那里移除它。`,
              ),
        ],
      };
    },
  ),
];
