// The layer of custody: files and batches are asked for where they are, and only by the project that has them.

import {
  type Answer,
  type Exchange,
  type Failure,
  failure,
  type Layer,
  type Next,
  type Outcome,
  type Target,
} from "@fairlead/engine";
import { parseRfc3339, rawGet } from "@fairlead/protocol";
import { type CustodyKind, type CustodyRow, StoreError } from "@fairlead/stores";
import { listThings } from "./custody-list.ts";
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
  unknownThing,
} from "./custody-rules.ts";
import { type FileReference, fileReferences } from "./file-references.ts";
import { filesOfFrames, filesOfMessage, listenedFlow, makesFiles, ResultFiles } from "./made-files.ts";
import { type Resource, resourceOf } from "./resource-path.ts";
import { isJson, jsonOf, wholeBody, withBody } from "./whole-answer.ts";

const NONE: readonly FileReference[] = [];
const DAY_MS = 86_400_000;
/** Results of a batch are there for 29 days (platform.claude.com, "Batch processing"), the batch itself for longer. */
const BATCH_MS = 90 * DAY_MS;
/** The accounts that there are, and at which of them what nobody is known to have was found. */
interface Places {
  readonly accounts: ReadonlySet<string>;
  readonly located: Map<string, string>;
}

/** Accounts of ids that nobody is known to have, where there are several. */
const LOCATED = 1_000;

/**
 * The layer. A message without a file costs it one search in the body's bytes; the store is asked only for requests that
 * name a file or batch, and for lists.
 */
export function custodyLayer(parts: CustodyParts): Layer {
  const located = new Map<string, string>();
  const accounts = new Set(parts.all.map(({ account }) => account));
  return () => ({
    name: "custody",
    says: "files and batches go where they are, and only for the project that made them",
    handle(x: Exchange, next: Next): Promise<Outcome> {
      if (x.look.model !== undefined) {
        if (x.body === null) return next(x);
        // With one project and one account there is nothing to keep apart, and one way to go.
        const named = accounts.size < 2 && harmless(parts) ? NONE : fileReferences(x.body);
        const makes = x.look.dialect === "claude" && makesFiles(x.body);
        return named.length === 0 && !makes ? next(x) : message(parts, x, next, named, makes);
      }
      const asked = x.principal === undefined ? undefined : resourceOf(x.path);
      if (asked === undefined) return next(x);
      if (asked.id !== undefined) return one(parts, { located, accounts }, x, next, { ...asked, id: asked.id });
      return x.method === "POST" ? created(parts, x, next, asked.kind) : listThings(parts, x, next, asked);
    },
  });
}

/** A message: its files must be the project's own, and it goes where they are. */
async function message(
  parts: CustodyParts,
  x: Exchange,
  next: Next,
  named: readonly FileReference[],
  makes: boolean,
): Promise<Outcome> {
  const among = await placeOf(parts, x, named);
  if (among !== undefined && "ok" in among) return among;
  const outcome = await next(among === undefined ? x : { ...x, among });
  return makes && outcome.ok ? learned(parts, x, outcome) : outcome;
}

/** Where a request with these files goes: undefined when nothing says, or why it goes nowhere. */
async function placeOf(
  parts: CustodyParts,
  x: Exchange,
  named: readonly FileReference[],
): Promise<readonly Target[] | Failure | undefined> {
  if (named.length === 0) return undefined;
  const { rows, away } = await parts.book.find(
    "file",
    named.map(({ id }) => id),
  );
  const places = new Map<string, CustodyRow>();
  for (const { id, read } of named) {
    const row = rows.get(id);
    if (row !== undefined) {
      if (isForeign(parts, x, row)) return unknownThing(parts, x, "file", id, "foreign");
      // What only a history tells of was made where that conversation is; the API does not read it.
      if (read && !places.has(row.account)) places.set(row.account, row);
    } else if (read && !allowsUnknown(parts)) {
      return away ? awayFailure(parts, x, "file") : unknownThing(parts, x, "file", id, "unknown");
    }
  }
  const [first, second] = places.values();
  if (first === undefined) return undefined;
  if (second !== undefined) {
    const told = [first, second].map(({ id, account }) => `${id} at ${account}`).join(", ");
    return refused(parts.rt, x, failure("files_apart", { places: told }, LOCAL));
  }
  const { id, account } = first;
  const { model } = x.look;
  const among = targetsOf(parts, account, model);
  if (among.length > 0) return among;
  const code = model === undefined || targetsOf(parts, account).length === 0 ? "account_gone" : "file_elsewhere";
  return refused(parts.rt, x, failure(code, { id, account, model: model ?? "" }, LOCAL));
}

