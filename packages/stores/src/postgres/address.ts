// Where a PostgreSQL is, read from its URL.

import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { StoreError } from "../store-error.ts";

/** The parts of `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=file`. */
export interface PostgresAddress {
  /** A name, an address, or the folder of a Unix socket (`?host=/var/run/postgresql`). */
  readonly host: string;
  /** Default 5432. */
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly sslmode: SslMode;
  /** Files: certificates to trust, own certificate, its key. */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  /** `postgres at host:port`, for messages: no user, no password. */
  readonly name: string;
}

/**
 * As libpq means it (https://www.postgresql.org/docs/current/libpq-ssl.html): `require` encrypts and trusts anybody, unless
 * there is a root certificate; `verify-ca` asks who signed; `verify-full` asks for the right name too. `allow` and
 * `prefer`, which may fall back to plain text unseen, are not offered.
 */
export type SslMode = "disable" | "require" | "verify-ca" | "verify-full";

const FORM = "write it as postgres://user:password@host:5432/database?sslmode=verify-full";
const MODES: readonly string[] = ["disable", "require", "verify-ca", "verify-full"];
const KNOWN: readonly string[] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host"];

/** Throws StoreError `invalid`; its message never repeats the URL, which may hold a password. */
export function postgresAddress(url: string): PostgresAddress {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  if (parts === undefined || (parts.protocol !== "postgres:" && parts.protocol !== "postgresql:"))
    throw new StoreError("invalid", `the address of PostgreSQL is no postgres:// URL: ${FORM}`);
  const get = (name: string) => parts.searchParams.get(name) ?? undefined;
  const unknown = [...parts.searchParams.keys()].find((key) => !KNOWN.includes(key));
  if (unknown !== undefined)
    throw new StoreError(
      "invalid",
      `the address of PostgreSQL has ${named(unknown)}: known are ${KNOWN.join(", ")}; a ? in a password is written %3F`,
    );
  const sslmode = get("sslmode") ?? "disable";
  if (!MODES.includes(sslmode))
    throw new StoreError("invalid", `the address of PostgreSQL has sslmode=${sslmode}: use one of ${MODES.join(", ")}`);
  const host = get("host") ?? decoded(parts.hostname).replace(/^\[|\]$/g, "");
  if (host === "") throw new StoreError("invalid", `the address of PostgreSQL names no host: ${FORM}`);
  const port = parts.port === "" ? 5432 : Number(parts.port);
  return {
    host,
    port,
    user: decoded(parts.username) || undefined,
    password: decoded(parts.password) || undefined,
    database: decoded(parts.pathname.replace(/^\//, "")) || undefined,
    sslmode: sslmode as SslMode,
    sslrootcert: get("sslrootcert"),
    sslcert: get("sslcert"),
    sslkey: get("sslkey"),
    name: `postgres at ${host}:${port}`,
  };
}

/** What the driver needs to encrypt; false for plain text. Rejects when a file cannot be read. */
export async function tlsOf(address: PostgresAddress): Promise<false | ConnectionOptions> {
  const { sslmode, sslrootcert, sslcert, sslkey } = address;
  if (sslmode === "disable") return false;
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, "utf8"));
  const [ca, cert, key] = await Promise.all([read(sslrootcert), read(sslcert), read(sslkey)]);
  const chain = sslmode !== "require" || ca !== undefined;
  return {
    rejectUnauthorized: chain,
    ...(sslmode !== "verify-full" && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

/** Only what looks like a parameter is repeated: it may be the rest of a password. */
function named(parameter: string): string {
  return /^[a-z_]{1,32}$/.test(parameter) ? `the unknown parameter "${parameter}"` : "an unknown parameter";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreError(
      "invalid",
      "the user, password or database in the address of PostgreSQL is not percent-encoded right",
    );
  }
}
