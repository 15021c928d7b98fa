// The environment in which Claude Code goes through the gateway: what is set, what would get in its way.

import type { Connection } from "./connection.ts";

/** What changes against the surrounding environment, with reasons. */
export interface ClaudeEnvironment {
  readonly env: { [name: string]: string | undefined };
  readonly set: ReadonlyArray<{ readonly name: string; readonly value: string; readonly why: string }>;
  /** Only variables that were there. */
  readonly unset: ReadonlyArray<{ readonly name: string; readonly why: string }>;
}

/** Variables that would lead Claude Code elsewhere or send a second credential (reference/clients.md 2 and 3.4). */
const IN_THE_WAY: { readonly [name: string]: string } = {
  ANTHROPIC_API_KEY: "would be sent beside the gateway's key",
  CLAUDE_CODE_OAUTH_TOKEN: "a login of its own, would be sent in place of the gateway's key",
  CLAUDE_CODE_USE_BEDROCK: "would go to Bedrock, past the gateway",
  CLAUDE_CODE_USE_VERTEX: "would go to Vertex, past the gateway",
  CLAUDE_CODE_USE_FOUNDRY: "would go to Foundry, past the gateway",
  ANTHROPIC_UNIX_SOCKET: "would go to a local socket, past the gateway",
};

/** Claude Code's environment for a connection. */
export function claudeEnvironment(
  connection: Connection,
  around: { readonly [name: string]: string | undefined },
): ClaudeEnvironment {
  const set = [
    { name: "ANTHROPIC_BASE_URL", value: connection.url, why: "where requests go" },
    { name: "ANTHROPIC_AUTH_TOKEN", value: connection.key, why: "the key for it, sent as Authorization: Bearer" },
  ];
  const host = new URL(connection.url).hostname.replace(/^\[|\]$/g, "");
  const proxied = ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"].some(
    (name) => (around[name] ?? "") !== "",
  );
  if (proxied && /^(localhost|127\..*|::1)$/.test(host)) {
    const list = around.NO_PROXY ?? around.no_proxy ?? "";
    if (!list.split(/[\s,]+/).some((entry) => entry === host || entry === "*")) {
      const value = list === "" ? host : `${list},${host}`;
      for (const name of ["NO_PROXY", "no_proxy"])
        set.push({ name, value, why: "a proxy cannot reach this machine's own address" });
    }
  }
  const unset = Object.entries(IN_THE_WAY)
    .filter(([name]) => around[name] !== undefined)
    .map(([name, why]) => ({ name, why }));
  const env: { [name: string]: string | undefined } = { ...around };
  for (const { name } of unset) delete env[name];
  for (const { name, value } of set) env[name] = value;
  return { env, set, unset };
}
