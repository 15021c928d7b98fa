// The rule for keys that are known and may not do what is asked: which permission is missing, by the words of the refusal.

import type { Context } from "../context.ts";
import type { Rule } from "../finding.ts";
import { keyedOf } from "../http/reading.ts";
import type { Words } from "../words.ts";
import { advise, exchangeRule, PAGES, type Seen } from "./exchange-rule.ts";

const ARCHIVED = /workspace\b.{0,80}\b(?:archived|deleted|disabled)|\b(?:archived|deleted|disabled)\b.{0,40}workspace/i;
const BY_ADDRESS =
  /\bIPs?\b(?: ?addresses| ?address)?.{0,100}(?:allow|permit|restrict|block|den(?:y|ied)|authori[sz]ed|white-?list)|(?:allow|permit|restrict|block|den(?:y|ied)|authori[sz]ed|white-?list).{0,80}\bIPs?\b|ip[ _-]?allow-?list|network polic/i;
const ADDRESS = /\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){2,}[0-9a-f:]*[0-9a-f]\b/i;

/** Title and fix by what the refusal says. */
function reasonOf(said: string, ctx: Context): Pick<Seen, "fix"> & { readonly title?: Words } {
  const { official, host } = ctx.target;
  const admin: Words = official
    ? { en: "an administrator of the organisation", zh: "组织管理员" }
    : { en: `an administrator of the organisation or of ${host}`, zh: `组织管理员或 ${host} 的管理员` };
  if (ARCHIVED.test(said))
    return {
      title: { en: "The key belongs to a workspace that is closed", zh: "密钥所属的工作区已停用" },
      fix: [
        advise(
          `Make a key in a workspace that is in use (${official ? PAGES.keys : `at ${host} or ${PAGES.keys}`}) and set that one: archiving a workspace ends its keys for good.`,
          `在仍在使用的工作区中新建密钥（${official ? PAGES.keys : `${host} 或 ${PAGES.keys}`}）并改用它：工作区一旦归档，其密钥永久失效。`,
        ),
      ],
    };
  if (BY_ADDRESS.test(said)) {
    const address = ADDRESS.exec(said)?.[0];
    return {
      title: {
        en: "The key may not be used from this machine's public address",
        zh: "不允许从本机的公网地址使用此密钥",
      },
      fix: [
        advise(
          "Use the network or VPN whose addresses the organisation allows; a VPN that was left or a proxy that is new changes the address.",
          "请使用组织允许的网络或 VPN；断开 VPN 或更换代理都会改变公网地址。",
        ),
        advise(
          `Or ask ${admin.en} to add ${address ?? "the public address of this network"} to the IP allow list.`,
          `或者请${admin.zh}把${address === undefined ? "此网络的公网地址" : ` ${address} `}加入 IP 允许列表。`,
        ),
      ],
    };
  }
  return {
    fix: [
      advise(
        `Ask ${admin.en}${official ? " (platform.claude.com, Settings, API keys)" : ""} to give this key the right.`,
        `请${admin.zh}${official ? "（platform.claude.com，Settings，API keys）" : ""}为此密钥授权。`,
      ),
    ],
  };
}

/** The rule. */
export const CREDENTIAL_PERMISSION_RULES: readonly Rule[] = [
  exchangeRule(
    {
      code: "AUTH_PERMISSION",
      layer: "credentials",
      severity: "error",
      title: { en: "The key is valid, but may not do this", zh: "密钥有效，但没有相应权限" },
      meaning: {
        en: "The API knows the key and refuses what was asked: its workspace or role does not include it.",
        zh: "API 认识该密钥，但拒绝了请求的操作：其工作区或角色不包含该权限。",
      },
      advice: {
        en: "Have an administrator of the organisation look at the key's workspace and role.",
        zh: "请组织管理员检查该密钥所在的工作区和角色。",
      },
      sources: [PAGES.errors],
      says: [/permission_error/, /does not have permission/i],
      yieldsTo: [
        "ACCOUNT_MODEL_ACCESS",
        "AUTH_ORG_DISABLED",
        "AUTH_OAUTH_NOT_ALLOWED",
        "HTTP_REGION_REFUSED",
        "ACCOUNT_CREDIT_LOW",
        "ACCOUNT_SPEND_CAP",
      ],
    },
    (facts, ctx) => {
      const by = keyedOf(facts).filter(({ errorType }) => errorType === "permission_error");
      const count = facts["account.count"];
      const works = count?.exchange.ok === true;
      const unknown = !works && (count === undefined || count.absent);
      if (by.length === 0) return undefined;
      return {
        by: by.slice(0, 1),
        // Only the list is barred: messages may pass all the same.
        ...(works ? { severity: "info" as const, confidence: 0.6 } : {}),
        ...(unknown ? { severity: "warning" as const, confidence: 0.6 } : {}),
        ...reasonOf(by[0]?.errorMessage ?? "", ctx),
      };
    },
  ),
];
