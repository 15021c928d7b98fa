// A real redis-server for a test, in a folder of its own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, type ServerProcess, startServer } from "./server-process.ts";

/** How a redis-server is started. */
export interface RedisPlan {
  /** Asked of everyone who connects. Letters and digits. */
  readonly password?: string;
  /** Speaks TLS only, with a certificate for 127.0.0.1 that it signed itself (`ca`). */
  readonly tls?: boolean;
}

/** A running redis-server. */
export interface RedisServer extends ServerProcess {
  /** `redis://` or `rediss://`, with the password. */
  readonly url: string;
  /** File with the certificate, when it speaks TLS. */
  readonly ca: string | undefined;
  /** Where its data is, until `remove`. */
  readonly folder: string;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** Starts a redis-server on a free loopback port. It keeps what it has over `stop` and `kill`. */
export async function startRedis(plan: RedisPlan = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-redis-"));
  const port = await freePort();
  const { password, tls = false } = plan;
  const certificate = tls ? makeCertificate(folder) : undefined;
  const command = [
    "redis-server",
    ...(certificate === undefined
      ? ["--port", String(port)]
      : [
          ...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"],
          ...[
            "--tls-cert-file",
            certificate.cert,
            "--tls-key-file",
            certificate.key,
            "--tls-ca-cert-file",
            certificate.cert,
          ],
        ]),
    ...["--bind", "127.0.0.1", "--dir", folder, "--logfile", join(folder, "log"), "--daemonize", "no"],
    ...["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
    ...(password === undefined ? [] : ["--requirepass", password]),
  ];
  const log = join(folder, "log");
  const remove = async (server: ServerProcess) => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const server = await startServer({
    name: "redis-server",
    port,
    command,
    log,
    ready: () => answers(port, tls),
    quit: "SIGTERM",
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const login = password === undefined ? "" : `:${password}@`;
  return {
    ...server,
    url: `${tls ? "rediss" : "redis"}://${login}127.0.0.1:${port}`,
    ca: certificate?.cert,
    folder,
    remove: () => remove(server),
  };
}

/** While it reads its file of commands Redis accepts connections and answers LOADING. */
function answers(port: number, tls: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", reject);
    socket.once("connect", () => {
      if (!tls) return void socket.write("PING\r\n");
      socket.destroy();
      resolve();
    });
    socket.once("data", (text) => {
      socket.destroy();
      if (/^(\+PONG|-NOAUTH)/.test(text.toString())) resolve();
      else reject(new Error(text.toString().trim()));
    });
  });
}

/** A key and a certificate for localhost and 127.0.0.1, signed by itself, made with openssl. */
export function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const cert = join(folder, "server.crt");
  const key = join(folder, "server.key");
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"],
      ...[
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout",
        key,
        "-out",
        cert,
      ],
    ],
    { stdio: "ignore" },
  );
  return { cert, key };
}
