// Whether there is a line on which a request can be sent, by what was found before.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import { helloOf } from "../wire/client-hello.ts";

/** True when a connection to the target stood, whatever its certificate was worth. */
export function lineStands(ctx: Context, facts: Facts): boolean {
  const tunnel = facts["proxy.tunnel"];
  if (ctx.target.tls) {
    const hello = helloOf(ctx);
    return facts["tls.handshake"]?.handshakes.some(({ ok, variant }) => ok && variant === hello) === true;
  }
  const connected = facts["tcp.connect"]?.connects.some(({ ok }) => ok) === true;
  return connected && (tunnel === undefined || tunnel.target.ok);
}
