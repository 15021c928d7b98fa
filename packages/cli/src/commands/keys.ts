// fairlead keys: virtual keys of a running gateway: made, listed, changed, rotated, revoked.

import type { AdminContract, AdminInput, AdminOutput } from "@fairlead/gateway";
import type { Command } from "commander";
import { askAdmin } from "../admin/client.ts";
import {
  ADMIN_HELP,
  type AdminCommandOptions,
  addWords,
  type BoundOptions,
  boundsOf,
  print,
  readEnd,
  readSpan,
  targetOf,
  withAdmin,
  withBounds,
} from "../admin/command.ts";
import { everyPage } from "../admin/every-page.ts";
import { shortTime, tableLines } from "../admin/table.ts";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead keys create ci --project web                  a key of the project web, named ci
  fairlead keys create haiku --project web --model 'claude-haiku-*' --expires 90d
  fairlead keys create ops --admin-key                   an admin key; --scope admin:read for one that only looks
  fairlead keys list --project web
  fairlead keys update k_4fT2bQ9xWm1z --limits '{"rpm":60}' --expires 90d
  fairlead keys rotate k_4fT2bQ9xWm1z --overlap 24h      a new one; the old one works for another day
  fairlead keys revoke k_4fT2bQ9xWm1z                    ends it at once

A key is shown once, by create and rotate; the gateway keeps a digest of it only.
${ADMIN_HELP}`;

type KeyMade = AdminOutput<AdminContract["createKey"]>;

interface CreateOptions extends AdminCommandOptions, BoundOptions {
  readonly project?: string;
  readonly adminKey?: boolean;
  readonly scope?: readonly string[];
  readonly model?: readonly string[];
  readonly expires?: number | "never";
  readonly signing?: boolean;
}

interface UpdateOptions extends CreateOptions {
  readonly name?: string;
}

/** Adds the command. */
export function keysCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const keys = program
    .command("keys")
    .summary("make, list, change, rotate and revoke keys")
    .description("Works on the keys of a running gateway.")
    .usage("create|list|update|rotate|revoke [options]")
    .addHelpText("after", EXAMPLES);

  withBounds(withAdmin(keys.command("create [name]")))
    .description(
      "Makes a key and prints it, this once. The name says what it is for; without one it is that of the project.",
    )
    .option("-p, --project <name>", "the project that is charged")
    .option("--admin-key", "an admin key, of no project")
    .option("--scope <names>", "what it may do: messages, batches, files, admin:read, admin:write", addWords)
    .option("--model <patterns>", "models that it may use; * stands for anything", addWords)
    .option("--expires <span>", "it ends after so long, such as 90d", readSpan)
    .option("--signing", "requests may be signed with it (HMAC-SHA256)")
    .action(async (name: string | undefined, options: CreateOptions) => {
      if ((options.project === undefined) === (options.adminKey !== true)) {
        throw new CliError(
          "Give either --project or --admin-key: a key belongs to a project, or opens the admin address.",
          2,
        );
      }
      const scopes = options.scope ?? (options.adminKey === true ? ["admin:read", "admin:write"] : undefined);
      const made = await askAdmin(targetOf(options, terminal), "createKey", {
        body: {
          name: name ?? options.project ?? "admin",
          ...(options.project === undefined ? {} : { project: options.project }),
          // The gateway knows which there are.
          ...(scopes === undefined ? {} : { scopes: scopes as ["messages"] }),
          ...(partsOf(options) as object),
          ...(options.signing === true ? { signing: true } : {}),
        },
      });
      print(made, () => madeLines(made), options, terminal);
      end(0);
    });

  withAdmin(keys.command("list"))
    .description("Lists keys without their secrets.")
    .option("-p, --project <name>", "those of one project")
    .option("--all", "those that have ended too")
    .action(async (options: AdminCommandOptions & { project?: string; all?: boolean }) => {
      const answer = await everyPage(targetOf(options, terminal), "listKeys", options.project);
      const alive = (state: string) => state === "active" || state === "rotating";
      const shown = answer.keys.filter(({ state }) => options.all === true || alive(state));
      const rows = shown.map((one) => [
        one.id,
        one.source === "config" ? null : one.prefix,
        one.name,
        one.project ?? "(admin)",
        one.source === "config" ? "in file" : one.state,
        one.scopes.join(","),
        shortTime(one.expires_at)?.slice(0, 10) ?? null,
      ]);
      const hidden = answer.keys.length - shown.length;
      const lines = (columns: number) => [
        ...(rows.length === 0
          ? ["no keys"]
          : tableLines(["ID", "PREFIX", "NAME", "PROJECT", "STATE", "SCOPES", "EXPIRES"], rows, columns)),
        ...(hidden > 0 ? [`${hidden} that have ended are not shown; --all shows them`] : []),
      ];
      print(answer, lines, options, terminal);
      end(0);
    });

  withBounds(withAdmin(keys.command("update <id>")))
    .description(
      "Changes what is given of a key, and leaves the rest as it is. null takes limits, a budget, limits by model or addresses away.",
    )
    .option("--name <text>", "what it is for")
    .option("--scope <names>", "what it may do: messages, batches, files, admin:read, admin:write", addWords)
    .option("--model <patterns>", "models that it may use; * stands for anything", addWords)
    .option("--expires <span>", "it ends after so long from now, such as 90d, or never", readEnd)
    .action(async (id: string, options: UpdateOptions) => {
      const body = {
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.scope === undefined ? {} : { scopes: [...options.scope] }),
        ...partsOf(options),
      } as AdminInput<AdminContract["updateKey"]>["body"];
      if (Object.keys(body).length === 0) {
        throw new CliError(
          "Say what to change: --name, --scope, --model, --expires, --limits, --budget, --model-limits or --ip.",
          2,
        );
      }
      const key = await askAdmin(targetOf(options, terminal), "updateKey", { params: { key: id }, body });
      print(key, () => [`${key.id} is changed.`], options, terminal);
      end(0);
    });

  withAdmin(keys.command("rotate <id>"))
    .description("Makes a key in place of another and prints it, this once.")
    .option("--overlap <span>", "how long the old one still works (default: 1d)", readSpan)
    .action(async (id: string, options: AdminCommandOptions & { overlap?: number }) => {
      const made = await askAdmin(targetOf(options, terminal), "rotateKey", {
        params: { key: id },
        body: options.overlap === undefined ? {} : { overlap_seconds: options.overlap },
      });
      print(made, () => [...madeLines(made), `${id} works until the overlap is over.`], options, terminal);
      end(0);
    });

  withAdmin(keys.command("revoke <id>"))
    .description("Ends a key at once, and for ever.")
    .action(async (id: string, options: AdminCommandOptions) => {
      const key = await askAdmin(targetOf(options, terminal), "revokeKey", { params: { key: id } });
      print(key, () => [`${key.id} is revoked.`], options, terminal);
      end(0);
    });
}

function partsOf({ model, expires, ...bounds }: CreateOptions): { readonly [name: string]: unknown } {
  return {
    ...(model === undefined ? {} : { allowed_models: [...model] }),
    ...boundsOf(bounds),
    ...(expires === undefined ? {} : { expires_in_seconds: expires === "never" ? null : expires }),
  };
}

function madeLines({ key, secret }: KeyMade): string[] {
  const whose = key.project === null ? "an admin key" : `a key of ${key.project}`;
  const until = key.expires_at === null ? "" : ` It ends at ${shortTime(key.expires_at)} UTC.`;
  return [
    secret,
    "",
    `${key.id} is ${whose}: ${key.scopes.join(", ")}.${until}`,
    "Keep it now: it is not shown again.",
  ];
}
