// fairlead alerts: sends a test message to the targets of a configuration, and says what they answered.

import { hostname } from "node:os";
import { systemRuntime } from "@fairlead/runtime";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { readConfigFile } from "../config-report.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead alerts test                  a test message to every target of ./fairlead.yaml
  fairlead alerts test ops -c my.yaml   to one of them

Exit code 1 when a message did not arrive.`;

/** Adds the command. */
export function alertsCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const alerts = program
    .command("alerts")
    .summary("try the targets of alerts")
    .description("Works on the alerts of a configuration.")
    .usage("test [options]");
  alerts
    .command("test [target]")
    .description("Sends a test message to a target of alerts, or to all, and prints what it answered.")
    .option("-c, --config <file>", "configuration file", "fairlead.yaml")
    .option("--json", "print the answers as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (target: string | undefined, options: { config: string; json?: boolean }) => {
      end(await test(target, options, terminal));
    });
}

async function test(
  target: string | undefined,
  options: { config: string; json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const config = await readConfigFile(options.config, terminal);
  if (config === undefined) return 1;
  if (config.alerts === undefined)
    throw new CliError(`${options.config} has no alerts; add a block \`alerts\` with targets.`);
  const names = config.alerts.targets.map(({ name }) => name);
  if (target !== undefined && !names.includes(target))
    throw new CliError(`there is no target ${target} in ${options.config}; targets are: ${names.join(", ")}`, 2);
  const { sendTestAlerts } = await import("@fairlead/gateway");
  const wanted = target === undefined ? undefined : [target];
  const replies = await sendTestAlerts(config.alerts, wanted, `${hostname()} fairlead alerts test`, systemRuntime());
  if (options.json === true) terminal.out.write(`${JSON.stringify(replies, undefined, 2)}\n`);
  else
    for (const { target: name, kind, ok, status, said } of replies) {
      const answer = said === "" ? `status ${status}` : said.replace(/\s+/g, " ");
      terminal.out.write(`${ok ? "sent  " : "failed"}  ${name} (${kind}): ${answer}\n`);
    }
  return replies.every(({ ok }) => ok) ? 0 : 1;
}
