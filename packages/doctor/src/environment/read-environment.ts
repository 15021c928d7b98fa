// Gathers what is set where on a machine, and says what of it counts for the program that is asked about.

import type { ClientName, Options } from "../context.ts";
import type { Machine } from "../machine.ts";
import { readClaudeSettings } from "./claude-settings.ts";
import { clientOf, versionOf } from "./client.ts";
import { cloudOf, credentialsOf } from "./credential-order.ts";
import type { Environment, Setting, Source, Variable } from "./environment.ts";
import { memberOf, parseJson } from "./json-text.ts";
import { type Place, placeOf } from "./place.ts";
import { proxyDecision } from "./proxy-decision.ts";
import { extraRootsOf, systemRootsOf } from "./root-stores.ts";
import { readShellProfiles } from "./shell-profiles.ts";
import { readSystemProxy, readWindowsUser } from "./system-proxy.ts";
import { readCurl, readDotenv, readEditors, readGit, readNpm } from "./tool-settings.ts";
import { guarded, isRead, knownName, textOf } from "./variable-names.ts";

/** Places that each program reads its variables from, strongest first. What stands elsewhere does not count for it. */
const READ_BY: { readonly [client in ClientName]: readonly Source["kind"][] } = {
  "claude-code": ["claude-managed", "claude-local", "claude-project", "claude-user", "shell"],
  node: ["shell"],
  python: ["shell"],
  curl: ["curl", "shell"],
};

/** Order in which the rest is listed. */
const OTHERS: readonly Source["kind"][] = [
  "shell",
  "claude-managed",
  "claude-local",
  "claude-project",
  "claude-user",
  "ide",
  "shell-profile",
  "dotenv",
  "npm",
  "git",
  "curl",
  "system",
  "default",
];

/** Reads everything that a request depends on before its first packet. Never throws for what it finds. */
export async function readEnvironment(machine: Machine, options: Pick<Options, "as" | "target">): Promise<Environment> {
  const place = placeOf(machine);
  const [systemProxy, windowsUser, systemRoots] = await Promise.all([
    readSystemProxy(machine),
    readWindowsUser(machine),
    systemRootsOf(machine),
  ]);
  const { client, clientChosen } = clientOf(machine, place, options);
  const version = versionOf(machine, place, client);
  const configFolder = machine.env["CLAUDE_CONFIG_DIR"] || place.join(machine.home, ".claude");
  const claude = readClaudeSettings(machine, place, configFolder);
  const profiles = [...readShellProfiles(machine, place), ...windowsUser];
  const settings = [
    ...readShell(machine, profiles),
    ...claude.settings,
    ...profiles,
    ...readDotenv(machine, place),
    ...readNpm(machine, place),
    ...readGit(machine, place),
    ...readCurl(machine, place),
    ...readEditors(machine, place),
  ];
  const variables = new Map<string, Variable>();
  for (const name of new Set(settings.map((one) => one.name))) {
    const all = ordered(
      settings.filter((one) => one.name === name),
      client,
    );
    variables.set(name, { name, effective: all.find(({ source }) => READ_BY[client].includes(source.kind)), all });
  }
  const lookAs = (as: ClientName) => lookOf(variables, as);
  const look = lookAs(client);
  const proxyAs = (as: ClientName, url: URL) =>
    proxyDecision(as, url, lookAs(as), { nodeVersion: machine.nodeVersion });
  return {
    client,
    clientChosen,
    ...(version === undefined ? {} : { clientVersion: version.version, clientVersionFrom: version.from }),
    variables,
    credentials: credentialsOf(client, look, cloudOf(client, look, options)?.platform, claude.keyHelper !== undefined),
    ...(claude.keyHelper === undefined ? {} : { keyHelper: claude.keyHelper }),
    login: hasLogin(machine, place, configFolder),
    broken: claude.broken,
    ...(systemProxy === undefined ? {} : { systemProxy }),
    extraRoots: extraRootsOf(machine, place, client, look),
    get systemRoots() {
      return systemRoots();
    },
    value: (name) => {
      const setting = variables.get(name)?.effective;
      return setting === undefined ? undefined : textOf(setting.value);
    },
    proxyFor: (url) => proxyAs(client, url),
    proxyAs,
  };
}

/** The process's own variables; a profile's line that says the same names where each was set. */
function readShell(machine: Machine, profiles: readonly Setting[]): Setting[] {
  const windows = machine.platform === "win32";
  return Object.entries(machine.env).flatMap(([key, value]) => {
    const name = isRead(key) ? key : windows ? knownName(key) : undefined;
    if (name === undefined || value === undefined) return [];
    const line = profiles.findLast((one) => one.name === name && textOf(one.value) === value)?.source;
    const source: Source = line === undefined ? { kind: "shell" } : { ...line, kind: "shell" };
    return [{ name, value: guarded(name, value), source }];
  });
}

function ordered(settings: readonly Setting[], client: ClientName): Setting[] {
  const order = [...READ_BY[client], ...OTHERS.filter((kind) => !READ_BY[client].includes(kind))];
  return [...settings].sort((a, b) => order.indexOf(a.source.kind) - order.indexOf(b.source.kind));
}

/** Options of curl's own file that stand in for variables, and win over them. */
const CURL_OPTIONS: { readonly [name: string]: string } = {
  https_proxy: "curl.proxy",
  http_proxy: "curl.proxy",
  no_proxy: "curl.noproxy",
};

function lookOf(variables: ReadonlyMap<string, Variable>, client: ClientName): (name: string) => Setting | undefined {
  return (name) => {
    const option = client === "curl" ? variables.get(CURL_OPTIONS[name] ?? "")?.all[0] : undefined;
    if (option !== undefined) return option;
    const all = variables.get(name)?.all ?? [];
    for (const kind of READ_BY[client]) {
      const setting = all.find(({ source }) => source.kind === kind);
      if (setting !== undefined) return setting;
    }
    return undefined;
  };
}

/** Whether Claude Code has a login stored: its file is there, or its own notes name the account. Neither is read for more. */
function hasLogin(machine: Machine, place: Place, configFolder: string): boolean {
  if (!("error" in machine.statOf(place.join(configFolder, ".credentials.json")))) return true;
  const text = machine.readText(place.join(machine.home, ".claude.json"));
  const parsed = text === undefined ? undefined : parseJson(text);
  return parsed !== undefined && !("error" in parsed) && memberOf(parsed.root, "oauthAccount")?.value.kind === "object";
}
