// What limits and budgets allow, in the admin API's words.

import { PICO_PER_USD } from "@fairlead/protocol";
import type { Runtime } from "@fairlead/runtime";
import { stamp } from "../telemetry/request-log.ts";
import type { AccountFigure, TenancyFigures } from "../tenancy/tenancy.ts";
import type { LimitUse } from "./services.ts";

/** Lines that one answer holds at most, the fullest first. */
const MOST = 10_000;

/** The service over the figures of one instance. A limit that nobody has drawn on yet is not among them. */
export function limitUse(rt: Runtime, figures: (limit: number) => TenancyFigures): LimitUse {
  return {
    async snapshot(project) {
      const { accounts } = figures(MOST);
      const all = accounts.map((one) => lineOf(one, rt.clock.wall()));
      return project === undefined ? all : all.filter((one) => one.project === project);
    },
  };
}

function lineOf(one: AccountFigure, wall: number) {
  const money = one.dimension.startsWith("usd");
  const shown = (amount: number) => (money ? amount / PICO_PER_USD : amount);
  return {
    project: one.scope === "everyone" ? null : one.project,
    key: one.keyId ?? null,
    models: one.models ?? null,
    what: one.dimension,
    limit: shown(one.limit),
    used: shown(one.used),
    remaining: shown(one.remaining),
    resets_at: stamp(wall + one.resetMs),
    state: one.state,
  };
}
