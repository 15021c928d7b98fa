// Ways to put a setting right, wherever it stands: the exact commands for this shell, or the edit that --fix may offer.

import type { Edit, Fix } from "../finding.ts";
import type { Machine } from "../machine.ts";
import type { Words } from "../words.ts";
import { whereOf } from "./description.ts";
import type { Setting } from "./environment.ts";
import { withEntry, withoutEntry } from "./json-text.ts";

type Shell = Machine["shell"];
type Here = Pick<Machine, "shell" | "platform">;

/** One word of a command, quoted where that shell needs it. */
export function quoted(shell: Shell, text: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(text) && !(shell === "cmd" && /[%]/.test(text))) return text;
  switch (shell) {
    case "sh":
      return `'${text.replaceAll("'", "'\\''")}'`;
    case "fish":
      return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    case "powershell":
      return `'${text.replaceAll("'", "''")}'`;
    case "cmd":
      return `"${text}"`;
  }
}

/** Command that takes a variable out of the running shell. */
export function unsetCommand(shell: Shell, name: string): string {
  switch (shell) {
    case "sh":
      return `unset ${name}`;
    case "fish":
      return `set -e ${name}`;
    case "powershell":
      return `Remove-Item Env:${name}`;
    case "cmd":
      return `set ${name}=`;
  }
}

/** Command that sets a variable in the running shell. `value` must hold no secret; references such as `$NAME` stay whole. */
export function setCommand(shell: Shell, name: string, value: string): string {
  const reference = /^"?\$(?:env:)?\w+"?$/.test(value);
  const text = reference ? value : quoted(shell, value);
  switch (shell) {
    case "sh":
      return `export ${name}=${text}`;
    case "fish":
      return `set -gx ${name} ${text}`;
    case "powershell":
      return `$env:${name} = ${text.startsWith("'") || reference ? text : `'${text}'`}`;
    case "cmd":
      return `set ${name}=${value}`;
  }
}

/** Command that asks for a secret and sets it, so that it stands neither on the screen nor in the shell's history. */
export function askCommand(shell: Shell, name: string): string {
  switch (shell) {
    case "sh":
      return `printf '${name}: '; IFS= read -rs ${name}; export ${name}`;
    case "fish":
      return `read --silent --export --global ${name}`;
    case "powershell":
      return `$env:${name} = Read-Host '${name}'`;
    case "cmd":
      return `set /p ${name}=${name}: `;
  }
}

/** The same variable under another name, without its value being typed. */
export function moveCommands(shell: Shell, from: string, to: string): string[] {
  const value = shell === "powershell" ? `$env:${from}` : shell === "cmd" ? `%${from}%` : `"$${from}"`;
  return [setCommand(shell, to, value), unsetCommand(shell, from)];
}

/** Takes the setting away where it stands. */
export function removal(machine: Here, setting: Setting, more?: Words): Fix {
  const where = whereOf(setting);
  const tail = { en: more === undefined ? "" : ` ${more.en}`, zh: more?.zh ?? "" };
  const { name } = setting;
  if (isJson(setting)) {
    const note = {
      en: `Remove the entry "${name}" from "env" ${where.en}, then start Claude Code again. The doctor does it with --fix.${tail.en}`,
      zh: `删除 ${placed(where)} "env" 中的 "${name}" 条目，然后重新启动 Claude Code。也可由 doctor --fix 代为修改。${tail.zh}`,
    };
    const about = { en: `remove "${name}" from "env" ${where.en}`, zh: `删除 ${placed(where)} "env" 中的 "${name}"` };
    return {
      ...here(machine),
      commands: [openCommand(machine, setting)],
      note,
      edit: { path: setting.source.path ?? "", change: (text) => withoutEntry(text, ["env", name]), about },
    };
  }
  if (setting.source.kind === "claude-managed") return managed(setting);
  const note = {
    en: `Remove ${name}, which is set ${where.en}.${tail.en}`,
    zh: `删除 ${name}，它设置${where.zh}。${tail.zh}`,
  };
  return { ...here(machine), commands: removalCommands(machine, setting), note };
}

