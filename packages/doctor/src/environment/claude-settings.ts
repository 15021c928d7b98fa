// Claude Code's settings files at every level, strongest first, with the line of each value.

import type { Machine } from "../machine.ts";
import type { Environment, Setting, Source } from "./environment.ts";
import { type JsonNode, memberOf, parseJson, placeIn } from "./json-text.ts";
import { found, type Place, upwards } from "./place.ts";
import { guarded, isRead } from "./variable-names.ts";

/** What the settings files say. */
export interface ClaudeSettings {
  /** Values of their `env` blocks, strongest first. */
  readonly settings: readonly Setting[];
  readonly keyHelper: Setting | undefined;
  readonly broken: Environment["broken"];
}

/** Reads them all. Levels: https://code.claude.com/docs/en/settings. */
export function readClaudeSettings(machine: Machine, place: Place, configFolder: string): ClaudeSettings {
  const settings: Setting[] = [];
  const helpers: Setting[] = [];
  const broken: { source: Source; error: string }[] = [];
  for (const [kind, path] of filesOf(machine, place, configFolder)) {
    const at = found(kind, path, place);
    const text = machine.readText(path);
    if (text === undefined) {
      const stat = machine.statOf(path);
      if ("error" in stat && stat.error !== "ENOENT" && stat.error !== "ENOTDIR")
        broken.push({ source: at(), error: stat.error });
      continue;
    }
    if (text.trim() === "") continue;
    const parsed = parseJson(text);
    if ("error" in parsed) {
      broken.push({ source: at(parsed.line), error: `${parsed.error}, column ${parsed.column}` });
      continue;
    }
    const line = (offset: number) => at(placeIn(text, offset).line);
    settings.push(...envOf(parsed.root, line));
    const helper = memberOf(parsed.root, "apiKeyHelper");
    if (helper?.value.kind === "string" && helper.value.value.trim() !== "")
      helpers.push({ name: "apiKeyHelper", value: helper.value.value, source: line(helper.start) });
  }
  return { settings, keyHelper: helpers[0], broken };
}

function envOf(root: JsonNode, line: (offset: number) => Source): Setting[] {
  const env = memberOf(root, "env")?.value;
  if (env?.kind !== "object") return [];
  const names = new Set<string>();
  const settings: Setting[] = [];
  // Of two entries of one name the last counts.
  for (const { key, start, value } of env.members.toReversed()) {
    if (names.has(key) || !isRead(key)) continue;
    names.add(key);
    const text =
      value.kind === "string"
        ? value.value
        : value.kind === "other" && value.value !== null
          ? String(value.value)
          : undefined;
    if (text !== undefined) settings.push({ name: key, value: guarded(key, text), source: line(start) });
  }
  return settings;
}

function filesOf(machine: Machine, place: Place, configFolder: string): (readonly [Source["kind"], string])[] {
  const files: (readonly [Source["kind"], string])[] = [];
  for (const folder of managedFolders(machine)) {
    const more = place.join(folder, "managed-settings.d");
    const parts = machine.list(more).filter((file) => file.endsWith(".json") && !file.startsWith("."));
    for (const file of [...parts].sort().reverse()) files.push(["claude-managed", place.join(more, file)]);
    files.push(["claude-managed", place.join(folder, "managed-settings.json")]);
  }
  const project = projectFolder(machine, place);
  if (project !== undefined) {
    files.push(["claude-local", place.join(project, ".claude", "settings.local.json")]);
    files.push(["claude-project", place.join(project, ".claude", "settings.json")]);
  }
  files.push(["claude-user", place.join(configFolder, "settings.json")]);
  files.push(["claude-user", place.join(machine.home, ".claude.json")]);
  return files;
}

function managedFolders(machine: Machine): string[] {
  if (machine.platform === "darwin") return ["/Library/Application Support/ClaudeCode"];
  if (machine.platform === "linux") return ["/etc/claude-code"];
  const { env } = machine;
  return [
    `${env["ProgramFiles"] ?? "C:\\Program Files"}\\ClaudeCode`,
    `${env["ProgramData"] ?? "C:\\ProgramData"}\\ClaudeCode`,
  ];
}

/** The nearest folder from the working folder upwards that has project settings; the home folder's are the user's own. */
function projectFolder(machine: Machine, place: Place): string | undefined {
  for (const folder of upwards(machine.cwd, place)) {
    if (folder === machine.home) return undefined;
    const names = machine.list(place.join(folder, ".claude"));
    if (names.includes("settings.json") || names.includes("settings.local.json")) return folder;
    if (machine.list(folder).includes(".git")) return undefined;
  }
  return undefined;
}
