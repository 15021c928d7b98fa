// Scenarios: a timeline of faults and settings, written in YAML or in code, checked before it runs.

import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import { distributionProblem } from "./distribution.ts";
import { readRule } from "./faults/rule.ts";
import type { RegionOptions, RegionSettings } from "./region-options.ts";

/** One step. All that is given happens, in this order: remove, clear, set, add. */
export interface ScenarioStep {
  /** Milliseconds from the start of the scenario; in YAML also `1500ms`, `5s`, `2m`. */
  at: number;
  /** Ids of faults to remove. */
  remove?: string[];
  /** Removes every fault. */
  clear?: boolean;
  /** Regions whose settings change; default all. */
  region?: string[];
  set?: Partial<RegionSettings>;
  /** Faults as `POST /_simulator/faults` takes them. */
  add?: unknown[];
}

/** A scenario. */
export interface Scenario {
  name: string;
  about?: string;
  /** Used when the options name no regions. */
  regions?: RegionOptions[];
  steps: ScenarioStep[];
  /** Milliseconds after which the steps begin anew, all faults removed and settings as at the start. Default: never. */
  repeatMs?: number;
}

/** What is wrong with a scenario and where. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(line > 0 ? `line ${line}, column ${column}: ${message}` : message);
    this.line = line;
    this.column = column;
  }
}

const TOP = ["name", "about", "regions", "faults", "steps", "repeat"];
const STEP = ["at", "remove", "clear", "region", "set", "add"];
const SET = ["latencyMs", "capacity", "queue", "abandoned", "tokensPerSecond", "firstTokenMs"];
const REGION = ["name", "port", ...SET];

type Path = Array<string | number>;
type Fail = (message: string, path: Path) => never;

/**
 * Reads a scenario from YAML: `{name, about?, regions?, faults?, steps?, repeat?}`; `faults` are on from the beginning.
 * Throws a ScenarioError with line and column for the first thing that is wrong.
 */
export function parseScenario(text: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ScenarioError(broken.message.replace(/ at line [\s\S]*$/, ""), line, col);
  }
  return checked(document.toJS(), (message, path) => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    throw new ScenarioError(`${path.join(".") || "scenario"}: ${message}`, line, col);
  });
}

function checked(value: unknown, fail: Fail): Scenario {
  const top = record(value, [], fail, TOP);
  const regions = list(top.regions, ["regions"], fail).map((each, index) => regionOf(each, ["regions", index], fail));
  const names = regions.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice >= 0) fail(`a region "${names[twice]}" was listed before`, ["regions", twice, "name"]);
  const faults = list(top.faults, ["faults"], fail);
  checkFaults(faults, ["faults"], names, fail);
  const steps = list(top.steps, ["steps"], fail).map((each, index) => stepOf(each, ["steps", index], names, fail));
  if (faults.length > 0) steps.unshift({ at: 0, add: faults });
  if (steps.length === 0) fail("it does nothing: give it faults or steps", []);
  const late = steps.findIndex((step, index) => index > 0 && step.at < (steps[index - 1]?.at ?? 0));
  if (late >= 0) fail("steps must be in the order of their time", ["steps", faults.length > 0 ? late - 1 : late, "at"]);
  const name = top.name === undefined ? "unnamed" : text(top.name, ["name"], fail);
  return {
    name,
    ...(top.about === undefined ? {} : { about: text(top.about, ["about"], fail) }),
    ...(regions.length === 0 ? {} : { regions }),
    steps,
    ...(top.repeat === undefined ? {} : { repeatMs: duration(top.repeat, ["repeat"], fail) }),
  };
}

