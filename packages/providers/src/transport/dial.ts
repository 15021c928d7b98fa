// Dialling: a TCP connection, through a proxy if there is one, with TLS on top if the endpoint wants it.

import { isIP, type Socket, connect as tcpConnect } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import type { Clock } from "@fairlead/runtime";
import type { Endpoint } from "./endpoint.ts";

/** How far a dial came before it failed. */
export type DialStage = "dns" | "connect" | "proxy" | "tls" | "connect-timeout";

/** A dial that failed. `reason` is for people, `errno` is Node's code where there is one. */
export class DialError extends Error {
  readonly stage: DialStage;
  readonly errno: string | undefined;

  constructor(stage: DialStage, reason: string, errno?: string) {
    super(reason);
    this.stage = stage;
    this.errno = errno;
  }
}

/** TCP keep-alive probes begin after this much silence, milliseconds; NAT tables forget after 60 s and more. */
const TCP_KEEPALIVE_MS = 45_000;
/** A proxy's answer to CONNECT may be this long, bytes. */
const MAX_PROXY_HEAD = 16_384;

/**
 * Where a socket's bytes go. They lie in a buffer that all sockets share and that the next read overwrites, so the taker
 * copies what it keeps. `shared` tells which: bytes that come through a proxy's TLS tunnel have a buffer of their own.
 */
export interface Feed {
  take(bytes: Buffer, length: number, shared: boolean): void;
}

/** One buffer serves every socket: a read is handed on before the next one can begin. Bytes; Node reads 64 KiB at a time. */
const READ_BYTES = 65_536;

/** Makes the buffer that the sockets of one pool read into. */
export function readBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BYTES);
}

/** One connection, ready for HTTP. Its bytes go to `feed`. Rejects with a DialError. */
export function dial(to: Endpoint, clock: Clock, into: Buffer, feed: Feed): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined;
    let settled = false;
    let stage: DialStage = "connect";
    const finish = (error: DialError | undefined, made?: Socket) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      if (error === undefined && made !== undefined) {
        made.removeAllListeners("error");
        made.setNoDelay(true);
        made.setKeepAlive(true, TCP_KEEPALIVE_MS);
        resolve(made);
      } else {
        socket?.on("error", () => {});
        socket?.destroy();
        reject(error);
      }
    };
    const timer = clock.timer(to.connectMs, () =>
      finish(new DialError("connect-timeout", `no connection within ${to.connectMs} ms (${stage})`)),
    );
    const failed = (e: NodeJS.ErrnoException) => {
      const at = e.code === "ENOTFOUND" || e.code === "EAI_AGAIN" ? "dns" : stage;
      finish(new DialError(at, describe(e, to), e.code));
    };

    const onread = {
      buffer: into,
      callback: (count: number) => {
        feed.take(into, count, true);
        return true;
      },
    };
    if (to.proxy === undefined && to.secure) {
      stage = "tls";
      // Node takes `onread` here as in net.connect; its types do not say so.
      const options = { host: to.host, port: to.port, onread, ...secureOptions(to) };
      const secure = tlsConnect(options as ConnectionOptions);
      socket = secure;
      secure.once("error", failed);
      secure.once("secureConnect", () => finish(undefined, secure));
      return;
    }
    const via = to.proxy ?? to;
    const tunnelled = to.proxy !== undefined && to.secure;
    const plain = tcpConnect({ host: via.host, port: via.port, ...(tunnelled ? {} : { onread }) });
    socket = plain;
    plain.once("error", failed);
    plain.once("connect", () => {
      if (to.proxy === undefined || !to.secure) {
        finish(undefined, plain);
        return;
      }
      stage = "proxy";
      tunnel(plain, to, (problem) => {
        if (problem !== undefined) {
          finish(new DialError("proxy", problem));
          return;
        }
        stage = "tls";
        plain.removeListener("error", failed);
        const secure = tlsConnect({ socket: plain, host: to.host, ...secureOptions(to) });
        secure.on("data", (chunk: Buffer) => feed.take(chunk, chunk.length, false));
        secure.pause();
        socket = secure;
        secure.once("error", failed);
        secure.once("secureConnect", () => finish(undefined, secure));
      });
    });
  });
}

function secureOptions(to: Endpoint) {
  return {
    ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
    ...(to.context === undefined ? {} : { secureContext: to.context }),
    ALPNProtocols: ["http/1.1"],
  };
}

/** Asks the proxy for a tunnel; calls back with the problem, or undefined when it stands. */
function tunnel(socket: Socket, to: Endpoint, done: (problem: string | undefined) => void): void {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  const authorization = to.proxy?.authorization;
  socket.write(
    `CONNECT ${host}:${to.port} HTTP/1.1\r\nHost: ${host}:${to.port}\r\n${
      authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`
    }\r\n`,
    "latin1",
  );
  let seen = "";
  const ended = () => done("the proxy closed the connection instead of opening a tunnel");
  const read = (chunk: Buffer) => {
    seen += chunk.toString("latin1");
    const end = seen.indexOf("\r\n\r\n");
    if (end < 0 && seen.length <= MAX_PROXY_HEAD) return;
    socket.off("data", read);
    socket.off("end", ended);
    socket.pause();
    const first = seen.slice(0, Math.max(0, seen.indexOf("\r\n")));
    const status = /^HTTP\/1\.[01] (\d\d\d)/.exec(first)?.[1];
    if (end < 0) done(`the proxy's answer to CONNECT is longer than ${MAX_PROXY_HEAD} bytes`);
    else if (status === undefined) done(`the proxy's answer is not HTTP: ${JSON.stringify(seen.slice(0, 40))}`);
    else if (status === "407") done("the proxy wants authentication (407): put user and password into the proxy's URL");
    else if (!status.startsWith("2")) done(`the proxy refused the tunnel: ${first}`);
    else {
      if (seen.length > end + 4) socket.unshift(Buffer.from(seen.slice(end + 4), "latin1"));
      done(undefined);
    }
  };
  socket.on("data", read);
  socket.once("end", ended);
}

function describe(e: NodeJS.ErrnoException, to: Endpoint): string {
  const place = to.proxy === undefined ? to.authority : `proxy ${to.proxy.host}:${to.proxy.port}`;
  const inner = (e as { errors?: readonly NodeJS.ErrnoException[] }).errors?.[0];
  const text = e.message === "" && inner !== undefined ? inner.message : e.message;
  return `${place}: ${text}`;
}
