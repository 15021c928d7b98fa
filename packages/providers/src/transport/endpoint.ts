// An endpoint: where connections go and how they are secured, checked once.

import { createSecureContext, type SecureContext } from "node:tls";

/** How a place is reached. */
export interface EndpointOptions {
  /** `http:` or `https:` URL; its path becomes a prefix of every request path. */
  readonly url: string;
  /** `http:` URL of a proxy, credentials in it allowed; undefined = direct. */
  readonly proxyUrl?: string | undefined;
  /** PEM of authorities that are trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** PEM of the client's certificate and key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Default TLSv1.2. */
  readonly minTls?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Connections open at once, default 1024; further requests wait. */
  readonly maxConnections?: number | undefined;
  /** TCP, proxy and TLS handshake together, milliseconds, default 5000. */
  readonly connectMs?: number | undefined;
  /** An idle connection is reused for this long, milliseconds, default 55000; the server's `Keep-Alive: timeout` shortens it. */
  readonly idleMs?: number | undefined;
  /** A connection older than this is not reused, so that a changed DNS answer is followed, milliseconds, default 300000. */
  readonly maxAgeMs?: number | undefined;
}

/** An endpoint after the checks. */
export interface Endpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Value of the Host header. */
  readonly authority: string;
  /** Path prefix without a slash at its end; empty for none. */
  readonly prefix: string;
  readonly proxy:
    | { readonly host: string; readonly port: number; readonly authorization: string | undefined }
    | undefined;
  readonly context: SecureContext | undefined;
  readonly maxConnections: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly maxAgeMs: number;
}

/** Checks the options. Throws a TypeError that names what is wrong. */
export function endpoint(options: EndpointOptions): Endpoint {
  const url = parse(options.url, "url", ["http:", "https:"]);
  const proxyUrl = options.proxyUrl === undefined ? undefined : parse(options.proxyUrl, "proxy", ["http:"]);
  const secure = url.protocol === "https:";
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    prefix: url.pathname.replace(/\/+$/, ""),
    proxy:
      proxyUrl === undefined
        ? undefined
        : {
            host: proxyUrl.hostname.replace(/^\[|\]$/g, ""),
            port: proxyUrl.port === "" ? 80 : Number(proxyUrl.port),
            authorization: basic(proxyUrl),
          },
    context: secure ? context(options) : undefined,
    maxConnections: options.maxConnections ?? 1_024,
    connectMs: options.connectMs ?? 5_000,
    idleMs: options.idleMs ?? 55_000,
    maxAgeMs: options.maxAgeMs ?? 300_000,
  };
}

function parse(text: string, what: string, protocols: readonly string[]): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(`${what}: ${JSON.stringify(text)} is not a URL`);
  }
  if (!protocols.includes(url.protocol)) {
    throw new TypeError(
      `${what}: ${JSON.stringify(text)} must begin with ${protocols.map((p) => `${p}//`).join(" or ")}`,
    );
  }
  return url;
}

function basic(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

function context(options: EndpointOptions): SecureContext {
  const made = createSecureContext({
    minVersion: options.minTls ?? "TLSv1.2",
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
  });
  // `addCACert` adds to the authorities that are trusted anyway; the `ca` option would replace them.
  for (const pem of options.ca?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []) {
    made.context.addCACert(pem);
  }
  return made;
}
