// Looks for the base URL that is meant when the one that is set answers, but not as Claude's API.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { callTarget } from "./call.ts";
import { bareMessage, basePath } from "./platform-calls.ts";
import { speaks } from "./reading.ts";

/** Wait for each try, milliseconds. */
const TRY_MS = 2_000;

/** A base that speaks the API, as path and as whole URL. */
export interface RightBase {
  readonly rightBase: string;
  readonly rightUrl: string;
}

/** Paths that the base may have been meant to have, the likeliest first. */
export function candidates(path: string): readonly string[] {
  const whole = path.replace(/\/+$/, "");
  const cut = whole.replace(/\/(?:v1\/messages|v1\/chat\/completions|v1|messages)$/, "");
  const doubled = /^(\/.+)\1$/.exec(whole)?.[1];
  const all = [
    cut,
    doubled,
    `${whole}/api`,
    `${whole}/anthropic`,
    `${cut}/api`,
    `${cut}/anthropic`,
    `${whole}/api/anthropic`,
    "",
  ];
  return [...new Set(all.filter((one) => one !== undefined))].filter((one) => one !== whole);
}

/** True for an answer that a wrong path could have caused. */
export function mayBeWrongPath(one: Exchanged): boolean {
  const pathological = one.status === 404 || one.status === 405 || one.bodyKind === "html";
  const barred = one.author === "captive-portal" || one.author === "cloudflare" || one.author === "proxy";
  return pathological && !barred && !speaks(one);
}

/** Tries them side by side, without a credential. */
export async function findRightBase(ctx: Context, facts: Facts, model: string): Promise<RightBase | undefined> {
  const paths = candidates(basePath(ctx.target.url));
  const tries = await Promise.all(
    paths.map(async (path) => ({
      path,
      exchange: (await callTarget(ctx, facts, { ...bareMessage(ctx, model, path), timeoutMs: TRY_MS })).exchange,
    })),
  );
  const right = tries.find(({ exchange }) => speaks(exchange) && exchange.status !== 404 && exchange.status !== 405);
  return right === undefined ? undefined : { rightBase: right.path, rightUrl: `${ctx.target.url.origin}${right.path}` };
}
