// Rules about several credentials at once, and about none.

import { whereOf } from "../environment/description.ts";
import { askCommand, here, removal, setCommand } from "../environment/setting-fix.ts";
import type { Fix, Rule } from "../finding.ts";
import { accepted, DOCS, lintRule, refusal, refused, seen, settingOf } from "./environment-lint.ts";

/** Credentials that stand in each other's way, and the lack of any. */
export const CREDENTIAL_ORDER_RULES: readonly Rule[] = [
  lintRule(
    "env.credentials",
    ["none"],
    {
      code: "AUTH_NO_CREDENTIAL",
      // Counts once there is a line to send it over: what breaks before goes first.
      layer: "credentials",
      severity: "error",
      title: { en: "There is no credential", zh: "没有任何凭据" },
      meaning: {
        en: "Neither a key nor a token, a login or an apiKeyHelper is set where this program looks for one.",
        zh: "在该程序会查找的位置，既没有密钥或令牌，也没有登录信息或 apiKeyHelper。",
      },
      advice: {
        en: "Log in with /login in Claude Code, or set ANTHROPIC_API_KEY where the program is started.",
        zh: "在 Claude Code 中用 /login 登录，或在启动程序的地方设置 ANTHROPIC_API_KEY。",
      },
      sources: [DOCS.authentication, DOCS.api],
      says: [
        /Not logged in/i,
        /Please run \/login/i,
        /Could not resolve authentication method/i,
        /x-api-key header is required/i,
        /ANTHROPIC_API_KEY environment variable is missing or empty/i,
      ],
      yieldsTo: ["ENV_EMPTY_CREDENTIAL"],
    },
    (_lint, _setting, facts, ctx) => {
      const { environment, machine, target } = ctx;
      const claude = environment.client === "claude-code";
      const other = (facts["env.settings"]?.lints ?? []).find(
        ({ problem }) => problem === "profile-not-loaded" || problem === "dotenv-only",
      );
      const elsewhere = other === undefined ? undefined : settingOf(other, ctx);
      const fix: Fix[] = [];
      if (elsewhere?.source.kind === "shell-profile" && elsewhere.source.path !== undefined) {
        const file = elsewhere.source.path;
        fix.push({
          ...here(machine),
          commands:
            machine.shell === "cmd"
              ? []
              : [`${machine.shell === "sh" ? "." : machine.shell === "powershell" ? "." : "source"} ${file}`],
          note: {
            en: `${elsewhere.name} stands ${whereOf(elsewhere).en}, but this terminal is older than that line: read the file again, or open a new terminal.`,
            zh: `${elsewhere.name} 写${whereOf(elsewhere).zh}，但当前终端在此之前就已打开：请重新加载该文件，或新开一个终端。`,
          },
        });
      } else if (elsewhere !== undefined && machine.shell === "sh") {
        fix.push({
          ...here(machine),
          commands: ["set -a; . ./.env; set +a"],
          note: {
            en: `${elsewhere.name} stands ${whereOf(elsewhere).en}, which programs do not read by themselves: load it into the shell first.`,
            zh: `${elsewhere.name} 写${whereOf(elsewhere).zh}，程序不会自行读取该文件：请先把它加载到 shell 中。`,
          },
        });
      }
      if (claude)
        fix.push({
          os: "any",
          shell: "any",
          commands: ["claude /login"],
          note: { en: "Log in with a subscription or a console account.", zh: "用订阅账号或控制台账号登录。" },
        });
      fix.push({
        ...here(machine),
        commands: [askCommand(machine.shell, "ANTHROPIC_API_KEY")],
        note: {
          en: "Or set a key for this terminal; it is not shown while you paste it.",
          zh: "或者为当前终端设置密钥；粘贴时不会显示。",
        },
      });
      // An application may have its key from a place that only it knows.
      const sure = claude && target.platform === "anthropic";
      return {
        severity: sure
          ? "error"
          : environment.client === "curl" || (target.platform === "custom" && facts["http.hello"]?.speaksApi === true)
            ? "info"
            : "warning",
        confidence: sure ? 0.9 : 0.6,
        evidence: [
          claude
            ? {
                en: "No ANTHROPIC_AUTH_TOKEN, ANTHROPIC_API_KEY, apiKeyHelper, CLAUDE_CODE_OAUTH_TOKEN, and no stored login.",
                zh: "没有 ANTHROPIC_AUTH_TOKEN、ANTHROPIC_API_KEY、apiKeyHelper、CLAUDE_CODE_OAUTH_TOKEN，也没有已保存的登录。",
              }
            : {
                en: "Neither ANTHROPIC_API_KEY nor ANTHROPIC_AUTH_TOKEN is set in this shell.",
                zh: "当前 shell 中没有设置 ANTHROPIC_API_KEY 或 ANTHROPIC_AUTH_TOKEN。",
              },
          ...(elsewhere === undefined ? [] : [seen(elsewhere)]),
        ],
        fix,
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["conflict"],
    {
      code: "ENV_AUTH_CONFLICT",
      severity: "warning",
      title: { en: "A token and an API key are both set", zh: "同时设置了令牌和 API key" },
      meaning: {
        en: "Claude Code sends both: the token as Authorization and the key as x-api-key. The token counts, and a gateway may take the other one.",
        zh: "Claude Code 会同时发送两者：令牌放在 Authorization，密钥放在 x-api-key。以令牌为准，但网关可能会采用另一个。",
      },
      advice: {
        en: "Keep the one that the target wants and remove the other.",
        zh: "保留目标需要的那一个，删除另一个。",
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/9515",
        "https://github.com/musistudio/claude-code-router/issues/214",
        DOCS.gateway,
      ],
      says: [/Auth conflict: Both a token/i, /Auth conflict/i],
      yieldsTo: ["ENV_BEARER_TYPED", "ENV_KEY_BAD_CHARACTERS"],
    },
    (lint, setting, facts, { environment, machine, target }) => {
      const key = environment.variables.get(String(lint.detail["other"]))?.effective;
      const drop = target.official ? setting : (key ?? setting);
      const note = target.official
        ? { en: "The API itself takes the key; a token is for gateways.", zh: "API 本身使用密钥；令牌用于网关。" }
        : { en: "Gateways mostly want the token.", zh: "网关大多需要令牌。" };
      return {
        severity: refused(facts) ? "error" : "warning",
        confidence: refused(facts) ? 0.75 : 0.9,
        evidence: [seen(setting), ...(key === undefined ? [] : [seen(key)]), ...refusal(facts)],
        fix: [removal(machine, drop, note)],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["managed-helper"],
    {
      code: "ENV_MANAGED_KEY_HELPER",
      severity: "warning",
      title: {
        en: "A managed apiKeyHelper stands before your OAuth token",
        zh: "受管设置中的 apiKeyHelper 优先于您的 OAuth 令牌",
      },
      meaning: {
        en: "Managed settings of the organisation define apiKeyHelper. It comes before CLAUDE_CODE_OAUTH_TOKEN, so that token is never used, and a helper that fails makes every request fail.",
        zh: "组织的受管设置定义了 apiKeyHelper。它优先于 CLAUDE_CODE_OAUTH_TOKEN，因此该令牌永远不会被使用；一旦 helper 出错，所有请求都会失败。",
      },
      advice: {
        en: "Ask the administrator to remove apiKeyHelper, or unset the token and use what the organisation provides.",
        zh: "请管理员删除 apiKeyHelper，或取消该令牌并使用组织提供的方式。",
      },
      sources: ["https://github.com/anthropics/claude-code/issues/11587", DOCS.authentication],
      says: [/Invalid API key · Fix external API key/i, /Fix external API key/i],
    },
    (lint, setting, _facts, { environment, machine }) => {
      const token = environment.variables.get(String(lint.detail["other"]))?.effective;
      const where = whereOf(setting);
      return {
        evidence: [
          { en: `apiKeyHelper is set ${where.en}.`, zh: `apiKeyHelper 设置${where.zh}。` },
          ...(token === undefined ? [] : [seen(token)]),
        ],
        fix: [
          ...(token === undefined ? [] : [removal(machine, token)]),
          {
            os: "any",
            shell: "any",
            commands: [],
            note: {
              en: `Or ask your administrator to take apiKeyHelper out of ${setting.source.shown ?? "the managed settings"}.`,
              zh: `或请管理员从 ${setting.source.shown ?? "受管设置"} 中删除 apiKeyHelper。`,
            },
          },
        ],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["helper-missing", "helper-not-found"],
    {
      code: "ENV_KEY_HELPER_MISSING",
      severity: "error",
      title: { en: "apiKeyHelper names a program that is not there", zh: "apiKeyHelper 指向的程序不存在" },
      meaning: {
        en: "Claude Code runs this program to get its key. When it fails, the request goes out with an empty credential and is refused.",
        zh: "Claude Code 运行该程序来获取密钥。程序失败时，请求会带着空凭据发出并被拒绝。",
      },
      advice: {
        en: "Correct the path of the helper, or remove the entry.",
        zh: "请更正 helper 的路径，或删除该条目。",
      },
      sources: [DOCS.settings, DOCS.authentication],
      says: [/apiKeyHelper failed/i],
    },
    (lint, setting, facts, { environment, machine }) => {
      const [first] = environment.credentials;
      const used = first?.setting.name !== "ANTHROPIC_AUTH_TOKEN" && first?.setting.name !== "ANTHROPIC_API_KEY";
      const where = whereOf(setting);
      const { path = "" } = setting.source;
      const program = String(lint.detail["program"]);
      const why =
        lint.detail["why"] === "not-executable" || lint.detail["why"] === "not-found" ? lint.detail["why"] : "missing";
      const edit = `\${EDITOR:-vi} +${setting.source.line ?? 1} ${path}`;
      const commands =
        why === "not-executable"
          ? [`chmod +x ${program}`]
          : [why === "not-found" ? `command -v ${program}` : `ls -l ${program}`, edit];
      return {
        title:
          why === "not-executable"
            ? { en: "apiKeyHelper names a file that may not be run", zh: "apiKeyHelper 指向的文件没有执行权限" }
            : { en: "apiKeyHelper names a program that is not there", zh: "apiKeyHelper 指向的程序不存在" },
        // Claude Code may have been started with another PATH.
        severity: used && !accepted(facts) && why !== "not-found" ? "error" : "warning",
        confidence: why === "not-found" ? 0.7 : 0.95,
        evidence: [
          {
            en: `apiKeyHelper ${where.en} names ${program}: ${WRONG_HELPER[why].en}.`,
            zh: `apiKeyHelper（${where.zh}）指向 ${program}：${WRONG_HELPER[why].zh}。`,
          },
        ],
        fix: [
          {
            ...here(machine),
            commands: machine.shell === "sh" ? commands : [],
            note:
              why === "not-executable"
                ? { en: "Make it a program.", zh: "将其设为可执行。" }
                : {
                    en: `Correct "apiKeyHelper" ${where.en}: give the program's full path.`,
                    zh: `更正${where.zh}的 "apiKeyHelper"：写出程序的完整路径。`,
                  },
          },
        ],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["shadows-login"],
    {
      code: "ENV_KEY_SHADOWS_LOGIN",
      severity: "info",
      title: { en: "ANTHROPIC_API_KEY stands before your login", zh: "ANTHROPIC_API_KEY 优先于您的登录" },
      meaning: {
        en: "Claude Code is logged in, but a key in the environment comes first: requests go to the key's organisation and are paid from its credit, not from the subscription.",
        zh: "Claude Code 已登录，但环境中的密钥优先：请求会计入该密钥所属的组织并使用其余额，而不是您的订阅。",
      },
      advice: {
        en: "Unset ANTHROPIC_API_KEY to use the login, and find the profile or .env that sets it.",
        zh: "取消 ANTHROPIC_API_KEY 即可使用登录，并找出设置它的启动文件或 .env。",
      },
      sources: ["https://github.com/anthropics/claude-code/issues/14102", DOCS.errors, DOCS.install],
      says: [/Credit balance is too low/i, /This organization has been disabled/i],
    },
    (_lint, setting, facts, { machine }) => {
      const messages = [facts["account.message"], facts["account.count"], facts["credentials.accepted"]].map(
        (one) => one?.exchange.errorMessage ?? "",
      );
      const said = messages.find((one) => /credit balance is too low|organization has been disabled/i.test(one));
      const bad = said !== undefined || refused(facts);
      return {
        severity: bad ? "error" : "info",
        confidence: said !== undefined ? 0.95 : 0.8,
        evidence: [
          seen(setting),
          { en: "A login of Claude Code is stored as well.", zh: "同时保存有 Claude Code 的登录。" },
          ...(said === undefined ? refusal(facts) : [{ en: `The API said: ${said}`, zh: `API 返回：${said}` }]),
        ],
        fix: [
          removal(machine, setting, {
            en: "Then Claude Code uses your login.",
            zh: "之后 Claude Code 会使用您的登录。",
          }),
        ],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["custom-headers"],
    {
      code: "ENV_CUSTOM_HEADERS_MALFORMED",
      severity: "warning",
      title: {
        en: "A line of ANTHROPIC_CUSTOM_HEADERS is no header",
        zh: "ANTHROPIC_CUSTOM_HEADERS 中有一行不是请求头",
      },
      meaning: {
        en: 'Each line has to be "Name: Value", with a line end between two of them. Another form is left out or makes the request fail.',
        zh: "每一行都应为 “Name: Value”，两个请求头之间用换行分隔。其他写法会被忽略或导致请求失败。",
      },
      advice: { en: "Write one header per line.", zh: "每行写一个请求头。" },
      sources: [DOCS.variables, DOCS.gateway],
    },
    (lint, setting, _facts, { machine }) => ({
      evidence: [
        seen(setting),
        {
          en: `Line ${lint.detail["line"]} of its value is not "Name: Value".`,
          zh: `其值的第 ${lint.detail["line"]} 行不是 “Name: Value”。`,
        },
      ],
      fix: [
        {
          ...here(machine),
          commands:
            machine.shell === "sh"
              ? ["export ANTHROPIC_CUSTOM_HEADERS=$'X-Team: red\\nX-Project: web'"]
              : [setCommand(machine.shell, "ANTHROPIC_CUSTOM_HEADERS", "X-Team: red")],
          note: {
            en: `Correct it ${whereOf(setting).en}; the command shows the form.`,
            zh: `请更正（${whereOf(setting).zh}）；命令给出了正确的写法。`,
          },
        },
      ],
    }),
  ),
];

const WRONG_HELPER: { readonly [why in "missing" | "not-found" | "not-executable"]: Fix["note"] } = {
  missing: { en: "no such file", zh: "文件不存在" },
  "not-found": { en: "no program of that name is on the PATH", zh: "PATH 中没有这个程序" },
  "not-executable": { en: "the file has no permission to run", zh: "该文件没有执行权限" },
};
