// What kind of address it is: Anthropic's own, a fake one of proxy software, one that never leaves the house, or any other.

import { BlockList, isIP, isIPv6 } from "node:net";
import type { AddressClass, Resolved } from "./facts/dns.ts";

/** Ranges that answer for api.anthropic.com. Source: https://platform.claude.com/docs/en/api/ip-addresses (inbound). */
export const GENUINE_RANGES = ["160.79.104.0/23", "2607:6bc0::/48"] as const;

/**
 * Ranges from which proxy software (Clash, mihomo, sing-box, Surge) hands out placeholders that only itself can route.
 * 198.18.0.0/15 is RFC 2544's; 28.0.0.0/8 and fc00::/18 are defaults of mihomo and sing-box.
 * Source: https://wiki.metacubex.one/en/config/dns/ and https://sing-box.sagernet.org/configuration/dns/fakeip/
 */
export const FAKE_IP_RANGES = ["198.18.0.0/15", "28.0.0.0/8", "fc00::/18"] as const;

/** Source: https://www.iana.org/assignments/iana-ipv4-special-registry/ and its IPv6 twin. */
const SPECIAL: readonly (readonly [AddressClass, readonly string[]])[] = [
  ["genuine", GENUINE_RANGES],
  ["fake-ip", FAKE_IP_RANGES],
  ["unspecified", ["0.0.0.0/8", "::/128"]],
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
  ["shared", ["100.64.0.0/10"]],
  ["link-local", ["169.254.0.0/16", "fe80::/10"]],
];

/** The class of an address. Names and nonsense count as public: nothing can be said of them. */
export function classOf(address: string): AddressClass {
  const plain = unmapped(address);
  if (isIP(plain) === 0) return "public";
  for (const [name, ranges] of SPECIAL) if (ranges.some((range) => within(plain, range))) return name;
  return "public";
}

/** An address with its family and class. */
export function resolved(address: string): Resolved {
  return { address, family: isIPv6(address) ? 6 : 4, class: classOf(address) };
}

/** True for what is meant to be reached inside a house or a cloud network only. */
export function isInside(name: AddressClass): boolean {
  return name === "private" || name === "shared" || name === "link-local" || name === "loopback";
}

/** True when the address lies in the range (CIDR). Of another family: false. */
export function within(address: string, range: string): boolean {
  const [network = "", bits = "0"] = range.split("/");
  const family = isIPv6(network) ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return (isIPv6(address) ? "ipv6" : "ipv4") === family && list.check(address, family);
}

// ::ffff:127.0.0.1 is 127.0.0.1, and a zone (fe80::1%eth0) says nothing about the class.
function unmapped(address: string): string {
  const bare = address.replace(/%.*$/, "");
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
