// fairlead upstreams: how they are, and how they shall be used: drained, shut, forced, weighted.

import { type Command, InvalidArgumentError } from "commander";
import { askAdmin } from "../admin/client.ts";
import { ADMIN_HELP, type AdminCommandOptions, print, readSpan, targetOf, withAdmin } from "../admin/command.ts";
import { tableLines } from "../admin/table.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead upstreams                                     state, and what was set by hand
  fairlead upstreams drain tokyo --reason "maintenance"  no new work there but what cannot go elsewhere
  fairlead upstreams open tokyo --for 30m                nothing at all there, for half an hour
  fairlead upstreams close tokyo                         in use, whatever its circuits say
  fairlead upstreams weight tokyo 0.5                    its share beside others where balance spreads
  fairlead upstreams clear tokyo                         takes all of it back

What is set holds on all instances of the gateway, across reloads and restarts.
${ADMIN_HELP}`;

function readWeight(text: string): number {
  const weight = Number(text);
  if (weight > 0 && weight <= 1_000) return weight;
  throw new InvalidArgumentError("It must be a number above 0, at most 1000. To send nothing there: drain.");
}

interface SetOptions extends AdminCommandOptions {
  readonly reason?: string;
  readonly for?: number;
}

const WORDS = {
  drain: { mode: "drain", says: "Sends it no new work but what cannot go elsewhere.", done: "is drained" },
  open: { mode: "open", says: "Forces its circuit open: sends it nothing at all.", done: "gets nothing" },
  close: {
    mode: "closed",
    says: "Forces its circuit closed: uses it whatever happened there.",
    done: "is in use by force",
  },
} as const;

/** Adds the command. */
export function upstreamsCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const upstreams = program
    .command("upstreams")
    .summary("show upstreams, drain them, change their weight")
    .description("Shows the upstreams of a running gateway and sets how they are used.")
    .usage("[list|drain|open|close|weight|clear] [options]")
    .addHelpText("after", EXAMPLES);

  withAdmin(upstreams.command("list", { isDefault: true }))
    .description("Lists upstreams with their state and what was set by hand.")
    .action(async (options: AdminCommandOptions) => {
      const answer = await askAdmin(targetOf(options, terminal), "listUpstreams", {});
      const rows = answer.upstreams.map(({ name, state, weight, why, control }) => [
        name,
        state,
        String(weight),
        control === null || control.mode === "normal" ? null : control.mode,
        control === null ? null : control.by,
        control?.reason ?? (why === "" ? null : why),
      ]);
      print(
        answer,
        (columns) => tableLines(["NAME", "CIRCUIT", "WEIGHT", "BY HAND", "BY", "WHY"], rows, columns),
        options,
        terminal,
      );
      end(0);
    });

  for (const [word, { mode, says, done }] of Object.entries(WORDS)) {
    withSet(withAdmin(upstreams.command(`${word} <name>`)))
      .description(says)
      .action(async (name: string, options: SetOptions) => {
        end(await set(name, { mode }, `${name} ${done}${untilOf(options)}.`, options));
      });
  }

  withSet(withAdmin(upstreams.command("weight").argument("<name>").argument("<weight>", "", readWeight)))
    .description("Sets its share beside the others of a rule, above 0; the file's weight counts no more.")
    .action(async (name: string, weight: number, options: SetOptions) => {
      end(await set(name, { weight }, `${name} has the weight ${weight}${untilOf(options)}.`, options));
    });

  withAdmin(upstreams.command("clear <name>"))
    .description("Takes back all that was set by hand.")
    .action(async (name: string, options: AdminCommandOptions) => {
      const answer = await askAdmin(targetOf(options, terminal), "clearUpstream", { params: { upstream: name } });
      print(answer, () => [`${name} is used as its circuits and the file say.`], options, terminal);
      end(0);
    });

  async function set(
    name: string,
    wish: { readonly mode?: "drain" | "open" | "closed"; readonly weight?: number },
    said: string,
    options: SetOptions,
  ): Promise<number> {
    const answer = await askAdmin(targetOf(options, terminal), "controlUpstream", {
      params: { upstream: name },
      body: {
        ...wish,
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.for === undefined ? {} : { for_seconds: options.for }),
      },
    });
    print(answer, () => [said], options, terminal);
    return 0;
  }
}

function withSet(command: Command): Command {
  return command
    .option("--reason <text>", "why; callers are told it when nothing is left to serve them")
    .option("--for <span>", "ends by itself after so long, such as 30m", readSpan);
}

function untilOf({ for: seconds }: SetOptions): string {
  return seconds === undefined ? "" : ` for ${seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${seconds} s`}`;
}
