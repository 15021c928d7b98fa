// Tests of the classes of addresses, at the edges of each range.

import { expect, test } from "vitest";
import { classOf, resolved } from "./address-class.ts";

test.each([
  ["160.79.103.255", "public"],
  ["160.79.104.0", "genuine"],
  ["160.79.105.255", "genuine"],
  ["160.79.106.0", "public"],
  ["2607:6bc0::10", "genuine"],
  ["2607:6bc0:1::10", "public"],
  ["198.17.255.255", "public"],
  ["198.18.0.23", "fake-ip"],
  ["198.19.255.255", "fake-ip"],
  ["28.0.0.5", "fake-ip"],
  ["fc00::5", "fake-ip"],
  ["fd77:1::2", "private"],
  ["0.0.0.0", "unspecified"],
  ["::", "unspecified"],
  ["127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.77.9.9", "private"],
  ["172.15.255.255", "public"],
  ["172.16.0.1", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "shared"],
  ["169.254.169.254", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["192.0.2.1", "public"],
  ["8.8.8.8", "public"],
  ["api.anthropic.com", "public"],
])("%s is %s", (address, name) => {
  expect(classOf(address)).toBe(name);
});

test("an address comes with its family", () => {
  expect(resolved("2607:6bc0::10")).toEqual({ address: "2607:6bc0::10", family: 6, class: "genuine" });
  expect(resolved("127.0.0.1").family).toBe(4);
});
