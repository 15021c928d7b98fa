// fairlead projects: projects of a running gateway: made, listed, changed, removed.

import type { AdminContract, AdminInput } from "@fairlead/gateway";
import type { Command } from "commander";
import { askAdmin } from "../admin/client.ts";
import {
  ADMIN_HELP,
  type AdminCommandOptions,
  addWords,
  print,
  readJson,
  targetOf,
  withAdmin,
} from "../admin/command.ts";
import { everyPage } from "../admin/every-page.ts";
import { tableLines } from "../admin/table.ts";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead projects                                      all of them, of the file and made here
  fairlead projects create mobile --title "Mobile app" --model 'claude-*'
  fairlead projects update mobile --limits '{"rpm":600}' --budget '{"usd_per_day":50}'
  fairlead projects update mobile --sampling '{"rate":0.01,"expire":"7d"}'   keeps some prompts, redacted; null for none
  fairlead projects disable mobile                       its keys are refused until it is enabled again
  fairlead projects remove mobile                        and its keys are revoked; the ledger keeps its rows

Projects of fairlead.yaml are changed there.
${ADMIN_HELP}`;

interface ChangeOptions extends AdminCommandOptions {
  readonly title?: string;
  readonly model?: readonly string[];
  readonly limits?: string;
  readonly budget?: string;
  readonly redaction?: string;
  readonly duplicates?: string;
  readonly sampling?: string;
}

/** Adds the command. */
export function projectsCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const projects = program
    .command("projects")
    .summary("make, list, change and remove projects")
    .description("Works on the projects of a running gateway.")
    .usage("[list|create|update|enable|disable|remove] [options]")
    .addHelpText("after", EXAMPLES);

  withAdmin(projects.command("list", { isDefault: true }))
    .description("Lists projects.")
    .action(async (options: AdminCommandOptions) => {
      const answer = await everyPage(targetOf(options, terminal), "listProjects");
      const rows = answer.projects.map((one) => [
        one.name,
        one.title,
        one.source === "config" ? "in file" : one.disabled ? "disabled" : "active",
        one.allowed_models?.join(",") ?? "all",
        one.limits === null ? null : JSON.stringify(one.limits),
      ]);
      print(
        answer,
        (columns) => tableLines(["NAME", "TITLE", "STATE", "MODELS", "LIMITS"], rows, columns),
        options,
        terminal,
      );
      end(0);
    });

  withFields(withAdmin(projects.command("create <name>")))
    .description("Makes a project. Its name is for ever: logs, metrics and the ledger use it.")
    .action(async (name: string, options: ChangeOptions) => {
      const body = { name, ...fieldsOf(options) } as AdminInput<AdminContract["createProject"]>["body"];
      const made = await askAdmin(targetOf(options, terminal), "createProject", { body });
      print(
        made,
        () => [`${made.name} is there. fairlead keys create <name> --project ${made.name} makes a key of it.`],
        options,
        terminal,
      );
      end(0);
    });

  withFields(withAdmin(projects.command("update <name>")))
    .description("Changes what is given, and leaves the rest as it is.")
    .action(async (name: string, options: ChangeOptions) => {
      const fields = fieldsOf(options);
      if (Object.keys(fields).length === 0)
        throw new CliError(
          "Say what to change: --title, --model, --limits, --budget, --redaction, --duplicates or --sampling.",
          2,
        );
      end(await change(name, fields, `${name} is changed.`, options));
    });
  for (const [word, disabled] of [
    ["enable", false],
    ["disable", true],
  ] as const) {
    withAdmin(projects.command(`${word} <name>`))
      .description(disabled ? "Refuses the keys of a project." : "Takes the keys of a project again.")
      .action(async (name: string, options: AdminCommandOptions) => {
        end(await change(name, { disabled }, `${name} is ${word}d.`, options));
      });
  }

  withAdmin(projects.command("remove <name>"))
    .description("Removes a project and revokes its keys.")
    .action(async (name: string, options: AdminCommandOptions) => {
      const answer = await askAdmin(targetOf(options, terminal), "deleteProject", { params: { project: name } });
      print(answer, () => [`${name} is removed, and its keys are revoked.`], options, terminal);
      end(0);
    });

  async function change(name: string, fields: Fields, said: string, options: AdminCommandOptions): Promise<number> {
    const target = targetOf(options, terminal);
    const body = fields as AdminInput<AdminContract["updateProject"]>["body"];
    const changed = await askAdmin(target, "updateProject", { params: { project: name }, body });
    print(changed, () => [said], options, terminal);
    return 0;
  }
}

type Fields = { readonly [name: string]: unknown };

function withFields(command: Command): Command {
  return command
    .option("--title <text>", "for people")
    .option("--model <patterns>", "models that it may use; * stands for anything", addWords)
    .option("--limits <json>", `limits as in fairlead.yaml, such as '{"rpm":600}'`)
    .option("--budget <json>", `budget as in fairlead.yaml, such as '{"usd_per_day":50}'`)
    .option("--redaction <json>", `redaction as in fairlead.yaml, such as '{"mode":"mask"}'`)
    .option("--duplicates <json>", `duplicates as in fairlead.yaml, such as '{"window":"10s","answer":"once"}'`)
    .option("--sampling <json>", `samples as in fairlead.yaml, such as '{"rate":0.01,"expire":"7d"}'; null for none`);
}

/** Options that are JSON, each with an example of it. */
const BLOCKS = [
  ["limits", { rpm: 600 }],
  ["budget", { usd_per_day: 50 }],
  ["redaction", { mode: "mask" }],
  ["duplicates", { window: "10s", answer: "once" }],
  ["sampling", { rate: 0.01, expire: "7d" }],
] as const;

function fieldsOf({ title, model, ...rest }: ChangeOptions): Fields {
  return {
    ...(title === undefined ? {} : { title }),
    ...(model === undefined ? {} : { allowed_models: [...model] }),
    ...Object.fromEntries(
      BLOCKS.flatMap(([name, example]) => {
        const text = rest[name];
        return text === undefined ? [] : [[name, readJson(`--${name}`, text, example)]];
      }),
    ),
  };
}
