// What is told while the store is away: that nothing was changed, or, where its answer was lost, that nobody knows.

import { AdminRefusal } from "./admin-refusal.ts";

/** Words of stores whose answer was lost after they had been asked; all others had not taken anything. */
const LOST =
  /answer within \d+ ms|query read timeout|connection terminated|terminating connection|server closed the connection|ECONNRESET|EPIPE|its thread ended/i;

/** The refusal. `changes`: whether something was to be changed. */
export function storeDown(reason: string, changes: boolean): AdminRefusal {
  if (!changes || !LOST.test(reason)) {
    return new AdminRefusal("admin_store_down", { reason, outcome: "nothing was changed", advice: "Try again" });
  }
  const outcome = "whether anything was changed is not known";
  return new AdminRefusal("admin_store_down", {
    reason,
    outcome,
    advice: "Look what stands there before you ask again,",
  });
}
