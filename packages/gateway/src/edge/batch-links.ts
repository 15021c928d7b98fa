// Where a batch says its results are: an absolute address that clients follow, so it must lead through the gateway.

import type { HttpRequest } from "./http-surface.ts";

/** `results_url` with everything before the API's path, as it stands in the JSON text. */
const LINK = /("results_url"\s*:\s*")https?:\/\/[^"\\]*?(?=\/v1\/messages\/batches\/)/g;

/**
 * The body of an answer about batches with its results' addresses on the gateway's own, as this client reached it;
 * undefined when there is nothing to change. SDKs send the caller's credentials to that address, and the upstream
 * knows no key of ours.
 */
export function relinked(path: string, body: Buffer, req: Pick<HttpRequest, "headers">): Buffer | undefined {
  if (!path.startsWith("/v1/messages/batches")) return undefined;
  const { headers } = req;
  if (headers.host === undefined) return undefined;
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  const text = body.toString("latin1");
  const changed = text.replace(LINK, `$1${scheme}://${headers.host}`);
  return changed === text ? undefined : Buffer.from(changed, "latin1");
}
