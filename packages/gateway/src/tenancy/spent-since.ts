// What the ledger knows of a budget: the dollars of a window, for who it is about.

import { findModel, plainModelId } from "@fairlead/protocol";
import type { Ledger, LedgerFilter } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { globMatch } from "../model-match.ts";
import type { SpentSince } from "./budget-reader.ts";
import { namesOf } from "./config-rules.ts";

/** Rows of a model that are looked at one by one, in pages of so many; of more the part is worked out from these. */
const PAGE = 1_000;
const PAGES = 10;

/**
 * Asks the ledger for what was spent on an account since a window began, pico-dollars. Sums of the ledger are by the model that
 * answered, a budget for some models is by the name that was asked for: where an alias leads to a model its rows say which
 * it was. Rejects when the ledger does not answer.
 * @param models the rules of models as they are now
 */
export function spentSince(ledger: Pick<Ledger, "usage" | "rows">, models: () => Config["models"]): SpentSince {
  return async ({ scope, match }, window) => {
    const filter = {
      from: window,
      ...(scope.kind === "everyone" ? {} : { project: scope.project }),
      ...(scope.keyId === undefined ? {} : { keyId: scope.keyId }),
    };
    const lines = await ledger.usage(filter, match === undefined ? [] : ["model"]);
    let sum = 0n;
    for (const { model = "", picoUsd } of lines) {
      if (match === undefined || answersTo(model).some((name) => globMatch(match, name))) sum += picoUsd;
      else if (hasAlias(models(), model))
        sum += await partOf(ledger, { ...filter, model }, picoUsd, (asked) =>
          namesOf(models(), asked).some((name) => globMatch(match, name)),
        );
    }
    return sum;
  };
}

/** The name in the ledger, and those that the same model goes by without an alias: an answer tells of a dated one. */
function answersTo(model: string): readonly string[] {
  const known = findModel(model);
  return known === undefined ? [model, plainModelId(model)] : [model, known.id, ...known.aliases];
}

function hasAlias(rules: Config["models"], model: string): boolean {
  const id = idOf(model);
  return rules.some(({ upstreams }) => upstreams.some((one) => one.model !== undefined && idOf(one.model) === id));
}

function idOf(model: string): string {
  return findModel(model)?.id ?? plainModelId(model);
}

/** The part of a model's cost that was asked for by a name that counts. */
async function partOf(
  ledger: Pick<Ledger, "rows">,
  filter: LedgerFilter,
  whole: bigint,
  counts: (asked: string) => boolean,
): Promise<bigint> {
  let [seen, part] = [0n, 0n];
  let before: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { rows, next } = await ledger.rows(filter, PAGE, before);
    for (const { picoUsd, modelAsked = "" } of rows) {
      seen += BigInt(picoUsd);
      if (counts(modelAsked)) part += BigInt(picoUsd);
    }
    if (next === undefined) break;
    before = next;
  }
  // Rows that were not looked at, or are not kept any more, are taken to be like those that were.
  if (seen === whole) return part;
  return seen > 0n ? (whole * part) / seen : 0n;
}
