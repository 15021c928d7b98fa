// For a gateway that is not there: where its address is set, to see and to open.

import type { Context } from "../context.ts";
import { describeVariable } from "../environment/description.ts";
import { here, openCommand } from "../environment/setting-fix.ts";
import type { Evidence, Fix } from "../finding.ts";

/** The setting that names the target, as evidence; nothing for a default. */
export function gatewayEvidence({ target }: Context): readonly Evidence[] {
  return target.from === undefined ? [] : [describeVariable(target.from)];
}

/** Opens the file that names the target; no command where it is in no file, or in one that an organisation manages. */
export function openThere({ machine, target }: Context): Pick<Fix, "os" | "shell" | "commands"> {
  const { from } = target;
  if (from?.source.path === undefined || from.source.kind === "claude-managed" || from.source.path.startsWith("HKCU"))
    return { os: "any", shell: "any", commands: [] };
  return { ...here(machine), commands: [openCommand(machine, from)] };
}