/** Gives it another value, made from the present one. `shown` is that value when it is no secret; else it is asked for. */
export function replacement(machine: Here, setting: Setting, change: (before: string) => string, shown?: string): Fix {
  const { name } = setting;
  const where = whereOf(setting);
  if (setting.source.kind === "claude-managed") return managed(setting);
  const to =
    shown === undefined ? { en: "to the right value", zh: "正确的值" } : { en: `to ${shown}`, zh: ` ${shown}` };
  if (isJson(setting)) {
    const about = { en: `change "${name}" ${where.en} ${to.en}`, zh: `将${where.zh}的 "${name}" 改为${to.zh}` };
    const edit: Edit = {
      path: setting.source.path ?? "",
      change: (text) => withEntry(text, ["env", name], change),
      about,
    };
    const note = {
      en: `Change "${name}" in "env" ${where.en} ${to.en}, then start Claude Code again. The doctor does it with --fix.`,
      zh: `将 ${placed(where)} "env" 中的 "${name}" 改为${to.zh}，然后重新启动 Claude Code。也可由 doctor --fix 代为修改。`,
    };
    return { ...here(machine), commands: [openCommand(machine, setting)], note, edit };
  }
  const set = shown === undefined ? askCommand(machine.shell, name) : setCommand(machine.shell, name, shown);
  const open = setting.source.path === undefined ? [] : [openCommand(machine, setting)];
  const fixed = {
    en: `Set ${name} ${to.en}; it is set ${where.en}.${open.length > 0 ? " Change that line too, else the next terminal has the old value." : ""}`,
    zh: `将 ${name} 改为${to.zh}；它设置${where.zh}。${open.length > 0 ? "也请修改该行，否则新开的终端仍是旧值。" : ""}`,
  };
  const asked = {
    en: `Type ${name} anew when asked (it is not shown); it is set ${where.en}.${open.length > 0 ? " Change that line too, else the next terminal has the old value." : ""}`,
    zh: `按提示重新输入 ${name}（不会显示）；它设置${where.zh}。${open.length > 0 ? "也请修改该行，否则新开的终端仍是旧值。" : ""}`,
  };
  return { ...here(machine), commands: [set, ...open], note: shown === undefined ? asked : fixed };
}

/** Command that opens the file at the line. */
export function openCommand(machine: Here, setting: Pick<Setting, "source">): string {
  const { path = "", line } = setting.source;
  if (machine.platform === "win32") return `notepad ${quoted(machine.shell, path)}`;
  const editor = machine.shell === "sh" ? `"\${EDITOR:-vi}"` : "vi";
  return `${editor} ${line === undefined ? "" : `+${line} `}${quoted(machine.shell, path)}`;
}

/** A fix for the shell that is in use here. */
export function here(machine: Here): Pick<Fix, "os" | "shell"> {
  return { os: "any", shell: machine.shell };
}

/** The place without the word before it, for sentences that begin with a verb. */
function placed(where: Words): string {
  return where.zh.replace(/^在\s*/, "");
}

function isJson({ source }: Setting): boolean {
  return source.kind === "claude-user" || source.kind === "claude-project" || source.kind === "claude-local";
}

function managed(setting: Setting): Fix {
  const where = whereOf(setting);
  const { name } = setting;
  const note = {
    en: `${name} is set ${where.en}, which your organisation manages: ask your administrator to correct it there.`,
    zh: `${name} 设置${where.zh}，该文件由您的组织管理：请管理员在那里更正。`,
  };
  return { os: "any", shell: "any", commands: [], note };
}

function removalCommands(machine: Here, setting: Setting): string[] {
  const { kind, path, line } = setting.source;
  const { name } = setting;
  const key = name.replace(/^[a-z]+\./, "");
  if (kind === "npm") return [`npm config delete ${key}`];
  if (kind === "git") return [`git config --file ${quoted(machine.shell, path ?? "")} --unset-all ${key}`];
  const unset = kind === "shell" ? [unsetCommand(machine.shell, name)] : [];
  if (path === undefined) return unset;
  if (path.startsWith("HKCU")) return [...unset, `reg delete "${path}" /v ${name} /f`];
  if (line === undefined || machine.platform === "win32" || machine.shell === "powershell")
    return [...unset, openCommand(machine, setting)];
  // A comment instead of a gap: what stood there can be brought back, and the copy .bak is of the file before.
  return [`sed -i.bak '${line}s/^/# /' ${quoted(machine.shell, path)}`, ...unset];
}
