// Lists of files and batches: a project's own, in the upstream's shape, with cursors that lead on.

import { type Answer, type Exchange, failure, type Next, type Outcome, type Target } from "@fairlead/engine";
import { type CustodyCursor, type CustodyRow, StoreError } from "@fairlead/stores";
import {
  allowsUnknown,
  awayFailure,
  type CustodyParts,
  harmless,
  isForeign,
  isMissing,
  LOCAL,
  refused,
  targetsOf,
} from "./custody-rules.ts";
import type { Resource } from "./resource-path.ts";
import { isJson, jsonOf, wholeBody, withBody } from "./whole-answer.ts";

type Item = { readonly [key: string]: unknown };
type Page = { readonly [key: string]: unknown };

/** What the API gives when nothing is said, and what it gives at most (platform.claude.com, "List Files"). */
const STANDARD = 20;
const MOST = 1_000;
/** Of a project's own things at most so many are gathered for one page: the next page has the rest. */
const PAGE = 100;
/** Things that no list held are asked for one by one, so many at once. */
const AT_ONCE = 8;
/** Pages that are gone through for one answer, when they hold nothing for the caller. */
const PAGES = 20;

/** What a list's query says. */
interface Wish {
  readonly limit: number;
  readonly cursor: CustodyCursor;
  /** All but limit and cursors. */
  readonly others: URLSearchParams;
}

/** Answers a list. */
export async function listThings(parts: CustodyParts, x: Exchange, next: Next, asked: Resource): Promise<Outcome> {
  if (parts.options.isolation === "none") return next(x);
  if (x.method === "HEAD") return headOnly(parts, x, next, asked);
  if (allowsUnknown(parts)) return filtered(parts, x, next, asked);
  const wish = wishOf(asked.query);
  // What is wrong with a limit is told by the upstream, in its own words.
  if (wish === undefined) return limitRefused(parts, x, next, asked);
  if (wish.cursor.after !== undefined && wish.cursor.before !== undefined)
    return wrongCursor(parts, x, "after_id", "give after_id or before_id, not both");
  try {
    return await own(parts, x, next, asked, wish);
  } catch (e) {
    if (StoreError.is(e) && e.code === "invalid")
      return wrongCursor(parts, x, "after_id", "must be the id of what was listed before");
    if (StoreError.is(e)) return awayFailure(parts, x, asked.kind);
    throw e;
  }
}

/** A page of what the project has, from the book; what each is now is told by the upstream that has it. */
async function own(parts: CustodyParts, x: Exchange, next: Next, asked: Resource, wish: Wish): Promise<Outcome> {
  const { kind } = asked;
  const project = x.principal?.project ?? "";
  const most = Math.min(wish.limit, PAGE);
  const back = wish.cursor.before !== undefined;
  let { cursor } = wish;
  let shape: Answer | undefined;
  let template: Page | undefined;
  for (let round = 0; ; round += 1) {
    const rows = await parts.book.page(project, kind, cursor, most + 1);
    if (rows === undefined) {
      const field = back ? "before_id" : "after_id";
      return wrongCursor(
        parts,
        x,
        field,
        `no ${kind === "file" ? "file" : "Message Batch"} of this project has that id`,
      );
    }
    const more = rows.length > most;
    const page = more ? (back ? rows.slice(-most) : rows.slice(0, most)) : rows;
    const gathered = await itemsOf(parts, x, next, asked, wish, page);
    if ("ok" in gathered) return gathered;
    shape ??= gathered.shape;
    template ??= gathered.template;
    const { items } = gathered;
    if (items.length === 0 && more && round < PAGES) {
      // All of them are gone at the upstream: an empty page would end the walk of an SDK.
      cursor = back ? { before: page[0]?.id } : { after: page.at(-1)?.id };
      continue;
    }
    return listed(shape, template, items, more, (more && !back ? idOf(items.at(-1)) : undefined) ?? null);
  }
}

