// The first thing that the program has to find and reach: the target itself, or its proxy.

import type { Context } from "./context.ts";
import type { Words } from "./words.ts";

/** A name or an address, and a port. */
export interface FirstHop {
  readonly of: "target" | "proxy";
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** Why nothing of the network can be looked at: the program would not send a byte. */
export const BROKEN_PROXY: Words = {
  en: "not looked at: the program cannot use its proxy setting, so it sends nothing",
  zh: "未检查：程序无法使用它的代理设置，因此不会发出任何数据",
};

/** Where the program's first packet goes; undefined when its proxy setting is one that it cannot use. */
export function firstHop(ctx: Context): FirstHop | undefined {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  if (decision.use === "broken") return undefined;
  if (decision.use === "proxy") return { of: "proxy", host: bare(decision.proxy.host), port: decision.proxy.port };
  return { of: "target", host: bare(ctx.target.host), port: ctx.target.port };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
