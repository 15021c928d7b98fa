// Rules about credentials of AWS and Google.

import type { Context } from "../context.ts";
import { removal } from "../environment/setting-fix.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../finding.ts";
import { advise, exchangeRule } from "./exchange-rule.ts";

const AWS_DOCS = "https://code.claude.com/docs/en/amazon-bedrock";
const VERTEX_DOCS = "https://code.claude.com/docs/en/google-vertex-ai";
const SKEWED = /Signature (?:expired|not yet current)|RequestTimeTooSkewed/i;

function awsRefusal(facts: Facts) {
  const seen = facts["credentials.accepted"];
  return seen?.outcome === "rejected" && seen.exchange.author === "aws" ? seen : undefined;
}

/** The rules. */
export const CREDENTIAL_CLOUD_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "AUTH_BEDROCK_TOKEN",
      layer: "credentials",
      severity: "error",
      title: { en: "AWS does not accept these credentials", zh: "AWS 不接受这些凭据" },
      meaning: {
        en: "Bedrock answered, and does not know the keys, the session token or the bearer token: expired, of another profile, or mistyped.",
        zh: "Bedrock 有响应，但不认识这些密钥、会话令牌或 bearer token：可能已过期、属于其他 profile 或输入有误。",
      },
      advice: {
        en: "Renew them, and see that the program gets the right AWS_PROFILE.",
        zh: "请更新凭据，并确保程序得到正确的 AWS_PROFILE。",
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/2260",
        "https://github.com/anthropics/claude-code/issues/5418",
        AWS_DOCS,
      ],
      says: [
        /security token included in the request is (?:invalid|expired)/i,
        /UnrecognizedClientException/,
        /ExpiredTokenException/,
        /SignatureDoesNotMatch/,
      ],
      yieldsTo: ["AUTH_BEDROCK_SKEW", "ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN"],
    },
    (facts, ctx) => {
      const seen = awsRefusal(facts);
      if (seen === undefined || SKEWED.test(seen.exchange.errorMessage ?? "")) return undefined;
      const expired = /expired/i.test(`${seen.exchange.errorType} ${seen.exchange.errorMessage}`);
      const profile = ctx.environment.value("AWS_PROFILE") ?? ctx.machine.env["AWS_PROFILE"];
      const withProfile = profile === undefined || profile === "" ? "" : ` --profile ${profile}`;
      return {
        by: [seen.exchange],
        evidence: [{ en: `${seen.name} (${seen.where})`, zh: `${seen.name}（${seen.where}）` }],
        title: expired
          ? { en: "The AWS credentials have expired", zh: "AWS 凭据已过期" }
          : { en: "AWS does not accept these credentials", zh: "AWS 不接受这些凭据" },
        fix: [
          seen.header === "authorization"
            ? advise(
                "Make a new Bedrock API key in the AWS console and put it in for AWS_BEARER_TOKEN_BEDROCK.",
                "在 AWS 控制台创建新的 Bedrock API key，替换 AWS_BEARER_TOKEN_BEDROCK 的值。",
              )
            : advise(
                "Renew the credentials, then see whom AWS takes you for.",
                "更新凭据，然后查看 AWS 识别出的身份。",
                [`aws sso login${withProfile}`, `aws sts get-caller-identity${withProfile}`],
              ),
          ...(seen.name === "AWS_ACCESS_KEY_ID"
            ? [
                advise(
                  "Keys in the environment go before AWS_PROFILE: unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN when the profile is meant.",
                  "环境变量中的密钥优先于 AWS_PROFILE：如需使用 profile，请取消 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY 和 AWS_SESSION_TOKEN。",
                ),
              ]
            : []),
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_BEDROCK_SKEW",
      layer: "credentials",
      severity: "error",
      title: {
        en: "AWS refuses the signature because this machine's clock is wrong",
        zh: "本机时钟不准，AWS 拒绝了签名",
      },
      meaning: {
        en: "Each signature carries the time. AWS takes it when it is less than five minutes off its own.",
        zh: "每个签名都带有时间。与 AWS 时间相差不到五分钟才会被接受。",
      },
      advice: {
        en: "Set the clock right; in WSL and virtual machines after every sleep.",
        zh: "请校准时钟；在 WSL 和虚拟机中，每次休眠之后都要校准。",
      },
      sources: ["https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"],
      says: [SKEWED],
    },
    (facts, ctx) => {
      const seen = awsRefusal(facts);
      if (seen === undefined || !SKEWED.test(seen.exchange.errorMessage ?? "")) return undefined;
      const skew = facts["http.clock"]?.skewMs;
      const seconds = Math.round(Math.abs(skew ?? 0) / 1000);
      return {
        by: [seen.exchange],
        evidence:
          skew === undefined
            ? []
            : [
                {
                  en: `by the Date headers the clock here is ${seconds} s ${skew > 0 ? "ahead" : "behind"}`,
                  zh: `按 Date 头计算，本机时钟${skew > 0 ? "快" : "慢"} ${seconds} 秒`,
                },
              ],
        fix: [
          ...(ctx.machine.wsl
            ? [advise("Takes the time over from Windows.", "从 Windows 同步时间。", ["sudo hwclock -s"])]
            : []),
          {
            os: "linux",
            shell: "sh",
            commands: ["sudo timedatectl set-ntp true"],
            note: { en: "Lets the clock be set over the network.", zh: "启用网络校时。" },
          },
          {
            os: "macos",
            shell: "sh",
            commands: ["sudo sntp -sS time.apple.com"],
            note: { en: "Sets the clock now.", zh: "立即校时。" },
          },
          {
            os: "windows",
            shell: "powershell",
            commands: ["w32tm /resync"],
            note: { en: "In a shell with administrator rights.", zh: "需要管理员权限。" },
          },
        ],
      };
    },
  ),
  exchangeRule(
    {
      code: "AUTH_BEDROCK_CLOBBERED",
      layer: "credentials",
      severity: "warning",
      title: {
        en: "A gateway's token is set beside Bedrock and may overwrite its signature",
        zh: "同时设置了网关令牌与 Bedrock，令牌可能覆盖签名",
      },
      meaning: {
        en: "With Bedrock switched on, ANTHROPIC_AUTH_TOKEN or an Authorization in ANTHROPIC_CUSTOM_HEADERS took the place of the AWS signature in Claude Code before 2.1.101, and Bedrock answered 403.",
        zh: "启用 Bedrock 时，2.1.101 之前的 Claude Code 会让 ANTHROPIC_AUTH_TOKEN 或 ANTHROPIC_CUSTOM_HEADERS 中的 Authorization 取代 AWS 签名，Bedrock 因此返回 403。",
      },
      advice: {
        en: "Unset the gateway's variables, or update Claude Code.",
        zh: "请取消网关变量，或更新 Claude Code。",
      },
      sources: ["https://github.com/anthropics/claude-code/blob/main/CHANGELOG.md"],
      yieldsTo: ["ENV_CLAUDE_OUTDATED_BEDROCK_TOKEN"],
    },
    (_facts, ctx) => {
      const { environment, target } = ctx;
      // Where the version is known, that it is old is the finding.
      if (
        environment.client !== "claude-code" ||
        target.platform !== "bedrock" ||
        environment.clientVersion !== undefined
      )
        return undefined;
      const custom = /^\s*authorization\s*:/im.test(environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "");
      const name = custom ? "ANTHROPIC_CUSTOM_HEADERS" : "ANTHROPIC_AUTH_TOKEN";
      const setting = environment.variables.get(name)?.effective;
      if (setting === undefined || (environment.value(name) ?? "") === "") return undefined;
      return {
        by: [],
        confidence: 0.5,
        evidence: [
          {
            en: `${name} is set, and so is Bedrock; the version of Claude Code is not known`,
            zh: `${name} 与 Bedrock 同时设置；Claude Code 的版本未知`,
          },
        ],
        fix: [removal(ctx.machine, setting)],
      };
    },
  ),
  {
    code: "AUTH_VERTEX_NO_ADC",
    layer: "credentials",
    severity: "error",
    title: { en: "There are no Google credentials for Vertex", zh: "没有供 Vertex 使用的 Google 凭据" },
    meaning: {
      en: "Programs look for Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names, else the one that gcloud writes. Neither is there.",
      zh: "程序会查找应用默认凭据（ADC）：先是 GOOGLE_APPLICATION_CREDENTIALS 指定的文件，其次是 gcloud 写入的文件。两者都不存在。",
    },
    advice: {
      en: "Sign in with gcloud, or name the file of a service account.",
      zh: "请用 gcloud 登录，或指定服务账号文件。",
    },
    sources: [
      "https://github.com/anomalyco/opencode/issues/553",
      VERTEX_DOCS,
      "https://cloud.google.com/docs/authentication/application-default-credentials",
    ],
    says: [/Could not load the default credentials/i, /default credentials were not found/i],
    match(_facts, ctx) {
      const missing = missingCredentials(ctx);
      if (missing === undefined) return undefined;
      return {
        confidence: missing.named ? 0.95 : 0.85,
        evidence: [{ en: `not there: ${missing.path}`, zh: `不存在：${missing.path}` }],
        title: this.title,
        why: missing.named
          ? {
              en: `GOOGLE_APPLICATION_CREDENTIALS names ${missing.path}, which cannot be read.`,
              zh: `GOOGLE_APPLICATION_CREDENTIALS 指向 ${missing.path}，但该文件无法读取。`,
            }
          : this.meaning,
        fix: [
          advise("Sign in; the browser opens, and the file is written.", "登录；浏览器会打开，随后写入凭据文件。", [
            "gcloud auth application-default login",
          ]),
        ],
        explains: ["credentials.accepted"],
      };
    },
  },
];

