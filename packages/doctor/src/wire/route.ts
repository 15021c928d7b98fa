// Whether this machine itself has a way to an address: asked of its routes, without a packet.

import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** False when the system's own routes lead nowhere for the address. To connect a UDP socket only looks the route up. */
export function hasRoute(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    let settled = false;
    const settle = (has: boolean) => {
      if (settled) return;
      settled = true;
      resolve(has);
      socket.close();
    };
    // With a callback errors would come there, and not as an event.
    socket.on("error", () => settle(false)).on("connect", () => settle(true));
    try {
      socket.connect(port, address);
    } catch {
      settle(false);
    }
  });
}
