// What a caller may set, and how it is read: the same names, bounds and defaults as in fairlead.yaml.

import {
  ADMISSION_OPTIONS,
  BALANCE_OPTIONS,
  BREAKER_OPTIONS,
  CACHE_OPTIONS,
  HEDGE_OPTIONS,
  type Input,
  JOIN_OPTIONS,
  LIMITS_OPTIONS,
  OptionError,
  PRIORITIES,
  type Priority,
  QUOTA_OPTIONS,
  RECOVER_OPTIONS,
  RETRY_OPTIONS,
  readOptions,
  TIMEOUT_OPTIONS,
  type Values,
} from "@fairlead/engine";
import type { Fact, Runtime } from "@fairlead/runtime";

/** A function with the shape of `fetch`. */
export type Fetch = typeof globalThis.fetch;

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

/** Options that every door of this package takes. Times are milliseconds or text such as `5s`. */
export interface PolicyOptions {
  readonly timeouts?: Input<typeof TIMEOUT_OPTIONS>;
  readonly retry?: Input<typeof RETRY_OPTIONS>;
  readonly breaker?: Input<typeof BREAKER_OPTIONS>;
  readonly recover?: Input<typeof RECOVER_OPTIONS>;
  readonly admission?: Input<typeof ADMISSION_OPTIONS>;
  readonly quota?: Input<typeof QUOTA_OPTIONS>;
  readonly balance?: Input<typeof BALANCE_OPTIONS>;
  readonly join?: Input<typeof JOIN_OPTIONS>;
  readonly cache?: Input<typeof CACHE_OPTIONS>;
  readonly hedge?: Input<typeof HEDGE_OPTIONS>;
  /** Limits that this program sets itself. Default: none. */
  readonly limits?: Input<typeof LIMITS_OPTIONS>;
  /** How urgent calls are that say nothing in a `fairlead-priority` header of their own. Default `interactive`. */
  readonly priority?: Priority;
  /** Called with every fact that the engine tells: attempts, waits, circuits, requests. What it throws is swallowed. */
  readonly onFact?: (fact: Fact) => void;
  /** Time and chance. Default: the machine's own. A virtual one makes a run repeatable. */
  readonly runtime?: Runtime;
}

/** Options of `createFetch`. */
export interface ClientOptions extends PolicyOptions {
  /**
   * Where requests go, in order of preference. Default: where each request itself says, with its own credentials.
   * With endpoints a request's path is kept; its origin and credentials are replaced.
   */
  readonly endpoints?: readonly EndpointInput[];
  readonly transport?: TransportInput;
  /** Another fetch to send with, for runtimes without sockets. Default: an HTTP/1.1 transport of our own. */
  readonly fetch?: Fetch;
  /** Longest request body, bytes; bodies are kept until the answer is there, so that they can be sent again. Default 536870912. */
  readonly maxBody?: number;
}

/** The blocks of policy options after defaults and checks. */
export interface Policies {
  readonly timeouts: Values<typeof TIMEOUT_OPTIONS>;
  readonly retry: Values<typeof RETRY_OPTIONS>;
  readonly breaker: Values<typeof BREAKER_OPTIONS>;
  readonly recover: Values<typeof RECOVER_OPTIONS>;
  readonly admission: Values<typeof ADMISSION_OPTIONS>;
  readonly quota: Values<typeof QUOTA_OPTIONS>;
  readonly balance: Values<typeof BALANCE_OPTIONS>;
  readonly join: Values<typeof JOIN_OPTIONS>;
  readonly cache: Values<typeof CACHE_OPTIONS>;
  readonly hedge: Values<typeof HEDGE_OPTIONS>;
  readonly limits: Values<typeof LIMITS_OPTIONS>;
}

/** Default of `maxBody`: the Files API takes 500 MB. */
const MAX_BODY = 536_870_912;
const BLOCK_NAMES = ["timeouts", "retry", "breaker", "recover", "admission", "quota", "balance"];
const POLICY_NAMES = [...BLOCK_NAMES, "join", "cache", "hedge", "limits", "priority", "onFact", "runtime"];
const CLIENT_NAMES = [...POLICY_NAMES, "endpoints", "transport", "fetch", "maxBody"];
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