function stepOf(value: unknown, path: Path, regions: string[], fail: Fail): ScenarioStep {
  const raw = record(value, path, fail, STEP);
  if (raw.at === undefined) fail('needs "at", the time from the start, e.g. 5s', path);
  const step: ScenarioStep = { at: duration(raw.at, [...path, "at"], fail) };
  if (raw.remove !== undefined) step.remove = texts(raw.remove, [...path, "remove"], fail);
  if (raw.clear !== undefined) step.clear = raw.clear === true;
  if (raw.region !== undefined) {
    step.region = texts(raw.region, [...path, "region"], fail);
    const lost = step.region.find((name) => regions.length > 0 && !regions.includes(name));
    if (lost !== undefined)
      fail(`there is no region "${lost}"; the regions are ${regions.join(", ")}`, [...path, "region"]);
  }
  if (raw.set !== undefined) step.set = settings(record(raw.set, [...path, "set"], fail, SET), [...path, "set"], fail);
  if (raw.add !== undefined) {
    step.add = list(raw.add, [...path, "add"], fail);
    checkFaults(step.add, [...path, "add"], regions, fail);
  }
  return step;
}

function checkFaults(faults: unknown[], path: Path, regions: string[], fail: Fail): void {
  for (const [index, fault] of faults.entries()) {
    const rule = readRule(fault, regions);
    if (typeof rule === "string") fail(rule, [...path, index]);
  }
}

function regionOf(value: unknown, path: Path, fail: Fail): RegionOptions {
  const raw = record(value, path, fail, REGION);
  const name = text(raw.name, [...path, "name"], fail);
  if (!/^[A-Za-z0-9-]+$/.test(name)) fail("a region's name has letters, digits and dashes only", [...path, "name"]);
  const { port } = raw;
  if (port !== undefined && !(Number.isInteger(port) && Number(port) >= 0 && Number(port) < 65_536)) {
    fail("must be a port from 0 to 65535", [...path, "port"]);
  }
  const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => SET.includes(key)));
  return { name, ...(port === undefined ? {} : { port: Number(port) }), ...settings(rest, path, fail) };
}

function settings(raw: Record<string, unknown>, path: Path, fail: Fail): Partial<RegionSettings> {
  const problem = settingsProblem(raw);
  if (problem !== undefined) fail(problem.message, [...path, problem.key]);
  return raw as Partial<RegionSettings>;
}

/** The first thing wrong with a change of a region's settings, or undefined. */
export function settingsProblem(raw: Record<string, unknown>): { key: string; message: string } | undefined {
  for (const [key, value] of Object.entries(raw)) {
    if (!SET.includes(key)) return { key, message: `unknown; a region's settings are ${SET.join(", ")}` };
    if (key === "abandoned") {
      if (value !== "drop" && value !== "serve") return { key, message: "must be drop or serve" };
      continue;
    }
    if (key === "latencyMs" || key === "capacity" || key === "queue") {
      if (typeof value !== "number" || !(value >= 0)) return { key, message: "must be a number of at least 0" };
      continue;
    }
    const problem = distributionProblem(value);
    if (problem !== undefined) return { key, message: problem };
  }
  return undefined;
}

function record(value: unknown, path: Path, fail: Fail, keys: string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("must be a mapping", path);
  const extra = Object.keys(value).find((key) => !keys.includes(key));
  if (extra !== undefined) fail(`unknown; known here are ${keys.join(", ")}`, [...path, extra]);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: Path, fail: Fail): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : fail("must be a list", path);
}

function text(value: unknown, path: Path, fail: Fail): string {
  return typeof value === "string" && value !== "" ? value : fail("must be text", path);
}

function texts(value: unknown, path: Path, fail: Fail): string[] {
  return (Array.isArray(value) ? value : [value]).map((each, index) =>
    text(each, Array.isArray(value) ? [...path, index] : path, fail),
  );
}

function duration(value: unknown, path: Path, fail: Fail): number {
  if (typeof value === "number" && value >= 0) return value;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(String(value));
  if (match === null) return fail("must be a time such as 500ms, 5s or 2m", path);
  return Number(match[1]) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as "ms" | "s" | "m" | "h"];
}

/** Where a path stands in the text; for a key that is wrong itself, the key. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range !== undefined) return node.range[0];
  }
  return 0;
}
