// fairlead admin: the admin API as a document.

import type { Command } from "commander";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead admin openapi > fairlead-admin.openapi.json   OpenAPI 3.1, for clients and readers`;

/** Adds the command. */
export function adminCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("admin")
    .summary("print the contract of the admin API")
    .description("Describes the admin API.")
    .usage("openapi")
    .addHelpText("after", EXAMPLES)
    .command("openapi")
    .description("Prints the OpenAPI 3.1 document of the admin API. No gateway need run.")
    .action(async () => {
      const { openApi } = await import("@fairlead/gateway");
      terminal.out.write(`${JSON.stringify(openApi(), null, 2)}\n`);
      end(0);
    });
}
