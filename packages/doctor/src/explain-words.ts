// What curl, Python, Node, Go and Claude Code print for the faults that rules find: for texts that no rule names by itself.

/** A wording, and the codes that it may mean, the likeliest first. */
export interface Wording {
  readonly said: RegExp;
  readonly codes: readonly string[];
}

/** Wordings of several programs; rules have those of one cause. */
export const WORDINGS: readonly Wording[] = [
  // Names
  { said: /Could not resolve proxy:?[^\n]*/i, codes: ["PROXY_UNREACHABLE", "DNS_NXDOMAIN"] },
  { said: /Could not resolve host:?[^\n]*/i, codes: ["DNS_NXDOMAIN", "DNS_TIMEOUT", "DNS_NO_SERVER"] },
  { said: /Temporary failure in name resolution/i, codes: ["DNS_TIMEOUT", "DNS_NO_SERVER", "DNS_SERVFAIL"] },
  {
    said: /nodename nor servname provided|No address associated with hostname|Name or service not known/i,
    codes: ["DNS_NXDOMAIN", "DNS_NO_SERVER"],
  },
  { said: /lookup \S+(?: on \S+)?: (?:no such host)/i, codes: ["DNS_NXDOMAIN"] },
  { said: /lookup \S+(?: on \S+)?: (?:server misbehaving|i\/o timeout)/i, codes: ["DNS_SERVFAIL", "DNS_TIMEOUT"] },
  { said: /NameResolutionError|Failed to resolve '[^']*'/i, codes: ["DNS_NXDOMAIN", "DNS_TIMEOUT"] },
  { said: /\bENOTFOUND\b/, codes: ["DNS_NXDOMAIN", "DNS_NO_SERVER", "ENV_URL_TYPO"] },
  // Connections
  {
    said: /Failed to connect to \S+ port \d+ after \d+ ms: (?:Couldn't|Could not) connect to server/i,
    codes: ["TCP_REFUSED", "TCP_TIMEOUT", "TCP_FIREWALL_REJECT"],
  },
  {
    said: /Failed to connect to \S+ port \d+[^\n]*(?:Connection refused)/i,
    codes: ["TCP_REFUSED", "TCP_REFUSED_LOOPBACK"],
  },
  {
    said: /Failed to connect to \S+ port \d+[^\n]*(?:No route to host|Network is unreachable)/i,
    codes: ["TCP_NO_ROUTE", "TCP_FIREWALL_REJECT"],
  },
  {
    said: /Connection timed out after \d+ milliseconds|ConnectTimeout(?:Error)?\b[^\n]{0,20}timed out|\(connect timeout=[\d.]+\)|httpx\.ConnectTimeout|dial tcp \S+ i\/o timeout/i,
    codes: ["TCP_TIMEOUT", "TCP_V6_BROKEN", "PROXY_UNREACHABLE"],
  },
  { said: /All connection attempts failed/i, codes: ["TCP_REFUSED", "TCP_NO_ROUTE", "TCP_TIMEOUT"] },
  { said: /FailedToOpenSocket/i, codes: ["TCP_REFUSED", "DNS_NXDOMAIN", "TCP_NO_ROUTE", "PROXY_UNREACHABLE"] },
  // TLS
  {
    said: /certificate verify failed: certificate has expired|certificate has expired|CERT_HAS_EXPIRED|x509: certificate has expired or is not yet valid/i,
    codes: ["TLS_EXPIRED", "TLS_CLOCK_WRONG"],
  },
  {
    said: /(?:certificate verify failed: )?certificate is not yet valid/i,
    codes: ["TLS_CLOCK_WRONG", "TLS_NOT_YET_VALID"],
  },
  {
    said: /certificate verify failed: Hostname mismatch|Hostname mismatch, certificate is not valid for[^\n]*|x509: certificate is valid for [^\n]*/i,
    codes: ["TLS_WRONG_NAME", "TLS_INTERCEPTED_UNTRUSTED"],
  },
  { said: /x509: certificate signed by unknown authority/i, codes: ["TLS_INTERCEPTED_UNTRUSTED", "TLS_PRIVATE_CA"] },
  {
    said: /certificate verify failed: self[- ]signed certificate(?! in)/i,
    codes: ["TLS_SELF_SIGNED", "TLS_INTERCEPTED_UNTRUSTED"],
  },
  {
    said: /SSL_connect: (?:Connection reset by peer|SSL_ERROR_SYSCALL)[^\n]*|\(35\) Recv failure: Connection reset by peer|Recv failure: Connection reset by peer in (?:connection|TLS)[^\n]*|SSL_ERROR_SYSCALL|unexpected eof while reading|EOF occurred in violation of protocol|SSLEOFError|UNEXPECTED_EOF_WHILE_READING/i,
    codes: ["TLS_SNI_RESET", "TLS_LARGE_HELLO_RESET", "TLS_ALWAYS_RESET", "PROXY_CLOSES"],
  },
  {
    said: /TLS handshake timeout|SSL connection timeout|_ssl\.c:\d+: The handshake operation timed out|handshake operation timed out/i,
    codes: ["MTU_UPLINK_HOLE", "MTU_DOWNLINK_HOLE", "TLS_SNI_DROPPED", "TLS_LARGE_HELLO_DROPPED"],
  },
  {
    said: /error setting certificate (?:verify locations|file)[^\n]*|Could not find a suitable TLS CA certificate bundle[^\n]*/i,
    codes: ["TLS_ROOTS_FILE_MISSING", "TLS_ROOTS_FILE_UNUSABLE"],
  },
  // Proxies
  {
    said: /tunneling socket could not be established, (?:statusCode=407|cause=[^\n]*407)/i,
    codes: ["PROXY_AUTH_REQUIRED", "PROXY_AUTH_WRONG"],
  },
  {
    said: /tunneling socket could not be established/i,
    codes: ["PROXY_DENIES_HOST", "PROXY_UNREACHABLE", "PROXY_CLOSES"],
  },
  {
    said: /CONNECT tunnel failed, response 407|Received HTTP code 407 from proxy(?: after CONNECT)?|Tunnel connection failed: 407[^\n']*|ERR_PROXY_TUNNEL[^\n]*407/i,
    codes: ["PROXY_AUTH_REQUIRED", "PROXY_AUTH_WRONG", "PROXY_AUTH_SCHEME"],
  },
  {
    said: /CONNECT tunnel failed, response 403|Received HTTP code 403 from proxy(?: after CONNECT)?|Tunnel connection failed: 403[^\n']*|ERR_PROXY_TUNNEL[^\n]*403/i,
    codes: ["PROXY_DENIES_HOST", "PROXY_DENIES_ALL", "PROXY_DENIES_PORT"],
  },
  {
    said: /CONNECT tunnel failed, response 5\d\d|Received HTTP code 5\d\d from proxy(?: after CONNECT)?|Tunnel connection failed: 5\d\d[^\n']*/i,
    codes: ["PROXY_UPSTREAM_FAILS", "PROXY_DENIES_HOST"],
  },
  { said: /ERR_PROXY_TUNNEL/i, codes: ["PROXY_AUTH_REQUIRED", "PROXY_DENIES_HOST", "PROXY_UPSTREAM_FAILS"] },
  {
    said: /Unable to receive initial SOCKS5 response|Received invalid version in initial SOCKS5 response|SOCKS(?:4|5)[^\n]*(?:connection failed|refused|general failure)/i,
    codes: ["PROXY_IS_SOCKS", "PROXY_SOCKS_UNSUPPORTED", "PROXY_REFUSES"],
  },
  { said: /Proxy CONNECT aborted/i, codes: ["PROXY_CLOSES", "PROXY_WANTS_TLS"] },
  {
    said: /(?:Invalid|Malformed) proxy (?:configuration|URL)[^\n]*|Unsupported proxy syntax[^\n]*|Invalid URL protocol: the URL must start with/i,
    codes: ["PROXY_SCHEME_MISSING", "PROXY_SOCKS_UNSUPPORTED", "PROXY_UNPARSABLE"],
  },
  // Answers that did not come, or broke off
  {
    said: /Empty reply from server|Server disconnected without sending a response|Remote end closed connection without response|RemoteDisconnected|ConnectionClosed\b/i,
    codes: ["HTTP_RESET", "LONG_IDLE_FIN", "HTTP_WANTS_TLS"],
  },
  {
    said: /Operation timed out after \d+ milliseconds with 0 bytes received|httpx\.ReadTimeout|The read operation timed out|Read timed out\.?(?: \(read timeout=[\d.]+\))?|context deadline exceeded/i,
    codes: ["HTTP_TIMEOUT", "STREAM_NO_PINGS", "MTU_UPLINK_HOLE"],
  },
  {
    said: /UND_ERR_BODY_TIMEOUT|Body Timeout Error|Response stalled mid-stream|stream (?:has )?stalled/i,
    codes: ["STREAM_NO_PINGS", "LONG_NAT_SILENT"],
  },
  {
    said: /transfer closed with (?:outstanding read data|\d+ bytes) remaining|HTTP\/2 stream \d+ was not closed cleanly[^\n]*|ERR_INCOMPLETE_CHUNKED_ENCODING|Premature close|IncompleteRead\([^\n]*|Response ended prematurely|ECONNRESET[^\n]*mid-?(?:stream|response)/i,
    codes: ["STREAM_CUT", "STREAM_IDLE_CUT"],
  },
  {
    said: /Connection reset by peer|Errno 104|WinError 10054/i,
    codes: ["HTTP_RESET", "TLS_SNI_RESET", "LONG_IDLE_RESET"],
  },
  // Accounts
  { said: /Error(?: code)?: 529[^\n]{0,60}overloaded_error/i, codes: ["ACCOUNT_OVERLOADED"] },
  { said: /API Error: 404\b[^\n]*/i, codes: ["HTTP_WRONG_PATH", "ACCOUNT_MODEL_NOT_FOUND", "HTTP_NOT_THE_API"] },
  { said: /anthropic-beta\b[^\n]{0,20}invalid/i, codes: ["ACCOUNT_BETA_REJECTED"] },
  {
    said: /Could not load credentials from any providers|Unable to locate credentials|NoCredentialsError/i,
    codes: ["AUTH_NO_CREDENTIAL", "AUTH_BEDROCK_TOKEN"],
  },
  {
    said: /usage limit reached|(?:5-hour|weekly|session|Opus) limit reached/i,
    codes: ["ACCOUNT_RATE_LIMITED", "ACCOUNT_SPEND_CAP"],
  },
  { said: /DeploymentNotFound|model_not_found|Invalid model name passed in/i, codes: ["ACCOUNT_MODEL_NOT_FOUND"] },
  {
    said: /budget has been exceeded|insufficient_user_quota|insufficient (?:credits|balance|quota)|余额不足|额度不足/i,
    codes: ["ACCOUNT_CREDIT_LOW"],
  },
  {
    said: /OAuth error: (?:timeout|Request failed|connect|getaddrinfo|ECONN)[^\n]*/i,
    codes: ["HTTP_HOST_BLOCKED", "TCP_TIMEOUT", "PROXY_NOT_USED"],
  },
  {
    said: /Failed to connect to api\.anthropic\.com: ERR_BAD_REQUEST/i,
    codes: ["HTTP_REGION_REFUSED", "HTTP_PROXY_BLOCK_PAGE", "ENV_FIRST_RUN_NEEDS_ANTHROPIC"],
  },
];

/** Texts that programs print for every fault of the line: they name no cause. */
export const VAGUE =
  /^\W*(?:[\w.]*Error:?\s*)*(?:API Error:?\s*)?\(?(?:Connection error\.?|fetch failed|Network ?error|APIConnectionError|Request failed|Unable to connect to API|Failed to fetch)\)?\W*$/i;
