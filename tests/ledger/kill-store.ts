// The store that the killed processes share, by its address.

import type { Clock } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";

/** Opens `sqlite:path` or `postgres://…`. */
export async function openStore(address: string, clock: Clock): Promise<Stores> {
  if (address.startsWith("sqlite:")) {
    const { openSqlite } = await import("@fairlead/stores/sqlite");
    return openSqlite(address.slice("sqlite:".length), clock);
  }
  const { openPostgres } = await import("@fairlead/stores/postgres");
  return openPostgres(address, clock);
}
