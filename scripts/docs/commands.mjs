// Reads the commands and flags of the fairlead program from its own --help, all the way down.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { node24, ROOT } from "../setup.mjs";

/**
 * @returns {{ name: string, help: string, flags: string[] }[]} the program first ("fairlead"), then each command
 *   ("fairlead config check"); empty when the program is not built
 */
export function readCommands() {
  if (!existsSync(join(ROOT, "packages", "cli", "dist", "main.js"))) return [];
  return readCommand([]);
}

function readCommand(path) {
  const help = run([...path, "--help"]);
  const children = namesIn(help).flatMap((name) => readCommand([...path, name]));
  return [{ name: ["fairlead", ...path].join(" "), help, flags: flagsIn(help) }, ...children];
}

/** First words of the indented lines under each heading that ends in "Commands:". */
export function namesIn(help) {
  const blocks = [...`${help}\n`.matchAll(/^[^\n]*commands:\s*\n((?: +[^\n]*\n)*)/gim)];
  const names = blocks.flatMap(([, block]) => [...block.matchAll(/^ {2,4}([a-z][a-z-]*)\b/gm)].map(([, name]) => name));
  return [...new Set(names)].filter((name) => name !== "help");
}

/** Every flag that a help text names. */
export function flagsIn(help) {
  return [...new Set(help.match(/(?<![\w-])--?[a-z][\w-]*/gi) ?? [])];
}

function run(args) {
  const program = join(ROOT, "packages", "cli", "bin", "fairlead.js");
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", COLUMNS: "100" };
  const result = spawnSync(node24(), [program, ...args], { env, encoding: "utf8", timeout: 20_000 });
  if (result.status !== 0) throw new Error(`fairlead ${args.join(" ")} ended with ${result.status}: ${result.stderr}`);
  return result.stdout;
}
