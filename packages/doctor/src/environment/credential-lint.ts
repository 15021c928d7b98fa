// Faults of credentials that can be seen without sending them.

import type { Lint } from "../facts/environment.ts";
import type { Machine } from "../machine.ts";
import { Secret } from "../secret.ts";
import type { Platform, Target } from "../target.ts";
import { kindOf } from "./credential-order.ts";
import { placeText } from "./description.ts";
import type { Environment, Setting } from "./environment.ts";
import { placeOf } from "./place.ts";
import { textOf } from "./variable-names.ts";

/** What a value looks like that somebody forgot to fill in. */
const PLACEHOLDER =
  /^(?:<.*>|\[.*\]|x{3,}|\.{3}|…|change[-_ ]?me|todo|sk-ant-(?:\.{3}|…|x{3,}|your).*|.*(?:your|my)[-_ ]?(?:own[-_ ])?(?:anthropic[-_ ])?(?:api[-_ ]?)?(?:key|token)(?:[-_ ]?here)?.*|.*\.{3}|(?:api|auth)[-_ ]?(?:key|token)|key[-_ ]?here)$/i;
/** A reference that nobody filled in: settings files are no shell. */
const REFERENCE = /^(?:\$\{?\w+(?::-?[^}]*)?\}?|%\w+%|\{\{.*\}\})$/;
const QUOTES = /^["'`“”‘’«].*|.*["'`“”‘’»]$/s;

/** All faults of the credentials that the program would use. */
export function credentialLints(environment: Environment, target: Target, machine: Machine): Lint[] {
  const lints: Lint[] = [];
  const look = (name: string) => environment.variables.get(name)?.effective;
  const names = namesFor(environment.client, target.platform);
  for (const name of names) {
    const setting = look(name);
    if (setting !== undefined) lints.push(...valueLints(setting, environment, target));
  }
  if (target.platform === "anthropic" || target.platform === "custom")
    lints.push(...together(environment, look, machine));
  const headers = look("ANTHROPIC_CUSTOM_HEADERS");
  if (headers !== undefined) lints.push(...headerLints(headers));
  if (hasNone(environment, target, names)) lints.push({ problem: "none", name: names[0] ?? "", where: "", detail: {} });
  return lints;
}

function namesFor(client: Environment["client"], platform: Platform): readonly string[] {
  if (platform === "bedrock") return ["AWS_BEARER_TOKEN_BEDROCK"];
  if (platform === "foundry") return ["ANTHROPIC_FOUNDRY_API_KEY"];
  if (platform === "vertex") return [];
  const both = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
  return client === "claude-code" ? [...both, "CLAUDE_CODE_OAUTH_TOKEN"] : both;
}

function valueLints(setting: Setting, environment: Environment, target: Target): Lint[] {
  const value = textOf(setting.value);
  const { name } = setting;
  const lint = (problem: string, detail: Lint["detail"] = {}): Lint[] => [
    { problem, name, where: placeText(setting.source), detail: { value: new Secret(value).masked, ...detail } },
  ];
  const bare = value.trim();
  if (bare === "") {
    const hidden = environment.variables
      .get(name)
      ?.all.find((one) => one !== setting && textOf(one.value).trim() !== "" && one.source.kind === "shell");
    return lint("empty", { hides: hidden === undefined ? "" : placeText(hidden.source) });
  }
  if (REFERENCE.test(bare)) return lint("placeholder", { value: bare, reference: true });
  // A gateway of one's own may well take any word, and any kind of token.
  if (PLACEHOLDER.test(bare)) return lint(target.official ? "placeholder" : "stand-in", { reference: false });
  if (/^(?:bearer\s|(?:x-api-key|authorization)\s*:)/i.test(bare) || /^(?:export\s+)?[A-Z][A-Z0-9_]{3,}=./.test(bare))
    return lint("bearer-typed");
  if (bare.length > 1 && QUOTES.test(bare)) return lint("quoted");
  const odd = /[^\x21-\x7e]/u.exec(bare);
  if (odd !== null) {
    const code = (odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return lint("bad-characters", { index: value.indexOf(bare) + odd.index, character: `U+${code}` });
  }
  if (bare !== value) return lint("whitespace", { at: value.startsWith(bare) ? "end" : "start" });
  const kind = kindOf(value);
  if (name === "ANTHROPIC_API_KEY" && kind === "oauth-token")
    return lint(target.official ? "wrong-variable" : "odd-variable");
  if (
    target.official &&
    target.platform === "anthropic" &&
    (kind === "gateway-key" || (kind === "other" && !value.startsWith("sk-ant-")))
  )
    return lint("foreign", { prefix: /^sk-[a-z]{1,6}-/.exec(value)?.[0] ?? "" });
  return [];
}

function together(environment: Environment, look: (name: string) => Setting | undefined, machine: Machine): Lint[] {
  if (environment.client !== "claude-code") return [];
  const lints: Lint[] = [];
  const full = (name: string) => {
    const setting = look(name);
    return setting !== undefined && textOf(setting.value) !== "" ? setting : undefined;
  };
  const token = full("ANTHROPIC_AUTH_TOKEN");
  const key = full("ANTHROPIC_API_KEY");
  const oauth = full("CLAUDE_CODE_OAUTH_TOKEN");
  const helper = environment.keyHelper;
  if (token !== undefined && key !== undefined)
    lints.push({
      problem: "conflict",
      name: token.name,
      where: placeText(token.source),
      detail: { other: key.name, otherWhere: placeText(key.source) },
    });
  if (helper !== undefined) {
    const where = placeText(helper.source);
    const program = missingProgram(textOf(helper.value), machine);
    const problem = program?.why === "not-found" ? "helper-not-found" : "helper-missing";
    if (program !== undefined) lints.push({ problem, name: helper.name, where, detail: { ...program } });
    if (helper.source.kind === "claude-managed" && oauth !== undefined)
      lints.push({
        problem: "managed-helper",
        name: helper.name,
        where,
        detail: { other: oauth.name, otherWhere: placeText(oauth.source) },
      });
  }
  if (environment.login && key !== undefined && token === undefined)
    lints.push({ problem: "shadows-login", name: key.name, where: placeText(key.source), detail: {} });
  return lints;
}

/** Words at the beginning of a command that a shell knows by itself. */
const OF_SHELL =
  /^(?:echo|printf|cat|test|cd|exec|eval|source|set|export|unset|read|if|for|while|case|true|command|env|type|\[)$/;

/** The helper's program when a shell would not find it, or may not run it. It is looked at, never run. */
function missingProgram(
  command: string,
  machine: Machine,
): { readonly program: string; readonly why: "missing" | "not-found" | "not-executable" } | undefined {
  const first = /^\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command);
  const program = first?.[1] ?? first?.[2] ?? first?.[3] ?? "";
  if (/^[\w.-]+$/.test(program) && !OF_SHELL.test(program) && machine.platform !== "win32")
    return machine.findCommand(program) === undefined ? { program, why: "not-found" } : undefined;
  if (!/^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:\\)/.test(program)) return undefined;
  const place = placeOf(machine);
  const path = place.absolute(program.replace(/^~(?=\/)/, machine.home));
  const stat = machine.statOf(path);
  if ("error" in stat) return stat.error === "ENOENT" ? { program: place.shown(path), why: "missing" } : undefined;
  return machine.canRun?.(path) === false ? { program: place.shown(path), why: "not-executable" } : undefined;
}

/** Lines of `Name: value`. */
function headerLints(setting: Setting): Lint[] {
  const lines = textOf(setting.value).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line.trim() === "" || /^\s*[!#$%&'*+.^_`|~\w-]+\s*:\s*[\x20-\x7e]*$/.test(line)) return [];
    const detail = { line: index + 1, comma: /,\s*[\w-]+\s*:/.test(line) };
    return [{ problem: "custom-headers", name: setting.name, where: placeText(setting.source), detail }];
  });
}

function hasNone(environment: Environment, target: Target, names: readonly string[]): boolean {
  if (names.length === 0 || names.some((name) => (environment.value(name) ?? "") !== "")) return false;
  if (target.platform === "bedrock" || target.platform === "vertex" || target.platform === "foundry") return false;
  if (environment.client === "claude-code" && (environment.login || environment.keyHelper !== undefined)) return false;
  return (
    (environment.value("ANTHROPIC_PROFILE") ?? "") === "" &&
    (environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "") === ""
  );
}
