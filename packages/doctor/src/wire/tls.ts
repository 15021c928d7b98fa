// One TLS handshake on a connection that stands. Certificates are looked at, never enforced here: judging them is a rule's work.

import type { Socket } from "node:net";
import { connect, type DetailedPeerCertificate, type SecureVersion, type TLSSocket } from "node:tls";
import type { Broken } from "./tcp.ts";
import type { Wire } from "./wire.ts";

/** How to shake hands. */
export interface TlsWish {
  readonly servername: string;
  /** PEM of all roots to check against; undefined = those of Node. */
  readonly ca?: readonly string[];
  /** Groups of the key exchange, such as `X25519:P-256` for a ClientHello that fits one small packet. */
  readonly groups?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly alpn?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly timeoutMs?: number;
}

/** A handshake that came to its end. */
export interface Secured {
  readonly socket: TLSSocket;
  readonly ms: number;
  readonly protocol: string;
  readonly cipher: string;
  readonly group: string | undefined;
  readonly alpn: string | undefined;
  /** Whether the chain and the name hold by `ca`; `error` is OpenSSL's first complaint. */
  readonly authorized: boolean;
  readonly authorizationError: string | undefined;
  /** DER of the chain as far as it is known, the leaf first. */
  readonly chain: readonly Buffer[];
  readonly bytesIn: number;
}

/** Longest wait for a handshake, milliseconds. */
export const TLS_MS = 5_000;

/** Shakes hands over `under`, which becomes unusable when it fails. */
export function handshake(wire: Wire, connection: number, under: Socket, wish: TlsWish): Promise<Secured | Broken> {
  const { clock } = wire.rt;
  const began = clock.now();
  const before = under.bytesRead;
  const timeoutMs = wish.timeoutMs ?? TLS_MS;
  return new Promise((resolve) => {
    let socket: TLSSocket;
    try {
      socket = connect({
        socket: under,
        servername: wish.servername,
        rejectUnauthorized: false,
        ALPNProtocols: [...(wish.alpn ?? ["http/1.1"])],
        ...(wish.ca === undefined ? {} : { ca: [...wish.ca] }),
        ...(wish.groups === undefined ? {} : { ecdhCurve: wish.groups }),
        ...(wish.minVersion === undefined ? {} : { minVersion: wish.minVersion }),
        ...(wish.maxVersion === undefined ? {} : { maxVersion: wish.maxVersion }),
        ...(wish.ciphers === undefined ? {} : { ciphers: wish.ciphers }),
        ...(wish.cert === undefined ? {} : { cert: wish.cert }),
        ...(wish.key === undefined ? {} : { key: wish.key }),
        ...(wish.passphrase === undefined ? {} : { passphrase: wish.passphrase }),
      });
    } catch (e) {
      under.destroy();
      resolve({
        error: (e as NodeJS.ErrnoException).code ?? "ERROR",
        message: (e as Error).message,
        ms: 0,
        bytesIn: 0,
      });
      return;
    }
    let settled = false;
    const settle = (result: () => Secured | Broken) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      wire.signal.removeEventListener("abort", abort);
      socket.off("error", fail).off("close", closed);
      socket.on("error", () => {});
      const what = result();
      const broken = "error" in what;
      wire.record({
        at: clock.now(),
        connection,
        kind: broken ? "error" : "tls",
        text: wish.servername,
        detail: broken
          ? { ms: what.ms, error: what.error }
          : { ms: what.ms, protocol: what.protocol, cipher: what.cipher },
      });
      if (broken) {
        socket.destroy();
        under.destroy();
      }
      resolve(what);
    };
    const broken = (error: string, message: string) =>
      settle(() => ({ error, message, ms: clock.now() - began, bytesIn: under.bytesRead - before }));
    const timer = clock.timer(timeoutMs, () => broken("TIMEOUT", `no handshake in ${timeoutMs} ms`));
    const abort = () => broken("ABORTED", "the examination is over");
    const fail = (e: NodeJS.ErrnoException) => broken(errorCode(e), e.message);
    const closed = () => broken("CLOSED", "the connection was closed during the handshake");
    wire.signal.addEventListener("abort", abort, { once: true });
    if (wire.keyLog !== undefined) socket.on("keylog", wire.keyLog);
    socket.on("error", fail).on("close", closed);
    socket.once("secureConnect", () =>
      settle(() => ({
        socket,
        ms: clock.now() - began,
        protocol: socket.getProtocol() ?? "",
        cipher: socket.getCipher().name,
        group: (socket.getEphemeralKeyInfo() as { name?: string } | null)?.name,
        alpn: socket.alpnProtocol || undefined,
        authorized: socket.authorized,
        authorizationError: socket.authorized ? undefined : codeOf(socket.authorizationError),
        chain: chainOf(socket),
        bytesIn: under.bytesRead - before,
      })),
    );
  });
}

/** Node calls an OpenSSL error EPROTO when it came up while writing; its text still says which one it was. */
function errorCode(e: NodeJS.ErrnoException): string {
  if (e.code !== "EPROTO") return e.code ?? "ERROR";
  const reason = /SSL routines:[^:]*:([a-z0-9 /_-]+)/i.exec(e.message)?.[1];
  return reason === undefined
    ? "EPROTO"
    : `ERR_SSL_${reason
        .trim()
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, "_")}`;
}

// Node types it as Error; at run time it is OpenSSL's code as text, or an Error with a code for a wrong name.
function codeOf(error: unknown): string {
  if (typeof error === "string") return error;
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "ERROR";
}

/** The detailed form first: on Node 20 and 22 asking for the X509 form before makes this one come back empty. */
function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  const seen = new Set<string>();
  let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (one?.raw !== undefined && !seen.has(one.fingerprint256)) {
    seen.add(one.fingerprint256);
    chain.push(one.raw);
    one = one.issuerCertificate;
  }
  return chain;
}
