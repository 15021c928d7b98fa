// fairlead config: checks a configuration, prints it with every default, prints its schema.

import type { Command } from "commander";
import { inspectConfig, readConfigFile, summary } from "../config-report.ts";
import type { Terminal } from "../terminal.ts";
import { configRevisionCommands } from "./config-revisions.ts";

const EXAMPLES = `
Examples:
  fairlead config check                          is ./fairlead.yaml fine?
  fairlead config print -c other.yaml            what is in force, defaults included, secrets masked
  fairlead config status                         which revision is in force, on which instances
  fairlead config apply new.yaml --canary 10     try it on a tenth of the requests of the running gateway first
  fairlead config rollback                       back to the revision before
  fairlead config schema > fairlead.schema.json  JSON Schema; an editor completes with it:
                                                 # yaml-language-server: $schema=./fairlead.schema.json`;

/** Adds the command. */
export function configCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const config = program
    .command("config")
    .summary("check, print, apply or roll back a configuration")
    .description("Works on configuration files, and on the revisions of a running gateway.")
    .usage("<command> [options]")
    .addHelpText("after", EXAMPLES);
  const file = ["-c, --config <file>", "configuration file", "fairlead.yaml"] as const;

  config
    .command("check")
    .description("Tells every problem with its line and column. Exit code 1 when there is one.")
    .option(...file)
    .option("--json", "print problems and warnings as JSON")
    .action(async (options: { config: string; json?: boolean }) => {
      end(await check(options, terminal));
    });
  config
    .command("print")
    .description("Prints the configuration in force as YAML: every default written out, every secret masked.")
    .option(...file)
    .option("--json", "print it as JSON")
    .action(async (options: { config: string; json?: boolean }) => {
      const read = await readConfigFile(options.config, terminal);
      if (read === undefined) return end(1);
      const { describeConfig, printConfig } = await import("@fairlead/gateway");
      terminal.out.write(options.json === true ? `${json(describeConfig(read))}\n` : printConfig(read));
    });
  config
    .command("schema")
    .description("Prints the JSON Schema of fairlead.yaml.")
    .action(async () => {
      const { configJsonSchema } = await import("@fairlead/gateway");
      terminal.out.write(`${json(configJsonSchema())}\n`);
    });
  configRevisionCommands(config, terminal);
}

async function check(options: { config: string; json?: boolean }, terminal: Terminal): Promise<number> {
  if (options.json === true) {
    const { config, problems, warnings } = await inspectConfig(options.config, terminal);
    terminal.out.write(`${json({ ok: config !== undefined, problems, warnings })}\n`);
    return config === undefined ? 1 : 0;
  }
  const config = await readConfigFile(options.config, terminal);
  if (config === undefined) return 1;
  terminal.out.write(`${options.config} is fine: ${summary(config)}\n`);
  return 0;
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
