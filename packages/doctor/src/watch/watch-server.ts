// The listener of a watch: /health for a load balancer or a person, /metrics for Prometheus.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { WatchBook } from "./watch-book.ts";
import { printHealth, printMetrics } from "./watch-metrics.ts";

/** A listener that stands. */
export interface WatchServer {
  /** Such as http://127.0.0.1:4102. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens. Rejects when the address cannot be had. */
export function startWatchServer(book: WatchBook, host: string, port: number): Promise<WatchServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    const send = (status: number, type: string, body: string) => {
      response.writeHead(status, {
        "content-type": type,
        "content-length": Buffer.byteLength(body),
        "cache-control": "no-store",
      });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    if (request.method !== "GET" && request.method !== "HEAD")
      return send(405, "text/plain; charset=utf-8", "GET and HEAD only\n");
    if (path === "/health" || path === "/healthz") {
      const { status, body } = printHealth(book);
      return send(status, "application/json", body);
    }
    if (path === "/metrics") return send(200, "text/plain; version=0.0.4; charset=utf-8", printMetrics(book));
    return send(404, "text/plain; charset=utf-8", "ask /health or /metrics\n");
  });
  // Nobody needs longer, and a client that dawdles must not hold a socket.
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 100;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      server.on("error", () => {});
      const address = server.address() as AddressInfo;
      const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
      resolve({
        url: `http://${name}:${address.port}`,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
