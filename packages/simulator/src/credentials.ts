// Who asks, and in which version: the checks every /v1 route begins with.

import { API_VERSIONS } from "@fairlead/protocol";
import type { Exchange } from "./exchange.ts";
import { invalid, type Problem } from "./problem.ts";

/** A request that may proceed. */
export interface Caller {
  key: string;
  version: string;
  betas: string[];
}

/** The caller of a request, or why there is none. Empty credentials count as absent; x-api-key goes before Bearer. */
export function callerOf(
  exchange: Exchange,
  keys: readonly string[] | undefined,
  needsVersion: boolean,
): Caller | Problem {
  if (
    exchange.header("origin") !== undefined &&
    exchange.header("anthropic-dangerous-direct-browser-access") !== "true"
  ) {
    return unauthorized(
      "CORS requests must set 'anthropic-dangerous-direct-browser-access' header. This is to ensure that you understand " +
        "the risks of exposing your API key in the browser.",
    );
  }
  const plain = exchange.header("x-api-key")?.trim() ?? "";
  const bearer = /^Bearer\s+(\S.*)$/i.exec(exchange.header("authorization")?.trim() ?? "")?.[1] ?? "";
  const offered = [plain, bearer].filter((key) => key !== "");
  if (offered.length === 0) return unauthorized("x-api-key header is required");
  const key = offered[0] as string;
  if (keys !== undefined && !keys.includes(key))
    return unauthorized(plain === "" ? "Invalid bearer token" : "invalid x-api-key");
  const version = exchange.header("anthropic-version")?.trim() ?? "";
  if (needsVersion && version === "") return invalid("anthropic-version: header is required");
  if (needsVersion && !(API_VERSIONS as readonly string[]).includes(version)) {
    return invalid(
      `anthropic-version: "${version}" is not a valid version. See https://docs.claude.com/en/api/versioning`,
    );
  }
  const betas = (exchange.req.headersDistinct["anthropic-beta"] ?? []).flatMap((value) => value.split(","));
  return { key, version, betas: betas.map((beta) => beta.trim()).filter((beta) => beta !== "") };
}

/** The caller of a route for admins: any key of their form is one. */
export function adminOf(exchange: Exchange): Caller | Problem {
  const caller = callerOf(exchange, undefined, true);
  if (!isCaller(caller) || caller.key.startsWith("sk-ant-admin")) return caller;
  return unauthorized("invalid x-api-key");
}

/** True when a caller is in fact a problem. */
export function isCaller(value: Caller | Problem): value is Caller {
  return "key" in value;
}

function unauthorized(message: string): Problem {
  return { status: 401, type: "authentication_error", message };
}
