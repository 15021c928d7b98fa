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
  /** CONNECT_<status>, SOCKS, TLS-WANTED, NOT-HTTP, NOT-SOCKS, CLOSED, TIMEOUT, FAKE-TUNNEL, SOCKS_<code>, or Node's code. */
  readonly error?: string;
  /** Schemes of every Proxy-Authenticate (or WWW-Authenticate). */
  readonly schemes: readonly string[];
  /** Of the answer: server, via, x-squid-error… */
  readonly headers: readonly (readonly [string, string])[];
  readonly sentCredentials: boolean;
  /** Beginning of the page that came with a refusal, without its markup. */
  readonly page?: string;
  /** First bytes of what is no HTTP, hex. */
  readonly odd?: string;
  /** How the handshake inside the tunnel ended, when it did not come about. */
  readonly inner?: string;
}
export interface ProxyTunnelFacts {
  /** host:port of the proxy, without its secret. */
  readonly proxy: string;
  readonly scheme: string;
  /** True when the target is plain http: the request is put to the proxy itself, there is no tunnel. */
  readonly forward: boolean;
  readonly target: TunnelAttempt;
  /** The same without the credentials, when they were refused. */
  readonly bare?: TunnelAttempt;
  /** Another host of the platform through the same proxy: tells "this host is denied" from "the proxy is broken". */
  readonly control?: TunnelAttempt;
  /** The target's host at port 443, when another port was refused. */
  readonly port443?: TunnelAttempt;
  /** The same with a small ClientHello, and with one whose answer is small: whether size decides inside the tunnel. */
  readonly small?: TunnelAttempt;
  readonly tiny?: TunnelAttempt;
  /** What the port speaks when it gives no tunnel, found by asking: TLS, SOCKS5, HTTP (it lives, then), or pages to all. */
  readonly speaks?: "tls" | "socks5" | "http" | "web";
  /** The target past the proxy: whether it would work without. */
  readonly past?: { readonly ok: boolean; readonly ms: number; readonly error?: string };
}
/** The certificate of an https:// proxy itself. */
export interface ProxyTlsFacts {
  readonly ok: boolean;
  /** OpenSSL's or Node's code; PLAIN when the port speaks HTTP in clear. */
  readonly error?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly names?: readonly string[];
  readonly notAfter?: string;
  readonly ms?: number;
}
/** A proxy that other programs or the system use, tried because the program goes direct and does not get through. */
export interface ProxyUnusedFacts {
  /** host:port, without its secret. */
  readonly proxy: string;
  /** Where it is set, such as "HTTPS_PROXY in ~/.npmrc". */
  readonly where: string;
  readonly name: string;
  /** True when the operating system's settings name it and no variable does. */
  readonly system: boolean;
  readonly attempt: TunnelAttempt;
}
