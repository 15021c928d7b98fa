// From where a request to the admin address may come: by which name, and from a page of which site.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { AdminRefusal } from "../admin-refusal.ts";

/** Whether the local end of a connection is a loopback address. */
export function onLoopback(local: string | undefined): boolean {
  return local === undefined || local === "::1" || local.startsWith("127.") || local.startsWith("::ffff:127.");
}

/**
 * Refuses a Host that is not ours: a page of another origin must not read this through a name that points here (DNS
 * rebinding). On loopback only names of loopback are accepted; elsewhere addresses too, since no name can be made to point
 * to one of those; other names only when they are configured.
 * @throws AdminRefusal admin_host
 */
export function checkHost(req: IncomingMessage, names: ReadonlySet<string>): void {
  const hosts = req.headersDistinct.host ?? [];
  const host = hosts[0] ?? "";
  if (hosts.length > 1) throw new AdminRefusal("admin_host");
  const found = /^(\[[0-9a-f:.]+\]|[^\s:@/\\[\]]+)(?::\d{1,5})?$/i.exec(host);
  const name = (found?.[1] ?? "").toLowerCase();
  const bare = name.replace(/^\[|\]$/g, "");
  const loopback = name === "localhost" || bare === "::1" || /^127\.\d+\.\d+\.\d+$/.test(bare);
  if (loopback || names.has(name)) return;
  if (!onLoopback(req.socket.localAddress) && isIP(bare) > 0) return;
  throw new AdminRefusal("admin_host");
}

/**
 * Refuses what a page of another site asks for. Browsers tell it by `Origin` and `Sec-Fetch-Site`; programs send neither.
 * A person who follows a link from elsewhere (`navigate`) is let through where the answer is a page.
 * @throws AdminRefusal admin_origin
 */
export function checkOrigin(req: IncomingMessage, page: boolean, own: ReadonlySet<string>): void {
  const { origin } = req.headers;
  const site = req.headers["sec-fetch-site"];
  if (origin !== undefined && !sameOrigin(origin, req.headers.host ?? "", own)) {
    throw new AdminRefusal("admin_origin", { origin: printable(origin) });
  }
  if (site === undefined || site === "same-origin" || site === "none") return;
  if (page && req.method === "GET" && req.headers["sec-fetch-mode"] === "navigate") return;
  throw new AdminRefusal("admin_origin", { origin: `sec-fetch-site: ${printable(String(site))}` });
}

function sameOrigin(origin: string, host: string, own: ReadonlySet<string>): boolean {
  if (own.has(origin)) return true;
  return (
    URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === host.toLowerCase()
  );
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
