// Faults of everything else that is set: what overrides what, files that cannot be read, values that break a program.

import type { Lint } from "../facts/environment.ts";
import type { Machine } from "../machine.ts";
import { Secret } from "../secret.ts";
import { compareVersions } from "./client.ts";
import { placeText, shownValue } from "./description.ts";
import type { Environment, Setting, Variable } from "./environment.ts";
import { memberOf, parseJson } from "./json-text.ts";
import { placeOf } from "./place.ts";
import { textOf } from "./variable-names.ts";

/** Names whose value in a settings file, when it hides another one of the shell, explains what puzzles people. */
const TOLD =
  /^(?:ANTHROPIC_(?:API_KEY|AUTH_TOKEN|BASE_URL|.*_BASE_URL)|CLAUDE_CODE_(?:OAUTH_TOKEN|USE_.*)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;
/** Longest timer of JavaScript; a longer one ends at once (https://code.claude.com/docs/en/env-vars). */
export const TIMER_MAX = 2_147_483_647;
/** Shorter than this a time limit in milliseconds was most likely meant in seconds. */
export const TIMER_LEAST = 5_000;
/** Host names that Claude Code used and that are gone. */
const RETIRED = ["statsig.anthropic.com"];

/** All of them. */
export function settingsLints(environment: Environment, machine: Machine): Lint[] {
  const lints: Lint[] = environment.broken.map(({ source, error }) => ({
    problem: "broken",
    name: source.shown ?? source.path ?? "",
    where: placeText(source),
    detail: { error, sets: namesIn(machine.readText(source.path ?? "") ?? "") },
  }));
  for (const variable of environment.variables.values()) {
    lints.push(...override(variable), ...editorDiffers(variable, environment), ...notLoaded(variable, environment));
  }
  const look = (name: string) => environment.variables.get(name)?.effective;
  lints.push(...timeout(look("API_TIMEOUT_MS")), ...unverified(look("NODE_TLS_REJECT_UNAUTHORIZED")));
  for (const setting of environment.variables.get("NODE_OPTIONS")?.all ?? [])
    if (["shell", "shell-profile", "claude-user"].includes(setting.source.kind))
      lints.push(...nodeOptions(setting, machine));
  if (environment.client === "claude-code") lints.push(...notOnboarded(machine), ...retiredHosts(machine));
  return lints;
}

function at(setting: Setting, problem: string, detail: Lint["detail"] = {}): Lint {
  return {
    problem,
    name: setting.name,
    where: placeText(setting.source),
    detail: { value: shownValue(setting), ...detail },
  };
}

function override({ name, effective, all }: Variable): Lint[] {
  if (
    effective === undefined ||
    effective.source.kind === "shell" ||
    !effective.source.kind.startsWith("claude-") ||
    !TOLD.test(name)
  )
    return [];
  const shell = all.find(({ source }) => source.kind === "shell");
  if (shell === undefined || textOf(shell.value) === textOf(effective.value)) return [];
  return [
    at(effective, "override", {
      shell: shownValue(shell),
      shellWhere: placeText(shell.source),
      ...prints(effective, shell),
    }),
  ];
}

/** Fingerprints tell two secrets apart whose masks look alike. */
function prints(a: Setting, b: Setting): Lint["detail"] {
  if (!(a.value instanceof Secret) || !(b.value instanceof Secret)) return {};
  return { fingerprint: a.value.fingerprint, shellFingerprint: b.value.fingerprint };
}

function editorDiffers({ name, effective, all }: Variable, environment: Environment): Lint[] {
  const editor = all.find(({ source }) => source.kind === "ide");
  if (environment.client !== "claude-code" || editor === undefined || !TOLD.test(name)) return [];
  if (effective !== undefined && textOf(effective.value) === textOf(editor.value)) return [];
  return [at(editor, "editor-differs", { here: effective === undefined ? "" : shownValue(effective) })];
}

/** A profile sets what this shell does not have: the terminal is older than the line. */
function notLoaded({ name, effective, all }: Variable, environment: Environment): Lint[] {
  if (effective !== undefined || !/^(?:ANTHROPIC_(?:API_KEY|AUTH_TOKEN|BASE_URL)|CLAUDE_CODE_OAUTH_TOKEN)$/.test(name))
    return [];
  const line =
    all.find(({ source }) => source.kind === "shell-profile") ?? all.find(({ source }) => source.kind === "dotenv");
  if (line === undefined || (name !== "ANTHROPIC_BASE_URL" && environment.credentials.length > 0)) return [];
  return [at(line, line.source.kind === "dotenv" ? "dotenv-only" : "profile-not-loaded")];
}

function timeout(setting: Setting | undefined): Lint[] {
  if (setting === undefined) return [];
  const text = textOf(setting.value).trim();
  if (text === "") return [];
  const ms = Number(text);
  if (!Number.isFinite(ms) || ms <= 0) return [at(setting, "timeout-no-number")];
  if (ms > TIMER_MAX) return [at(setting, "timeout-overflow")];
  return ms < TIMER_LEAST ? [at(setting, "timeout-short", { ms })] : [];
}

function unverified(setting: Setting | undefined): Lint[] {
  return setting !== undefined && textOf(setting.value).trim() === "0" ? [at(setting, "unverified")] : [];
}

/** Flags of Node with the first versions that take them in NODE_OPTIONS; an older Node ends before it begins. */
const FLAGS: readonly (readonly [RegExp, readonly (readonly [number, string])[]])[] = [
  [
    /^--use-system-ca$/,
    [
      [22, "22.15.0"],
      [23, "23.8.0"],
    ],
  ],
  [
    /^--use-env-proxy$/,
    [
      [22, "22.21.0"],
      [24, "24.5.0"],
    ],
  ],
];

function nodeOptions(setting: Setting, machine: Machine): Lint[] {
  const place = placeOf(machine);
  const words = textOf(setting.value).match(/"[^"]*"|\S+/g) ?? [];
  return words.flatMap((raw, index): Lint[] => {
    const word = raw.replace(/^"(.*)"$/, "$1");
    const flag = word.replace(/=.*$/, "");
    const since = FLAGS.find(([name]) => name.test(flag))?.[1];
    if (since !== undefined && !knows(since, machine.nodeVersion))
      return [at(setting, "node-options", { flag, why: "unknown", node: machine.nodeVersion })];
    if (!/^(?:-r|--require|--import|--loader|--experimental-loader)$/.test(flag)) return [];
    const file = word.includes("=") ? word.slice(word.indexOf("=") + 1) : (words[index + 1] ?? "");
    if (!/^(?:\/|\.{1,2}\/|[A-Za-z]:[\\/])/.test(file)) return [];
    const stat = machine.statOf(place.absolute(file));
    return "error" in stat && stat.error === "ENOENT"
      ? [at(setting, "node-options", { flag, why: "missing", file: place.shown(file) })]
      : [];
  });
}

function knows(since: readonly (readonly [number, string])[], version: string): boolean {
  const major = Number.parseInt(version, 10);
  const own = since.find(([line]) => line === major);
  if (own !== undefined) return compareVersions(version, own[1]) >= 0;
  return major > Math.max(...since.map(([line]) => line));
}

/** Names of interest that a broken file mentions: what it would have set. */
function namesIn(text: string): string {
  return [
    ...new Set(
      text.match(
        /\b(?:ANTHROPIC_[A-Z_]+|CLAUDE_CODE_[A-Z_]+|HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|apiKeyHelper)\b/g,
      ) ?? [],
    ),
  ].join(", ");
}

/** The first start asks api.anthropic.com, whatever the base URL says. */
function notOnboarded(machine: Machine): Lint[] {
  const path = placeOf(machine).join(machine.home, ".claude.json");
  const text = machine.readText(path);
  // Without the file Claude Code has never run here; too large to be read means long in use.
  if (text === undefined) return [];
  const parsed = parseJson(text);
  const done = "error" in parsed ? undefined : memberOf(parsed.root, "hasCompletedOnboarding")?.value;
  if (done?.kind === "other" && done.value === true) return [];
  return [{ problem: "not-onboarded", name: "hasCompletedOnboarding", where: "~/.claude.json", detail: {} }];
}

function retiredHosts(machine: Machine): Lint[] {
  const place = placeOf(machine);
  const path = place.join(machine.cwd, ".devcontainer", "init-firewall.sh");
  const lines = (machine.readText(path) ?? "").split("\n");
  return RETIRED.flatMap((host) => {
    const line = lines.findIndex((one) => one.includes(host) && !/^\s*#/.test(one));
    return line < 0
      ? []
      : [
          {
            problem: "retired-host",
            name: host,
            where: `${place.shown(path)} line ${line + 1}`,
            detail: { path, line: line + 1 },
          },
        ];
  });
}
