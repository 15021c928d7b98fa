// What a proxy says when it is asked for a tunnel.

/** What the proxy said. */
export interface ProxyAnswer {
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Schemes of every Proxy-Authenticate or WWW-Authenticate, such as Basic, NTLM. */
  readonly schemes: readonly string[];
  /** First bytes of what is no HTTP at all, hex. */
  readonly odd?: string;
  /** First 300 characters of the page that came with a refusal, without its markup. */
  readonly page?: string;
}

/** How an asking went: without `error` the tunnel stands. */
export interface Asked {
  readonly error?: string;
  readonly message?: string;
  readonly answer?: ProxyAnswer;
}
