// Redirects that a program follows with its message: which ones, and where they lead.

import type { ClientName, Context } from "../context.ts";
import { headerOf } from "../wire/http.ts";

/**
 * Programs that send a message on: `fetch` under @anthropic-ai/sdk and in Claude Code does so by itself, httpx because the
 * Python SDK switches `follow_redirects` on. curl does not without -L.
 */
const FOLLOWERS: ReadonlySet<ClientName> = new Set<ClientName>(["node", "claude-code", "python"]);

/** More redirects in a row than this are a ring; programs go on up to 20. */
export const MOST_REDIRECTS = 5;

/** True for a program that follows 307 and 308 with method and body. */
export function followsRedirects(client: ClientName): boolean {
  return FOLLOWERS.has(client);
}

/** An address on the target's own scheme, host and port; a path may begin with two slashes. */
export function onTarget(ctx: Context, path: string): URL {
  return new URL(`${ctx.target.url.origin}${path}`);
}

/**
 * The path to ask again at, as the program would; undefined when it would not, or when it leads to another host, scheme or
 * port: a key must not go where somebody else sends it.
 */
export function followedPath(
  ctx: Context,
  answer: { readonly status: number; readonly headers: readonly (readonly [string, string])[] },
  path: string,
): string | undefined {
  if ((answer.status !== 307 && answer.status !== 308) || !followsRedirects(ctx.environment.client)) return undefined;
  const location = headerOf(answer.headers, "location");
  const from = onTarget(ctx, path);
  if (location === undefined || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  return to.origin === from.origin ? `${to.pathname}${to.search}` : undefined;
}
