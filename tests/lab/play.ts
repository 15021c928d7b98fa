// Plays scenarios: a world each, several at a time, and judges what the doctor said in them.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { REPORT_SCHEMA } from "@fairlead/doctor";
import type { Orders, Told } from "./inside.ts";
import { type Judged, judge, languageProblems, type Validate } from "./judge.ts";
import { makePki } from "./pki.ts";
import { ROWS } from "./rows.ts";
import { type Named, NODES, type NodeMajor, problemsOf, type Scenario } from "./scenario.ts";
import { schemaProblems } from "./schema.ts";
import { takeSlot } from "./slots.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");

/** How to get a world of one's own: user, network, mount and process namespaces that die together. */
const UNSHARE = ["-Urnmpf", "--mount-proc", "--kill-child", "--"];

/** What to play and how. */
export interface PlayOptions {
  readonly scenarios: readonly Named[];
  /** Path of each Node. */
  readonly nodes: ReadonlyMap<NodeMajor, string>;
  /** Which Nodes a scenario is played on. Default all that it allows. */
  readonly pick?: (named: Named, index: number) => readonly NodeMajor[];
  /** Worlds at a time. */
  readonly jobs: number;
  /** Runs of each kind. Default 1. */
  readonly repeat?: number;
  /** Plays each scenario in Chinese as well, once. Default true. */
  readonly chinese?: boolean;
  readonly exec?: string;
  readonly onJudged?: (judged: Judged) => void;
  readonly onTold?: (name: string, told: Told) => void;
}

/** Why worlds cannot be made here, or undefined when they can. */
export async function hindrance(): Promise<string | undefined> {
  if (process.platform !== "linux") return "network namespaces are a thing of Linux";
  const script =
    "mount -t tmpfs t /run && mkdir /run/netns && ip netns add x && ip netns exec x ip link set lo up && ip link add v0 type veth peer name v1";
  const { code, stderr } = await collect("unshare", [...UNSHARE, "bash", "-ec", script], 10_000);
  return code === 0 ? undefined : `the kernel does not let us make namespaces: ${stderr.trim().split("\n").at(-1)}`;
}

/** Every scenario of the folder, by name. Throws for one that is written wrong. */
export async function readScenarios(only: readonly string[] = []): Promise<Named[]> {
  const folder = join(HERE, "scenarios");
  const rows = new Set(ROWS.map(({ id }) => id));
  const named: Named[] = [];
  for (const name of scenarioNames(only)) {
    const { scenario } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { scenario?: Scenario };
    if (scenario === undefined) throw new Error(`scenarios/${name}.ts exports no scenario`);
    const problems = problemsOf(name, scenario, rows);
    if (problems.length > 0) throw new Error(`scenarios/${name}.ts: ${problems.join("; ")}`);
    named.push({ name, scenario });
  }
  return named;
}

/** Names of the scenario files that hold one of the parts; all for none. */
export function scenarioNames(only: readonly string[] = []): string[] {
  return readdirSync(join(HERE, "scenarios"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3))
    .filter((name) => only.length === 0 || only.some((part) => name.includes(part)))
    .sort();
}

/** Plays all of them; the results in the order of the scenarios. */
export async function play(options: PlayOptions): Promise<Judged[]> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-lab-"));
  try {
    const pki = await makePki(join(folder, "pki"));
    const validate: Validate = (document) => schemaProblems(REPORT_SCHEMA, document);
    const queue = options.scenarios.flatMap((named, index) =>
      worldsOf(named, index, options).map((runs) => ({ named, runs })),
    );
    const results: Judged[] = [];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        results.push(...(await playWorld(next.named, next.runs, pki.folder, validate, options)));
    };
    await Promise.all(Array.from({ length: options.jobs }, work));
    const place = new Map(options.scenarios.map(({ name }, index) => [name, index]));
    const order = ({ name, major, round }: Judged) => (place.get(name) ?? 0) * 10_000 + major * 100 + round;
    return results.sort((a, b) => order(a) - order(b));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Run = Orders["runs"][number];

