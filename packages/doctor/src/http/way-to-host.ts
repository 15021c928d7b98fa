// The way to another host than the target, as the program would go it.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import { lookupName } from "../wire/system-lookup.ts";
import { trusted, type Way } from "../wire/way.ts";

/** Wait for a name, milliseconds. */
const NAME_MS = 3_000;

/** The way, or why there is none. */
export async function wayToHost(ctx: Context, facts: Facts, url: URL): Promise<Way | { readonly error: string }> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  const decision = ctx.environment.proxyFor(url);
  if (decision.use === "broken") return { error: "PROXY_SETTING" };
  const first = decision.use === "proxy" ? decision.proxy.host.replace(/^\[(.*)\]$/, "$1") : host;
  const connect = facts["tcp.connect"];
  const known = decision.use === "proxy" && connect?.to === "proxy" ? connect.best : undefined;
  const found = known === undefined ? await addressesOf(ctx, facts, first) : [known];
  if ("error" in found) return found;
  const way = { host, port, tls, addresses: found };
  return decision.use === "proxy" ? { ...way, proxy: trusted(decision.proxy, facts) } : way;
}

async function addressesOf(
  ctx: Context,
  facts: Facts,
  name: string,
): Promise<readonly string[] | { readonly error: string }> {
  if (isIP(name) !== 0) return [name];
  const { addresses, error } = await lookupName(ctx, facts, name, NAME_MS);
  return error === undefined ? addresses : { error };
}
