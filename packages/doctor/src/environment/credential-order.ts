// Which credential a program sends, and in which header.

import type { ClientName, Options } from "../context.ts";
import { Secret } from "../secret.ts";
import type { Platform } from "../target.ts";
import type { Credential, Setting } from "./environment.ts";
import { textOf } from "./variable-names.ts";

type Look = (name: string) => Setting | undefined;

/** Switches of Claude Code, with the platform that each means. They stand before every credential. */
export const SWITCHES: readonly (readonly [string, Platform])[] = [
  ["CLAUDE_CODE_USE_BEDROCK", "bedrock"],
  ["CLAUDE_CODE_USE_MANTLE", "bedrock"],
  ["CLAUDE_CODE_USE_VERTEX", "vertex"],
  ["CLAUDE_CODE_USE_FOUNDRY", "foundry"],
];

/** True for what switches count as on. */
export function isOn(setting: Setting | undefined): boolean {
  return setting !== undefined && /^(?:1|true|yes|on)$/i.test(textOf(setting.value).trim());
}

/** The cloud that the program talks to, with the switch that says so; undefined = Anthropic or what a base URL names. */
export function cloudOf(
  client: ClientName,
  look: Look,
  options: Pick<Options, "target">,
): { platform: Platform; by: Setting | undefined } | undefined {
  const { target } = options;
  if (target === "bedrock" || target === "vertex" || target === "foundry") return { platform: target, by: undefined };
  if (target !== undefined || client !== "claude-code") return undefined;
  for (const [name, platform] of SWITCHES) if (isOn(look(name))) return { platform, by: look(name) };
  return undefined;
}

/** What no header can hold: programs refuse it before a byte is sent. */
const UNSENDABLE = /[^\x20-\x7e\x80-\xff]|^ | $/;

/**
 * All credentials that the program has, in its order. Claude Code's is that of https://code.claude.com/docs/en/authentication;
 * the SDKs read the key before the token. With an apiKeyHelper (`helper`) its OAuth token is never used. A value that no
 * header can hold is not among them: it is never sent, and `env.credentials` names it. A cloud has its own, and none of these is sent to it.
 */
export function credentialsOf(
  client: ClientName,
  look: Look,
  cloud: Platform | undefined,
  helper = false,
): Credential[] {
  const names: readonly (readonly [string, Credential["header"]])[] =
    cloud === "bedrock"
      ? [["AWS_BEARER_TOKEN_BEDROCK", "authorization"]]
      : cloud === "foundry"
        ? [["ANTHROPIC_FOUNDRY_API_KEY", "x-api-key"]]
        : cloud === "vertex"
          ? []
          : client === "claude-code"
            ? [
                ["ANTHROPIC_AUTH_TOKEN", "authorization"],
                ["ANTHROPIC_API_KEY", "x-api-key"],
                ...(helper ? [] : ([["CLAUDE_CODE_OAUTH_TOKEN", "authorization"]] as const)),
              ]
            : [
                ["ANTHROPIC_API_KEY", "x-api-key"],
                ["ANTHROPIC_AUTH_TOKEN", "authorization"],
              ];
  // fetch takes blanks off the edges of a header; httpx refuses them, and curl would send them.
  const fetches = client === "node" || client === "claude-code";
  return names.flatMap(([name, header]) => {
    const setting = look(name);
    const value = setting === undefined ? "" : textOf(setting.value);
    const sent = fetches ? value.trim() : value;
    if (setting === undefined || sent === "" || UNSENDABLE.test(sent)) return [];
    return [{ setting, header, secret: new Secret(sent), kind: kindOf(sent) }];
  });
}

/** What kind of credential a value is, by how it begins. */
export function kindOf(value: string): Credential["kind"] {
  if (/^sk-ant-api/.test(value)) return "api-key";
  if (/^sk-ant-oat/.test(value)) return "oauth-token";
  if (/^eyJ[\w-]+\.[\w-]+\./.test(value)) return "jwt";
  return /^sk-/.test(value) && !/^sk-ant-/.test(value) ? "gateway-key" : "other";
}
