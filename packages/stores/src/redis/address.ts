// Where a Redis is, read from its URL.

import { StoreError } from "../store-error.ts";

/** The parts of `redis[s]://[[user][:password]@]host[:port][/database][?ca=file]`. */
export interface RedisAddress {
  readonly host: string;
  /** Default 6379. */
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Default 0. */
  readonly database: number;
  /** File with the certificates to trust instead of the system's. */
  readonly ca: string | undefined;
  /** `redis at host:port`, for messages: no user, no password. */
  readonly name: string;
}

const FORM = "write it as redis://:password@host:6379/0, or rediss:// for TLS";

/** Throws StoreError `invalid`; its message never repeats the URL, which may hold a password. */
export function redisAddress(url: string): RedisAddress {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  if (parts === undefined || (parts.protocol !== "redis:" && parts.protocol !== "rediss:") || parts.hostname === "")
    throw new StoreError("invalid", `the address of Redis is no redis:// or rediss:// URL: ${FORM}`);
  const database = parts.pathname.replace(/^\//, "") || "0";
  if (!/^\d{1,4}$/.test(database))
    throw new StoreError("invalid", `the path in the address of Redis must be the number of a database: ${FORM}`);
  const unknown = [...parts.searchParams.keys()].find((key) => key !== "ca");
  if (unknown !== undefined)
    throw new StoreError(
      "invalid",
      `the address of Redis has ${named(unknown)}: only ca=<file> is known; a ? in a password is written %3F`,
    );
  const host = parts.hostname.replace(/^\[|\]$/g, "");
  const port = parts.port === "" ? 6379 : Number(parts.port);
  return {
    host,
    port,
    tls: parts.protocol === "rediss:",
    username: decoded(parts.username),
    password: decoded(parts.password),
    database: Number(database),
    ca: parts.searchParams.get("ca") ?? undefined,
    name: `redis at ${parts.hostname}:${port}`,
  };
}

/** Only what looks like a parameter is repeated: it may be the rest of a password. */
function named(parameter: string): string {
  return /^[a-z_]{1,32}$/.test(parameter) ? `the unknown parameter "${parameter}"` : "an unknown parameter";
}

function decoded(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreError("invalid", "the user or password in the address of Redis is not percent-encoded right");
  }
}
