// fairlead regions: how upstreams answer, by region and provider, once or live.

import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type AdminTarget, adminKey, findAdmin, readAdmin } from "../admin/find-admin.ts";
import { KEY_FILE, readKey } from "../admin/local-key.ts";
import { CliError } from "../cli-error.ts";
import { readConfigFile } from "../config-report.ts";
import { readTime, readWhole } from "../load/arguments.ts";
import { isLoopback } from "../loopback.ts";
import type { Asked, ProbeSource } from "../regions/probe-source.ts";
import { type RegionsView, usable } from "../regions/region.ts";
import { paintFor, type Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead regions                              the upstreams of the gateway that runs here, live
  fairlead regions --once                       one look; exit code 1 when one of them cannot be used
  fairlead regions -c fairlead.yaml             the upstreams of a file; asked directly when its gateway does not run
  fairlead regions --url https://api.anthropic.com --url tokyo=https://bedrock-runtime.ap-northeast-1.amazonaws.com
  fairlead regions --once --json | jq '.regions[] | {name, state, p95_ms}'

From a gateway come the times to the first content of real requests over the last five minutes, the share of attempts
that were answered (what callers got wrong or broke off is left out), and the state of its circuits: closed (in use),
half-open (being tried), open or parked (left alone). Addresses are asked with GET /api/hello without a key: that costs
nothing and measures the way there on a connection that is kept, with the time for a new one beside it.

--json prints one object per look: at, source (gateway or probes), admin, window_seconds, regions [{name, provider,
region, url, state, why, attempts, ok, availability, mean_ms, p95_ms, connect_ms}]. Without --once one line per interval.

Exit codes: 0 all can be used, or ended by Ctrl-C; 1 with --once when one cannot; 2 wrong usage.`;

interface Options {
  readonly url?: readonly Asked[];
  readonly config?: string;
  readonly admin?: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly interval?: number;
  readonly samples: number;
}

const DEFAULT_INTERVAL_MS = 2_000;
/** Pause between the probes of one look, milliseconds. */
const GAP_MS = 100;
const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";

/** Adds the command. */
export function regionsCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("regions")
    .summary("show how upstreams answer, by region and provider")
    .description("Shows speed, availability and state of upstreams by region and provider, live or once.")
    .option("--url <[name=]address>", "ask this address from here (repeatable)", addUrl)
    .option("-c, --config <file>", "the upstreams of a configuration file")
    .option("--admin <address>", "admin address of a running gateway (default: http://127.0.0.1:4101)", readAdmin)
    .option("--once", "one look, then end")
    .option("--json", "print JSON")
    .option("--interval <time>", "time between two looks (default: 2s)", (text) => readTime(text, 200))
    .option("--samples <n>", "probes of each address with --once", (text) => readWhole(text, 1, 1_000), 5)
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      end(await run(options, terminal));
    });
}

/** An address, perhaps behind its name. Throws commander's error for arguments. */
function addUrl(text: string, before: readonly Asked[] = []): readonly Asked[] {
  const [, name, address = ""] = /^(?:([\w.-]+)=)?(.*)$/.exec(text) ?? [];
  const url = httpUrl(address);
  if (url === undefined)
    throw new InvalidArgumentError("It must be an address such as https://api.anthropic.com, or name=address.");
  return [...before, { name: name ?? url.host, url: `${url.origin}${url.pathname}`.replace(/\/(?:v1\/?)?$/, "") }];
}

function httpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" ? url : undefined;
}

/** Takes looks. `close` frees what it holds. */
interface Source {
  look(): Promise<RegionsView>;
  close(): void;
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  if (options.url !== undefined && (options.config !== undefined || options.admin !== undefined))
    throw new CliError("--url asks addresses from here, --config and --admin ask a gateway; give one of them.", 2);
  const source = await sourceOf(options, terminal);
  if (source === undefined) return 1;
  try {
    if (options.once !== true) return await live(source, options, terminal);
    const view = await source.look();
    await print(view, options, terminal);
    return view.regions.every(usable) ? 0 : 1;
  } finally {
    source.close();
  }
}

async function sourceOf(options: Options, terminal: Terminal): Promise<Source | undefined> {
  if (options.url !== undefined) return probes(options.url, options);
  if (options.config === undefined) return gateway(findAdmin(options.admin, terminal));
  const config = await readConfigFile(options.config, terminal);
  if (config === undefined) return undefined;
  const { host, port } = config.admin;
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  const admin = options.admin ?? `http://${name}:${port}`;
  const { readGateway } = await import("../regions/gateway-source.ts");
  const target = {
    url: admin,
    key: isLoopback(admin)
      ? (readKey(join(config.data_dir, KEY_FILE)) ?? adminKey(admin, terminal))
      : adminKey(admin, terminal),
  };
  const found = await readGateway(target.url, target.key);
  if (!("unread" in found)) return gateway(target);
  terminal.err.write(`No gateway answers at ${admin} (${found.unread}): its upstreams are asked from here.\n`);
  const asked = config.upstreams.map(({ name: upstream, base_url, provider, proxyUrl }) => ({
    name: upstream,
    url: base_url,
    provider,
    ...(proxyUrl === undefined
      ? {}
      : { not: "it is reached through a proxy, which is not asked; see fairlead doctor" }),
  }));
  return probes(asked, options);
}

