// Which program is asked about, and which version of it is installed; found by reading, never by running it.

import type { ClientName, Options } from "../context.ts";
import type { Machine } from "../machine.ts";
import type { Environment } from "./environment.ts";
import { memberOf, parseJson } from "./json-text.ts";
import type { Place } from "./place.ts";

/** The program and how it was chosen: the one asked for, Claude Code where it is set up, else Node. */
export function clientOf(
  machine: Machine,
  place: Place,
  options: Pick<Options, "as">,
): Pick<Environment, "client" | "clientChosen"> {
  if (options.as !== undefined) return { client: options.as, clientChosen: "asked" };
  const there = (name: string) => !("error" in machine.statOf(place.join(machine.home, name)));
  if (there(".claude") || there(".claude.json") || machine.findCommand("claude") !== undefined)
    return { client: "claude-code", clientChosen: "detected" };
  return { client: "node", clientChosen: "default" };
}

/** Version of the program and the path that tells it; undefined where nothing does. */
export function versionOf(
  machine: Machine,
  place: Place,
  client: ClientName,
): { version: string; from: string } | undefined {
  if (client === "node") return { version: machine.nodeVersion, from: "node" };
  if (client !== "claude-code") return undefined;
  const command = machine.findCommand("claude");
  const native = nativeVersion(machine, place);
  // The native launcher is linked from ~/.local/bin; another place on the PATH means another installation.
  if (native !== undefined && (command === undefined || place.shown(command).startsWith("~"))) return native;
  return packageVersion(machine, place, command) ?? native;
}

function nativeVersion(machine: Machine, place: Place): { version: string; from: string } | undefined {
  const folder = place.join(machine.home, ".local", "share", "claude", "versions");
  const versions = machine.list(folder).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
  const newest = versions.sort((a, b) => compareVersions(b, a))[0];
  return newest === undefined ? undefined : { version: newest, from: place.join(folder, newest) };
}

function packageVersion(
  machine: Machine,
  place: Place,
  command: string | undefined,
): { version: string; from: string } | undefined {
  const name = "@anthropic-ai/claude-code";
  const bin = command === undefined ? [] : [place.dirname(command)];
  const folders = [
    ...bin.map((one) => place.join(one, "..", "lib", "node_modules")),
    ...bin.map((one) => place.join(one, "node_modules")),
    place.join(machine.home, ".claude", "local", "node_modules"),
    place.join(machine.home, ".npm-global", "lib", "node_modules"),
    ...(machine.env["APPDATA"] === undefined ? [] : [place.join(machine.env["APPDATA"], "npm", "node_modules")]),
  ];
  for (const folder of folders) {
    const path = place.join(folder, name, "package.json");
    const text = machine.readText(path);
    const parsed = text === undefined ? undefined : parseJson(text);
    const version = parsed === undefined || "error" in parsed ? undefined : memberOf(parsed.root, "version")?.value;
    if (version?.kind === "string") return { version: version.value, from: path };
  }
  return undefined;
}

/** Below 0 when `a` is older than `b`. Reads the first three numbers. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
