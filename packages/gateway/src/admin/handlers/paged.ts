// One page of a list, in the order of its names or ids.

/** A page, and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** What comes behind `after`, at most `limit` of it. */
export function paged<T>(
  all: readonly T[],
  idOf: (one: T) => string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Page<T> {
  const rest = all.filter((one) => after === undefined || idOf(one) > after);
  rest.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || items.length === rest.length ? null : idOf(last) };
}
