// Which model the streamed answer is asked of.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import { modelOf } from "../http/model-choice.ts";

/** The cheapest one that every account has. */
const CHEAPEST = "claude-haiku-4-5";

/** What was asked for; of Anthropic the cheapest; of a gateway what has just answered, else what it is set up with. */
export function streamModel(ctx: Context, facts: Facts): string {
  if (ctx.options.model !== undefined) return ctx.options.model;
  if (ctx.target.platform === "anthropic") return CHEAPEST;
  const message = facts["account.message"];
  return message?.exchange.status === 200 ? message.model : modelOf(ctx).id;
}
