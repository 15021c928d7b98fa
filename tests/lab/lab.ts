// What a scenario can do to its world, and how the doctor is called in it. Lives inside the world's namespaces.

import type { ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SimulatorOptions } from "@fairlead/simulator";
import { ADDRESSES, healthyAnswers, LINKS } from "./names.ts";
import { CHAINS, type Chain, Pki } from "./pki.ts";
import { type Ran, type RunWish, runIn, type StartWish, startIn } from "./programs.ts";
import type { Scenario, Text } from "./scenario.ts";
import type { DnsConfig } from "./servers/dns.ts";
import type { Canned, Front, OriginConfig } from "./servers/origin.ts";
import { addressLine, layOut, lengthen, type Namespace, placeInEtc } from "./world.ts";

/** How a resolver is to behave; what is left out is as in the healthy world. */
export interface DnsWish extends Partial<Omit<DnsConfig, "address">> {
  /** Its address. Default the router's; another one is added to the router. */
  readonly address?: string;
  /** Where it runs. Default r. */
  readonly ns?: Namespace;
}

/** How servers are to behave; what is left out is as in the healthy world. */
export interface OriginWish extends Partial<Omit<Front, "address" | "port" | "cert" | "key" | "clientRoots">> {
  /**
   * Addresses, or `v4`, `v6`, `api` (both of the API), `all`. Default api; all for the chains of an inspector. An
   * address that nobody has yet is added.
   */
  readonly address?: string | readonly string[];
  /** Default 443. */
  readonly port?: number;
  /** A chain of the PKI by name, or the path of a chain file whose key is `leaf.key`. Default good. */
  readonly chain?: Chain | `/${string}`;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");

/** A world that stands. */
export class Lab {
  readonly pki: Pki;
  /** Key that the simulator accepts, of the form of a real one. */
  readonly key: string;
  readonly home = "/run/home/dev";
  readonly project = "/run/home/dev/project";
  /** For files of scenarios. */
  readonly scratch = "/run/lab";
  readonly #dns = new Map<string, DnsConfig & { readonly ns: Namespace }>();
  readonly #fronts = new Map<string, Front>();
  readonly #added = new Set<string>();
  #simulator: SimulatorOptions;
  #shift: string | undefined;