/** Something is made: whose it is is written down before anybody is told of it. */
async function created(parts: CustodyParts, x: Exchange, next: Next, kind: CustodyKind): Promise<Outcome> {
  let among: readonly Target[] | undefined;
  if (kind === "batch" && x.body !== null) {
    const unread = harmless(parts) ? undefined : unreadable(x);
    if (unread !== undefined) return refused(parts.rt, x, unread);
    const place = await placeOf(parts, x, fileReferences(x.body));
    if (place !== undefined && "ok" in place) return place;
    among = place;
  }
  const outcome = await next(among === undefined ? x : { ...x, among });
  // What is no JSON tells of nothing that was made.
  if (!outcome.ok || !isJson(outcome)) return outcome;
  const body = await wholeBody(outcome.flow);
  if (body === undefined) return failure("cut_early", { upstream: outcome.target.name, reason: "it broke off" });
  const made = jsonOf(outcome, body);
  const id = made?.id;
  if (typeof id !== "string") return withBody(outcome, body);
  const at = parts.rt.clock.wall();
  const told = typeof made?.expires_at === "string" ? parseRfc3339(made.expires_at) : undefined;
  const expiresAt = kind === "batch" ? at + BATCH_MS : told;
  try {
    await parts.book.note([{ ...ownerOf(x, outcome), kind, id, at, ...(expiresAt !== undefined && { expiresAt }) }]);
  } catch (e) {
    if (!StoreError.is(e)) throw e;
    const fill = { id, upstream: outcome.target.name, reason: e.message };
    return refused(parts.rt, x, failure("custody_unwritten", fill, { local: true }));
  }
  return withBody(outcome, body);
}

