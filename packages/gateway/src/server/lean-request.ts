// A request whose headers are looked up in node's flat list instead of being gathered into an object.

import { type IncomingHttpHeaders, IncomingMessage } from "node:http";

/** The names that node's server and this edge ask for; all else is read from `rawHeaders`. */
const ASKED = ["host", "expect", "transfer-encoding", "x-forwarded-proto"];

/**
 * Node's server asks every request for two of its headers, and the first to ask pays for an object with all of them. This
 * object holds only those that are ever asked for. With a name sent twice the first counts, as node has it for `host`.
 */
export class LeanRequest extends IncomingMessage {
  #headers: IncomingHttpHeaders | undefined;

  // @ts-expect-error node makes it an accessor of the prototype; its types call it a property
  override get headers(): IncomingHttpHeaders {
    this.#headers ??= lean(this.rawHeaders);
    return this.#headers;
  }

  override set headers(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }
}

function lean(raw: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length !== 4 && name.length !== 6 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    if (ASKED.includes(lower)) headers[lower] ??= raw[i + 1];
  }
  return headers;
}
