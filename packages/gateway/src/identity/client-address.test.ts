// Spoofing table for X-Forwarded-For, and what counts as an address or a range.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readIp, readRange, within } from "./address-range.ts";
import { ranges } from "./address-rules.ts";
import { clientAddress } from "./client-address.ts";

const TRUSTED = ranges(["10.0.0.0/8", "2001:db8:ffff::/48"]);

const from = (peer: string | undefined, ...headers: string[]) =>
  clientAddress(
    { rawHeaders: headers.flatMap((value) => ["X-Forwarded-For", value]), socket: { remoteAddress: peer } },
    TRUSTED,
  )?.toString();

describe("clientAddress", () => {
  it.each<[string, string | undefined, string[], string | undefined]>([
    ["no header", "203.0.113.5", [], "203.0.113.5"],
    ["a stranger's header is not believed", "203.0.113.5", ["10.0.0.1"], "203.0.113.5"],
    ["a stranger's header of loopback", "203.0.113.5", ["127.0.0.1"], "203.0.113.5"],
    ["a proxy that says nothing", "10.0.0.1", [], "10.0.0.1"],
    ["one proxy", "10.0.0.1", ["203.0.113.5"], "203.0.113.5"],
    ["what the client wrote itself, left of the truth", "10.0.0.1", ["127.0.0.1, 203.0.113.5"], "203.0.113.5"],
    ["many lies, left of the truth", "10.0.0.1", ["10.0.0.7, 10.0.0.8, 192.0.2.1, 203.0.113.5"], "203.0.113.5"],
    ["two proxies", "10.0.0.1", ["203.0.113.5, 10.0.0.2"], "203.0.113.5"],
    ["two proxies and a lie", "10.0.0.1", ["192.0.2.1, 203.0.113.5, 10.0.0.2"], "203.0.113.5"],
    ["all of them proxies", "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"],
    ["two headers are one list", "10.0.0.1", ["192.0.2.1", "203.0.113.5, 10.0.0.2"], "203.0.113.5"],
    ["two headers, the client's first", "10.0.0.1", ["127.0.0.1", "203.0.113.5"], "203.0.113.5"],
    ["a port", "10.0.0.1", ["203.0.113.5:41234"], "203.0.113.5"],
    ["IPv6", "10.0.0.1", ["2001:db8::5"], "2001:db8::5"],
    ["IPv6 in brackets with a port", "10.0.0.1", ["[2001:db8::5]:443"], "2001:db8::5"],
    ["quoted", "10.0.0.1", ['"[2001:db8::5]:443"'], "2001:db8::5"],
    ["IPv4 in IPv6", "::ffff:10.0.0.1", ["::ffff:203.0.113.5"], "203.0.113.5"],
    ["an IPv6 proxy with a zone", "2001:db8:ffff::1%eth0", ["203.0.113.5"], "203.0.113.5"],
    ["empty members", "10.0.0.1", ["192.0.2.1,, 203.0.113.5 , ,"], "203.0.113.5"],
    ["an empty header", "10.0.0.1", [""], "10.0.0.1"],
    ["a word instead of an address", "10.0.0.1", ["203.0.113.5, unknown"], undefined],
    ["a hidden one", "10.0.0.1", ["203.0.113.5, _hidden"], undefined],
    ["a name", "10.0.0.1", ["203.0.113.5, proxy.example.com"], undefined],
    ["rubbish left of the truth does not matter", "10.0.0.1", ["<script>, 203.0.113.5"], "203.0.113.5"],
    ["octal", "10.0.0.1", ["0127.0.0.1"], undefined],
    ["hexadecimal", "10.0.0.1", ["0x7f.0.0.1"], undefined],
    ["one number", "10.0.0.1", ["2130706433"], undefined],
    ["too few parts", "10.0.0.1", ["127.1"], undefined],
    ["too large a part", "10.0.0.1", ["256.0.0.1"], undefined],
    ["a port without an address", "10.0.0.1", [":443"], undefined],
    ["a range", "10.0.0.1", ["203.0.113.0/24"], undefined],
    ["a closed connection", undefined, ["203.0.113.5"], undefined],
    ["more proxies than anybody has", "10.0.0.1", [Array(100).fill("10.0.0.2").join(",")], undefined],
  ])("%s", (_, peer, headers, wanted) => {
    expect(from(peer, ...headers)).toBe(wanted);
  });

  it("reads neither Forwarded nor X-Real-IP nor another spelling", () => {
    const rawHeaders = ["Forwarded", "for=192.0.2.1", "X-Real-IP", "192.0.2.1", "X_Forwarded_For", "192.0.2.1"];
    expect(clientAddress({ rawHeaders, socket: { remoteAddress: "10.0.0.1" } }, TRUSTED)?.toString()).toBe("10.0.0.1");
  });

  it("whatever a client writes, it cannot change what a proxy says of it", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), fc.ipV4(), (lies, truth) => {
        fc.pre(!truth.startsWith("10."));
        const line = [...lies.map((one) => one.replaceAll(",", "")), truth].join(",");
        expect(from("10.0.0.1", line)).toBe(truth);
      }),
    );
  });
});

describe("ranges", () => {
  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["::ffff:10.0.0.0/104", "10.1.2.3", true],
    ["0.0.0.0/0", "203.0.113.5", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "203.0.113.5", false],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["192.0.2.0/31", "192.0.2.1", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
  ])("%s holds %s: %s", (range, ip, wanted) => {
    const read = readIp(ip);
    expect(read !== undefined && within(read, ranges([range]))).toBe(wanted);
  });

  it.each([
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/",
    "10.0.0/8",
    "::/129",
    "x",
    "",
    "10.0.0.0/8/8",
    "fe80::1%eth0",
    "::ffff:10.0.0.0/8",
  ])("%s is none", (text) => {
    expect(readRange(text)).toBeUndefined();
  });
});