/** Why the files in a batch's body cannot be seen; undefined when they can. */
function unreadable(x: Exchange): Failure | undefined {
  const encoding = rawGet(x.headers, "content-encoding");
  if (encoding !== undefined && encoding !== "identity") return failure("body_encoded", { got: encoding }, LOCAL);
  const type = rawGet(x.headers, "content-type") ?? "";
  if (/charset\s*=\s*"?(?!utf-?8\b|us-ascii\b)/i.test(type)) return failure("bad_content_type", { got: type }, LOCAL);
  return isUtf8(x.body) ? undefined : failure("bad_json", { reason: "it is not UTF-8", at: 0 }, LOCAL);
}

/** Readers of JSON tell UTF-16 and UTF-32 by a mark, or by the zeros among the first four bytes (RFC 4627 3). */
function isUtf8(body: Uint8Array | null): boolean {
  if (body === null) return true;
  const [first, second] = body;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return false;
  return !body.subarray(0, 4).includes(0);
}

/** One thing is asked for, changed or deleted. */
async function one(
  parts: CustodyParts,
  places: Places,
  x: Exchange,
  next: Next,
  asked: Resource & { readonly id: string },
): Promise<Outcome> {
  const { kind, id, part } = asked;
  if (id.length > 200 || id.includes("\0")) return unknownThing(parts, x, kind, id, "unknown");
  const { rows, away } = await parts.book.find(kind, [id]);
  const row = rows.get(id);
  if (row !== undefined && isForeign(parts, x, row)) return unknownThing(parts, x, kind, id, "foreign");
  if (row === undefined) {
    if (away && !harmless(parts)) return awayFailure(parts, x, kind);
    return allowsUnknown(parts) ? sought(parts, places, x, next, asked) : unknownThing(parts, x, kind, id, "unknown");
  }
  const among = targetsOf(parts, row.account);
  if (among.length === 0) return refused(parts.rt, x, failure("account_gone", { id, account: row.account }, LOCAL));
  const outcome = await next({ ...x, among });
  if (x.method === "DELETE" && (outcome.ok || isMissing(outcome))) await parts.book.release(kind, id);
  return outcome.ok && part === "results" ? resultsOf(parts, x, outcome) : outcome;
}

/** What nobody is known to have is at one of the accounts: they are asked in turn, and the one that has it is remembered. */
async function sought(
  parts: CustodyParts,
  places: Places,
  x: Exchange,
  next: Next,
  { kind, id, base, part, query }: Resource & { readonly id: string },
): Promise<Outcome> {
  const { accounts, located } = places;
  if (accounts.size < 2) return next(x);
  const key = `${kind}\n${id}`;
  const known = located.get(key);
  if (known !== undefined && accounts.has(known)) return next({ ...x, among: targetsOf(parts, known) });
  const path = `${base}/${encodeURIComponent(id)}${query === "" ? "" : `?${query}`}`;
  let last: Outcome | undefined;
  for (const account of accounts) {
    const among = targetsOf(parts, account);
    const outcome = await next({ ...x, method: "GET", path, body: null, once: false, among });
    last = outcome;
    if (!outcome.ok) {
      if (isMissing(outcome)) continue;
      return outcome;
    }
    located.set(key, account);
    const [oldest] = located.keys();
    if (located.size > LOCATED && oldest !== undefined) located.delete(oldest);
    if (x.method === "GET" && part === undefined) return outcome;
    outcome.flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "not read on" });
    return next({ ...x, among });
  }
  return last ?? next(x);
}

/** An answer of a message whose request lets the API run code: the files that it makes are the project's own. */
async function learned(parts: CustodyParts, x: Exchange, answer: Answer): Promise<Outcome> {
  const { flow } = answer;
  if (flow.reader === undefined) return answer;
  if (flow.reader.streamed)
    return { ...answer, flow: listenedFlow(flow, { find: filesOfFrames, note: notes(parts, x, answer) }) };
  // One that is too long to be held passes as it comes, and is not read.
  if (flow.ending === undefined) return answer;
  const body = await wholeBody(flow);
  if (body === undefined) return answer;
  const ids = filesOfMessage(body);
  if (ids.length > 0) await notes(parts, x, answer)(ids);
  return withBody(answer, body);
}

/** Results of a batch: files that its requests made are the project's own. */
function resultsOf(parts: CustodyParts, x: Exchange, answer: Answer): Outcome {
  const encoding = rawGet(answer.headers, "content-encoding");
  if (encoding !== undefined && encoding !== "identity") return answer;
  const files = new ResultFiles();
  const listener = {
    find: (chunk: Buffer) => files.push(chunk),
    rest: () => files.rest(),
    note: notes(parts, x, answer),
  };
  return { ...answer, flow: listenedFlow(answer.flow, listener) };
}

/** Notes files that an answer told of. What cannot be written is left out: an answer does not fail for it. */
function notes(parts: CustodyParts, x: Exchange, answer: Answer): (ids: readonly string[]) => Promise<void> {
  const owner = ownerOf(x, answer);
  return async (ids) => {
    const at = parts.rt.clock.wall();
    try {
      await parts.book.note(ids.map((id) => ({ ...owner, kind: "file", id, at })));
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
  };
}

function ownerOf(x: Exchange, { target }: Answer): Pick<CustodyRow, "project" | "keyId" | "upstream" | "account"> {
  const { project = "", keyId = "" } = x.principal ?? {};
  return { project, keyId: keyId.slice(0, 200), upstream: target.name, account: target.account };
}
