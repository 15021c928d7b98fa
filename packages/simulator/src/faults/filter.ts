// Filters: which requests a fault may hit.

/** All that is given must match. */
export interface Filter {
  /** Names of regions. */
  region?: readonly string[];
  /** Model ids; `*` stands for anything. */
  model?: readonly string[];
  /** Paths; `*` stands for anything. Default: the paths that generate, or every path for what an intermediary does. */
  path?: readonly string[];
  /** Only streamed requests, or only others. */
  stream?: boolean;
  /** Only the requests with these numbers among those that match the rest, counted from 1 when the fault was added. */
  nth?: readonly number[];
}

/** A request, or a connection of which nothing but the region is known yet. */
export interface Candidate {
  region: string;
  path?: string;
  model?: string;
  stream?: boolean;
}

const KEYS = ["region", "model", "path", "stream", "nth"];
/** Paths that generate text. */
const GENERATING = ["/v1/messages", "/v1/complete", "/v1/chat/completions"];

/** Reads a filter; a sentence when it is wrong. */
export function readFilter(raw: unknown): Filter | string {
  if (raw === undefined || raw === null) return {};
  if (typeof raw !== "object" || Array.isArray(raw)) return "filter must be an object";
  const given = raw as Record<string, unknown>;
  const extra = Object.keys(given).find((key) => !KEYS.includes(key));
  if (extra !== undefined) return `filter knows no "${extra}"; it takes ${KEYS.join(", ")}`;
  const filter: Filter = {};
  for (const key of ["region", "model", "path"] as const) {
    const value = given[key];
    if (value === undefined) continue;
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((item) => typeof item === "string" && item !== ""))
      return `filter.${key} must be text or a list of texts`;
    filter[key] = list as string[];
  }
  if (given.stream !== undefined) {
    if (typeof given.stream !== "boolean") return "filter.stream must be true or false";
    filter.stream = given.stream;
  }
  if (given.nth !== undefined) {
    const list = Array.isArray(given.nth) ? given.nth : [given.nth];
    if (!list.every((item) => Number.isInteger(item) && item >= 1)) return "filter.nth must be whole numbers from 1";
    filter.nth = list as number[];
  }
  return filter;
}

/** True when everything but `nth` matches. */
export function matches(filter: Filter, candidate: Candidate, edge: boolean): boolean {
  if (filter.region !== undefined && !filter.region.includes(candidate.region)) return false;
  if (candidate.path === undefined) return true;
  const paths = filter.path ?? (edge ? ["*"] : GENERATING);
  if (!paths.some((path) => glob(path, candidate.path as string))) return false;
  if (filter.model !== undefined && !filter.model.some((model) => glob(model, candidate.model ?? ""))) return false;
  return filter.stream === undefined || filter.stream === candidate.stream;
}

function glob(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === text;
  const first = parts[0] as string;
  const last = parts.at(-1) as string;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
