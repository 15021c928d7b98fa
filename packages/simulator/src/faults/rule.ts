// Rules: a fault as it was asked for, by JSON, by a scenario or by a header, checked against its kind.

import { nearestName } from "../nearest-name.ts";
import { FAULTS } from "./catalogue.ts";
import { type Filter, readFilter } from "./filter.ts";
import { type FaultKind, PHASES, type Phase } from "./kind.ts";
import { type Params, readParams } from "./params.ts";
import { type Pattern, readPattern } from "./pattern.ts";

/** A checked fault. */
export interface FaultRule {
  readonly kind: FaultKind;
  readonly phase: Phase;
  readonly params: Params;
  readonly pattern: Pattern;
  readonly filter: Filter;
  /** Given by whoever added it; otherwise made by the book. */
  readonly id?: string;
}

const KEYS = ["id", "kind", "phase", "params", "pattern", "filter"];

/** The kind of this name. */
export function faultKind(name: string): FaultKind | undefined {
  return FAULTS.find((kind) => kind.name === name);
}

/**
 * Reads `{kind, phase?, params?, pattern?, filter?, id?}`. Gives a sentence that says what is wrong, e.g. that the kind has
 * no meaning at the phase and which phases it has.
 */
export function readRule(raw: unknown, regions: readonly string[] = []): FaultRule | string {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return "a fault must be an object with a kind";
  const given = raw as Record<string, unknown>;
  const extra = Object.keys(given).find((key) => !KEYS.includes(key));
  if (extra !== undefined) return `a fault knows no "${extra}"; it takes ${KEYS.join(", ")}`;
  const kind = faultKind(String(given.kind));
  if (kind === undefined) {
    const names = FAULTS.map((each) => each.name);
    const near = nearestName(String(given.kind), names);
    const hint = near === undefined ? "" : `did you mean "${near}"? `;
    return `no fault "${String(given.kind)}"; ${hint}The kinds are ${names.join(", ")}`;
  }
  const filter = readFilter(given.filter);
  if (typeof filter === "string") return `${kind.name}: ${filter}`;
  const lost = filter.region?.find((name) => regions.length > 0 && !regions.includes(name));
  if (lost !== undefined) return `${kind.name}: there is no region "${lost}"; the regions are ${regions.join(", ")}`;
  const phase = phaseOf(kind, given.phase, filter);
  if (!isPhase(phase)) return phase;
  const params = readParams(kind.params, (given.params ?? {}) as Record<string, unknown>);
  if (typeof params === "string") return `${kind.name}: ${params}`;
  const pattern = readPattern(given.pattern ?? kind.pattern);
  if (typeof pattern === "string") return `${kind.name}: ${pattern}`;
  if (phase === "connect" && (filter.model ?? filter.path ?? filter.stream) !== undefined) {
    return `${kind.name} at connect: a connection has no model, path or stream yet; filter by region and nth only`;
  }
  if (kind.closesListener && filter.nth !== undefined) {
    return `${kind.name}: connections that were refused cannot be counted; filter by region only`;
  }
  if (kind.head !== undefined && phase !== "connect" && (filter.model ?? filter.stream) !== undefined) {
    return `${kind.name} strikes before the body is read, so model and stream are unknown; filter by region, path and nth`;
  }
  return { kind, phase, params, pattern, filter, ...(given.id === undefined ? {} : { id: String(given.id) }) };
}

function isPhase(text: string): text is Phase {
  return (PHASES as readonly string[]).includes(text);
}

function phaseOf(kind: FaultKind, raw: unknown, filter: Filter): Phase | string {
  const valid = kind.phases
    .map(({ phase, on }) => (on === "both" ? phase : `${phase} (${on} answers only)`))
    .join(", ");
  if (raw === undefined) {
    const rule = kind.phases.find(
      ({ on }) => filter.stream === undefined || on === "both" || (on === "streamed") === filter.stream,
    );
    return rule?.phase ?? `${kind.name} has no meaning for ${filter.stream ? "streamed" : "JSON"} answers`;
  }
  if (!isPhase(String(raw))) return `no phase "${String(raw)}"; the phases are ${PHASES.join(", ")}`;
  const rule = kind.phases.find(({ phase }) => phase === raw);
  if (rule === undefined) return `${kind.name} has no meaning at ${String(raw)}; it has one at: ${valid}`;
  if (filter.stream !== undefined && rule.on !== "both" && (rule.on === "streamed") !== filter.stream) {
    return `${kind.name} at ${rule.phase} is for ${rule.on} answers only`;
  }
  return rule.phase;
}

/**
 * Reads the header `x-simulator-fault`: JSON (an object or a list), or `kind;phase=mid-text;name=value`, several separated
 * by commas. Patterns other than a share and filters have no meaning for one request and are refused.
 */
export function readFaultHeader(values: readonly string[]): FaultRule[] | string {
  const rules: FaultRule[] = [];
  for (const value of values) {
    const specs = headerSpecs(value);
    if (typeof specs === "string") return specs;
    for (const spec of specs) {
      const rule = readRule(spec);
      if (typeof rule === "string") return `x-simulator-fault: ${rule}`;
      const { share, ...counted } = rule.pattern;
      if (spec.filter !== undefined || (spec.pattern !== undefined && Object.keys(counted).length > 0)) {
        return "x-simulator-fault is for this one request: it takes no filter, and no pattern but a share";
      }
      if (rule.kind.closesListener) {
        return `x-simulator-fault: ${rule.kind.name} cannot come by header, the connection is open already; add it with POST /_simulator/faults`;
      }
      rules.push({ ...rule, pattern: share === undefined ? {} : { share } });
    }
  }
  return rules;
}

function headerSpecs(value: string): Array<Record<string, unknown>> | string {
  const text = value.trim();
  if (text.startsWith("{") || text.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(text);
      return (Array.isArray(parsed) ? parsed : [parsed]) as Array<Record<string, unknown>>;
    } catch (error) {
      return `x-simulator-fault is not JSON: ${(error as Error).message}`;
    }
  }
  return text.split(",").map((part) => {
    const [kind, ...rest] = part.split(";").map((each) => each.trim());
    const spec: Record<string, unknown> = { kind };
    const params: Record<string, unknown> = {};
    for (const pair of rest) {
      const mark = pair.indexOf("=");
      const name = mark < 0 ? pair : pair.slice(0, mark);
      const given = mark < 0 ? "true" : pair.slice(mark + 1);
      if (name === "phase") spec.phase = given;
      else if (name === "share") spec.pattern = { share: Number(given) };
      else if (name !== "") params[name] = given;
    }
    spec.params = params;
    return spec;
  });
}
