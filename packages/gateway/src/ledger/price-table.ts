// Prices of now: the built-in table, with the rows of the configuration over it.

import { findModel, LISTED_PRICES, type Priced, type PriceRow, type Prices } from "@fairlead/protocol";
import { type PriceConfig, pricedModel } from "../config/ledger-block.ts";

/** Names that are looked up once: answers may tell any. */
const REMEMBERED = 1_000;

/** A row of the configuration takes the place of the listed ones with its band and speed, from its day on. */
export function priceTable(rows: readonly PriceConfig[]): Prices {
  if (rows.length === 0) return LISTED_PRICES;
  const own = new Map<string, Priced>();
  for (const { model, ...row } of rows) {
    const id = pricedModel(model);
    own.set(id, { id, prices: [...(own.get(id)?.prices ?? []), row] });
  }
  for (const [id, { prices }] of own) {
    const listed = findModel(id)?.prices ?? [];
    const left = listed.filter(
      (one) =>
        !prices.some((row) => row.from <= one.from && row.promptOver === one.promptOver && row.speed === one.speed),
    );
    // A later day of the list would end a band that it does not have: such a row holds on until one's own next row.
    const carried = prices.flatMap((row) => {
      const band = row.promptOver;
      if (band === undefined) return [];
      const later = (one: PriceRow) => one.from > row.from && one.speed === row.speed;
      const next = prices.filter((one) => later(one) && (one.promptOver ?? 0) <= band);
      const days = new Set(left.filter(later).map(({ from }) => from));
      return [...days].filter((day) => !next.some(({ from }) => from <= day)).map((from) => ({ ...row, from }));
    });
    own.set(id, {
      id,
      prices: [...left, ...prices, ...carried].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)),
    });
  }
  const remembered = new Map<string, Priced | undefined>();
  return {
    of(modelId) {
      if (remembered.has(modelId)) return remembered.get(modelId);
      const found = own.get(modelId) ?? own.get(pricedModel(modelId)) ?? findModel(modelId);
      if (remembered.size < REMEMBERED) remembered.set(modelId, found);
      return found;
    },
  };
}
