// Rules about how a credential is written down.

import { whereOf } from "../environment/description.ts";
import type { Setting } from "../environment/environment.ts";
import { askCommand, here, moveCommands, removal, replacement, setCommand } from "../environment/setting-fix.ts";
import type { Fix, Rule } from "../finding.ts";
import type { Machine } from "../machine.ts";
import { accepted, DOCS, lintRule, refusal, refused, seen } from "./environment-lint.ts";

const PAGES = { en: "https://platform.claude.com/settings/keys", zh: "https://platform.claude.com/settings/keys" };

/** Empty, unfilled, badly copied or misplaced credentials. */
export const CREDENTIAL_TEXT_RULES: readonly Rule[] = [
  lintRule(
    "env.credentials",
    ["empty"],
    {
      code: "ENV_EMPTY_CREDENTIAL",
      severity: "warning",
      title: { en: "A credential is set, but empty", zh: "凭据变量已设置，但值为空" },
      meaning: {
        en: "The variable is there with no text in it. An empty value still counts as set: it hides the real credential that stands somewhere else.",
        zh: "变量存在，但内容为空。空值同样算作已设置：它会遮住别处的真实凭据。",
      },
      advice: {
        en: "Remove the variable instead of leaving it empty; look into wrappers and editors that pass an empty one on.",
        zh: "请删除该变量，而不是留空；并检查是否有包装程序或编辑器传入了空值。",
      },
      sources: ["https://github.com/op7418/CodePilot/issues/241", DOCS.authentication],
      says: [/Claude Code process exited with code 1/i, /Could not resolve authentication method/i],
    },
    (lint, setting, facts, { environment, machine }) => {
      const hides = String(lint.detail["hides"] ?? "");
      const alone = environment.credentials.length === 0 && !environment.login && environment.keyHelper === undefined;
      const bad = hides !== "" || alone;
      const more =
        hides === ""
          ? []
          : [
              {
                en: `It hides the value that ${setting.name} has in ${hides}.`,
                zh: `它遮住了 ${setting.name} 在 ${hides} 中的值。`,
              },
            ];
      return {
        severity: bad && !accepted(facts) ? "error" : "warning",
        evidence: [seen(setting), ...more, ...refusal(facts)],
        fix: [removal(machine, setting)],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["placeholder", "stand-in"],
    {
      code: "ENV_KEY_PLACEHOLDER",
      severity: "error",
      title: { en: "The credential is a placeholder", zh: "凭据还是占位符" },
      meaning: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as users write it
        en: "The text of an example stands where the key belongs, or a reference such as ${NAME} that nothing fills in: settings files are not read by a shell.",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: as users write it
        zh: "应填密钥的地方仍是示例文字，或是 ${NAME} 这样没有被替换的引用：设置文件不会经过 shell 解析。",
      },
      advice: {
        en: "Put the real key in its place; in a settings file write the value itself.",
        zh: "请填入真实密钥；在设置文件中要写出值本身。",
      },
      sources: [DOCS.api, "https://fixerror-dev.pages.dev/anthropic/authentication-error/"],
      says: [/invalid x-api-key/i],
    },
    (lint, setting, facts, { machine, target }) => {
      // A gateway on this machine or in the house may well take any word.
      if (accepted(facts) || (!target.official && !refused(facts) && lint.detail["reference"] !== true))
        return undefined;
      return { evidence: [seen(setting), ...refusal(facts)], fix: newValue(machine, setting) };
    },
  ),
  lintRule(
    "env.credentials",
    ["quoted"],
    {
      code: "ENV_KEY_QUOTED",
      severity: "error",
      title: { en: "Quotation marks are part of the key", zh: "引号成了密钥的一部分" },
      meaning: {
        en: "The value begins or ends with a quotation mark that gets sent along. cmd.exe, .env readers and Docker's --env-file keep quotes that bash takes off.",
        zh: "该值以引号开头或结尾，引号会被一并发送。cmd.exe、.env 读取程序以及 Docker 的 --env-file 会保留 bash 会去掉的引号。",
      },
      advice: { en: "Write the value without quotation marks.", zh: "请去掉值两端的引号。" },
      sources: [DOCS.api, "https://fixerror-dev.pages.dev/anthropic/authentication-error/"],
    },
    (_lint, setting, facts, { machine }) =>
      accepted(facts)
        ? undefined
        : {
            evidence: [seen(setting), ...refusal(facts)],
            fix: repaired(machine, setting, unquotedText, `tr -d "\\"'"`, {
              en: "Takes the quotation marks off.",
              zh: "去掉引号。",
            }),
          },
  ),
  lintRule(
    "env.credentials",
    ["whitespace"],
    {
      code: "ENV_KEY_WHITESPACE",
      severity: "warning",
      title: { en: "A blank or line end sticks to the key", zh: "密钥首尾带有空格或换行" },
      meaning: {
        en: "The value has a blank or a line end before or behind the key. Some programs take it off, others refuse to send the header or send a wrong key.",
        zh: "密钥前后带有空格或换行。有的程序会去掉它，有的会拒绝发送该请求头，或发出错误的密钥。",
      },
      advice: {
        en: "Set the value again without the blank; with files use `tr -d '\\r\\n'`.",
        zh: "请重新设置，去掉空白；从文件读取时用 `tr -d '\\r\\n'`。",
      },
      sources: [DOCS.api, "https://fixerror-dev.pages.dev/anthropic/authentication-error/"],
      says: [/Illegal header value/i, /Invalid character in header content/i, /is not a legal HTTP header value/i],
    },
    (_lint, setting, facts, { machine, environment }) => ({
      severity:
        refused(facts) || (environment.client === "python" && !accepted(facts)) || environment.client === "python"
          ? "error"
          : "warning",
      evidence: [seen(setting), ...refusal(facts)],
      fix: repaired(machine, setting, (text) => text.trim(), "tr -d '[:space:]'", {
        en: "Takes the blanks off; no key has any inside.",
        zh: "去掉空白字符；密钥内部不含空白。",
      }),
    }),
  ),
  lintRule(
    "env.credentials",
    ["bad-characters"],
    {
      code: "ENV_KEY_BAD_CHARACTERS",
      severity: "error",
      title: { en: "The key holds a character that no key has", zh: "密钥中含有不可能出现的字符" },
      meaning: {
        en: "Somewhere in the value is a blank, a line end, or an invisible or typographic character, most often from copying out of a chat or a PDF. Programs refuse to send such a header, or the key is not recognised.",
        zh: "值中夹有空格、换行，或不可见字符、排版符号，多半是从聊天窗口或 PDF 复制而来。程序会拒绝发送这样的请求头，或者密钥无法被识别。",
      },
      advice: {
        en: "Copy the key again from the console, with its copy button.",
        zh: "请在控制台用复制按钮重新复制密钥。",
      },
      sources: [DOCS.api],
      says: [
        /Cannot convert argument to a ByteString/i,
        /Invalid character in header content/i,
        /UnicodeEncodeError: 'ascii' codec/i,
        /Illegal header value/i,
      ],
    },
    (lint, setting, _facts, { machine }) => {
      const { index, character } = lint.detail;
      const at = {
        en: `The character ${character} stands at position ${Number(index) + 1}.`,
        zh: `第 ${Number(index) + 1} 个字符是 ${character}。`,
      };
      return { evidence: [seen(setting), at], fix: newValue(machine, setting) };
    },
  ),
  lintRule(
    "env.credentials",
    ["bearer-typed"],
    {
      code: "ENV_BEARER_TYPED",
      severity: "error",
      title: { en: "A name is typed in front of the credential", zh: "凭据前面多写了名称或前缀" },
      meaning: {
        en: 'The value begins with "Bearer ", with a header\'s name, or with NAME= as in a line of a shell. The program sends it along with the token, which is refused.',
        zh: "该值以 “Bearer ”、请求头名称或 NAME= 这样的变量名开头。程序会把它和令牌一起发送，因此被拒绝。",
      },
      advice: { en: "Set only the token itself.", zh: "只设置令牌本身。" },
      sources: [DOCS.gateway, DOCS.authentication],
      says: [/Invalid bearer token/i, /invalid authorization header/i],
    },
    (_lint, setting, facts, { machine }) => ({
      evidence: [seen(setting), ...refusal(facts)],
      fix: repaired(
        machine,
        setting,
        bareToken,
        "sed -E 's/^ *(export +)?([A-Z][A-Z0-9_]{3,}=)?([Aa]uthorization *: *|[Xx]-[Aa]pi-[Kk]ey *: *)?([Bb]earer +)?//'",
        {
          en: "Takes the name in front off and leaves the token.",
          zh: "去掉前面的名称，只保留令牌。",
        },
      ),
    }),
  ),
  lintRule(
    "env.credentials",
    ["wrong-variable", "odd-variable"],
    {
      code: "ENV_KEY_WRONG_VARIABLE",
      severity: "error",
      title: { en: "An OAuth token stands in ANTHROPIC_API_KEY", zh: "ANTHROPIC_API_KEY 中放的是 OAuth 令牌" },
      meaning: {
        en: "Tokens that begin with sk-ant-oat belong into the Authorization header. ANTHROPIC_API_KEY is sent as x-api-key, where the API does not know them.",
        zh: "以 sk-ant-oat 开头的令牌应放在 Authorization 请求头中。ANTHROPIC_API_KEY 会作为 x-api-key 发送，API 在那里不认识它。",
      },
      advice: {
        en: "For Claude Code set it as CLAUDE_CODE_OAUTH_TOKEN and unset ANTHROPIC_API_KEY; for an SDK make an API key.",
        zh: "Claude Code 请用 CLAUDE_CODE_OAUTH_TOKEN 设置它，并取消 ANTHROPIC_API_KEY；SDK 则需要创建 API key。",
      },
      sources: ["https://github.com/router-for-me/CLIProxyAPI/issues/3006", DOCS.authentication],
    },
    (lint, setting, facts, { machine, environment }) => {
      if (accepted(facts) || (lint.problem === "odd-variable" && !refused(facts))) return undefined;
      const claude = environment.client === "claude-code";
      const move: Fix = {
        ...here(machine),
        commands: moveCommands(machine.shell, "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"),
        note: { en: "Move the token to the variable that is meant for it.", zh: "把令牌移到对应的变量中。" },
      };
      const key: Fix = {
        ...here(machine),
        commands: [askCommand(machine.shell, "ANTHROPIC_API_KEY")],
        note: {
          en: `Make an API key at ${PAGES.en}: SDKs need one of their own.`,
          zh: `请在 ${PAGES.zh} 创建 API key：SDK 需要自己的密钥。`,
        },
      };
      return {
        evidence: [seen(setting), ...refusal(facts)],
        fix: claude ? [...(setting.source.kind === "shell" ? [move] : []), removal(machine, setting)] : [key],
      };
    },
  ),
  lintRule(
    "env.credentials",
    ["foreign"],
    {
      code: "ENV_KEY_FOREIGN",
      severity: "error",
      title: { en: "The key belongs to somebody else's service", zh: "这个密钥属于别的服务" },
      meaning: {
        en: "Keys of the Anthropic API begin with sk-ant-. This one does not, and it goes to api.anthropic.com: the base URL of the gateway that issued it is missing.",
        zh: "Anthropic API 的密钥以 sk-ant- 开头。这个密钥不是，却发往 api.anthropic.com：缺少签发它的网关的 base URL。",
      },
      advice: {
        en: "Set ANTHROPIC_BASE_URL to the gateway that the key comes from, or use a key of Anthropic's.",
        zh: "请将 ANTHROPIC_BASE_URL 设置为签发该密钥的网关，或改用 Anthropic 的密钥。",
      },
      sources: ["https://github.com/router-for-me/CLIProxyAPI/issues/3006", DOCS.gateway],
    },
    (_lint, setting, facts, { machine }) =>
      refused(facts)
        ? {
            // Tokens have more forms than keys.
            confidence: setting.name === "ANTHROPIC_API_KEY" ? 0.85 : 0.7,
            evidence: [seen(setting), ...refusal(facts)],
            fix: [
              {
                ...here(machine),
                commands: [setCommand(machine.shell, "ANTHROPIC_BASE_URL", "https://gateway.example.com")],
                note: {
                  en: "Put the address of the service that issued the key in place of the example.",
                  zh: "请把示例地址替换为签发该密钥的服务地址。",
                },
              },
              ...newValue(machine, setting),
            ],
          }
        : undefined,
  ),
];

function unquotedText(text: string): string {
  return text
    .trim()
    .replace(/^["'`“”‘’«]+|["'`“”‘’»]+$/g, "")
    .trim();
}

function bareToken(text: string): string {
  return text
    .trim()
    .replace(/^(?:export\s+)?[A-Z][A-Z0-9_]{3,}=/, "")
    .replace(/^(?:(?:x-api-key|authorization)\s*:\s*)?(?:bearer\s+)?/i, "");
}

function newValue(machine: Machine, setting: Setting): Fix[] {
  const fix = replacement(machine, setting, (text) => text);
  // What only its owner knows cannot be filled in by --fix.
  const { edit: _edit, ...byHand } = fix;
  return [
    {
      ...byHand,
      note: {
        en: `${byHand.note.en.replace(" The doctor does it with --fix.", "")} Keys: ${PAGES.en}`,
        zh: `${byHand.note.zh.replace("也可由 doctor --fix 代为修改。", "")}密钥页面：${PAGES.zh}`,
      },
    },
  ];
}

/** A repair of the value as it is, so that nobody has to type the key again. `filter` is what its text goes through in sh. */
function repaired(
  machine: Machine,
  setting: Setting,
  change: (text: string) => string,
  filter: string,
  note: Fix["note"],
): Fix[] {
  const fix = replacement(machine, setting, change);
  if (setting.source.kind !== "shell" || machine.shell !== "sh") return [fix];
  const { name } = setting;
  const command = `export ${name}="$(printf '%s' "$${name}" | ${filter})"`;
  const file = setting.source.path === undefined ? undefined : whereOf(setting);
  const more = {
    en: file === undefined ? "" : ` Correct the line ${file.en.replace(/^in this shell, from /, "in ")} too.`,
    zh: file === undefined ? "" : `也请更正启动文件中的那一行（${setting.source.shown ?? ""}）。`,
  };
  return [
    { ...fix, commands: [command, ...fix.commands.slice(1)], note: { en: note.en + more.en, zh: note.zh + more.zh } },
  ];
}
