// fairlead start: a gateway to try at once, with a simulated Claude behind it when there is no key for the real one.

import { closeSync, openSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { systemRuntime } from "@fairlead/runtime";
import { type Command, Option } from "commander";
import { localKey } from "../admin/local-key.ts";
import { CliError } from "../cli-error.ts";
import { isFree, nextFree, readPort } from "../port.ts";
import { findRunning, forgetRunning, ownKey, stateFolder, tellRunning } from "../run-file.ts";
import { type Started, startScreen } from "../start/screen.ts";
import { type Ports, REGIONS, startConfig } from "../start/setup.ts";
import { snippets } from "../start/snippets.ts";
import { type Language, languageOf, WORDS } from "../start/words.ts";
import { untilStopped } from "../stop-signals.ts";
import { paintFor, type Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead start                               with ANTHROPIC_API_KEY: the real API; without: a simulated one
  fairlead start --simulate                    the simulated one in any case
  fairlead start --port 4110 --admin-port 4111
  fairlead start --json                        address, key and snippets as one JSON line, for programs

The key is made once for each folder and kept in .fairlead/start.key (readable by you only). fairlead ask and
fairlead claude find the start that runs in their folder by themselves.`;

interface Options extends Ports {
  readonly simulate?: boolean;
  readonly json?: boolean;
  readonly lang?: Language;
}

/** The control listener's port, counted from the first region's. */
const CONTROL_OFFSET = 99;

/** Adds the command. */
export function startCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("start")
    .summary("start a gateway to try at once")
    .description("Starts a gateway on this machine with a key made for it, and prints what to paste.")
    .option("-p, --port <port>", "port of the gateway", readPort, 4100)
    .option("--admin-port <port>", "port of metrics and the admin API", readPort, 4101)
    .option("--simulator-port <port>", "port of the first simulated region; two more follow", readPort, 4200)
    .option("--simulate", "simulate Claude even when ANTHROPIC_API_KEY is set")
    .option("--json", "print one JSON line instead of the screen")
    .addOption(new Option("--lang <language>", "language of the screen (default: from LANG)").choices(["en", "zh"]))
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      end(await run(options, terminal));
    });
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const language = options.lang ?? languageOf(terminal.env);
  const simulate = options.simulate === true || (terminal.env.ANTHROPIC_API_KEY ?? "").trim() === "";
  const key = ownKey(terminal.folder);
  const logFile = join(stateFolder(terminal.folder), "gateway.log");
  // Opened with the first line, so that a start that cannot have its ports leaves another one's log alone.
  let log: number | undefined;
  const write = (text: string) => {
    log ??= openSync(logFile, "w", 0o600);
    writeSync(log, text);
  };
  let running: Awaited<ReturnType<typeof bringUp>>;
  try {
    running = await bringUp(options, simulate, key, write, terminal);
  } catch (e) {
    if (isPortTaken(e)) throw await portError(options, simulate, terminal);
    throw e;
  }
  const { gateway, simulator } = running;
  tellRunning(terminal.folder, { url: gateway.url, key, pid: process.pid, adminUrl: gateway.adminUrl });
  const started: Started = {
    url: gateway.url,
    adminUrl: gateway.adminUrl,
    key,
    logFile: relative(terminal.folder, logFile),
    ...(simulator === undefined ? {} : { simulator: { regions: simulator.regions, controlUrl: simulator.controlUrl } }),
    snippets: snippets(gateway.url, key, programName(terminal)),
  };
  if (options.json === true) terminal.out.write(`${JSON.stringify({ ...started, pid: process.pid })}\n`);
  else terminal.out.write(startScreen(started, language, terminal));

  const say = (text: string) => {
    if (options.json !== true) terminal.err.write(`${paintFor(terminal.err, terminal.env).dim(text)}\n`);
  };
  const code = await untilStopped({
    drain: async () => {
      say(WORDS[language].draining(gateway.url));
      const cut = await gateway.drain();
      await simulator?.close();
      say(WORDS[language].stopped);
      return cut;
    },
    force: async () => {
      await gateway.close();
      await simulator?.close();
    },
  });
  forgetRunning(terminal.folder);
  if (log !== undefined) closeSync(log);
  return code;
}

async function bringUp(
  options: Ports,
  simulate: boolean,
  key: string,
  log: (text: string) => void,
  terminal: Terminal,
) {
  const runtime = systemRuntime();
  // Both rooms are read while neither waits for the other.
  const [{ startGateway }, { startSimulator }] = await Promise.all([
    import("@fairlead/gateway"),
    simulate ? import("@fairlead/simulator") : { startSimulator: undefined },
  ]);
  const first = options.simulatorPort;
  const simulator = await startSimulator?.(
    {
      regions: REGIONS.map((one, i) => ({ ...one, port: first === 0 ? 0 : first + i })),
      controlPort: first === 0 ? 0 : first + CONTROL_OFFSET,
    },
    runtime,
  );
  try {
    const config = await startConfig(options, key, simulator, terminal);
    const { key: adminKey } = localKey(stateFolder(terminal.folder));
    return { simulator, gateway: await startGateway(config, runtime, { log, adminKey }) };
  } catch (e) {
    await simulator?.close();
    throw e;
  }
}

function isPortTaken(e: unknown): boolean {
  const code = e instanceof Error ? (e as NodeJS.ErrnoException).code : undefined;
  return code === "EADDRINUSE" || code === "EACCES";
}

/** Says which ports cannot be had, and the line that starts on others. */
async function portError(options: Ports, simulate: boolean, terminal: Terminal): Promise<CliError> {
  const first = options.simulatorPort;
  const wanted: ReadonlyArray<readonly [string, readonly number[]]> = [
    ["--port", [options.port]],
    ["--admin-port", [options.adminPort]],
    ["--simulator-port", simulate ? [...REGIONS.map((_, i) => first + i), first + CONTROL_OFFSET] : []],
  ];
  const taken: number[] = [];
  const flags: string[] = [];
  for (const [flag, ports] of wanted) {
    const lost: number[] = [];
    for (const port of ports) if (port > 0 && !(await isFree(port))) lost.push(port);
    if (lost.length === 0) continue;
    taken.push(...lost);
    const base = (ports[0] ?? 0) < 1_024 ? 4_100 : (ports[0] ?? 0);
    const other = await nextFree(base + 10, flag === "--simulator-port" ? [1, 2, CONTROL_OFFSET] : []);
    flags.push(`${flag} ${other ?? 0}`);
  }
  const other = findRunning(terminal.folder);
  const who = other === undefined ? "" : ` A start runs in this folder already: ${other.url} (process ${other.pid}).`;
  const which = taken.length === 0 ? "a port" : taken.length === 1 ? `port ${taken[0]}` : `ports ${taken.join(", ")}`;
  const line = terminal.env.npm_lifecycle_event === "start" ? "npm start --" : "fairlead start";
  return new CliError(
    `${which} cannot be had: in use, or not allowed.${who}\nStop what listens there, or choose others:\n  ${line} ${flags.join(" ")}`.trimEnd(),
  );
}

/** How this program is called from a shell in this folder. */
function programName(terminal: Terminal): string {
  return terminal.env.npm_lifecycle_event === "start" ? "npx fairlead" : "fairlead";
}