  constructor(pki: Pki, key: string) {
    this.pki = pki;
    this.key = key;
    layOut(pki);
    this.#simulator = {
      seed: "lab",
      apiKeys: [key],
      strict: true,
      regions: [
        {
          name: "lab",
          firstTokenMs: { kind: "lognormal", median: 60, sigma: 0.1 },
          tokensPerSecond: { kind: "lognormal", median: 80, sigma: 0.1 },
        },
      ],
    };
    this.dns({});
    for (const [who, addresses] of Object.entries(ADDRESSES)) {
      const backend =
        who === "api"
          ? "simulator"
          : who === "platform" || who === "example" || who === "public"
            ? "page"
            : "not-found";
      const edge = who === "api" || who === "platform";
      for (const address of addresses) this.#front(address, 443, { backend, edge });
    }
    // As the API says it; the simulator knows no such route.
    const notAllowed = {
      status: 405,
      headers: { allow: "POST" },
      body: { type: "error", error: { type: "invalid_request_error", message: "Method Not Allowed" } },
    };
    this.origin({ answers: { "GET /v1/messages": notAllowed } });
    const intermediate = {
      base64: Buffer.from(pki.text("intermediate.pem").replace(/-----[^-]+-----|\s/g, ""), "base64").toString("base64"),
      headers: { "content-type": "application/pkix-cert" },
    };
    this.#front(ADDRESSES.issuers[0], 80, {
      mode: "plain",
      answers: { "GET /intermediate.der": intermediate },
      backend: "not-found",
    });
    for (const address of ADDRESSES.example) this.#front(address, 80, { mode: "plain", backend: "page" });
    for (const address of [...ADDRESSES.api, ...ADDRESSES.platform])
      this.#front(address, 80, {
        mode: "plain",
        answers: { "* *": { status: 301, headers: { location: "https://api.anthropic.com/" } } },
        edge: true,
      });
  }

  /** Runs a bash script in a namespace; gives back what it printed. Throws when it fails. */
  async sh(ns: Namespace, script: string): Promise<string> {
    const ran = await this.run(ns, ["bash", "-ec", script], { timeoutMs: 30_000 });
    if (ran.code !== 0) throw new Error(`in ${ns}: ${script}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  /** Feeds nft a ruleset in a namespace. */
  async nft(ns: Namespace, rules: string): Promise<void> {
    const file = join(this.scratch, `${ns}-${Math.random().toString(36).slice(2)}.nft`);
    writeFileSync(file, rules);
    await this.sh(ns, `nft -f ${file}`);
  }

  /** Starts a program that runs until the world ends. Its output goes to /run/lab/log. */
  start(ns: Namespace, command: string, args: readonly string[], wish: StartWish = {}): Promise<ChildProcess> {
    return startIn(ns, command, args, this.scratch, wish);
  }

  /** Replaces the router's resolver, or adds one at another address. */
  dns(wish: DnsWish): void {
    const { ns = "r", address = LINKS.router[0], answers, ...rest } = wish;
    const own = Object.fromEntries(Object.entries(answers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    // A scenario's own answers go first: a wildcard of the healthy world must not hide them.
    this.#dns.set(address, { ...rest, ns, address, answers: { ...own, ...without(healthyAnswers(), own) } });
    if (address !== LINKS.router[0]) this.address(address, ns);
  }

  /** Replaces servers of the internet, or adds some. */
  origin(wish: OriginWish): void {
    const everywhere = wish.chain?.startsWith("inspected") === true ? "all" : "api";
    for (const address of addressesOf(wish.address ?? everywhere)) this.#front(address, wish.port ?? 443, wish);
  }

  /** Answers of the API by `METHOD /path`, on all its addresses; the simulator answers the rest. */
  answers(answers: { readonly [key: string]: Canned }): void {
    this.origin({ answers });
  }

  /** Changes the simulator behind the API. */
  simulator(options: Partial<SimulatorOptions>): void {
    this.#simulator = { ...this.#simulator, ...options };
  }

  /** Gives a namespace one more address. */
  address(address: string, ns: Namespace = "s"): void {
    if (
      /^127\.|^::1?$|^0\.0\.0\.0$/.test(address) ||
      Object.values(LINKS)
        .flat()
        .some((own) => own === address)
    )
      return;
    if (
      ns === "s" &&
      Object.values(ADDRESSES)
        .flat()
        .some((own) => own === address)
    )
      return;
    this.#added.add(`${ns} ${addressLine(address, ns === "r" ? "r0" : "lo")}`);
  }

  /**
   * Runs a server file of `servers/`: a program that gets `{address, port, ...config}` as JSON in its one argument and
   * prints `ready` when it listens. `{KEY}` and `{PKI:…}` in the config are filled in.
   */
  async serve(ns: Namespace, address: string, port: number, file: string, config: object = {}): Promise<ChildProcess> {
    this.address(address, ns);
    await this.#addAddresses();
    const told = this.fill(JSON.stringify({ ...config, address, port }));
    return this.start(ns, process.execPath, ["--conditions=source", join(HERE, "servers", file), told], {
      ready: /^ready$/m,
    });
  }

  /** Starts tinyproxy on the router, at 10.77.1.1; `lines` are added to its configuration, such as `BasicAuth dev word`. */
  async tinyproxy(port: number, lines: readonly string[] = []): Promise<ChildProcess> {
    const file = join(this.scratch, `tinyproxy-${port}.conf`);
    writeFileSync(file, [`Port ${port}`, "Timeout 600", "MaxClients 100", "ConnectPort 443", ...lines, ""].join("\n"));
    return this.start("r", "tinyproxy", ["-d", "-c", file], { port });
  }

  /** Shifts the clock of the doctor, such as `+400d` or `-10m`. */
  clock(shift: string): void {
    this.#shift = shift;
  }

  /** Adds roots of the PKI (`inspected-root.pem`…) to the system's store. */
  trustInSystem(...files: readonly string[]): void {
    for (const file of files) appendFileSync("/etc/ssl/certs/ca-certificates.crt", `\n${this.pki.text(file)}`);
  }

  /** Writes a file under /etc, the home folder (`~/…`) or anywhere in /run. */
  file(path: string, content: string | Uint8Array | null): void {
    if (path.startsWith("/etc/")) return placeInEtc(path.slice(5), content);
    const place = path.startsWith("~/") ? join(this.home, path.slice(2)) : path;
    mkdirSync(dirname(place), { recursive: true });
    if (content !== null) writeFileSync(place, content, { mode: String(content).startsWith("#!") ? 0o755 : 0o644 });
  }

  /** A text with `{KEY}` and `{PKI:name}` filled in. */
  fill(text: Text): string {
    const plain = typeof text === "function" ? text(this) : text;
    return plain.replaceAll("{KEY}", this.key).replace(/\{PKI:([^}]+)\}/g, (_, name: string) => this.pki.path(name));
  }

  /** Makes the way between router and servers long: a round trip takes twice `delayMs`; some packets may get lost. */
  async line(wish: {
    readonly delayMs?: number;
    readonly jitterMs?: number;
    readonly lossPercent?: number;
  }): Promise<void> {
    const program = join(HERE, "servers", "line.py");
    lengthen(program);
    await this.start("p", "python3", [program, JSON.stringify({ a: "p0", b: "p1", ...wish })], { ready: /^ready$/m });
  }

  /** Starts the resolvers and servers as they are wished by now. */
  async open(): Promise<void> {
    await this.#addAddresses();
    const config: OriginConfig = { fronts: [...this.#fronts.values()], simulator: this.#simulator };
    const file = join(this.scratch, "origin.json");
    writeFileSync(file, JSON.stringify(config));
    const node = process.execPath;
    await Promise.all([
      this.start("s", node, ["--conditions=source", join(HERE, "servers", "origin.ts"), file], { ready: /^ready$/m }),
      ...[...this.#dns.values()].map(({ ns, ...dns }) =>
        this.start(ns, node, [join(HERE, "servers", "dns.ts"), JSON.stringify(dns)], { ready: /^ready$/m }),
      ),
      this.#carried(),
    ]);
  }

  /** The variables of the program that is examined. */
  environment(scenario: Pick<Scenario, "env">, node: string): { [name: string]: string } {
    const env: { [name: string]: string } = {
      PATH: `${this.home}/.local/bin:${dirname(node)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: this.home,
      USER: "dev",
      LOGNAME: "dev",
      SHELL: "/bin/bash",
      LANG: "en_US.UTF-8",
      TERM: "dumb",
    };
    const wish = scenario.env ?? {};
    const named = Object.keys(wish).some((name) =>
      /^ANTHROPIC_(?:API_KEY|AUTH_TOKEN)$|^CLAUDE_CODE_(?:OAUTH_TOKEN|USE_.+)$/.test(name),
    );
    if (!named) env["ANTHROPIC_API_KEY"] = this.key;
    for (const [name, value] of Object.entries(wish)) {
      if (value === null) delete env[name];
      else env[name] = this.fill(value);
    }
    return env;
  }

  /** Runs the doctor as user dev in the client's namespace. */
  async doctor(
    node: string,
    args: readonly string[],
    env: { readonly [name: string]: string },
    timeoutMs: number,
  ): Promise<Ran> {
    const program = join(ROOT, "packages", "doctor", "bin", "fairlead-doctor.js");
    const clock = this.#shift === undefined ? [] : ["faketime", "-f", this.#shift];
    const faked = this.#shift === undefined ? env : { ...env, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    const asDev = ["unshare", "-U", "--map-user=1000", "--map-group=1000", "--"];
    return this.run("c", [...asDev, ...clock, node, program, ...args], { env: faked, cwd: this.project, timeoutMs });
  }

  /** Runs a program to its end. */
  run(ns: Namespace, command: readonly string[], wish: RunWish): Promise<Ran> {
    const env = { PATH: process.env["PATH"], HOME: this.scratch };
    return runIn(ns, command, { cwd: this.scratch, env, ...wish });
  }

  #front(address: string, port: number, wish: OriginWish): void {
    this.address(address);
    const key = `${address} ${port}`;
    const before = this.#fronts.get(key);
    const { chain, address: _, port: __, answers, ...rest } = wish;
    const cert =
      chain === undefined
        ? (before?.cert ?? this.pki.path("good.chain.pem"))
        : isChain(chain)
          ? this.pki.path(`${chain}.chain.pem`)
          : chain;
    this.#fronts.set(key, {
      address,
      port,
      mode: "tls",
      backend: "simulator",
      edge: false,
      delayMs: 0,
      idleMs: 400_000,
      ...before,
      key: this.pki.path("leaf.key"),
      clientRoots: this.pki.path("private-root.pem"),
      ...rest,
      cert,
      answers: { ...answers, ...without(before?.answers ?? {}, answers ?? {}) },
    });
  }

  async #addAddresses(): Promise<void> {
    const lines = [...this.#added];
    this.#added.clear();
    for (const ns of ["c", "r", "s"] as const) {
      const own = lines.filter((line) => line.startsWith(`${ns} `)).map((line) => line.slice(2));
      // An address that a script added already is no mistake.
      if (own.length > 0) await this.sh(ns, `ip -force -batch - <<'E' 2>/dev/null || true\n${own.join("\n")}\nE`);
    }
  }

  // The kernel lets a fresh link carry packets up to a second after both ends are up; what is sent before is lost.
  async #carried(): Promise<void> {
    const ends = [
      ["c", "c0"],
      ["r", "r0"],
      ["r", "r1"],
      ["s", "s0"],
    ] as const;
    for (const until = performance.now() + 1_500; performance.now() < until; ) {
      const states = await Promise.all(
        ends.map(([ns, end]) => this.run(ns, ["cat", `/sys/class/net/${end}/operstate`], { timeoutMs: 1_000 })),
      );
      if (states.every(({ stdout }) => stdout.trim() === "up")) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Builds the scenario's world around a bare one and opens it. */
export async function build(scenario: Scenario, pkiFolder: string, key: string): Promise<Lab> {
  const lab = new Lab(new Pki(pkiFolder), key);
  await scenario.world?.(lab);
  for (const [path, text] of Object.entries(scenario.etc ?? {}))
    lab.file(`/etc/${path}`, text === null ? null : lab.fill(text));
  for (const [path, text] of Object.entries(scenario.home ?? {})) lab.file(join(lab.home, path), lab.fill(text));
  for (const [path, text] of Object.entries(scenario.cwd ?? {})) lab.file(join(lab.project, path), lab.fill(text));
  await lab.open();
  return lab;
}

function isChain(name: string): name is Chain {
  return CHAINS.some((one) => one === name);
}

function without<T>(of: { readonly [key: string]: T }, taken: object): { [key: string]: T } {
  return Object.fromEntries(Object.entries(of).filter(([key]) => !Object.hasOwn(taken, key)));
}

function addressesOf(wish: string | readonly string[]): readonly string[] {
  if (typeof wish !== "string") return wish;
  if (wish === "api") return ADDRESSES.api;
  if (wish === "v4") return [ADDRESSES.api[0]];
  if (wish === "v6") return [ADDRESSES.api[1]];
  if (wish === "all") return [...ADDRESSES.api, ...ADDRESSES.platform, ...ADDRESSES.example, ...ADDRESSES.public];
  return [wish];
}
