// Endpoints and transport as a caller sets them, and how they are checked: what cannot work is refused at once.

import { OptionError, readOptions } from "@fairlead/engine";

/** One place that can answer. */
export interface EndpointInput {
  /** Its address, e.g. `https://api.anthropic.com`. A path becomes a prefix of every request's path. */
  readonly url: string;
  /** How it is called in figures, facts and the `fairlead-upstream` header. Default: its host; must be unique. */
  readonly name?: string;
  /** Its own key. Sent to this endpoint only, in place of the request's credentials. Default: none is sent to it. */
  readonly apiKey?: string;
  /** How the key is sent. Default `x-api-key`. */
  readonly auth?: "x-api-key" | "bearer";
  /** Whose capacity it draws on; endpoints of one platform share circuits and retry budgets. Default: its host. */
  readonly platform?: string;
  /** Its share beside the other endpoints, above 0, where `balance` spreads. Default 1. */
  readonly weight?: number;
  /** Where it is; endpoints of one region are one for the choice of the nearest. Default: its name. */
  readonly region?: string;
  /** Its own names for models: `{ "claude-sonnet-5-5": "team-sonnet" }`. A model that is not named keeps its name. */
  readonly models?: { readonly [model: string]: string };
  /** The models that it serves; `*` stands for anything. Default: all. */
  readonly serves?: readonly string[];
  /** Tokens, when it takes less than the model could. */
  readonly contextWindow?: number;
  /** Further headers for every request to it. */
  readonly headers?: { readonly [name: string]: string };
}

/** How connections are made. Has no effect when `fetch` is given. */
export interface TransportInput {
  /** `http:` URL of a proxy, or `env`: as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY in `env` say. Default: none. */
  readonly proxy?: string;
  /** The variables that `proxy: "env"` reads: pass `process.env`. */
  readonly env?: { readonly [name: string]: string | undefined };
  /** PEM of authorities that are trusted besides the usual ones. */
  readonly ca?: string;
  /** PEM of a client certificate, and of its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Oldest TLS that is spoken. Default TLSv1.2. */
  readonly minTls?: "TLSv1.2" | "TLSv1.3";
  /** Connections that one endpoint gets at once; further requests wait. Default 1024. */
  readonly maxConnections?: number;
  /** A connection older than this is not used again, so that a changed DNS answer is followed, milliseconds. Default 300000. */
  readonly maxAgeMs?: number;
}

const ENDPOINT_NAMES = [
  "url",
  "name",
  "apiKey",
  "auth",
  "platform",
  "weight",
  "region",
  "models",
  "serves",
  "contextWindow",
  "headers",
];
const TRANSPORT_NAMES = ["proxy", "env", "ca", "cert", "key", "minTls", "maxConnections", "maxAgeMs"];

