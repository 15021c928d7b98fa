// fairlead doctor: why a program on this machine cannot reach Claude, and the fix. All of it is the doctor's own.

import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";

/** Adds the command. Its arguments, its help and its exit codes are those of @fairlead/doctor. */
export function doctorCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("doctor")
    .summary("find why Claude cannot be reached, and the fix")
    .description("Finds why a program on this machine cannot reach Claude. fairlead doctor --help tells more.")
    .argument("[arguments...]", "options and commands of the doctor")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { localMachine, main, systemIo } = await import("@fairlead/doctor");
      const machine = { ...localMachine(), env: terminal.env, cwd: terminal.folder };
      const streams = { stdin: terminal.in, stdout: terminal.out, stderr: terminal.err };
      end(await main(args, machine, undefined, systemIo("fairlead doctor", streams)));
    });
}
