// Facts of the proxy layer.

/** One CONNECT made by hand. */
export interface TunnelAttempt {
  readonly to: string;
  readonly ok: boolean;
  readonly ms: number;
  /** How far it came. */
  readonly phase: "tcp" | "proxy-tls" | "connect" | "done";
  /** HTTP status of the proxy's answer. */
  readonly status?: number;
  /** SOCKS, TLS-WANTED, NOT-HTTP, CLOSED, TIMEOUT, FAKE-TUNNEL, SOCKS reply codes, or Node's code. */
  readonly error?: string;
  /** Schemes of every Proxy-Authenticate (or WWW-Authenticate). */
  readonly schemes: readonly string[];
  /** Of the answer: server, via, x-squid-error… */
  readonly headers: readonly (readonly [string, string])[];
  readonly sentCredentials: boolean;
}
export interface ProxyTunnelFacts {
  /** host:port of the proxy, without its secret. */
  readonly proxy: string;
  readonly scheme: string;
  readonly target: TunnelAttempt;
  /** The same without the credentials, when they were refused. */
  readonly bare?: TunnelAttempt;
  /** Another host of the platform through the same proxy: tells "this host is denied" from "the proxy is broken". */
  readonly control?: TunnelAttempt;
  /** The target past the proxy: whether it would work without. */
  readonly past?: { readonly ok: boolean; readonly ms: number; readonly error?: string };
}
/** The certificate of an https:// proxy itself. */
export interface ProxyTlsFacts {
  readonly ok: boolean;
  readonly error?: string;
  readonly issuer?: string;
}
