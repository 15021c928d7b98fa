// A refusal says that nothing was changed only where that is certain.

import { expect, it } from "vitest";
import { storeDown } from "./store-down.ts";

it.each([
  "sqlite store /x/fairlead.db gave no answer within 5000 ms: see whether its disk is slow or another process holds it",
  "the store did not answer within 2000 ms",
  "postgres at db:5432 does not answer (Query read timeout): see that it runs",
  "postgres at db:5432 does not answer (Connection terminated unexpectedly): see that it runs",
  "the store does not take changes at the moment: postgres at db:5432 does not answer (read ECONNRESET): see",
])("an answer that was lost: %s", (reason) => {
  const { message } = storeDown(reason, true);
  expect(message).toContain("whether anything was changed is not known");
  expect(message).toContain("Look what stands there before you ask again, when it is back.");
  expect(storeDown(reason, false).message).not.toContain("not known");
});

it.each([
  "postgres at db:5432 does not answer (connect ECONNREFUSED 10.0.0.5:5432): see that it runs",
  "sqlite store /x/fairlead.db: database is locked (SQLITE_BUSY); see which process holds it",
  "the audit log has taken nothing for so long that no more events can wait; bring its store back first",
])("one that took nothing: %s", (reason) => {
  expect(storeDown(reason, true).message).toBe(
    `The store does not answer, and nothing was changed: ${reason}. Requests to Claude go on. Try again when it is back.`,
  );
});