/** What the upstreams say of these things, in their order; or the failure of one of them. */
async function itemsOf(
  parts: CustodyParts,
  x: Exchange,
  next: Next,
  asked: Resource,
  wish: Wish,
  rows: readonly CustodyRow[],
): Promise<{ readonly items: readonly Item[]; readonly shape: Answer; readonly template: Page } | Outcome> {
  const places = new Map<string, readonly Target[]>();
  for (const { account } of rows) if (!places.has(account)) places.set(account, targetsOf(parts, account));
  const found = new Map<string, Item>();
  let shape: Answer | undefined;
  let template: Page | undefined;
  // Without a thing of its own a project still learns what an empty list looks like.
  const asks = rows.length === 0 ? [undefined] : [...places.values()].filter((among) => among.length > 0);
  for (const among of asks.length === 0 ? [undefined] : asks) {
    const limit = rows.length === 0 ? 1 : PAGE;
    const got = await fetched(x, next, pathWith(asked.base, wish.others, { limit: String(limit) }), among);
    if (!("page" in got)) return got;
    shape ??= got.answer;
    template ??= got.page;
    for (const item of dataOf(got.page)) {
      const id = idOf(item);
      if (id !== undefined) found.set(id, item);
    }
  }
  const missing = rows.filter(({ id, account }) => !found.has(id) && (places.get(account)?.length ?? 0) > 0);
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    const some = await Promise.all(
      missing.slice(at, at + AT_ONCE).map(async ({ id, account }) => {
        const path = pathWith(`${asked.base}/${encodeURIComponent(id)}`, wish.others, {});
        const got = await fetched(x, next, path, places.get(account));
        if ("page" in got) found.set(id, got.page);
        return "page" in got || isMissing(got) ? undefined : got;
      }),
    );
    const failed = some.find((outcome) => outcome !== undefined);
    if (failed !== undefined) return failed;
  }
  if (shape === undefined || template === undefined) return failure("internal");
  const items = rows.map(({ id }) => found.get(id)).filter((item) => item !== undefined);
  return { items, shape, template };
}

/** The upstream's own pages without what other projects have. */
async function filtered(parts: CustodyParts, x: Exchange, next: Next, asked: Resource): Promise<Outcome> {
  let path = x.path;
  for (let round = 0; ; round += 1) {
    const outcome = await next(path === x.path ? x : { ...x, path });
    if (!outcome.ok) return outcome;
    // What cannot be read passes only where nobody could see what is not theirs.
    if (!isJson(outcome)) return harmless(parts) ? outcome : unlisted(outcome);
    const body = await wholeBody(outcome.flow);
    if (body === undefined) return unlisted(outcome);
    const page = jsonOf(outcome, body);
    if (page === undefined) return harmless(parts) ? withBody(outcome, body) : unlisted(outcome);
    const data = dataOf(page);
    const ids = data.flatMap((item) => idOf(item) ?? []);
    const { rows, away } = await parts.book.find(asked.kind, ids);
    if (away && !harmless(parts)) return awayFailure(parts, x, asked.kind);
    const mine = data.filter((item) => {
      const row = rows.get(idOf(item) ?? "");
      return row === undefined || !isForeign(parts, x, row);
    });
    if (mine.length === data.length && round === 0) return withBody(outcome, body);
    const onward = mine.length > 0 || round >= PAGES ? undefined : onwardOf(asked, page);
    if (onward !== undefined) {
      path = onward;
      continue;
    }
    // Behind the first the pages are larger than what was asked for.
    const limit = wishOf(asked.query)?.limit ?? STANDARD;
    const some = new URLSearchParams(asked.query).has("before_id") ? mine.slice(-limit) : mine.slice(0, limit);
    const more = some.length < mine.length || (page.has_more === true && mine.length > 0);
    return listed(outcome, page, some, more, mine.length > 0 ? page.next_page : null);
  }
}

/** The path of the page behind one that held nothing for the caller; undefined behind the last. */
function onwardOf({ base, query }: Resource, page: Page): string | undefined {
  const params = new URLSearchParams(query);
  const token = page.next_page;
  if (typeof token === "string" && token !== "" && !params.has("after_id") && !params.has("before_id")) {
    params.set("page", token);
    return `${base}?${params}`;
  }
  const back = params.has("before_id");
  const id = back ? page.first_id : page.last_id;
  if (page.has_more !== true || typeof id !== "string") return undefined;
  params.set(back ? "before_id" : "after_id", id);
  params.set("limit", String(MOST));
  return `${base}?${params}`;
}

