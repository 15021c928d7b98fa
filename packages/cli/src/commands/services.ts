// fairlead services and sign-ins: identities of programs that get tokens, and sign-ins of people, at a running gateway.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
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

const SERVICES = `
Examples:
  fairlead services create ci --project web                   a service and its secret, shown this once
  fairlead services create ci --project web --public-key ci.jwk.json   it proves itself by a key of its own
  fairlead services update svc_4fT2bQ9xWm1z0a7K --limits '{"rpm":60}' --expires 90d
  fairlead services disable svc_4fT2bQ9xWm1z0a7K              no tokens, and none that is out, until it is enabled
  fairlead services rotate svc_4fT2bQ9xWm1z0a7K --overlap 1h   a second secret; the first works for another hour
  fairlead services revoke svc_4fT2bQ9xWm1z0a7K                ends it and its tokens at once

It gets its tokens so: FAIRLEAD_CLIENT_SECRET=… fairlead token --client-id svc_… --client-secret env
${ADMIN_HELP}`;

const SIGN_INS = `
Examples:
  fairlead sign-ins list
  fairlead sign-ins end 4fT2bQ9xWm1z0a7K     one sign-in and its access tokens
  fairlead sign-ins end --actor user:ada     every sign-in of a person
${ADMIN_HELP}`;

interface CreateOptions extends AdminCommandOptions, BoundOptions {
  readonly project: string;
  readonly scope?: readonly string[];
  readonly model?: readonly string[];
  readonly publicKey?: string;
  readonly expires?: number | "never";
}

interface UpdateOptions extends Omit<CreateOptions, "project" | "publicKey"> {
  readonly name?: string;
}

/** Adds `services`. */
export function servicesCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const services = program
    .command("services")
    .summary("make, list, change, rotate and revoke services, which get tokens for programs")
    .description("Works on the services of a running gateway: identities of programs such as a CI.")
    .usage("create|list|update|enable|disable|rotate|revoke [options]")
    .addHelpText("after", SERVICES);

  withParts(withAdmin(services.command("create <name>")))
    .description("Makes a service and prints its secret, this once.")
    .requiredOption("-p, --project <name>", "the project that is charged")
    .option("--expires <span>", "it ends after so long, such as 90d", readSpan)
    .option("--public-key <file>", "a public key (JWK as JSON) to prove itself with, instead of a secret")
    .action(async (name: string, options: CreateOptions) => {
      const made = await askAdmin(targetOf(options, terminal), "createService", {
        body: {
          name,
          project: options.project,
          ...(partsOf(options) as object),
          ...(options.publicKey === undefined ? {} : { public_keys: [publicKey(options.publicKey, terminal)] }),
        },
      });
      print(made, () => madeLines(made), options, terminal);
      end(0);
    });

  withAdmin(services.command("list"))
    .description("Lists services without their secrets.")
    .option("-p, --project <name>", "those of one project")
    .action(async (options: AdminCommandOptions & { project?: string }) => {
      const answer = await everyPage(targetOf(options, terminal), "listServices", options.project);
      const rows = answer.services.map((one) => [one.id, one.name, one.project, one.state, one.scopes.join(",")]);
      const lines = (columns: number) =>
        rows.length === 0 ? ["no services"] : tableLines(["ID", "NAME", "PROJECT", "STATE", "SCOPES"], rows, columns);
      print(answer, lines, options, terminal);
      end(0);
    });

  withParts(withAdmin(services.command("update <id>")))
    .description(
      "Changes what is given of a service, its tokens included. null takes limits, a budget, limits by model or addresses away.",
    )
    .option("--name <text>", "what it is for")
    .option("--expires <span>", "it ends after so long from now, such as 90d, or never", readEnd)
    .action(async (id: string, options: UpdateOptions) => {
      const body = { ...(options.name === undefined ? {} : { name: options.name }), ...partsOf(options) };
      if (Object.keys(body).length === 0) {
        throw new CliError(
          "Say what to change: --name, --scope, --model, --expires, --limits, --budget, --model-limits or --ip.",
          2,
        );
      }
      end(await change(id, body, `${id} is changed.`, options));
    });
  for (const [word, disabled] of [
    ["enable", false],
    ["disable", true],
  ] as const) {
    withAdmin(services.command(`${word} <id>`))
      .description(disabled ? "Refuses a service and its tokens." : "Takes a service and its tokens again.")
      .action(async (id: string, options: AdminCommandOptions) => {
        end(await change(id, { disabled }, `${id} is ${word}d.`, options));
      });
  }

  async function change(id: string, fields: object, said: string, options: AdminCommandOptions): Promise<number> {
    const body = fields as AdminInput<AdminContract["updateService"]>["body"];
    const one = await askAdmin(targetOf(options, terminal), "updateService", { params: { service: id }, body });
    print(one, () => [said], options, terminal);
    return 0;
  }

  withAdmin(services.command("rotate <id>"))
    .description("Makes a second secret and prints it, this once.")
    .option("--overlap <span>", "how long the old one still works (default: 1d)", readSpan)
    .action(async (id: string, options: AdminCommandOptions & { overlap?: number }) => {
      const made = await askAdmin(targetOf(options, terminal), "rotateService", {
        params: { service: id },
        body: options.overlap === undefined ? {} : { overlap_seconds: options.overlap },
      });
      print(made, () => madeLines(made), options, terminal);
      end(0);
    });

  withAdmin(services.command("revoke <id>"))
    .description("Ends a service and its tokens at once, and for ever.")
    .action(async (id: string, options: AdminCommandOptions) => {
      const one = await askAdmin(targetOf(options, terminal), "revokeService", { params: { service: id } });
      print(one, () => [`${one.id} is revoked.`], options, terminal);
      end(0);
    });
}