async function gateway({ url: admin, key }: AdminTarget): Promise<Source> {
  const { readGateway } = await import("../regions/gateway-source.ts");
  return {
    async look() {
      const view = await readGateway(admin, key);
      if (!("unread" in view)) return view;
      throw new CliError(
        `no gateway answers at ${admin} (${view.unread}). Start one (fairlead start), name its address with --admin, or ask addresses themselves with --url.`,
      );
    },
    close() {},
  };
}

async function probes(asked: readonly Asked[], options: Options): Promise<Source> {
  const { ProbeSource } = await import("../regions/probe-source.ts");
  const source: ProbeSource = new ProbeSource(asked);
  return {
    async look() {
      // The first makes the connection.
      const rounds = options.once === true ? options.samples + 1 : 1;
      for (let i = 0; i < rounds; i++) {
        if (i > 0) await new Promise((resolve) => setTimeout(resolve, GAP_MS));
        await source.round();
      }
      return source.view();
    },
    close: () => source.close(),
  };
}

async function print(view: RegionsView, options: Options, terminal: Terminal): Promise<void> {
  terminal.out.write(
    options.json === true ? `${JSON.stringify(view)}\n` : `${(await lines(view, terminal)).join("\n")}\n`,
  );
}

async function lines(view: RegionsView, terminal: Terminal): Promise<string[]> {
  const { noteOf, tableLines } = await import("../regions/table.ts");
  return tableLines(view, paintFor(terminal.out, terminal.env), noteOf(view));
}

/** Looks again and again until Ctrl-C. A look that fails is told and tried again. */
async function live(source: Source, options: Options, terminal: Terminal): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  terminal.out.once("error", interrupt);
  const wide = terminal.out.isTTY === true && (terminal.out.columns ?? 80) >= 80;
  const inPlace = options.json !== true && wide && terminal.env.TERM !== "dumb";
  let drawn = 0;
  let first = true;
  try {
    while (!stop.signal.aborted) {
      const view = await source.look().catch((e: unknown) => {
        // Wrong from the beginning is an error; a gateway that is started anew is waited for.
        if (first || !CliError.is(e)) throw e;
        return e.message;
      });
      if (stop.signal.aborted) break;
      if (first && inPlace) terminal.out.write(HIDE);
      if (typeof view === "string") {
        if (options.json !== true) drawn = draw([view], drawn, inPlace, terminal);
        else terminal.err.write(`fairlead: ${view}\n`);
      } else if (options.json === true) terminal.out.write(`${JSON.stringify(view)}\n`);
      else {
        if (!first && !inPlace) terminal.out.write("\n");
        drawn = draw(await lines(view, terminal), drawn, inPlace, terminal);
      }
      first = false;
      await pause(options.interval ?? DEFAULT_INTERVAL_MS, stop.signal);
    }
    return 0;
  } finally {
    if (inPlace && !first) terminal.out.write(SHOW);
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    terminal.out.off("error", interrupt);
  }
}

/** Writes lines, over the last ones on a terminal. Returns how many there are now. */
function draw(text: readonly string[], before: number, inPlace: boolean, terminal: Terminal): number {
  if (!inPlace) {
    terminal.out.write(`${text.join("\n")}\n`);
    return 0;
  }
  // What does not fit on the screen cannot be gone back to.
  const kept = text.slice(0, Math.max(2, (terminal.out.rows ?? 24) - 1));
  const up = before > 0 ? `\u001b[${before}A\r\u001b[J` : "";
  terminal.out.write(`${up}${kept.join("\n")}\n`);
  return kept.length;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener("abort", over);
  });
}
