// Names that are unknown for a reason that can be told: one server knows them and another does not, or a setting made them up.

import type { Context } from "../context.ts";
import { shownValue, whereOf } from "../environment/description.ts";
import type { Setting } from "../environment/environment.ts";
import { here, openCommand } from "../environment/setting-fix.ts";
import { textOf } from "../environment/variable-names.ts";
import type { NameserverAnswer } from "../facts/dns.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Match } from "../finding.ts";
import type { Words } from "../words.ts";
import { answers, lookupEvidence, serverEvidence } from "./line-reading.ts";
import { dropServer, flush, otherServer } from "./resolver-fixes.ts";

type Told = Pick<Match, "title" | "why"> & Partial<Pick<Match, "evidence">> & { readonly fix: readonly Fix[] };

/** A server that says that there is no such name, before one that knows it: the system believes the first. */
export function tornServers(
  facts: Facts,
): { readonly denies: NameserverAnswer; readonly knows: NameserverAnswer } | undefined {
  const servers = facts["dns.nameservers"]?.servers ?? [];
  const at = servers.findIndex(({ a }) => a.error === "ENOTFOUND");
  const denies = servers[at];
  const knows = servers.slice(at + 1).find(answers);
  return denies === undefined || knows === undefined ? undefined : { denies, knows };
}

/** What is said of servers that contradict each other. */
export function tornMatch(
  ctx: Context,
  name: Words,
  { denies, knows }: { readonly denies: NameserverAnswer; readonly knows: NameserverAnswer },
): Told {
  return {
    title: {
      en: `The name server ${denies.server} says that ${name.en} does not exist; ${knows.server} knows it`,
      zh: `域名服务器 ${denies.server} 称 ${name.zh} 不存在，而 ${knows.server} 能解析`,
    },
    why: {
      en: `The system believes the first server that answers and never asks ${knows.server}: two name servers that know different names cannot stand side by side. A VPN or a filter that puts its own first does that.`,
      zh: `系统相信最先应答的服务器，不会再问 ${knows.server}：两个所知域名不同的服务器不能并列使用。VPN 或过滤器把自己的服务器排在前面时会这样。`,
    },
    fix: [
      dropServer(ctx, denies.server, {
        en: `Take ${denies.server} out of the name servers, or put it behind ${knows.server}; where the file is generated (VPN, NetworkManager), change it at its origin.`,
        zh: `把 ${denies.server} 从域名服务器中删除，或放到 ${knows.server} 之后；若该文件是自动生成的（VPN、NetworkManager），请在源头修改。`,
      }),
      flush(ctx),
    ],
  };
}

/** What is said of questions that this machine's own firewall does not let out. */
export function barredMatch({ machine }: Context, name: Words, servers: string): Told {
  const { platform } = machine;
  const commands =
    platform === "darwin"
      ? ["sudo pfctl -sr", "systemextensionsctl list"]
      : platform === "win32"
        ? ["Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True | Select-Object DisplayName"]
        : ["sudo nft list ruleset", "sudo iptables -S OUTPUT"];
  return {
    title: {
      en: `This machine lets no question out to its name server ${servers}`,
      zh: `本机不允许向域名服务器 ${servers} 发出查询`,
    },
    why: {
      en: `The operating system refuses to send (EPERM): a firewall on this machine, for this program perhaps, blocks port 53, so ${name.en} cannot be resolved.`,
      zh: `操作系统拒绝发送（EPERM）：本机防火墙（可能只针对该程序）拦截了 53 端口，因此无法解析 ${name.zh}。`,
    },
    fix: [
      {
        os: platform === "darwin" ? "macos" : platform === "win32" ? "windows" : "linux",
        shell: platform === "win32" ? "powershell" : "sh",
        commands,
        note: {
          en: "Find the rule that blocks port 53 (UDP and TCP), and allow this program or the name server there.",
          zh: "找到拦截 53 端口（UDP 和 TCP）的规则，并放行该程序或该域名服务器。",
        },
      },
    ],
  };
}

/** The setting that a cloud's host is made from; undefined for other targets. */
export function madeFrom({
  environment,
  target,
}: Context): { readonly name: string; readonly setting?: Setting } | undefined {
  if (!target.official || target.platform === "anthropic" || target.platform === "custom") return undefined;
  if (target.from?.name.endsWith("_BASE_URL") === true) return { name: target.from.name, setting: target.from };
  const names =
    target.platform === "foundry"
      ? ["ANTHROPIC_FOUNDRY_RESOURCE"]
      : target.platform === "vertex"
        ? ["CLOUD_ML_REGION"]
        : ["AWS_REGION", "AWS_DEFAULT_REGION"];
  for (const name of names) {
    const setting = environment.variables.get(name)?.effective;
    if (setting !== undefined && textOf(setting.value).trim() !== "") return { name, setting };
  }
  return undefined;
}

/** What is said of a name that a setting is a part of. */
export function madeMatch(
  ctx: Context,
  facts: Facts,
  name: Words,
  servers: string,
  { name: variable, setting }: { readonly name: string; readonly setting?: Setting },
): Told {
  const { host } = ctx.target;
  const lookup = facts["dns.lookup"];
  const value = setting === undefined ? "" : shownValue(setting).trim();
  const where = setting === undefined ? undefined : whereOf(setting);
  const open =
    setting?.source.path === undefined || setting.source.kind === "claude-managed"
      ? []
      : [openCommand(ctx.machine, setting)];
  const spelled: Fix = {
    ...here(ctx.machine),
    commands: open,
    note: {
      en: `Check ${variable}${where === undefined ? "" : ` (${where.en})`}: is "${value}" spelt as the cloud's console shows it?`,
      zh: `检查 ${variable}${where === undefined ? "" : `（${where.zh}）`}：“${value}” 是否与云控制台中的写法一致？`,
    },
  };
  const allowed: Fix = {
    os: "any",
    shell: "any",
    commands: [],
    note: {
      en: `If it is right, a filter or a private network's server answers at ${servers || "your name server"}: let it resolve ${host}.`,
      zh: `如果写法无误，说明 ${servers || "域名服务器"} 上有过滤，或它只认识内网：请让它解析 ${host}。`,
    },
  };
  return {
    title: { en: `No such name: ${name.en}`, zh: `域名不存在：${name.zh}` },
    why: {
      en: `The name servers (${servers || "of this system"}) say that ${host} does not exist. The name is made from ${variable}="${value}": that is misspelt or does not exist, or the servers filter the name.`,
      zh: `域名服务器（${servers || "系统自带"}）称 ${host} 不存在。该域名由 ${variable}=“${value}” 组成：要么写错了或并不存在，要么被服务器过滤。`,
    },
    ...(lookup === undefined || where === undefined
      ? {}
      : {
          evidence: [
            lookupEvidence(lookup),
            ...serverEvidence(facts),
            { en: `${variable}=${value} (${where.en})`, zh: `${variable}=${value}（${where.zh}）` },
          ],
        }),
    fix: [spelled, allowed, ...otherServer(ctx, host)],
  };
}
