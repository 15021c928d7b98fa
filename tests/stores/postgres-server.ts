// A real PostgreSQL for a test: its own cluster, which asks for a password, as a user that is not root.

import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { makeCertificate } from "./redis-server.ts";
import { freePort, type ServerProcess, startServer } from "./server-process.ts";

/** How a PostgreSQL is started. */
export interface PostgresPlan {
  /** Takes connections with TLS too, with a certificate for 127.0.0.1 that it signed itself (`ca`). */
  readonly tls?: boolean;
  /** Further settings, such as `max_connections`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running PostgreSQL. */
export interface PostgresServer extends ServerProcess {
  /** URL of the database `fairlead`, with the password. */
  readonly url: string;
  readonly password: string;
  /** File with the certificate, when it speaks TLS. */
  readonly ca: string | undefined;
  /** Makes an empty database; returns its URL. About 40 ms. */
  database(): Promise<string>;
  /** Where its data is, until `remove`. */
  readonly folder: string;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

const USER = "fairlead";

/** Starts a PostgreSQL on a free loopback port, in about a second. */
export async function startPostgres(plan: PostgresPlan = {}): Promise<PostgresServer> {
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-postgres-"));
  const own = (path: string) => {
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  };
  try {
    own(folder);
    const password = `pw${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
    const data = join(folder, "data");
    const secret = join(folder, "password");
    writeFileSync(secret, password);
    own(secret);
    const initdb = [
      "-D",
      data,
      "-U",
      USER,
      "-E",
      "UTF8",
      "--locale=C",
      "-N",
      "--auth=scram-sha-256",
      "--pwfile",
      secret,
    ];
    execFileSync(postgresCommand("initdb"), initdb, { ...user, stdio: ["ignore", "ignore", "pipe"] });
    const port = await freePort();
    const certificate = plan.tls === true ? makeCertificate(folder) : undefined;
    if (certificate !== undefined) {
      for (const path of [certificate.cert, certificate.key]) own(path);
      chmodSync(certificate.key, 0o600);
    }
    const log = join(folder, "log");
    writeFileSync(log, "");
    own(log);
    const settings: Record<string, string> = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: folder,
      shared_buffers: "64MB",
      logging_collector: "off",
      // A killed process leaves what it wrote to the system: only a loss of power needs these. With them a start after a kill
      // waits for the disk for seconds, once for each file of each database.
      fsync: "off",
      full_page_writes: "off",
      ...(certificate && { ssl: "on", ssl_cert_file: certificate.cert, ssl_key_file: certificate.key }),
      ...plan.settings,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const base = `postgres://${USER}:${password}@127.0.0.1:${port}`;
    const server = await startServer({
      name: "postgres",
      port,
      // The shell is for the log alone and is gone after exec.
      command: [
        "/bin/sh",
        "-c",
        'log=$1; shift; exec "$@" >>"$log" 2>&1',
        "sh",
        log,
        postgresCommand("postgres"),
        "-D",
        data,
        ...options,
      ],
      user,
      log,
      ready: () => query(`${base}/postgres`, "SELECT 1"),
      quit: "SIGINT",
      // Children of one that was killed may be there for a moment longer.
      leftover: /pre-existing shared memory block .* is still in use/,
    });
    let databases = 0;
    await query(`${base}/postgres`, "CREATE DATABASE fairlead");
    return {
      ...server,
      url: `${base}/fairlead`,
      password,
      ca: certificate?.cert,
      folder,
      async database() {
        const name = `test_${++databases}`;
        await query(`${base}/postgres`, `CREATE DATABASE ${name}`);
        return `${base}/${name}`;
      },
      async remove() {
        await server.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Runs one statement on a connection of its own, within five seconds. */
export async function query(url: string, text: string, values: readonly unknown[] = []): Promise<void> {
  await queryRows(url, text, values);
}

/** The same, with the rows. */
export async function queryRows(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Path of one of PostgreSQL's programs: Debian keeps them by version, off the PATH. The newest. */
export function postgresCommand(name: string): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, "bin", name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is missing: apt-get install -y --no-install-recommends postgresql`);
  return found;
}

/** PostgreSQL refuses to run as root; Debian's package makes the user `postgres`. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
