// fairlead audit: who changed what, and whether the log is whole.

import type { Command } from "commander";
import { askAdmin } from "../admin/client.ts";
import { ADMIN_HELP, type AdminCommandOptions, print, targetOf, withAdmin } from "../admin/command.ts";
import { shortTime, tableLines } from "../admin/table.ts";
import { readWhole } from "../load/arguments.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead audit                     the newest entries
  fairlead audit --limit 500 --json  more of them, with what stood before and after
  fairlead audit verify              is the chain of hashes whole? Exit code 1 when it is not

Note the head that verify prints somewhere else: a log that was cut short has another.
${ADMIN_HELP}`;

const BROKEN = {
  changed: "it does not follow from the one before",
  "cut short": "the gateway wrote entries from here on that are gone",
  "head missing": "no entry has the head that was asked for",
};

/** Adds the command. */
export function auditCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const audit = program
    .command("audit")
    .summary("show and verify the audit log")
    .description("Shows the audit log of a running gateway, and checks that it is whole.")
    .usage("[list|verify] [options]")
    .addHelpText("after", EXAMPLES);

  withAdmin(audit.command("list", { isDefault: true }))
    .description("Lists entries, the oldest first.")
    .option("--after <number>", "entries behind this number (default: the newest ones)", (text) =>
      readWhole(text, 0, 999_999_999),
    )
    .option("--limit <n>", "so many", (text) => readWhole(text, 1, 1_000), 50)
    .action(async (options: AdminCommandOptions & { after?: number; limit: number }) => {
      const target = targetOf(options, terminal);
      const after = options.after ?? (await newest(options.limit));
      const query = { after: String(after), limit: String(options.limit) };
      const answer = await askAdmin(target, "listAudit", { query });
      const rows = answer.entries.map((one) => [
        String(one.seq),
        shortTime(one.at),
        one.actor,
        one.action,
        one.subject,
        one.from,
      ]);
      const lines = (columns: number) =>
        rows.length === 0 ? ["no entries"] : tableLines(["NO", "AT (UTC)", "WHO", "WHAT", "TO", "FROM"], rows, columns);
      print(answer, lines, options, terminal);
      end(0);

      async function newest(limit: number): Promise<number> {
        const { entries } = await askAdmin(target, "verifyAudit", { query: {} });
        return Math.max(0, entries - limit);
      }
    });

  withAdmin(audit.command("verify"))
    .description("Walks the whole log and tells whether each entry follows from the one before.")
    .option("--head <hash>", "a head that was printed earlier: an entry must have it")
    .action(async (options: AdminCommandOptions & { head?: string }) => {
      const query = options.head === undefined ? {} : { head: options.head };
      const answer = await askAdmin(targetOf(options, terminal), "verifyAudit", { query });
      const lines = () =>
        answer.whole
          ? [`The log is whole: ${answer.entries} entries. Head: ${answer.head}`]
          : [
              `The log is broken at entry ${answer.broken_at}: ${BROKEN[answer.why ?? "changed"]}. Entries before it: ${answer.entries}.`,
            ];
      print(answer, lines, options, terminal);
      end(answer.whole ? 0 : 1);
    });
}
