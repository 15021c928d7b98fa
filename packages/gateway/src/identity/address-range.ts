// Addresses and ranges of addresses, IPv4 and IPv6, IPv4 in IPv6 taken for what it means.

import ipaddr from "ipaddr.js";

/** A range: an address and how many of its leading bits count. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An address. IPv4 mapped into IPv6 (`::ffff:10.0.0.1`) is IPv4. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

const V4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Reads an address without port or brackets; a zone (`fe80::1%eth0`) is left out. Undefined when the text is none. */
export function readIp(text: string): IpAddress | undefined {
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  // Four plain decimal numbers only: 010.1, 0x7f.1 and 2130706433 mean different addresses to different readers.
  if (V4.test(bare)) {
    if (zone >= 0) return undefined;
    const parts = bare.split(".");
    if (parts.some((part) => (part.length > 1 && part.startsWith("0")) || Number(part) > 255)) return undefined;
    return ipaddr.IPv4.parse(bare);
  }
  if (!bare.includes(":") || !ipaddr.IPv6.isValid(bare)) return undefined;
  if (zone >= 0 && !/^[0-9A-Za-z._~-]{1,32}$/.test(text.slice(zone + 1))) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. Undefined when the text is none. */
export function readRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const address = text.slice(0, slash < 0 ? undefined : slash);
  if (address.includes("%")) return undefined;
  const ip = readIp(address);
  if (ip === undefined) return undefined;
  const most = ip.kind() === "ipv4" ? 32 : 128;
  if (slash < 0) return [ip, most];
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  // A mapped range counts its bits from the front of the IPv6 form.
  const own = address.includes(":") && most === 32 ? Number(bits) - 96 : Number(bits);
  return own >= 0 && own <= most ? [ip, own] : undefined;
}

/** Whether an address lies in one of the ranges. */
export function within(ip: IpAddress, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([base, bits]) => base.kind() === ip.kind() && ip.match(base as never, bits));
}
