// The configuration as the admin address works with it: revisions by their number as text, refusals in its own form.

import { AdminRefusal } from "../admin/admin-refusal.ts";
import type { ConfigProblem, RevisionInfo, Revisions } from "../admin/services.ts";
import { storeDown } from "../admin/store-down.ts";
import { describeConfig } from "../config/print.ts";
import { short } from "./config-control.ts";
import type { ConfigFleet } from "./config-fleet.ts";
import { ConfigRefusal } from "./config-refusal.ts";
import type { RevisionView } from "./revision-view.ts";

/** The service over a fleet that may not be there yet: it is made when the gateway listens. */
export function revisionsOf(fleet: () => ConfigFleet | undefined): Revisions {
  const ours = () => {
    const one = fleet();
    if (one === undefined)
      throw new AdminRefusal("admin_refused", { reason: "The gateway has just started; ask again." });
    return one;
  };
  return {
    inForce() {
      const { control } = ours();
      const { revision } = control.standing;
      const { at, by, note: reason } = control.made;
      const one = { id: String(revision), state: "active", at, by, reason, canaryPercent: undefined };
      const info = revision === null ? undefined : one;
      return { revision: info, config: describeConfig(control.config), fleet: ours().state() };
    },
    list: () => refusals(async () => (await ours().revisions()).map(infoOf), false),
    async find(id) {
      if (!/^\d{1,9}$/.test(id)) return undefined;
      try {
        const { revision, text } = await ours().revision(Number(id));
        return { revision: infoOf(revision), yaml: text };
      } catch (e) {
        if (ConfigRefusal.is(e) && e.code === "unknown") return undefined;
        throw refusalOf(e, false);
      }
    },
    async check(yaml) {
      const { problems, warnings, refusal } = await ours().control.validate(yaml);
      if (problems.length === 0 && refusal !== undefined)
        return { problems: [{ line: 1, column: 1, path: "", code: "refused", message: refusal }], warnings: [] };
      return { problems: problems.map(problemOf), warnings: warnings.map(problemOf) };
    },
    changes: (id, against) =>
      refusals(() => ours().changes(Number(id), against === undefined ? undefined : Number(against))),
    apply: (text, { canaryPercent, reason, expect: wanted }, { actor }) =>
      refusals(async () => {
        const expect = wanted === undefined ? undefined : Number(wanted);
        return infoOf(await ours().apply({ text, by: actor, note: reason, canary: canaryPercent, expect }));
      }),
    rollBack: (to, reason, { actor }) =>
      refusals(async () =>
        infoOf(await ours().rollBack({ to: to === undefined ? undefined : Number(to), by: actor, note: reason })),
      ),
    endTrial: (promoted, { actor }) =>
      refusals(async () => {
        if (promoted) return infoOf(await ours().promote(actor));
        await ours().abort(actor);
        return undefined;
      }),
    reload: ({ actor }) => refusals(() => ours().reload(actor)),
  };
}

function infoOf(one: RevisionView): RevisionInfo {
  const { number, hash, state, at, by, note, why, canaryPercent } = one;
  return {
    id: number === 0 ? short(hash) : String(number),
    state,
    at,
    by,
    reason: why ?? note ?? undefined,
    canaryPercent: canaryPercent ?? undefined,
  };
}

function problemOf({ line, column, path, code, message }: ConfigProblem): ConfigProblem {
  return { line, column, path, code, message };
}

async function refusals<T>(work: () => Promise<T>, changes = true): Promise<T> {
  try {
    return await work();
  } catch (e) {
    throw refusalOf(e, changes);
  }
}

function refusalOf(e: unknown, changes: boolean): unknown {
  if (!ConfigRefusal.is(e)) return e;
  const reason = `${e.message.charAt(0).toUpperCase()}${e.message.slice(1)}.`;
  if (e.code === "conflict" || e.code === "trial_running") return new AdminRefusal("admin_conflict", { reason });
  if (e.code === "store") return storeDown(e.message, changes);
  return new AdminRefusal("admin_refused", { reason });
}
