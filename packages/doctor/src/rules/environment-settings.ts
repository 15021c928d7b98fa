// Rules about settings: what hides what, files that cannot be read, values that break a program.

import { whereOf } from "../environment/description.ts";
import { here, openCommand, quoted, removal, replacement } from "../environment/setting-fix.ts";
import { TIMER_MAX } from "../environment/settings-lint.ts";
import type { Fix, Rule } from "../finding.ts";
import { brokenAt, DOCS, lintRule, refusal, refused, seen } from "./environment-lint.ts";

/** One rule for each fault that the settings probe lists. */
export const SETTINGS_RULES: readonly Rule[] = [
  lintRule(
    "env.settings",
    ["override"],
    {
      code: "ENV_SETTINGS_OVERRIDE_SHELL",
      severity: "info",
      title: { en: "A settings file beats what the shell exports", zh: "设置文件覆盖了 shell 中导出的值" },
      meaning: {
        en: 'The "env" block of a Claude Code settings file comes before the variables of the shell. What was exported there has no effect.',
        zh: "Claude Code 设置文件中的 “env” 优先于 shell 变量。在 shell 中导出的值不起作用。",
      },
      advice: {
        en: "Change or remove the entry in the settings file, or pass --settings for one run.",
        zh: "请修改或删除设置文件中的条目，或在单次运行时使用 --settings。",
      },
      sources: [
        "https://github.com/jundot/omlx/issues/3151",
        "https://github.com/anthropics/claude-code/issues/33933",
        DOCS.gateway,
        DOCS.settings,
      ],
      says: [/Invalid bearer token/i],
    },
    (_lint, setting, facts, { environment, machine, target }) => {
      const shell = environment.variables.get(setting.name)?.all.find(({ source }) => source.kind === "shell");
      if (shell === undefined) return undefined;
      const address = setting.name.endsWith("_BASE_URL");
      const secret = /_KEY$|_TOKEN$/.test(setting.name);
      // That the whole network is down does not follow from which address was chosen.
      const broken = address && !target.official ? brokenAt(facts) : undefined;
      const bad = ((address || secret) && refused(facts)) || broken !== undefined;
      return {
        severity: bad ? "error" : "info",
        confidence: bad ? 0.8 : 0.95,
        evidence: [
          seen(setting),
          { en: `Without effect: ${seen(shell).en}`, zh: `不起作用：${seen(shell).zh}` },
          ...(broken === undefined ? [] : [broken]),
          ...refusal(facts),
        ],
        fix: [removal(machine, setting, { en: "Then the value of the shell counts.", zh: "之后 shell 中的值生效。" })],
        explains: address
          ? [
              "dns.lookup",
              "tcp.connect",
              "tls.handshake",
              "http.hello",
              "credentials.accepted",
              "account.count",
              "account.message",
            ]
          : ["credentials.accepted", "account.count", "account.message"],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["broken"],
    {
      code: "ENV_SETTINGS_BROKEN",
      severity: "warning",
      title: { en: "A settings file of Claude Code cannot be read", zh: "Claude Code 的设置文件无法读取" },
      meaning: {
        en: "The file is not valid JSON or may not be opened. Claude Code leaves out everything in it, its key and base URL included.",
        zh: "该文件不是有效的 JSON 或无权打开。Claude Code 会忽略其中的全部内容，包括密钥和 base URL。",
      },
      advice: { en: "Correct the file at the line that is named.", zh: "请更正所指出的那一行。" },
      sources: [DOCS.settings],
      says: [/Invalid JSON.*settings/i, /Settings Error/i, /settings\.json.*(?:invalid|malformed)/i],
    },
    (lint, _setting, facts, { environment, machine }) => {
      const broken = environment.broken.find(({ source }) => (source.shown ?? source.path) === lint.name);
      if (broken === undefined) return undefined;
      const { source, error } = broken;
      const sets = String(lint.detail["sets"] ?? "");
      const counts = /ANTHROPIC_|CLAUDE_CODE_|apiKeyHelper|PROXY/.test(sets);
      const none = facts["env.credentials"]?.lints.some(({ problem }) => problem === "none") ?? false;
      const bad = counts && (none || refused(facts) || brokenAt(facts) !== undefined);
      const where = whereOf({ source });
      const file = quoted(machine.shell, source.path ?? "");
      const denied = /^E[A-Z]+$/.test(error);
      const fix: Fix = denied
        ? {
            ...here(machine),
            commands: machine.platform === "win32" ? [] : [`ls -l ${file}`, `sudo chown "$(id -un)" ${file}`],
            note: { en: "Make the file readable for you.", zh: "让您的用户可以读取该文件。" },
          }
        : {
            ...here(machine),
            commands: [
              openCommand(machine, { source }),
              `node -e "JSON.parse(require('fs').readFileSync(process.argv[1],'utf8'))" ${file}`,
            ],
            note: {
              en: `Correct the JSON ${where.en}; the second command says nothing when it is right.`,
              zh: `更正${where.zh}的 JSON；第二条命令没有输出即表示正确。`,
            },
          };
      return {
        severity: bad ? "error" : "warning",
        evidence: [
          { en: `${lint.where}: ${error}`, zh: `${lint.where}：${error}` },
          ...(sets === ""
            ? []
            : [{ en: `It mentions ${sets}, which has no effect now.`, zh: `其中提到 ${sets}，目前均不生效。` }]),
        ],
        fix: [fix],
        explains: ["env.settings", ...(none ? ["env.credentials"] : [])],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["timeout-overflow", "timeout-no-number", "timeout-short"],
    {
      code: "ENV_TIMEOUT_OVERFLOW",
      severity: "error",
      title: { en: "API_TIMEOUT_MS makes requests fail at once", zh: "API_TIMEOUT_MS 使请求立即失败" },
      meaning: {
        en: `It counts in milliseconds and may be ${TIMER_MAX} at most: a larger number overflows and ends every request at once, and one that was meant in seconds ends it before an answer can begin.`,
        zh: `单位是毫秒，最大为 ${TIMER_MAX}：更大的数会溢出，使每个请求立即结束；若误以为是秒，则会在应答开始之前就超时。`,
      },
      advice: { en: "Remove it, or set it to 600000 (ten minutes).", zh: "请删除它，或设为 600000（十分钟）。" },
      sources: [DOCS.variables],
      says: [/TimeoutOverflowWarning/, /does not fit into a 32-bit signed integer/i],
    },
    (lint, setting, _facts, { machine, environment }) => {
      if (environment.client !== "claude-code") return undefined;
      const short = lint.problem === "timeout-short";
      const seconds = {
        en: `${lint.detail["ms"]} milliseconds: most answers take longer to begin.`,
        zh: `只有 ${lint.detail["ms"]} 毫秒：大多数应答开始得比这更晚。`,
      };
      return {
        severity:
          lint.problem === "timeout-overflow" || (short && Number(lint.detail["ms"]) < 1_000) ? "error" : "warning",
        evidence: [seen(setting), ...(short ? [seconds] : [])],
        fix: [replacement(machine, setting, () => "600000", "600000"), removal(machine, setting)],
        explains: ["env.settings"],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["unverified"],
    {
      code: "ENV_TLS_UNVERIFIED",
      severity: "warning",
      title: {
        en: "NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off",
        zh: "NODE_TLS_REJECT_UNAUTHORIZED=0 关闭了证书验证",
      },
      meaning: {
        en: "With it anybody on the way can pose as the API and read keys and prompts. It also hides the certificate problem that it was set for.",
        zh: "这样途中任何人都可以冒充 API，读取密钥和内容。它还会掩盖当初想要绕过的证书问题。",
      },
      advice: {
        en: "Remove it and name the missing root in NODE_EXTRA_CA_CERTS instead.",
        zh: "请删除它，改用 NODE_EXTRA_CA_CERTS 指定缺少的根证书。",
      },
      sources: [DOCS.errors, "https://nodejs.org/api/cli.html#node_tls_reject_unauthorizedvalue"],
      says: [/Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections/i],
    },
    (_lint, setting, _facts, { machine }) => ({ evidence: [seen(setting)], fix: [removal(machine, setting)] }),
  ),
  lintRule(
    "env.settings",
    ["node-options"],
    {
      code: "ENV_NODE_OPTIONS_CRASH",
      severity: "warning",
      title: { en: "NODE_OPTIONS ends Node before it begins", zh: "NODE_OPTIONS 会让 Node 无法启动" },
      meaning: {
        en: "Node refuses to start with a flag that it does not know, or when a file to be loaded first is not there.",
        zh: "如果 NODE_OPTIONS 中有该版本 Node 不认识的选项，或要求预先加载的文件不存在，Node 会拒绝启动。",
      },
      advice: { en: "Take the flag out, or update Node.", zh: "请去掉该选项，或升级 Node。" },
      sources: ["https://nodejs.org/api/cli.html#node_optionsoptions"],
      says: [
        /is not allowed in NODE_OPTIONS/i,
        /node: bad option/i,
        /Cannot find module .*Require stack:\s*- internal\/preload/i,
      ],
    },
    (lint, setting, _facts, { machine, environment }) => {
      const { flag, why, file, node } = lint.detail;
      return {
        severity: environment.client === "node" && setting.source.kind === "shell" ? "error" : "warning",
        evidence: [
          seen(setting),
          why === "missing"
            ? { en: `${flag} names ${file}, which is not there.`, zh: `${flag} 指向 ${file}，该文件不存在。` }
            : { en: `Node ${node} does not know ${flag}.`, zh: `Node ${node} 不认识 ${flag}。` },
        ],
        fix: [removal(machine, setting)],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["editor-differs"],
    {
      code: "ENV_EDITOR_DIFFERS",
      severity: "info",
      title: {
        en: "The editor gives Claude Code other values than this terminal",
        zh: "编辑器传给 Claude Code 的值与当前终端不同",
      },
      meaning: {
        en: "The extension does not have this terminal's variables; it has those of the editor's settings. What works here may fail there, and the other way round.",
        zh: "扩展使用的是编辑器设置中的变量，而不是当前终端的变量。这里能用，那里可能失败，反之亦然。",
      },
      advice: {
        en: "Set the same values in both, or put them into ~/.claude/settings.json, which both read.",
        zh: "请在两处设置相同的值，或写入两者都会读取的 ~/.claude/settings.json。",
      },
      sources: ["https://github.com/zhukunpenglinyutong/jetbrains-cc-gui/issues/758", DOCS.install],
    },
    (_lint, setting, _facts, { environment, machine }) => {
      const own = environment.variables.get(setting.name)?.effective;
      const none = { en: `In this terminal ${setting.name} is not set.`, zh: `当前终端没有设置 ${setting.name}。` };
      return {
        evidence: [seen(setting), own === undefined ? none : seen(own)],
        fix: [
          {
            ...here(machine),
            commands: [openCommand(machine, setting)],
            note: {
              en: `Make "claudeCode.environmentVariables" ${whereOf(setting).en} agree with the terminal.`,
              zh: `让${whereOf(setting).zh}的 "claudeCode.environmentVariables" 与终端一致。`,
            },
          },
        ],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["profile-not-loaded"],
    {
      code: "ENV_PROFILE_NOT_LOADED",
      severity: "info",
      title: {
        en: "A shell profile sets what this terminal does not have",
        zh: "启动文件中设置的变量在当前终端中不存在",
      },
      meaning: {
        en: "The terminal was opened before the line was written, or this kind of shell does not read that file.",
        zh: "终端在写入该行之前就已打开，或者这种 shell 不读取该文件。",
      },
      advice: { en: "Open a new terminal, or read the file again.", zh: "请新开终端，或重新加载该文件。" },
      sources: [DOCS.authentication],
      yieldsTo: ["AUTH_NO_CREDENTIAL"],
    },
    (_lint, setting, _facts, { machine }) => {
      const file = quoted(machine.shell, setting.source.path ?? "");
      const commands = machine.shell === "cmd" ? [] : [`${machine.shell === "fish" ? "source" : "."} ${file}`];
      return {
        evidence: [seen(setting)],
        fix: [{ ...here(machine), commands, note: { en: "Or open a new terminal.", zh: "或新开一个终端。" } }],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["not-onboarded"],
    {
      code: "ENV_FIRST_RUN_NEEDS_ANTHROPIC",
      severity: "warning",
      title: {
        en: "The first start asks Anthropic directly, and that is blocked",
        zh: "首次启动会直接访问 Anthropic，而该访问被阻断",
      },
      meaning: {
        en: "On its first interactive start Claude Code checks api.anthropic.com and platform.claude.com, whatever the base URL says. `claude -p` does not.",
        zh: "Claude Code 首次交互启动时，无论 base URL 如何设置，都会检查 api.anthropic.com 和 platform.claude.com。`claude -p` 不会。",
      },
      advice: {
        en: "Allow both hosts, or complete the first start once on a network that does; `claude -p` works meanwhile.",
        zh: "请放行这两个域名，或先在可以访问的网络上完成一次首次启动；在此之前可使用 `claude -p`。",
      },
      sources: [
        "https://github.com/anthropics/claude-code/issues/36998",
        "https://github.com/musistudio/claude-code-router/issues/348",
        DOCS.errors,
      ],
      says: [/Unable to connect to Anthropic services/i, /Failed to connect to api\.anthropic\.com: ECONNREFUSED/i],
    },
    (_lint, _setting, facts, { target }) => {
      const hosts = (facts["env.first-run"]?.hosts ?? []).filter(({ ok }) => !ok);
      if (hosts.length === 0 || facts["http.hello"]?.speaksApi !== true) return undefined;
      const seenHosts = hosts.map(({ host, at, error }) => `${host}: ${at ?? ""} ${error ?? ""}`.trimEnd());
      return {
        confidence: 0.7,
        evidence: [
          ...seenHosts.map((text) => ({ en: text, zh: text })),
          {
            en: `The base URL ${target.url.host} answers, and ~/.claude.json does not say that the first start was completed.`,
            zh: `base URL ${target.url.host} 有应答，但 ~/.claude.json 中没有首次启动已完成的记录。`,
          },
        ],
        fix: [
          {
            os: "any",
            shell: "any",
            commands: ["claude -p 'say hi'"],
            note: {
              en: "Works without that check. To start it interactively, complete the first start once where both hosts can be reached.",
              zh: "该命令不做此检查。要交互启动，请先在能访问这两个域名的网络上完成一次首次启动。",
            },
          },
        ],
        letter: {
          ask: {
            en: "Please allow these hosts on port 443; Claude Code needs them at its first start.",
            zh: "请放行以下主机的 443 端口；Claude Code 首次启动时需要访问它们。",
          },
          hosts: ["api.anthropic.com:443", "platform.claude.com:443"],
          seen: seenHosts,
        },
        explains: ["env.first-run"],
      };
    },
  ),
  lintRule(
    "env.settings",
    ["retired-host"],
    {
      code: "ENV_RETIRED_HOST",
      severity: "warning",
      title: {
        en: "A script of the dev container names a host that is gone",
        zh: "dev container 脚本中写有已停用的域名",
      },
      meaning: {
        en: "The firewall script resolves every name of its list and stops at the first that has no address; the container then does not start.",
        zh: "防火墙脚本会解析列表中的每个域名，遇到第一个没有地址的就会中止，容器因此无法启动。",
      },
      advice: { en: "Remove the name from the list.", zh: "请从列表中删除该域名。" },
      sources: ["https://github.com/anthropics/claude-code/issues/72451"],
      says: [/Failed to resolve statsig\.anthropic\.com/i],
    },
    (lint, _setting, _facts, { machine }) => {
      const { path, line } = lint.detail;
      const file = quoted(machine.shell, String(path));
      return {
        evidence: [{ en: `${lint.where} names ${lint.name}.`, zh: `${lint.where} 中写有 ${lint.name}。` }],
        fix: [
          {
            ...here(machine),
            commands: machine.platform === "win32" ? [] : [`sed -i.bak '${line}s/^/# /' ${file}`],
            note: {
              en: `Take line ${line} out. If it is part of a list that goes on, remove the name alone.`,
              zh: `去掉第 ${line} 行。如果它是续行列表的一部分，请只删除该域名。`,
            },
          },
        ],
      };
    },
  ),
];