// The runs of a scenario, by the worlds that they share.
function worldsOf(named: Named, index: number, options: PlayOptions): Run[][] {
  const { scenario } = named;
  const allowed = scenario.nodes ?? NODES;
  const majors = (options.pick?.(named, index) ?? NODES).filter(
    (major) => allowed.includes(major) && options.nodes.has(major),
  );
  const runs: Run[] = [];
  for (let round = 0; round < (options.repeat ?? 1); round++)
    for (const major of majors) runs.push({ node: options.nodes.get(major) ?? "", major, language: "en", round });
  const last = runs.at(-1);
  if (last !== undefined && options.chinese !== false && options.exec === undefined)
    runs.push({ ...last, language: "zh", round: 0 });
  return scenario.fresh === true ? runs.map((run) => [run]) : runs.length === 0 ? [] : [runs];
}

async function playWorld(
  named: Named,
  runs: readonly Run[],
  pki: string,
  validate: Validate,
  options: PlayOptions,
): Promise<Judged[]> {
  const { name, scenario } = named;
  const key = `sk-ant-api03-${randomBytes(70).toString("base64url").slice(0, 93)}AA`;
  const told = await tellWorld(
    {
      file: join(HERE, "scenarios", `${name}.ts`),
      pki,
      key,
      publicRoots: join(pki, "root.pem"),
      runs,
      ...(options.exec === undefined ? {} : { exec: options.exec }),
    },
    runs.length * (scenario.limitMs ?? 30_000) + 30_000,
    (one) => options.onTold?.(name, one),
  );
  const judged: Judged[] = [];
  for (const one of told.filter(({ kind }) => kind === "run")) {
    let result = judge(name, scenario, one, [key], validate);
    const twin = judged.find(({ language, major }) => language === "en" && major === result.major);
    if (one.language === "zh" && result.report !== undefined && twin?.report !== undefined)
      result = { ...result, problems: [...result.problems, ...languageProblems(twin.report, result.report)] };
    judged.push(result);
    options.onJudged?.(result);
  }
  const error = told.find(({ kind }) => kind === "error")?.error;
  if (options.exec === undefined) {
    for (const run of runs.slice(judged.length)) {
      const lost: Judged = {
        name,
        ...run,
        verdict: "no world",
        exit: null,
        ms: 0,
        examinedMs: undefined,
        problems: [error ?? "the world ended early"],
        report: undefined,
        stderr: "",
      };
      judged.push(lost);
      options.onJudged?.(lost);
    }
  }
  return judged;
}

/** Starts one world with its orders and hears it to its end. */
export async function tellWorld(
  orders: Orders,
  timeoutMs: number,
  onTold: (told: Told) => void = () => {},
): Promise<Told[]> {
  const cache = join(ROOT, ".fairlead", "lab-cache");
  mkdirSync(cache, { recursive: true });
  const told: Told[] = [];
  const hear = (line: string) => {
    if (!line.startsWith("{")) return;
    const one = JSON.parse(line) as Told;
    told.push(one);
    onTold(one);
  };
  const program = [process.execPath, "--conditions=source", join(HERE, "inside.ts"), JSON.stringify(orders)];
  const leave = await takeSlot();
  const { code, stderr } = await collect("unshare", [...UNSHARE, ...program], timeoutMs, cache, hear).finally(leave);
  if (told.every(({ kind }) => kind === "built")) {
    const one: Told = { kind: "error", error: `the world ended with ${code}: ${stderr.slice(-2_000)}` };
    told.push(one);
    onTold(one);
  }
  return told;
}

function collect(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  cache?: string,
  onLine: (line: string) => void = () => {},
): Promise<{ code: number | null; stderr: string }> {
  // Nothing of this machine's settings may reach a world.
  const env = {
    PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`,
    LANG: "C.UTF-8",
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
  };
  const child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let rest = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    stderr = (stderr + piece).slice(-20_000);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, stderr: error.message }));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stderr });
    });
  });
}
