// A proxy whose tunnels hand on what comes back only once in a while. One argument: JSON.

import { connect, createServer, type Socket } from "node:net";

interface Config {
  readonly address: string;
  readonly port: number;
  /** Milliseconds between two hand-ons. */
  readonly everyMs: number;
  /** Where every tunnel leads, whatever name was asked for. */
  readonly to: { readonly host: string; readonly port: number };
}

function main({ address, port, everyMs, to }: Config): void {
  createServer((client) => {
    client.on("error", () => {});
    let head = "";
    const read = (piece: Buffer) => {
      head += piece.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", read);
      if (!head.startsWith("CONNECT "))
        return void client.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\n\r\n");
      tunnel(client, connect(to.port, to.host), everyMs);
    };
    client.on("data", read);
  }).listen(port, address, () => console.log("ready"));
}

function tunnel(client: Socket, server: Socket, everyMs: number): void {
  let held: Buffer[] = [];
  const flush = () => {
    if (held.length > 0) client.write(Buffer.concat(held));
    held = [];
  };
  const timer = setInterval(flush, everyMs);
  const over = () => {
    clearInterval(timer);
    flush();
    client.end();
    server.destroy();
  };
  server.on("connect", () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    client.pipe(server);
  });
  server.on("data", (piece: Buffer) => held.push(piece));
  server.on("error", over).on("close", over);
  client.on("close", () => server.destroy());
}

main(JSON.parse(process.argv[2] ?? "") as Config);
