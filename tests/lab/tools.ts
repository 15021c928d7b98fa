// Which of the lab's programs this machine lacks.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LAB_DEBIAN } from "../../scripts/lab-tools.mjs";

/** Sentence with the missing programs; undefined when all are there. */
export function missingTools(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const commands = LAB_DEBIAN.map((entry) => (typeof entry === "string" ? entry : entry.command));
  const missing = commands.filter((command) => folders.every((folder) => !existsSync(join(folder, command))));
  return missing.length === 0
    ? undefined
    : `missing here: ${missing.join(", ")} (npm run doctor:lab installs what is missing)`;
}
