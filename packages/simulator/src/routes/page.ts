// Cursor pages as the older lists of the API have them: `limit`, `after_id`, `before_id`.

import { invalid, type Problem } from "../problem.ts";

/** One page of items in their order, or what is wrong with the query. `most`: largest limit allowed. */
export function page<T>(
  items: readonly T[],
  query: URLSearchParams,
  idOf: (item: T) => string,
  most = 1000,
): { data: T[]; has_more: boolean; first_id: string | null; last_id: string | null } | Problem {
  const limit = Number(query.get("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    return invalid(`limit: Input should be a whole number from 1 to ${most}`);
  }
  const after = query.get("after_id");
  const before = query.get("before_id");
  let rest = [...items];
  if (after !== null) rest = rest.slice(rest.findIndex((item) => idOf(item) === after) + 1);
  if (before !== null) {
    const end = rest.findIndex((item) => idOf(item) === before);
    rest = rest.slice(Math.max(0, (end < 0 ? rest.length : end) - limit), end < 0 ? undefined : end);
  }
  const data = rest.slice(0, limit);
  const first = data[0];
  const last = data.at(-1);
  return {
    data,
    has_more: rest.length > data.length,
    first_id: first === undefined ? null : idOf(first),
    last_id: last === undefined ? null : idOf(last),
  };
}
