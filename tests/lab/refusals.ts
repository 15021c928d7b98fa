// Refusals in the words of each platform, for scenarios.

import type { Canned } from "./servers/origin.ts";

/** The API's own envelope, with its request id. */
export function apiError(
  status: number,
  type: string,
  message: string,
  more: { readonly headers?: { readonly [name: string]: string }; readonly code?: string } = {},
): Canned {
  const id = `req_lab_${type.slice(0, 12)}`;
  const details = more.code === undefined ? {} : { details: { error_code: more.code } };
  return {
    status,
    headers: { "request-id": id, ...more.headers },
    body: { type: "error", error: { type, message, ...details }, request_id: id },
  };
}

/** What Bedrock answers. */
export function awsError(status: number, exception: string, message: string): Canned {
  return {
    status,
    headers: { "x-amzn-requestid": "5a1c7e0e-lab", "x-amzn-errortype": exception },
    body: { message },
  };
}

/** What Vertex answers. */
export function googleError(status: number, name: string, message: string): Canned {
  return { status, body: { error: { code: status, message, status: name } } };
}

/** A page for people. */
export function page(
  status: number,
  title: string,
  body: string,
  headers: { readonly [name: string]: string } = {},
): Canned {
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8", ...headers },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body>${body}</body></html>`,
  };
}