/** One answer about files or batches, read whole; or why there is none. */
async function fetched(
  x: Exchange,
  next: Next,
  path: string,
  among: readonly Target[] | undefined,
): Promise<{ readonly answer: Answer; readonly page: Page } | Outcome> {
  const outcome = await next({ ...x, method: "GET", path, body: null, among });
  if (!outcome.ok) return outcome;
  if (!isJson(outcome)) return unlisted(outcome);
  const body = await wholeBody(outcome.flow);
  const page = body === undefined ? undefined : jsonOf(outcome, body);
  return page === undefined ? unlisted(outcome) : { answer: outcome, page };
}

function unlisted({ flow, target }: Answer): Outcome {
  flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "not read on" });
  return failure("malformed_answer", { upstream: target.name }, { target });
}

/** The list as the upstream would print it: the keys that it printed, with what the caller may see. */
function listed(shape: Answer, template: Page, items: readonly Item[], more: boolean, nextPage: unknown): Answer {
  const values: { readonly [key: string]: unknown } = {
    data: items,
    has_more: more,
    first_id: idOf(items[0]) ?? null,
    last_id: idOf(items.at(-1)) ?? null,
    next_page: nextPage ?? null,
    prev_page: null,
  };
  const page = Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, Object.hasOwn(values, key) ? values[key] : value]),
  );
  const headers: string[] = [];
  for (let i = 0; i < shape.headers.length; i += 2) {
    const name = shape.headers[i] as string;
    if (/^content-(?:length|encoding)$/i.test(name)) continue;
    headers.push(name, shape.headers[i + 1] as string);
  }
  return { ...withBody(shape, Buffer.from(JSON.stringify(page))), headers, rewritten: "list" };
}

/** The head of a list, without the length of what others have. */
async function headOnly(parts: CustodyParts, x: Exchange, next: Next, asked: Resource): Promise<Outcome> {
  const outcome = await listThings(parts, { ...x, method: "GET" }, next, asked);
  return outcome.ok ? withBody(outcome, Buffer.alloc(0)) : outcome;
}

async function limitRefused(parts: CustodyParts, x: Exchange, next: Next, asked: Resource): Promise<Outcome> {
  const params = new URLSearchParams(asked.query);
  for (const name of ["after_id", "before_id", "page"]) params.delete(name);
  const outcome = await next({ ...x, path: `${asked.base}?${params}` });
  if (!outcome.ok) return outcome;
  outcome.flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "not read on" });
  return wrongCursor(parts, x, "limit", `must be a whole number from 1 to ${MOST}`);
}

function wrongCursor({ rt }: CustodyParts, x: Exchange, field: string, reason: string): Outcome {
  return refused(rt, x, failure("bad_field", { field, reason }, LOCAL));
}

function wishOf(query: string): Wish | undefined {
  const others = new URLSearchParams(query);
  const said = others.get("limit");
  const limit = said === null ? STANDARD : Number(said);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return undefined;
  const after = others.get("after_id") ?? others.get("page") ?? undefined;
  const before = others.get("before_id") ?? undefined;
  for (const name of ["limit", "after_id", "before_id", "page"]) others.delete(name);
  return { limit, cursor: { ...(after && { after }), ...(before && { before }) }, others };
}

function pathWith(base: string, others: URLSearchParams, more: { readonly [name: string]: string }): string {
  const params = new URLSearchParams(others);
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  const text = params.toString();
  return text === "" ? base : `${base}?${text}`;
}

function dataOf(page: Page): readonly Item[] {
  const data: readonly unknown[] = Array.isArray(page.data) ? page.data : [];
  return data.filter((item): item is Item => typeof item === "object" && item !== null);
}

function idOf(item: Item | undefined): string | undefined {
  return typeof item?.id === "string" ? item.id : undefined;
}
