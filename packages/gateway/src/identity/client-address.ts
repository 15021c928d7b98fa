// Where a request comes from: the peer of the connection, or what proxies of ours say of who is behind them.

import { type AddressRange, type IpAddress, readIp, within } from "./address-range.ts";

/** The parts of a request that tell where it comes from. */
export interface Arrived {
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Entries of X-Forwarded-For that are walked at most. */
const MAX_HOPS = 64;

/**
 * The address of the client; undefined when it cannot be told. The header counts only when the connection comes from a
 * trusted proxy, and is walked from the right: each trusted proxy vouches for the entry before its own, and the first
 * address that is no trusted proxy is the client. What stands further left was written by the client and means nothing.
 * An entry that is no address (`unknown`, `_hidden`, a name) ends the walk with nothing known. `Forwarded` (RFC 7239) is not
 * read: a proxy that writes one of the two headers lets the client's other one through.
 */
export function clientAddress(
  { rawHeaders, socket }: Arrived,
  trusted: readonly AddressRange[],
): IpAddress | undefined {
  const peer = socket.remoteAddress === undefined ? undefined : readIp(socket.remoteAddress);
  if (peer === undefined || trusted.length === 0 || !within(peer, trusted)) return peer;
  let client = peer;
  let hops = 0;
  // Headers of one name are one list, in their order (RFC 9110 5.3).
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== 15 || name.toLowerCase() !== "x-forwarded-for") continue;
    const entries = (rawHeaders[i + 1] as string).split(",");
    for (let j = entries.length - 1; j >= 0; j--) {
      const entry = (entries[j] as string).trim();
      // An empty member of a list is no member (RFC 9110 5.6.1).
      if (entry === "") continue;
      hops += 1;
      const ip = hops > MAX_HOPS ? undefined : readHop(entry);
      if (ip === undefined) return undefined;
      client = ip;
      if (!within(ip, trusted)) return client;
    }
  }
  return client;
}

/** An entry with or without a port, an IPv6 address with or without brackets. */
function readHop(entry: string): IpAddress | undefined {
  const quoted = /^"(.*)"$/.exec(entry)?.[1] ?? entry;
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(quoted);
  if (bracketed !== null) return (bracketed[1] as string).includes(":") ? readIp(bracketed[1] as string) : undefined;
  const ported = /^([0-9.]+):\d{1,5}$/.exec(quoted);
  return readIp(ported === null ? quoted : (ported[1] as string));
}
