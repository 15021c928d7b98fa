// The proxy that the operating system is set to: what browsers use, and terminals mostly do not.

import type { Machine, Ran } from "../machine.ts";
import type { Environment, Setting } from "./environment.ts";
import { guarded, isRead, knownName } from "./variable-names.ts";

type SystemProxy = NonNullable<Environment["systemProxy"]>;

/** Longest wait for a tool of the system, milliseconds: they read a store and answer at once, or hang. */
const TOOL_MS = 250;
const INTERNET_SETTINGS = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";

/** Reads it with the system's own tool; undefined when none is set or it cannot be had. */
export async function readSystemProxy(machine: Machine): Promise<SystemProxy | undefined> {
  switch (machine.platform) {
    case "darwin":
      return macProxy(await machine.run("/usr/sbin/scutil", ["--proxy"], TOOL_MS));
    case "win32":
      return windowsProxy(await machine.run("reg", ["query", INTERNET_SETTINGS], TOOL_MS));
    case "linux":
      return gnomeProxy(machine);
  }
}

/** Variables of the Windows user (HKCU\Environment): those that a program started from now on gets. */
export async function readWindowsUser(machine: Machine): Promise<Setting[]> {
  if (machine.platform !== "win32") return [];
  const ran = await machine.run("reg", ["query", "HKCU\\Environment"], TOOL_MS);
  return registry(ran).flatMap(([key, value]) => {
    const name = knownName(key);
    if (name === undefined || !isRead(name)) return [];
    return [
      {
        name,
        value: guarded(name, value),
        source: { kind: "shell-profile", path: "HKCU\\Environment", shown: "HKCU\\Environment" } as const,
      },
    ];
  });
}

/** The answer of `scutil --proxy`. */
export function macProxy(ran: Ran | undefined): SystemProxy | undefined {
  const values = new Map<string, string>();
  for (const [, key, value] of (ran?.stdout ?? "").matchAll(/^\s*(\w+)\s*:\s*(.+?)\s*$/gm))
    if (key && value) values.set(key, value);
  const source = "scutil --proxy";
  if (values.get("ProxyAutoConfigEnable") === "1") {
    const pac = values.get("ProxyAutoConfigURLString");
    if (pac !== undefined) return { pac, source };
  }
  for (const [key, scheme] of [
    ["HTTPS", "http"],
    ["HTTP", "http"],
    ["SOCKS", "socks5"],
  ] as const) {
    const host = values.get(`${key}Proxy`);
    if (values.get(`${key}Enable`) === "1" && host !== undefined)
      return { url: `${scheme}://${host}:${values.get(`${key}Port`) ?? "80"}`, source };
  }
  return undefined;
}

/** The answer of `reg query` for the Internet Settings. */
export function windowsProxy(ran: Ran | undefined): SystemProxy | undefined {
  const values = new Map(registry(ran));
  const source = "Internet Settings";
  const pac = values.get("AutoConfigURL");
  const server = values.get("ProxyServer") ?? "";
  if (/^0x0*1$/.test(values.get("ProxyEnable") ?? "") && server !== "") {
    const https = /(?:^|;)https=([^;]+)/.exec(server)?.[1] ?? /(?:^|;)http=([^;]+)/.exec(server)?.[1];
    const socks = /(?:^|;)socks=([^;]+)/.exec(server)?.[1];
    const address = https ?? (server.includes("=") ? undefined : server);
    if (address !== undefined) return { url: /^\w+:\/\//.test(address) ? address : `http://${address}`, source };
    if (socks !== undefined) return { url: `socks5://${socks}`, source };
  }
  return pac === undefined || pac === "" ? undefined : { pac, source };
}

function registry(ran: Ran | undefined): [string, string][] {
  const lines = (ran?.stdout ?? "").matchAll(/^\s+(\S+)\s+REG_\w+\s+(.*?)\s*$/gm);
  return [...lines].map(([, key = "", value = ""]) => [key, value]);
}

async function gnomeProxy(machine: Machine): Promise<SystemProxy | undefined> {
  // Without a session's bus gsettings answers from its defaults, after a while.
  if (machine.env["DBUS_SESSION_BUS_ADDRESS"] === undefined || machine.env["XDG_CURRENT_DESKTOP"] === undefined)
    return undefined;
  const gsettings = machine.findCommand("gsettings");
  if (gsettings === undefined) return undefined;
  const ran = await machine.run(gsettings, ["list-recursively", "org.gnome.system.proxy"], TOOL_MS);
  const values = new Map<string, string>();
  for (const [, schema, key, value] of (ran?.stdout ?? "").matchAll(/^(\S+) (\S+) (.*?)\s*$/gm))
    if (schema && key)
      values.set(`${schema.replace("org.gnome.system.proxy", "")} ${key}`, (value ?? "").replace(/^'(.*)'$/, "$1"));
  const source = "org.gnome.system.proxy";
  const mode = values.get(" mode");
  if (mode === "auto") {
    const pac = values.get(" autoconfig-url");
    return pac ? { pac, source } : undefined;
  }
  if (mode !== "manual") return undefined;
  for (const [key, scheme] of [
    ["https", "http"],
    ["http", "http"],
    ["socks", "socks5"],
  ] as const) {
    const host = values.get(`.${key} host`);
    if (host) return { url: `${scheme}://${host}:${values.get(`.${key} port`) ?? "80"}`, source };
  }
  return undefined;
}
