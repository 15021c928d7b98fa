// A line to a server that can be slow, silent, cut, or refused: what stands between an instance and its store.

import { connect, createServer, type Socket } from "node:net";

/** A relay on a loopback port of its own. */
export interface SlowLine {
  readonly port: number;
  /** The same URL with this line's port. */
  through(url: string): string;
  /** Delay of each piece in each direction, milliseconds; a function is asked for every piece. */
  delay(ms: number | (() => number)): void;
  /** A partition: connections stay, nothing passes in either direction until it is lifted. */
  freeze(frozen: boolean): void;
  /** Breaks all connections that there are. */
  cut(): void;
  /** Refuses new connections until it is lifted. */
  refuse(refused: boolean): void;
  /** Bytes that have passed to the server. */
  readonly sent: () => number;
  close(): Promise<void>;
}

/** Starts a relay to a port of 127.0.0.1. */
export async function slowLine(to: number): Promise<SlowLine> {
  let wait: () => number = () => 0;
  let frozen = false;
  let sent = 0;
  let port = 0;
  const sockets = new Set<Socket>();
  const thaw = new Set<() => void>();

  // Pieces keep their order: none leaves before the one that came before it.
  const relay = (from: Socket, into: Socket, count: boolean) => {
    let last = Promise.resolve();
    from.on("data", (piece) => {
      const due = performance.now() + wait();
      last = last.then(async () => {
        const rest = due - performance.now();
        if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
        while (frozen) await new Promise<void>((resolve) => thaw.add(resolve));
        if (into.destroyed) return;
        if (count) sent += piece.length;
        into.write(piece);
      });
    });
    from.on("end", () => void last.then(() => into.end()));
    from.on("error", () => into.destroy());
    from.on("close", () => {
      sockets.delete(from);
      if (!frozen) void last.then(() => into.destroy());
    });
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true });
    sockets.add(near).add(far);
    near.setNoDelay(true);
    far.setNoDelay(true);
    relay(near, far, true);
    relay(far, near, false);
  });
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  await listen();
  port = (server.address() as { port: number }).port;
  return {
    get port() {
      return port;
    },
    through: (url) => url.replace(/:\d+(?=\/|$)/, `:${port}`),
    delay(ms) {
      wait = typeof ms === "number" ? () => ms : ms;
    },
    freeze(now) {
      frozen = now;
      if (now) return;
      for (const go of thaw) go();
      thaw.clear();
    },
    cut,
    refuse(now) {
      if (now) server.close();
      else if (!server.listening) server.listen(port, "127.0.0.1");
    },
    sent: () => sent,
    async close() {
      frozen = false;
      for (const go of thaw) go();
      cut();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
