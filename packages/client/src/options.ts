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
import { checkEndpoints, checkTransport, type EndpointInput, known, type TransportInput } from "./endpoint-options.ts";

/** A function with the shape of `fetch`. */
export type Fetch = typeof globalThis.fetch;

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

/** Checks the options of a client. Throws an OptionError that names the option and the fix. */
export function checkClient(options: ClientOptions): { readonly policies: Policies; readonly maxBody: number } {
  known("createFetch", options, CLIENT_NAMES);
  checkTransport(options.transport);
  checkEndpoints(options.endpoints);
  func("fetch", options.fetch);
  const maxBody = options.maxBody ?? MAX_BODY;
  if (!(Number.isInteger(maxBody) && maxBody > 0)) {
    throw new OptionError("maxBody", options.maxBody, "must be a whole number of bytes above 0");
  }
  return { policies: readPolicies(options), maxBody };
}

/** Checks the options of the middleware. Throws an OptionError that names the option and the fix. */
export function checkMiddleware(options: PolicyOptions): Policies {
  known("resilience", options, POLICY_NAMES);
  return readPolicies(options);
}

function readPolicies(options: PolicyOptions): Policies {
  const { priority } = options;
  if (priority !== undefined && !PRIORITIES.includes(priority)) {
    throw new OptionError("priority", priority, `must be one of ${PRIORITIES.join(", ")}`);
  }
  func("onFact", options.onFact);
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

function func(path: string, given: unknown): void {
  if (given !== undefined && typeof given !== "function") throw new OptionError(path, given, "must be a function");
}
