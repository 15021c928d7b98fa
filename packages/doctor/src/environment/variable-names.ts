// Names that the doctor reads, and which of them hold secrets.

import { Secret } from "../secret.ts";

/** Variables that decide where a request goes, with what, and how. */
const NAMES = new Set([
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_CUSTOM_HEADERS",
  "ANTHROPIC_BETAS",
  "ANTHROPIC_MODEL",
  "ANTHROPIC_SMALL_FAST_MODEL",
  "ANTHROPIC_PROFILE",
  "ANTHROPIC_BEDROCK_BASE_URL",
  "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
  "ANTHROPIC_VERTEX_BASE_URL",
  "ANTHROPIC_VERTEX_PROJECT_ID",
  "ANTHROPIC_FOUNDRY_BASE_URL",
  "ANTHROPIC_FOUNDRY_RESOURCE",
  "ANTHROPIC_FOUNDRY_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_MANTLE",
  "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
  "CLAUDE_CODE_SKIP_VERTEX_AUTH",
  "CLAUDE_CODE_SKIP_FOUNDRY_AUTH",
  "CLAUDE_CODE_CERT_STORE",
  "CLAUDE_CODE_CLIENT_CERT",
  "CLAUDE_CODE_CLIENT_KEY",
  "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
  "CLAUDE_CODE_PROXY_RESOLVES_HOSTS",
  "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
  "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
  "CLAUDE_CODE_MAX_RETRIES",
  "CLAUDE_CONFIG_DIR",
  "API_TIMEOUT_MS",
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  "NODE_USE_ENV_PROXY",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "PYTHONHTTPSVERIFY",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_PROFILE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_CA_BUNDLE",
  "CLOUD_ML_REGION",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GOOGLE_CLOUD_PROJECT",
]);

const SECRETS = /(?:proxy-user|_KEY|_TOKEN|_SECRET|_PASSWORD|_PASSPHRASE|_HEADERS|_KEY_ID|_BEDROCK)$/;
/** End like a secret, and are a path or a switch. */
const NO_SECRETS = new Set(["CLAUDE_CODE_CLIENT_KEY", "CLAUDE_CODE_USE_BEDROCK"]);

/** True for a variable that the doctor reads; its casing counts. */
export function isRead(name: string): boolean {
  return NAMES.has(name);
}

/** The name as the doctor writes it, for systems where casing does not count. */
export function knownName(name: string): string | undefined {
  const upper = name.toUpperCase();
  return NAMES.has(upper) ? upper : undefined;
}

/** The value, wrapped when it is or may hold a secret: by its name, a key in it, or a name and password in a URL. */
export function guarded(name: string, value: string): string | Secret {
  const secret =
    (SECRETS.test(name) && !NO_SECRETS.has(name)) || /sk-[a-z]+-|PRIVATE KEY/.test(value) || holdsUser(name, value);
  return secret ? new Secret(value) : value;
}

/** A name before an `@`, or a query that may be a token. */
function holdsUser(name: string, value: string): boolean {
  return (value.includes("@") && /proxy|url|http/i.test(name)) || (/url/i.test(name) && value.includes("?"));
}

/** The text of a value, whether secret or not. */
export function textOf(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}
