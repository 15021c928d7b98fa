// How a service proves itself at the token endpoint: by its secret, in the form or as Basic, or by an assertion that names it.

import { timingSafeEqual } from "node:crypto";
import { digestOf } from "./secret-text.ts";
import type { ServiceRecord } from "./token-records.ts";

/** What somebody who guesses wrong may compare with, so that an unknown service takes as long as a known one. */
const NOBODY = Buffer.alloc(32);

/** An empty secret is none; every digest is compared, in constant time. */
export function secretHolds(service: ServiceRecord | undefined, secret: string, now: number): boolean {
  const given = Buffer.from(digestOf(secret), "hex");
  let holds = false;
  for (const { digest, expires_at: end = Number.POSITIVE_INFINITY } of service?.secrets ?? []) {
    if (timingSafeEqual(given, Buffer.from(digest, "hex")) && end > now) holds = true;
  }
  if (service === undefined) timingSafeEqual(given, NOBODY);
  return holds && secret !== "";
}

/** RFC 6749 2.3.1: both halves are encoded as in a form. */
export function readBasic(authorization: string): { readonly id: string; readonly secret: string } | undefined {
  const found = /^basic[ \t]+([A-Za-z0-9+/=_-]+)$/i.exec(authorization.trim());
  if (found === null) return undefined;
  const text = Buffer.from(found[1] as string, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  try {
    const plain = (one: string) => decodeURIComponent(one.replaceAll("+", " "));
    return { id: plain(text.slice(0, colon)), secret: plain(text.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

/** The sub of an assertion that is not verified yet: which service to verify it for. */
export function claimedSubject(assertion: string): string {
  try {
    const claims = JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString("utf8")) as {
      sub?: unknown;
    };
    return typeof claims.sub === "string" ? claims.sub : "";
  } catch {
    return "";
  }
}