/** Adds `sign-ins`. */
export function signInsCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const signIns = program
    .command("sign-ins")
    .summary("list and end people's sign-ins by fairlead token")
    .description("Works on the sign-ins of people at a running gateway.")
    .usage("list|end [options]")
    .addHelpText("after", SIGN_INS);

  withAdmin(signIns.command("list"))
    .description("Lists sign-ins whose tokens can be renewed.")
    .option("-p, --project <name>", "those for one project")
    .action(async (options: AdminCommandOptions & { project?: string }) => {
      const answer = await everyPage(targetOf(options, terminal), "listSignIns", options.project);
      const rows = answer.sign_ins.map((one) => [one.id, one.actor, one.project, one.client, shortTime(one.used_at)]);
      const lines = (columns: number) =>
        rows.length === 0
          ? ["no sign-ins"]
          : tableLines(["ID", "WHO", "PROJECT", "CLIENT", "LAST USED"], rows, columns);
      print(answer, lines, options, terminal);
      end(0);
    });

  withAdmin(signIns.command("end [id]"))
    .description("Ends one sign-in, or every one of a person.")
    .option("--actor <name>", "every sign-in of this person, such as user:ada")
    .action(async (id: string | undefined, options: AdminCommandOptions & { actor?: string }) => {
      const { actor } = options;
      if ((id === undefined) === (actor === undefined)) throw new CliError("Give either an id or --actor.", 2);
      const target = targetOf(options, terminal);
      const answer =
        actor === undefined
          ? await askAdmin(target, "endSignIn", { params: { sign_in: id ?? "" } })
          : await askAdmin(target, "endSignIns", { body: { actor } });
      const none = answer.ended === 0 && id !== undefined;
      const said = none
        ? `There is no sign-in ${id} that goes on. fairlead sign-ins list shows them.`
        : `Ended: ${answer.ended}.`;
      print(answer, () => [said], options, terminal);
      // That there was nothing to end is what somebody who mistyped must see.
      end(none ? 1 : 0);
    });
}

function withParts(command: Command): Command {
  return withBounds(command)
    .option("--scope <names>", "what it may do: messages, batches, files, admin:read, admin:write", addWords)
    .option("--model <patterns>", "models that it may use; * stands for anything", addWords);
}

function partsOf({ scope, model, expires, ...bounds }: Omit<CreateOptions, "project">): object {
  return {
    // The gateway knows which there are.
    ...(scope === undefined ? {} : { scopes: [...scope] }),
    ...(model === undefined ? {} : { allowed_models: [...model] }),
    ...(expires === undefined ? {} : { expires_in_seconds: expires === "never" ? null : expires }),
    ...boundsOf(bounds),
  };
}

function madeLines({ service, secret }: AdminOutput<AdminContract["createService"]>): string[] {
  const what = `${service.id} is a service of ${service.project}: ${service.scopes.join(", ")}.`;
  if (secret === null) return [what, "It proves itself with its own key."];
  return [secret, "", what, "Keep the secret now: it is not shown again."];
}

function publicKey(file: string, terminal: Terminal): { [name: string]: string } {
  const path = resolve(terminal.folder, file);
  let key: { [name: string]: string };
  try {
    key = JSON.parse(readFileSync(path, "utf8")) as { [name: string]: string };
  } catch {
    throw new CliError(`${path} cannot be read as JSON; write the public key as a JWK`);
  }
  if ("d" in key || "k" in key) throw new CliError(`${path} holds a private key; give the public half only`);
  return key;
}
