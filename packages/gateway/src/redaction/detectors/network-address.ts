// IPv4 and IPv6 addresses. Off unless a policy asks: most of them in prompts are nobody's.

import { isIP } from "node:net";
import { type Detector, each } from "./detector.ts";

const V4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g;
const V6 = /(?<![\w:.])[0-9a-fA-F:]{2,39}(?:%[\w.]{1,16})?(?![\w:])/g;
/** Loopback, unspecified, broadcast and the blocks for documentation (RFC 5737, RFC 3849). */
const NOBODYS = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|::1?$|2001:0?db8:)/i;

/** Addresses of machines. */
export const networkAddress: Detector = {
  kind: "ip",
  find(text, tell) {
    each(V4, text, ({ 0: address, index }) => {
      if (isIP(address) === 4 && !NOBODYS.test(address)) tell(index, index + address.length);
    });
    each(V6, text, ({ 0: address, index }) => {
      const bare = address.replace(/%.*$/, "");
      if (bare.includes(":") && isIP(bare) === 6 && !NOBODYS.test(bare)) tell(index, index + address.length);
    });
  },
};
