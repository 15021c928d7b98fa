// A proxy that misbehaves in one way (one argument: JSON), or works, in clear or behind TLS.

import { readFileSync } from "node:fs";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** How it behaves. */
interface ProxyConfig {
  readonly address: string;
  readonly port: number;
  /**
   * `work`; `answer` = sends `answer` and closes; `fake` = 200 and then a page; `dead` = 200 and then nothing but a close;
   * `close`; `silent`; `socks` = refuses everything in SOCKS.
   */
  readonly mode: "work" | "answer" | "fake" | "dead" | "close" | "silent" | "socks";
  readonly answer?: string;
  /** Only these hosts get `mode`; the others work. */
  readonly only?: readonly string[];
  /** Paths of a chain and its key: it is spoken to over TLS. */
  readonly cert?: string;
  readonly key?: string;
}

function main(config: ProxyConfig): void {
  const serve = (client: Socket) => {
    client.on("error", () => {});
    client.once("data", (bytes) => handle(config, client, bytes));
  };
  const server =
    config.cert === undefined || config.key === undefined
      ? createTcpServer(serve)
      : createTlsServer({ cert: readFileSync(config.cert), key: readFileSync(config.key) }, serve);
  server.on("tlsClientError", () => {});
  server.listen(config.port, config.address, () => console.log("ready"));
}

function handle(config: ProxyConfig, client: Socket, bytes: Buffer): void {
  const [, host = "", port = "443"] = /^CONNECT ([^ :]+):(\d+) /.exec(bytes.toString("latin1")) ?? [];
  const mode = config.only === undefined || config.only.includes(host) ? config.mode : "work";
  switch (mode) {
    case "work": {
      const far = connect(Number(port), host);
      far.on("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(far).pipe(client);
      });
      far.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
      client.on("close", () => far.destroy());
      return;
    }
    case "answer":
      client.end(config.answer ?? "");
      return;
    case "fake":
      client.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"message":"hello"}');
      return;
    case "dead":
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.once("data", () => client.destroy());
      return;
    case "close":
      client.destroy();
      return;
    case "silent":
      return;
    case "socks":
      client.end(Buffer.from([5, 255]));
  }
}

main(JSON.parse(process.argv[2] ?? "") as ProxyConfig);
