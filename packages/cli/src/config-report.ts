// Reads a configuration file for a command and tells its problems with the lines that they stand in.

import { readFileSync } from "node:fs";
import type { Config, Loaded, Problem } from "@fairlead/gateway";
import { systemClock } from "@fairlead/runtime";
import { type Paint, paintFor, type Terminal } from "./terminal.ts";

/** Loads the file. Problems and warnings go to standard error; undefined when it cannot be used. */
export async function readConfigFile(file: string, terminal: Terminal): Promise<Config | undefined> {
  return (await loadConfigFile(file, terminal))?.config;
}

/** The same with the text and what it points to. */
export async function loadConfigFile(file: string, terminal: Terminal): Promise<Loaded | undefined> {
  const found = await inspectConfig(file, terminal);
  const paint = paintFor(terminal.err, terminal.env);
  for (const one of found.warnings) terminal.err.write(`${showProblemInText(one, "warning", paint)}\n`);
  if (found.loaded !== undefined) return found.loaded;
  for (const one of found.problems) terminal.err.write(`${showProblemInText(one, "problem", paint)}\n`);
  const { length } = found.problems;
  terminal.err.write(
    `fairlead: ${file} cannot be used: ${length === 1 ? "one problem" : `${length} problems`}, see above.\n`,
  );
  return undefined;
}

/** Loads the file and gives what was found. */
export async function inspectConfig(
  file: string,
  terminal: Terminal,
): Promise<{ config?: Config; loaded?: Loaded; problems: readonly Problem[]; warnings: readonly Problem[] }> {
  const { ConfigError, openConfig } = await import("@fairlead/gateway");
  try {
    const loaded = await openConfig(file, terminal.env, systemClock());
    return { problems: [], warnings: loaded.warnings, config: loaded.config, loaded };
  } catch (e) {
    if (!ConfigError.is(e)) throw e;
    return { problems: e.problems, warnings: [] };
  }
}

/** One line on what a configuration holds. */
export function summary(config: Config): string {
  const names = config.upstreams.map((one) => one.name).join(", ");
  const keys = config.projects.reduce((sum, one) => sum + one.keys.length, 0);
  return `upstreams ${names}; rules ${config.models.length}; projects ${config.projects.length} with keys ${keys}`;
}

/** `file:line:column path: message`, then the line itself with a mark under the place. */
function showProblemInText(problem: Problem, kind: "problem" | "warning", paint: Paint): string {
  const at = `${problem.file}:${problem.line}:${problem.column}`;
  const label = kind === "warning" ? "warning: " : "";
  const head = `${paint.bold(at)} ${label}${problem.path === "" ? "" : `${problem.path} `}${problem.message}`;
  const line = lineOf(problem);
  if (line === undefined || line.trim() === "" || problem.path === "") return head;
  return `${head}\n${paint.dim(`    ${line}`)}\n    ${" ".repeat(problem.column - 1)}${paint.bad("^")}`;
}

function lineOf(problem: Problem): string | undefined {
  try {
    const line = readFileSync(problem.file, "utf8").split(/\r?\n/)[problem.line - 1];
    return line === undefined || line.length > 160 ? undefined : withoutSecrets(line);
  } catch {
    return undefined;
  }
}

/** Stars over what may be a secret in plain text, of the same length so that places stay where they are. */
function withoutSecrets(line: string): string {
  return line
    .replace(/\b(sk|fl)-[\w-]+/g, (text) => "*".repeat(text.length))
    .replace(/(:\/\/)([^\s/"'@]+)@/g, (_, before: string, login: string) => `${before}${"*".repeat(login.length)}@`)
    .replace(/(key[\w]*["']?\s*:\s*\[?\s*["']?)([^\s"'$[\],}]+)/gi, (whole, before: string, value: string) =>
      value.startsWith("file:") ? whole : before + "*".repeat(value.length),
    )
    .replace(/[\w+/=-]{24,}/g, (text) => (/\d/.test(text) ? "*".repeat(text.length) : text));
}
