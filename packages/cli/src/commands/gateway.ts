// fairlead gateway: the gateway of a team, from its configuration, until it is told to stop.

import { resolve } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import { StoreError } from "@fairlead/stores";
import type { Command } from "commander";
import { localKey, noteKey } from "../admin/local-key.ts";
import { CliError } from "../cli-error.ts";
import { loadConfigFile, summary } from "../config-report.ts";
import { LogOutlet, logTarget } from "../log-outlet.ts";
import { untilStopped } from "../stop-signals.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead gateway                              with ./fairlead.yaml
  fairlead gateway -c /etc/fairlead.yaml        with another file
  fairlead gateway --check                      only look whether the file is fine

One JSON line for each request goes to standard output. SIGTERM or Ctrl-C: no new requests, streams under way
finish (drain.grace, 10m by default), exit code 0, or 1 when the time was too short for some. A second signal ends
it at once. SIGHUP reads the file again: a good one is put in force, a bad one changes nothing.`;

/** Adds the command. */
export function gatewayCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("gateway")
    .summary("run the gateway from fairlead.yaml")
    .description("Runs the gateway from a configuration file until it is told to stop.")
    .option("-c, --config <file>", "configuration file", "fairlead.yaml")
    .option("--check", "check the file and what it points to, then exit")
    .addHelpText("after", EXAMPLES)
    .action(async (options: { config: string; check?: boolean }) => {
      end(await run(options, terminal));
    });
}

async function run(options: { config: string; check?: boolean }, terminal: Terminal): Promise<number> {
  const loaded = await loadConfigFile(options.config, terminal);
  if (loaded === undefined) return 1;
  const { config, files, text } = loaded;
  if (options.check === true) {
    terminal.out.write(`${options.config} is fine: ${summary(config)}\n`);
    return 0;
  }
  const { ListenError, OtelError, startGateway } = await import("@fairlead/gateway");
  const { key: adminKey, file } = localKey(config.data_dir);
  const rt = systemRuntime();
  const time = () => new Date(rt.clock.wall()).toISOString();
  const starting = startGateway(config, rt, {
    log: new LogOutlet(logTarget(terminal.out), time).write,
    adminKey,
    source: { file: resolve(options.config), env: terminal.env, text, files },
  }).catch((e: unknown) => {
    if (e instanceof ListenError) throw new CliError(`${e.message}. Change it in ${options.config}.`);
    if (e instanceof OtelError || StoreError.is(e)) throw new CliError(e.message);
    throw e;
  });
  // It serves before its start is over, and a signal that nobody takes would end it. What was refused is told in the log.
  process.on("SIGHUP", () => void starting.then(({ fleet }) => fleet?.reload("SIGHUP")).catch(() => {}));
  const gateway = await starting;
  noteKey(gateway.adminUrl, file, terminal.env);
  return untilStopped({ drain: () => gateway.drain(), force: () => gateway.close() });
}
