// Who an attempt was made for, and by which names it is known, as the request's own head tells.

import type { Exchange } from "@fairlead/engine";
import type { LedgerRow } from "@fairlead/stores";
import { findRoute } from "../edge/routes.ts";
import { cleanText } from "./usage-columns.ts";

/** What of a row the request decides. */
export type RequestIdentity = Pick<
  LedgerRow,
  "project" | "keyId" | "actor" | "session" | "callerRequestId" | "route" | "stream" | "modelAsked"
>;

/** The columns that say who asked, and what for. */
export function identityOf({ principal, look, headers, path, method }: Exchange): RequestIdentity {
  let session: string | undefined;
  let caller: string | undefined;
  // Names are compared in full only where their length fits: this runs for each attempt.
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 24 && name.toLowerCase() === "x-claude-code-session-id") session = headers[i + 1];
    else if (name.length === 19 && name.toLowerCase() === "x-client-request-id") caller = headers[i + 1];
    else if (name.length === 12 && name.toLowerCase() === "x-request-id") caller ??= headers[i + 1];
  }
  return {
    project: principal?.project ?? "",
    keyId: principal?.keyId ?? "",
    actor: cleanText(principal?.actor),
    session: cleanText(session ?? look.userId),
    callerRequestId: cleanText(caller),
    route: routeOf(method, path),
    stream: look.stream,
    modelAsked: cleanText(look.model),
  };
}

/** The upstream's own id of a request, in whichever header it gives it. */
export function requestIdIn(headers: readonly string[]): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const { length } = name;
    if (length !== 10 && length !== 15 && length !== 16) continue;
    const lower = name.toLowerCase();
    if (lower === "request-id" || lower === "apim-request-id" || lower === "x-amzn-requestid")
      return cleanText(headers[i + 1]);
  }
  return undefined;
}

function routeOf(method: string, path: string): string {
  const question = path.indexOf("?");
  const plain = question < 0 ? path : path.slice(0, question);
  if (plain === "/v1/messages") return "messages";
  const route = findRoute(method, plain);
  return route === undefined || "allowed" in route ? "other" : route.name;
}
