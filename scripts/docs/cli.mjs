// Makes docs/reference/cli.md: what `fairlead --help` and the --help of every command print.
import { readCommands } from "./commands.mjs";

export const file = "docs/reference/cli.md";

export async function make() {
  const commands = readCommands();
  if (commands.length === 0) return undefined;
  const parts = ["# The fairlead command\n", "Exit codes: 0 fine, 1 a problem was found, 2 wrong usage.\n"];
  for (const { name, help } of commands) parts.push(`## ${name}\n`, `\`\`\`text\n${help.trim()}\n\`\`\`\n`);
  return parts.join("\n").trimEnd();
}