/** Checks the options of a client. Throws an OptionError that names the option and the fix. */
export function checkClient(options: ClientOptions): { readonly policies: Policies; readonly maxBody: number } {
  known("createFetch", options, CLIENT_NAMES);
  known("transport", options.transport ?? {}, TRANSPORT_NAMES);
  const names = new Set<string>();
  for (const [i, one] of (options.endpoints ?? []).entries()) {
    const path = `endpoints[${i}]`;
    known(path, one, ENDPOINT_NAMES);
    if (typeof one.url !== "string" || !URL.canParse(one.url) || !/^https?:$/.test(new URL(one.url).protocol)) {
      throw new OptionError(`${path}.url`, one.url, "must be an http: or https: URL");
    }
    const name = endpointName(one);
    if (names.has(name)) throw new OptionError(`${path}.name`, name, "must be unique; give one of them another name");
    names.add(name);
    if (one.auth !== undefined && one.auth !== "x-api-key" && one.auth !== "bearer") {
      throw new OptionError(`${path}.auth`, one.auth, "must be one of x-api-key, bearer");
    }
    if (one.weight !== undefined && !(one.weight > 0 && one.weight <= 1_000)) {
      throw new OptionError(`${path}.weight`, one.weight, "must be a number above 0, at most 1000");
    }
    if (one.region !== undefined && (typeof one.region !== "string" || one.region === "")) {
      throw new OptionError(`${path}.region`, one.region, "must be text, the name of a region");
    }
    for (const [header, value] of [...Object.entries(one.headers ?? {}), ["apiKey", one.apiKey ?? ""] as const]) {
      if (/[\r\n\0]/.test(header + value))
        throw new OptionError(`${path}`, header, "must hold no line break in headers");
    }
  }
  const maxBody = options.maxBody ?? MAX_BODY;
  if (!(Number.isInteger(maxBody) && maxBody > 0)) {
    throw new OptionError("maxBody", options.maxBody, "must be a whole number of bytes above 0");
  }
  if (options.transport?.proxy === "env" && options.transport.env === undefined) {
    throw new OptionError("transport.env", undefined, 'must be given with proxy: "env" (pass process.env)');
  }
  return { policies: readPolicies(options), maxBody };
}

/** Checks the options of the middleware. Throws an OptionError that names the option and the fix. */
export function checkMiddleware(options: PolicyOptions): Policies {
  known("resilience", options, POLICY_NAMES);
  return readPolicies(options);
}

/** The name that an endpoint goes by. */
export function endpointName(one: EndpointInput): string {
  return one.name ?? new URL(one.url).host;
}

function readPolicies(options: PolicyOptions): Policies {
  const { priority } = options;
  if (priority !== undefined && !PRIORITIES.includes(priority)) {
    throw new OptionError("priority", priority, `must be one of ${PRIORITIES.join(", ")}`);
  }
  return {
    timeouts: readOptions("timeouts", TIMEOUT_OPTIONS, options.timeouts),
    retry: readOptions("retry", RETRY_OPTIONS, options.retry),
    breaker: readOptions("breaker", BREAKER_OPTIONS, options.breaker),
    recover: readOptions("recover", RECOVER_OPTIONS, options.recover),
    admission: readOptions("admission", ADMISSION_OPTIONS, options.admission),
    quota: readOptions("quota", QUOTA_OPTIONS, options.quota),
    balance: readOptions("balance", BALANCE_OPTIONS, options.balance),
    join: readOptions("join", JOIN_OPTIONS, options.join),
    cache: readOptions("cache", CACHE_OPTIONS, options.cache),
    hedge: readOptions("hedge", HEDGE_OPTIONS, options.hedge),
    limits: readOptions("limits", LIMITS_OPTIONS, options.limits),
  };
}

function known(path: string, given: object, names: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw new OptionError(path, given, "must be an object of options");
  const spec = Object.fromEntries(names.map((name) => [name, ANYTHING]));
  const strange = Object.keys(given).filter((name) => !names.includes(name));
  // The engine's reader words the complaint, with the nearest right name.
  if (strange.length > 0) readOptions(path, spec, Object.fromEntries(strange.map((name) => [name, true])));
}

const ANYTHING = { kind: "switch", default: true, says: "" } as const;
