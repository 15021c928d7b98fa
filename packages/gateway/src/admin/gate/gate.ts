// The one door of the admin address: which credential came, who it belongs to, and whether the route is for them.

import type { IncomingMessage } from "node:http";
import { StoreError } from "@fairlead/stores";
import { AdminRefusal } from "../admin-refusal.ts";
import type { Access } from "../contract/route.ts";
import type { Known, Recognise } from "../services.ts";
import { storeDown } from "../store-down.ts";
import type { Failures } from "./failures.ts";
import { onLoopback } from "./site.ts";

/** Name of the session's cookie: the prefix makes browsers refuse it without Secure, Path=/ and no Domain. */
export const SECURE_COOKIE = "__Host-fairlead";
/** The same on plain http, which only loopback addresses use. */
export const PLAIN_COOKIE = "fairlead";

/** Longest credential that is looked at, characters: a token of an identity provider may be long. */
const MAX_SECRET = 16_384;

/** Who asks, and how that was shown. */
export interface Caller extends Known {
  /** The address that it came from. */
  readonly from: string;
  readonly byCookie: boolean;
}

/** Finds sessions of people. */
export type SessionOf = (id: string, req: IncomingMessage) => Promise<Known | undefined>;

/** What the gate works with. */
export interface GateParts {
  readonly recognise: Recognise;
  readonly sessionOf: SessionOf | undefined;
  /** Whether browsers reach this by https. */
  readonly secure?: boolean | undefined;
  readonly failures: Failures;
  readonly addressOf?: ((req: IncomingMessage) => string | undefined) | undefined;
  /** Who may read metrics without a credential. */
  readonly metricsOpen: "loopback" | "all" | "none";
}

/** Scopes that open anything here at all. */
const ADMIN_SCOPES = ["admin:read", "admin:write"];

/**
 * Who asks, when the route is for them; undefined on an open route for somebody without a credential.
 * @param known told who asks, whether the route is for them or not
 * @throws AdminRefusal 401, 403, 429, or 503 when the store cannot tell
 */
export async function admitted(
  req: IncomingMessage,
  access: Access,
  parts: GateParts,
  known?: (caller: Caller) => void,
): Promise<Caller | undefined> {
  if (access === "open") return undefined;
  if (access === "metrics" && metricsOpen(req, parts.metricsOpen)) return undefined;
  const caller = await callerOf(req, parts);
  if (caller === undefined) {
    throw new AdminRefusal("admin_credential_missing", {}, { "www-authenticate": 'Bearer realm="fairlead admin"' });
  }
  known?.(caller);
  const may = (scope: string) => caller.scopes.includes(scope);
  if (!ADMIN_SCOPES.some(may)) throw new AdminRefusal("admin_key_needed");
  // Whoever may write may read what it writes.
  const reads = may("admin:read") || may("admin:write");
  const all = caller.project === undefined;
  const allowed =
    access === "signed-in" ||
    (access === "project:read" && reads) ||
    ((access === "admin:read" || access === "metrics") && reads && all) ||
    (access === "admin:write" && may("admin:write") && all);
  if (!allowed) {
    const scope = access === "admin:write" ? "admin:write" : "admin:read";
    throw new AdminRefusal("admin_forbidden", {
      actor: caller.actor,
      scope: all ? scope : `${scope} for all projects`,
    });
  }
  if (caller.byCookie && req.method !== "GET" && req.method !== "HEAD" && req.headers["fairlead-csrf"] !== "1") {
    throw new AdminRefusal("admin_csrf");
  }
  return caller;
}

/** Who asks, by the one credential that came; undefined when none did. */
export async function callerOf(req: IncomingMessage, parts: GateParts): Promise<Caller | undefined> {
  const from = (parts.addressOf === undefined ? req.socket.remoteAddress : parts.addressOf(req)) ?? "unknown";
  const secret = secretOf(req);
  const session =
    secret === undefined && parts.sessionOf !== undefined ? cookieOf(req, parts.secure === true) : undefined;
  if (secret === undefined && session === undefined) return undefined;
  // Sessions are not guessed at: their ids are counted nowhere.
  const waitMs = secret === undefined ? 0 : parts.failures.waitMs(from, secret);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1_000);
    throw new AdminRefusal("admin_slow_down", { seconds }, { "retry-after": String(seconds) });
  }
  const known = await asked(() =>
    secret !== undefined
      ? parts.recognise(secret, req)
      : (parts.sessionOf?.(session ?? "", req) ?? Promise.resolve(undefined)),
  );
  if (known === undefined || known === "expired") {
    // An old cookie is what browsers send on their own.
    if (secret === undefined) throw new AdminRefusal("admin_credential_expired");
    parts.failures.failed(from);
    throw new AdminRefusal(known === "expired" ? "admin_credential_expired" : "admin_credential_unknown");
  }
  // Only what opens something here: whoever holds a key for requests must not be able to guess on with its help.
  if (secret !== undefined && ADMIN_SCOPES.some((scope) => known.scopes.includes(scope))) {
    parts.failures.passed(from, secret);
  }
  return { ...known, from, byCookie: secret === undefined };
}

/**
 * The project that a list is about: the one asked for, or the caller's own.
 * @throws AdminRefusal when it is somebody else's
 */
export function projectFor(caller: Caller, asked: string | undefined): string | undefined {
  if (caller.project === undefined || asked === caller.project) return asked;
  if (asked === undefined) return caller.project;
  throw new AdminRefusal("admin_other_project", { actor: caller.actor, own: caller.project });
}

/** Whether a thing of this project may be seen. What belongs to no project is for those who see all. */
export function sees(caller: Caller, project: string | null | undefined): boolean {
  return caller.project === undefined || caller.project === project;
}

function metricsOpen(req: IncomingMessage, open: GateParts["metricsOpen"]): boolean {
  return open === "all" || (open === "loopback" && onLoopback(req.socket.localAddress));
}

/** @throws AdminRefusal when two different ones came */
function secretOf(req: IncomingMessage): string | undefined {
  const authorizations = req.headersDistinct.authorization ?? [];
  const keys = req.headersDistinct["x-api-key"] ?? [];
  const secrets = new Set(
    [...authorizations.map(bearerOf), ...keys].map((one) => one.trim()).filter((one) => one !== ""),
  );
  if (secrets.size > 1) {
    throw new AdminRefusal("admin_credentials_many", { which: "in Authorization and x-api-key" });
  }
  const [secret] = secrets;
  return secret !== undefined && secret.length > MAX_SECRET ? "" : secret;
}

function bearerOf(authorization: string): string {
  const bearer = /^bearer[ \t]+(\S+)$/i.exec(authorization.trim())?.[1];
  // Another scheme is a credential too, and one that nobody knows.
  return bearer ?? authorization;
}

/**
 * The session's id; undefined when no cookie of ours came. Two of them are nobody's. `secure`: only the name that browsers
 * refuse from anybody else counts, since a neighbouring site could set the other.
 */
export function cookieOf(req: IncomingMessage, secure: boolean): string | undefined {
  const values: string[] = [];
  for (const pair of (req.headers.cookie ?? "").split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && name === (secure ? SECURE_COOKIE : PLAIN_COOKIE)) values.push(pair.slice(equals + 1).trim());
  }
  const [value] = values;
  if (value === undefined || value === "") return undefined;
  return values.length === 1 ? value : "";
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    // Nobody is known yet: where the store is and what it says is not for strangers.
    if (StoreError.is(e)) throw storeDown("so it cannot tell who asks", false);
    throw e;
  }
}
