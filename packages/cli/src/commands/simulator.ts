// fairlead simulator: a Claude that misbehaves when told to, on this machine.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import type { LimitOptions, Scenario } from "@fairlead/simulator";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { readPort } from "../port.ts";
import { type RegionInput, readLimits, readRegion } from "../region-argument.ts";
import { untilStopped } from "../stop-signals.ts";
import { paintFor, type Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead simulator                                         one region on 127.0.0.1:4200
  fairlead simulator --region east --region west             two regions, ports 4200 and 4201
  fairlead simulator --region tokyo,port=4210,latency=120,capacity=20
  fairlead simulator --region a,capacity=20,queue=500        beyond 20 at once requests wait in line, else it is 529
  fairlead simulator --limits rpm=50,otpm=8000               429 beyond so many requests and output tokens a minute
  fairlead simulator --seed 7 --pace instant                 the same answers each time, without waiting
  fairlead simulator --scenario region-down                  a timeline of faults by name
  fairlead simulator --scenario outage.yaml                  or from a file

While it runs (the control address is printed at the start):
  curl -d '{"kind":"overloaded","pattern":{"times":3}}' http://127.0.0.1:4299/_simulator/faults
  curl http://127.0.0.1:4299/_simulator/log                  what it received
  curl http://127.0.0.1:4299/_simulator/bills                what it would have billed
  curl -X DELETE http://127.0.0.1:4299/_simulator/faults     all well again`;

interface Options {
  host: string;
  port: number;
  region: RegionInput[];
  controlPort?: number;
  limits?: LimitOptions;
  seed: string;
  pace: "real" | "instant";
  scenario?: string;
  strict?: boolean;
  quiet?: boolean;
  json?: boolean;
}

/** Adds the command. */
export function simulatorCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("simulator")
    .summary("run a simulated Claude API with faults on request")
    .description(
      "Runs a simulated Claude API. It costs nothing, needs no key, and fails in every known way when told to.",
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("-p, --port <port>", "port of the first region; the others follow", readPort, 4200)
    .addOption(
      new Option(
        "--region <name[,key=value]>",
        "a region (repeatable): port, latency in ms, capacity, queue, abandoned=serve",
      )
        .argParser(addRegion)
        .default([], "one"),
    )
    .option(
      "--limits <key=value,…>",
      "limits of each key: rpm, itpm, otpm, burst in seconds (default: none met)",
      readLimits,
    )
    .option("--control-port <port>", "port for faults and logs (default: 99 above the first region's)", readPort)
    .option("--seed <text>", "what every answer, id and pace is drawn from", "fairlead")
    .option("--pace <real|instant>", "whether answers take the time that real ones take", readPace, "real")
    .option("--scenario <name|file>", "a timeline of faults and settings: one by name, or a YAML or JSON file")
    .option("--strict", "refuse unknown betas and fields, as the API does")
    .option("--quiet", "no line for each request")
    .option("--json", "print the addresses as one JSON line")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      end(await run(options, terminal));
    });
}

function addRegion(text: string, before: readonly RegionInput[]): RegionInput[] {
  const region = readRegion(text);
  if (before.some((one) => one.name === region.name))
    throw new InvalidArgumentError(`There are two regions named ${region.name}.`);
  return [...before, region];
}

function readPace(text: string): "real" | "instant" {
  if (text === "real" || text === "instant") return text;
  throw new InvalidArgumentError("It must be real or instant.");
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const { startSimulator } = await import("@fairlead/simulator");
  const scenario = options.scenario === undefined ? undefined : await loadScenario(options.scenario, options, terminal);
  const regions = options.region.length > 0 || scenario?.regions !== undefined ? options.region : [{ name: "local" }];
  const simulator = await startSimulator(
    {
      host: options.host,
      ...(regions.length === 0
        ? {}
        : { regions: regions.map((one, i) => ({ port: nthPort(options.port, i), ...one })) }),
      controlPort: options.controlPort ?? (options.port === 0 ? 0 : Math.min(options.port + 99, 65_535)),
      seed: options.seed,
      pace: options.pace,
      strict: options.strict === true,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(scenario === undefined ? {} : { scenario }),
      onLine: (line) => {
        if (options.quiet !== true && options.json !== true) terminal.out.write(`${line}\n`);
      },
    },
    systemRuntime(),
  ).catch((e: NodeJS.ErrnoException) => {
    if (e.code === "EADDRINUSE")
      throw new CliError(
        `${e.message}. Another program listens there: stop it, or choose other ports with --port and --control-port.`,
      );
    if (e.code !== undefined) throw new CliError(`${e.message}. Choose another address with --host or --port.`);
    throw e;
  });
  if (options.json === true) {
    const { regions: all, controlUrl } = simulator;
    terminal.out.write(`${JSON.stringify({ regions: all, controlUrl, pid: process.pid })}\n`);
  } else terminal.out.write(screen(simulator, terminal));
  return untilStopped({ drain: () => simulator.close(), force: async () => {} });
}

function nthPort(first: number, i: number): number {
  return first === 0 ? 0 : first + i;
}

/** A scenario by its name, else from a file. */
async function loadScenario(text: string, options: Options, terminal: Terminal): Promise<Scenario> {
  const { parseScenario, SCENARIOS, ScenarioError } = await import("@fairlead/simulator");
  const named = Object.hasOwn(SCENARIOS, text) ? SCENARIOS[text] : undefined;
  if (named !== undefined) return named(options.region[0]?.name ?? "local");
  const path = resolve(terminal.folder, text);
  try {
    return parseScenario(readFileSync(path, "utf8"));
  } catch (e) {
    if (e instanceof ScenarioError) throw new CliError(`${path}: ${e.message}`);
    const why = (e as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (e as Error).message;
    throw new CliError(
      `the scenario ${path} cannot be read: ${why}. Correct the path, or take a scenario by name: ${Object.keys(SCENARIOS).join(", ")}.`,
    );
  }
}

function screen(
  simulator: { regions: ReadonlyArray<{ name: string; url: string }>; controlUrl: string },
  terminal: Terminal,
): string {
  const paint = paintFor(terminal.out, terminal.env);
  const width = Math.max(...simulator.regions.map(({ name }) => name.length), 7);
  const rows = simulator.regions.map(({ name, url }) => `  ${name.padEnd(width)}  ${paint.accent(url)}`);
  return [
    paint.bold("A simulated Claude API. Any key is taken; nothing is billed."),
    "",
    ...rows,
    `  ${"control".padEnd(width)}  ${paint.accent(`${simulator.controlUrl}/_simulator/`)}`,
    "",
    "Make the next three requests fail as overloaded:",
    `  curl -d '{"kind":"overloaded","pattern":{"times":3}}' ${simulator.controlUrl}/_simulator/faults`,
    "",
    paint.dim("Ctrl-C stops it."),
    "",
  ].join("\n");
}