/** What a header's value may hold (RFC 9110 5.5), without white space at its ends. */
const VALUE = /^[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?$/;
/** A header's name (RFC 9110 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
/** Headers that the transport writes itself, or that would keep answers from being read on their way. */
const TAKEN =
  /^(?:accept-encoding|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** Checks the endpoints. Throws an OptionError that names the option and the fix; a key is never in it. */
export function checkEndpoints(given: unknown): void {
  if (given === undefined) return;
  if (!Array.isArray(given) || given.length === 0) {
    throw new OptionError("endpoints", given, "must be a list of at least one; leave it out to go where requests say");
  }
  const names = new Set<string>();
  for (const [i, one] of (given as readonly EndpointInput[]).entries()) {
    const path = `endpoints[${i}]`;
    known(path, one, ENDPOINT_NAMES);
    checkEndpoint(path, one);
    const name = endpointName(one);
    if (names.has(name)) throw new OptionError(`${path}.name`, name, "must be unique; give one of them another name");
    names.add(name);
  }
}

function checkEndpoint(path: string, one: EndpointInput): void {
  const { url, name, apiKey, auth, platform, weight, region, models, serves, contextWindow, headers } = one;
  const need = (ok: boolean, option: string, got: unknown, fix: string) => {
    if (!ok) throw new OptionError(`${path}.${option}`, got, fix);
  };
  const at = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  need(at !== undefined && /^https?:$/.test(at.protocol), "url", url, "must be an http: or https: URL");
  // What is refused here may be a secret: it is not shown.
  const bare = at?.username === "" && at.password === "" && at.search === "" && at.hash === "";
  need(bare, "url", at?.host, "must hold no credentials, query or fragment; a key goes into apiKey");
  const header = "must be text that a header can hold: printable ASCII";
  need(name === undefined || (isText(name) && /^[ -~]+$/.test(name)), "name", name, header);
  const key = "must be the key as text, on one line; leave it out for an endpoint without one";
  need(apiKey === undefined || (isText(apiKey) && VALUE.test(apiKey)), "apiKey", typeof apiKey, key);
  need(auth === undefined || ["x-api-key", "bearer"].includes(auth), "auth", auth, "must be one of x-api-key, bearer");
  need(platform === undefined || isText(platform), "platform", platform, "must be text, the name of a platform");
  need(region === undefined || isText(region), "region", region, "must be text, the name of a region");
  const heavy = weight === undefined || (typeof weight === "number" && weight > 0 && weight <= 1_000);
  need(heavy, "weight", weight, "must be a number above 0, at most 1000");
  const named = models === undefined || (isBlock(models) && Object.values(models).every(isText));
  need(named, "models", models, "must be names by name, such as { asked: sent }");
  const served = serves === undefined || (Array.isArray(serves) && serves.every(isText));
  need(served, "serves", serves, "must be a list of model names, in which * stands for anything");
  const room = contextWindow === undefined || (Number.isInteger(contextWindow) && contextWindow > 0);
  need(room, "contextWindow", contextWindow, "must be a whole number of tokens above 0");
  need(headers === undefined || isBlock(headers), "headers", typeof headers, "must be values by header name");
  for (const [name, value] of Object.entries(headers ?? {})) {
    const sound = TOKEN.test(name) && isText(value) && VALUE.test(value);
    need(sound, "headers", name, "must be names and values that a header can hold, on one line");
    need(!TAKEN.test(name), "headers", name, "must be none that the transport writes itself");
  }
}

/** Checks how connections are made. Throws an OptionError that names the option and the fix. */
export function checkTransport(given: TransportInput | undefined): void {
  if (given === undefined) return;
  known("transport", given, TRANSPORT_NAMES);
  const { proxy, env, ca, cert, key, minTls, maxConnections, maxAgeMs } = given;
  const need = (ok: boolean, option: string, got: unknown, fix: string) => {
    if (!ok) throw new OptionError(`transport.${option}`, got, fix);
  };
  // A proxy's address may hold a password: it is not shown.
  const http = typeof proxy === "string" && URL.canParse(proxy) && new URL(proxy).protocol === "http:";
  need(proxy === undefined || proxy === "env" || http, "proxy", typeof proxy, "must be an http: URL, or env");
  need(proxy !== "env" || isBlock(env), "env", typeof env, 'must be given with proxy: "env" (pass process.env)');
  const authority = ca === undefined || (isText(ca) && ca.includes("-----BEGIN CERTIFICATE-----"));
  need(authority, "ca", typeof ca, "must be PEM text of one certificate or more, not the path of a file");
  need(cert === undefined || isText(cert), "cert", typeof cert, "must be PEM text of a certificate");
  need(key === undefined || isText(key), "key", typeof key, "must be PEM text of a private key");
  const tls = minTls === undefined || ["TLSv1.2", "TLSv1.3"].includes(minTls);
  need(tls, "minTls", minTls, "must be one of TLSv1.2, TLSv1.3");
  const many = maxConnections === undefined || (Number.isInteger(maxConnections) && maxConnections > 0);
  need(many, "maxConnections", maxConnections, "must be a whole number above 0");
  const old = maxAgeMs === undefined || (typeof maxAgeMs === "number" && maxAgeMs >= 0);
  need(old, "maxAgeMs", maxAgeMs, "must be a number of milliseconds, 0 or more");
}

/** Throws an OptionError for what is no block of options, or holds a name that is none, with the nearest right one. */
export function known(path: string, given: object, names: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw new OptionError(path, given, "must be an object of options");
  const spec = Object.fromEntries(names.map((name) => [name, ANYTHING]));
  const strange = Object.keys(given).filter((name) => !names.includes(name));
  // The engine's reader words the complaint, with the nearest right name.
  if (strange.length > 0) readOptions(path, spec, Object.fromEntries(strange.map((name) => [name, true])));
}

/** The name that an endpoint goes by. */
export function endpointName(one: EndpointInput): string {
  return one.name ?? new URL(one.url).host;
}

const ANYTHING = { kind: "switch", default: true, says: "" } as const;

function isText(given: unknown): given is string {
  return typeof given === "string" && given !== "";
}

function isBlock(given: unknown): given is object {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
