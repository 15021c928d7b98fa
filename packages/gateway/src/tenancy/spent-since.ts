// What the ledger knows of a budget: the dollars of a window, for who it is about.

import type { Ledger } from "@fairlead/stores";
import { globMatch } from "../model-match.ts";
import type { AccountSpec } from "./account.ts";

/** Asks the ledger for what was spent on an account since a window began, pico-dollars. Rejects when it does not answer. */
export function spentSince(ledger: Pick<Ledger, "usage">): (spec: AccountSpec, window: number) => Promise<bigint> {
  return async ({ scope, match }, window) => {
    const filter = {
      from: window,
      ...(scope.kind === "everyone" ? {} : { project: scope.project }),
      ...(scope.keyId === undefined ? {} : { keyId: scope.keyId }),
    };
    const lines = await ledger.usage(filter, match === undefined ? [] : ["model"]);
    return lines.reduce(
      (sum, line) => (match === undefined || globMatch(match, line.model ?? "") ? sum + line.picoUsd : sum),
      0n,
    );
  };
}
