// Which model the probes name.

import type { Context } from "../context.ts";
import type { Setting } from "../environment/environment.ts";

/** A model, and who named it. */
export interface ModelChoice {
  readonly id: string;
  /** Where it is set; undefined when it is a default of the doctor's. */
  readonly from: Setting | undefined;
  /** True when the user asked for it, in a setting or as an option: a refusal is then a fault, not a bad guess. */
  readonly named: boolean;
}

/** Names that only Claude Code understands. */
const ALIASES = /^(?:default|best|sonnet|opus|haiku|fable|mythos|opusplan)$/i;

/** The cheapest model that every account has, as each platform writes it. */
const CHEAPEST: { readonly [platform: string]: string } = {
  bedrock: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
  vertex: "claude-haiku-4-5@20251001",
};

/** The model to name. `listed` = ids that the far end says it has. */
export function modelOf(ctx: Context, listed: readonly string[] = []): ModelChoice {
  const asked = ctx.options.model;
  if (asked !== undefined) return { id: asked, from: undefined, named: true };
  for (const name of ["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"]) {
    const value =
      ctx.environment
        .value(name)
        ?.trim()
        .replace(/\[[^\]]*\]$/, "") ?? "";
    if (value !== "" && !ALIASES.test(value))
      return { id: value, from: ctx.environment.variables.get(name)?.effective, named: true };
  }
  const fallback = CHEAPEST[ctx.target.platform] ?? "claude-haiku-4-5";
  const claude = listed.filter((id) => /claude|anthropic/i.test(id));
  if (claude.length === 0 || claude.includes(fallback)) return { id: fallback, from: undefined, named: false };
  return { id: claude.find((id) => /haiku/i.test(id)) ?? claude[0] ?? fallback, from: undefined, named: false };
}
