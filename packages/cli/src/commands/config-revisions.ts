// fairlead config, the part that talks to a running gateway: revisions, diff, apply, roll back, trials.

import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { askAdmin } from "../admin/client.ts";
import { findAdmin, readAdmin } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

interface Common {
  readonly admin?: string;
  readonly json?: boolean;
}

interface RevisionLine {
  readonly id: string;
  readonly state: string;
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
  readonly canary_percent: number | null;
}

/** What is told of the fleet, as far as it is read here. */
interface FleetState {
  readonly mode?: string;
  readonly hash?: string;
  readonly source?: string;
  readonly staleSeconds?: number;
  readonly refused?: { readonly why: string } | null;
  readonly trial?: {
    readonly hash: string;
    readonly revision: number | null;
    readonly percent: number;
    readonly verdict: string;
  } | null;
  readonly instances?: ReadonlyArray<{
    readonly id: string;
    readonly revision: number | null;
    readonly hash: string;
    readonly staleSeconds: number;
    readonly refused: { readonly why: string } | null;
  }>;
}

/** Adds the subcommands to `fairlead config`. */
export function configRevisionCommands(config: Command, terminal: Terminal): void {
  const command = (name: string, description: string) =>
    config
      .command(name)
      .description(description)
      .option("--admin <url>", "admin address of the gateway (default: the one that runs here)", readAdmin)
      .option("--json", "print JSON");
  const out = (options: Common, value: unknown, text: string) =>
    terminal.out.write(options.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : text);
  const target = (options: Common) => findAdmin(options.admin, terminal);

  command("status", "Tells which revision is in force, on which instances, and what is tried or was refused.").action(
    async (options: Common) => {
      const answer = await askAdmin(target(options), "getConfig", {});
      out(
        options,
        { revision: answer.revision, fleet: answer.fleet },
        statusText(answer.fleet as FleetState, answer.revision),
      );
    },
  );
  command("list", "Lists revisions, the newest first.").action(async (options: Common) => {
    const { revisions } = await askAdmin(target(options), "listRevisions", {});
    out(options, { revisions }, revisions.map(revisionText).join(""));
  });
  command("show <revision>", "Prints the text of a revision; secrets are references in it.").action(
    async (revision: string, options: Common) => {
      const answer = await askAdmin(target(options), "getRevision", { params: { revision } });
      out(options, answer, answer.yaml);
    },
  );
  command(
    "diff <revision> [against]",
    "Tells what a revision changes against another, or against the one in force.",
  ).action(async (revision: string, against: string | undefined, options: Common) => {
    const asked = { params: { revision }, query: { against } };
    const { changes } = await askAdmin(target(options), "diffRevision", asked);
    const lines = changes.map(
      ({ path, before, after }) => `${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}\n`,
    );
    out(options, { changes }, lines.length === 0 ? "no difference\n" : lines.join(""));
  });
  command("apply <file>", "Puts a file in force on the running gateway, or in its whole fleet; all of it or nothing.")
    .option("--expect <revision>", "only while this revision is in force")
    .option("--canary <percent>", "try it on this share of the requests first, 1 to 99", percent)
    .option("--reason <text>", "for the list of revisions")
    .action(async (file: string, options: Common & { expect?: string; canary?: number; reason?: string }) => {
      const body = {
        yaml: textOf(file),
        expect: options.expect,
        canary_percent: options.canary,
        reason: options.reason,
      };
      const revision = await askAdmin(target(options), "applyConfig", { body });
      out(options, revision, revisionText(revision));
    });
  command("rollback [revision]", "Puts an earlier revision in force again, by default the one before; ends a trial.")
    .option("--reason <text>", "for the list of revisions")
    .action(async (to: string | undefined, options: Common & { reason?: string }) => {
      const revision = await askAdmin(target(options), "rollBackConfig", { body: { to, reason: options.reason } });
      out(options, revision, revisionText(revision));
    });
  command("promote", "Puts what is tried in force for all requests.").action(async (options: Common) => {
    const answer = await askAdmin(target(options), "promoteConfig", {});
    out(options, answer, answer.revision === null ? "promoted\n" : revisionText(answer.revision));
  });
  command("abort", "Ends the trial; the configuration in force stays.").action(async (options: Common) => {
    const answer = await askAdmin(target(options), "abortConfig", {});
    out(options, answer, "the trial has ended\n");
  });
  command("reload", "Reads the configuration and its secrets again, as SIGHUP does, and tells what came of it.").action(
    async (options: Common) => {
      const answer = await askAdmin(target(options), "reloadConfig", {});
      out(options, answer, `${answer.result}\n`);
    },
  );
}

function percent(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 99) return value;
  throw new InvalidArgumentError("It must be a whole number from 1 to 99.");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (e) {
    throw new CliError(`${file} cannot be read: ${e instanceof Error ? e.message : String(e)}`, 2);
  }
}

function revisionText({ id, state, at, by, reason, canary_percent: share }: RevisionLine): string {
  const tried = share === null ? "" : ` on ${share} %`;
  return `${id.padStart(4)}  ${`${state}${tried}`.padEnd(14)}  ${at}  ${by}${reason === null ? "" : `  ${reason}`}\n`;
}

function statusText(fleet: FleetState, revision: { readonly id: string } | null): string {
  const lines = [
    `revision ${revision?.id ?? "without a number"} (${(fleet.hash ?? "").slice(0, 12)}) from ${fleet.source ?? "?"}, mode ${fleet.mode ?? "?"}`,
  ];
  if ((fleet.staleSeconds ?? 0) > 0) lines.push(`not the one that should be in force, for ${fleet.staleSeconds} s`);
  if (fleet.refused != null) lines.push(`refused: ${fleet.refused.why}`);
  if (fleet.trial != null)
    lines.push(
      `on trial: ${fleet.trial.revision === null ? fleet.trial.hash.slice(0, 12) : `revision ${fleet.trial.revision}`} with ${fleet.trial.percent} % of the requests; ${fleet.trial.verdict}`,
    );
  for (const one of fleet.instances ?? []) {
    const stale = one.staleSeconds > 0 ? `, stale for ${one.staleSeconds} s` : "";
    const refused = one.refused === null ? "" : `, refused: ${one.refused.why}`;
    lines.push(`  ${one.id}: revision ${one.revision ?? "?"} (${one.hash.slice(0, 12)})${stale}${refused}`);
  }
  return `${lines.join("\n")}\n`;
}
