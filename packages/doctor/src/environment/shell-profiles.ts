// What shell profiles set, read without running them.

import type { Machine } from "../machine.ts";
import type { Setting } from "./environment.ts";
import { found, type Place } from "./place.ts";
import { guarded, isRead } from "./variable-names.ts";

type Grammar = "sh" | "fish" | "powershell" | "plain";

/** Files of the home folder, in the order in which a later one usually wins. */
const HOME_FILES: readonly (readonly [string, Grammar])[] = [
  [".bashrc", "sh"],
  [".bash_profile", "sh"],
  [".bash_login", "sh"],
  [".profile", "sh"],
  [".zshrc", "sh"],
  [".zprofile", "sh"],
  [".zshenv", "sh"],
  [".config/fish/config.fish", "fish"],
  [".config/powershell/Microsoft.PowerShell_profile.ps1", "powershell"],
  [".config/powershell/profile.ps1", "powershell"],
];
const WINDOWS_FILES = ["PowerShell", "WindowsPowerShell"].flatMap((folder) =>
  ["profile.ps1", "Microsoft.PowerShell_profile.ps1"].map((file) => `Documents/${folder}/${file}`),
);

/** Every line of a profile that sets a variable of interest. */
export function readShellProfiles(machine: Machine, place: Place): Setting[] {
  const files: (readonly [string, Grammar])[] = HOME_FILES.map(([file, grammar]) => [
    place.join(machine.home, file),
    grammar,
  ]);
  if (machine.platform === "win32")
    for (const file of WINDOWS_FILES) files.push([place.join(machine.home, file), "powershell"]);
  const more = (folder: string, ending: string, grammar: Grammar) => {
    for (const file of machine.list(folder)) if (file.endsWith(ending)) files.push([place.join(folder, file), grammar]);
  };
  more(place.join(machine.home, ".config/fish/conf.d"), ".fish", "fish");
  more(place.join(machine.home, ".config/environment.d"), ".conf", "plain");
  files.push([place.join(machine.cwd, ".envrc"), "sh"]);
  if (machine.platform === "linux") files.push(["/etc/environment", "plain"]);
  return files.flatMap(([path, grammar]) => {
    const text = machine.readText(path);
    return text === undefined ? [] : settingsIn(text, grammar, machine.home, found("shell-profile", path, place));
  });
}

/** Assignments of variables of interest, line by line. */
function settingsIn(text: string, grammar: Grammar, home: string, at: (line: number) => Setting["source"]): Setting[] {
  return text.split(/\r?\n/).flatMap((line, index) =>
    assignmentsIn(line, grammar, home)
      .filter(([name]) => isRead(name))
      .map(([name, value]) => ({ name, value: guarded(name, value), source: at(index + 1) })),
  );
}

/** Names and values that one line sets. Values that only running it would give stay as they are written. */
export function assignmentsIn(line: string, grammar: Grammar, home: string): (readonly [string, string])[] {
  if (/^\s*(?:#|$)/.test(line)) return [];
  switch (grammar) {
    case "sh":
      return posix(line, home);
    case "plain": {
      const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line);
      return match === null ? [] : [[match[1] ?? "", unquoted(match[2] ?? "", home).value]];
    }
    case "fish": {
      const match = /^\s*set\s+((?:-\w+|--\w+)\s+)+([A-Za-z_]\w*)\s+(.*)$/.exec(line);
      const exported =
        match !== null && /\s(?:-\w*x\w*|--export)(?=\s)/.test(` ${line.slice(0, line.indexOf(match[2] ?? ""))}`);
      return match !== null && exported ? [[match[2] ?? "", unquoted(match[3] ?? "", home).value]] : [];
    }
    case "powershell": {
      const match =
        /^\s*\$env:([A-Za-z_]\w*)\s*=\s*(.*)$/i.exec(line) ??
        /SetEnvironmentVariable\(\s*["']([A-Za-z_]\w*)["']\s*,\s*([^,)]*)/i.exec(line);
      return match === null ? [] : [[match[1] ?? "", unquoted(match[2] ?? "", home).value]];
    }
  }
}

function posix(line: string, home: string): (readonly [string, string])[] {
  const set: (readonly [string, string])[] = [];
  const starts = /(?:^|[;&]|\bthen\b|\bdo\b)\s*((?:export|typeset\s+-g?x|declare\s+-g?x)\s+)?(?=[A-Za-z_]\w*=)/g;
  for (let start = starts.exec(line); start !== null; start = starts.exec(line)) {
    let at = starts.lastIndex;
    const here: (readonly [string, string])[] = [];
    for (;;) {
      const name = /^([A-Za-z_]\w*)=/.exec(line.slice(at))?.[1];
      if (name === undefined) break;
      at += name.length + 1;
      const { value, length } = unquoted(line.slice(at), home);
      here.push([name, value]);
      at += length;
      at += /^[ \t]*/.exec(line.slice(at))?.[0].length ?? 0;
    }
    // `NAME=value command` sets it for that command alone.
    const command = start[1] === undefined && /^[^\s;&|#]/.test(line.slice(at));
    if (!command) set.push(...here);
    starts.lastIndex = Math.max(at, starts.lastIndex);
  }
  return set;
}

/** One word as the shell would read it, and how much of the text it takes. `$HOME` and `~` are filled in. */
function unquoted(text: string, home: string): { readonly value: string; readonly length: number } {
  let value = "";
  let at = 0;
  while (at < text.length) {
    const here = text[at] ?? "";
    if (/[\s;&|]/.test(here)) break;
    if (here === "'" || here === '"') {
      const end = text.indexOf(here, at + 1);
      const inside = text.slice(at + 1, end < 0 ? text.length : end);
      value += here === '"' ? homeIn(inside, home) : inside;
      at = end < 0 ? text.length : end + 1;
    } else if (here === "\\" && at + 1 < text.length) {
      value += text[at + 1];
      at += 2;
    } else {
      const bare = /^[^\s;&|'"\\]+/.exec(text.slice(at))?.[0] ?? here;
      value += homeIn(at === 0 ? bare.replace(/^~(?=\/|$)/, home) : bare, home);
      at += bare.length;
    }
  }
  return { value, length: at };
}

function homeIn(text: string, home: string): string {
  return text.replace(/\$\{HOME\}|\$HOME\b|\$env:USERPROFILE\b/gi, () => home);
}