/** The file that is wanted and not there; undefined when there is no want. */
function missingCredentials({ environment, machine, target }: Context): { path: string; named: boolean } | undefined {
  if (target.platform !== "vertex" || !target.official) return undefined;
  const look = (name: string) => (environment.value(name) ?? machine.env[name])?.trim() || undefined;
  if (/^(?:1|true)$/i.test(look("CLAUDE_CODE_SKIP_VERTEX_AUTH") ?? "")) return undefined;
  if (look("CLOUDSDK_AUTH_ACCESS_TOKEN") !== undefined || look("GOOGLE_OAUTH_ACCESS_TOKEN") !== undefined)
    return undefined;
  const named = look("GOOGLE_APPLICATION_CREDENTIALS");
  if (named !== undefined) return "error" in machine.statOf(named) ? { path: named, named: true } : undefined;
  const folder =
    look("CLOUDSDK_CONFIG") ??
    (machine.platform === "win32" ? `${look("APPDATA") ?? machine.home}/gcloud` : `${machine.home}/.config/gcloud`);
  const path = `${folder}/application_default_credentials.json`;
  if (!("error" in machine.statOf(path))) return undefined;
  // On Google's own machines the metadata server gives tokens.
  if (/google/i.test(machine.readText("/sys/class/dmi/id/product_name") ?? "")) return undefined;
  return { path, named: false };
}
