// The OAuth endpoints over HTTP, on the data listener.

import type { Clock } from "@fairlead/runtime";
import type { HttpRequest, HttpResponse } from "../edge/http-surface.ts";
import { drainBody, type Held, requestBody } from "../edge/request-body.ts";
import type { Gate } from "./gate.ts";
import { IdentityError } from "./identity-error.ts";
import { type OAuthReply, oauthError, oauthReply } from "./oauth-reply.ts";
import { SCOPES } from "./scopes.ts";
import type { PublicJwk } from "./signing-keys.ts";
import { GRANT_TYPES, type TokenEndpoint } from "./token-endpoint.ts";

/** What the routes need beside the request. */
export interface OAuthService {
  /** Undefined: tokens are off. */
  readonly issuer: string | undefined;
  /** Where a person approves the sign-in of a device. */
  readonly devicePage: string;
  readonly clock: Clock;
  endpoint(gate: Gate): TokenEndpoint | undefined;
  jwks(): { readonly keys: readonly PublicJwk[] };
}

/** Largest form, bytes: an assertion of 16 KB with room. */
const MAX_FORM = 32_768;
const SILENCE_MS = 10_000;
/** How long keys may be kept by those who verify tokens, seconds. */
const JWKS_AGE_S = 300;

const METHODS: { readonly [path: string]: "GET" | "POST" } = {
  "/oauth/token": "POST",
  "/oauth/revoke": "POST",
  "/oauth/device_authorization": "POST",
  "/.well-known/jwks.json": "GET",
  "/.well-known/oauth-authorization-server": "GET",
};

/** Paths of the endpoints. */
export const OAUTH_PATHS = Object.keys(METHODS);

/** Whether a path is one of the endpoints'. */
export function isOAuth(path: string): boolean {
  return Object.hasOwn(METHODS, path);
}

/**
 * Answers a request for one of the paths.
 * @param id of the request, for `fairlead-request-id`
 * @returns the status and error of an answer that is none of the good ones
 */
export async function answerOAuth(
  service: OAuthService,
  gate: Gate,
  held: Held,
  req: HttpRequest,
  res: HttpResponse,
  path: string,
  id: string,
): Promise<{ readonly status: number; readonly error: string } | undefined> {
  let reply: OAuthReply;
  try {
    reply = await replyTo(service, gate, held, req, path);
  } catch (e) {
    if (!IdentityError.is(e)) throw e;
    // A store that is down, or a change at the same moment: the same request may work soon.
    // Whoever asks may be a stranger: where the store is and what it says is not for them.
    const says = e.code === "conflict" ? e.message : "the store does not answer at the moment; try again soon";
    reply = oauthError("temporarily_unavailable", says, { headers: ["retry-after", "5"] });
  }
  if (res.headersSent || res.destroyed) return undefined;
  send(req, res, reply, service.clock, id);
  const { status, body } = reply;
  return body !== undefined && "error" in body ? { status, error: String(body.error) } : undefined;
}

async function replyTo(
  service: OAuthService,
  gate: Gate,
  held: Held,
  req: HttpRequest,
  path: string,
): Promise<OAuthReply> {
  const method = METHODS[path];
  if (req.method !== method && !(method === "GET" && req.method === "HEAD")) {
    return oauthError("invalid_request", `${path} answers ${method}`, { status: 405, headers: ["allow", `${method}`] });
  }
  const ip = gate.addressOf(req);
  if (!gate.admitsAddress(ip)) {
    return oauthError("unauthorized_client", "requests from this address are not accepted here", { status: 403 });
  }
  const endpoint = service.endpoint(gate);
  const { issuer } = service;
  if (endpoint === undefined || issuer === undefined) {
    const says = "tokens are off: set identity.issuer to the address that clients know this gateway by";
    return oauthError("invalid_request", says, { status: 404 });
  }
  if (path === "/.well-known/jwks.json") {
    return oauthReply(service.jwks(), ["cache-control", `public, max-age=${JWKS_AGE_S}`]);
  }
  if (path === "/.well-known/oauth-authorization-server") return oauthReply(metadata(issuer));
  const form = await readForm(req, held, service.clock);
  if (typeof form === "string") return oauthError("invalid_request", form);
  const asked = { form, authorization: headerOf(req, "authorization"), ip };
  if (path === "/oauth/token") return endpoint.token(asked);
  if (path === "/oauth/revoke") return endpoint.revoke(asked);
  return endpoint.deviceAuthorization(asked, service.devicePage);
}

/** RFC 8414 2. */
function metadata(issuer: string): object {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: SCOPES,
    response_types_supported: [],
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    token_endpoint_auth_signing_alg_values_supported: ["EdDSA", "ES256", "ES384", "RS256", "PS256"],
    revocation_endpoint_auth_methods_supported: ["none"],
  };
}

/** The form of a request, or what is wrong with it. A name that stands twice is refused (RFC 6749 3.2). */
async function readForm(req: HttpRequest, held: Held, clock: Clock): Promise<ReadonlyMap<string, string> | string> {
  const type = headerOf(req, "content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded(?:\s*;.*)?$/i.test(type)) {
    return "send the parameters with content-type: application/x-www-form-urlencoded";
  }
  const encoding = headerOf(req, "content-encoding") ?? "identity";
  if (encoding !== "identity") return "send the form without content-encoding";
  const body = await requestBody(req, { limit: MAX_FORM, silenceMs: SILENCE_MS, held }, clock);
  if (!Buffer.isBuffer(body))
    return body.code === "body_too_large" ? "the form is too large" : "the form did not arrive";
  held.bytes -= body.length;
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body.toString("utf8"))) {
    if (form.has(name)) return "a parameter stands in the form twice";
    form.set(name, value);
  }
  return form;
}

/** A header's value; one that came twice with different values counts as none that could be right. */
function headerOf(req: HttpRequest, name: string): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    if ((req.rawHeaders[i] as string).toLowerCase() !== name) continue;
    const value = req.rawHeaders[i + 1] as string;
    found = found === undefined || found === value ? value : `${found}, ${value}`;
  }
  return found;
}

function send(
  req: HttpRequest,
  res: HttpResponse,
  { status, body, headers }: OAuthReply,
  clock: Clock,
  id: string,
): void {
  const text = body === undefined ? "" : `${JSON.stringify(body)}\n`;
  const all = ["content-type", "application/json", "content-length", String(Buffer.byteLength(text)), ...headers];
  if (!headers.includes("cache-control")) all.push("cache-control", "no-store");
  all.push("x-content-type-options", "nosniff", "fairlead-request-id", id);
  if (!req.complete) all.push("connection", "close");
  res.writeHead(status, all);
  if (req.method === "HEAD") res.end();
  else if (req.complete) res.end(text);
  else {
    res.write(text);
    drainBody(req, res, clock);
  }
}
