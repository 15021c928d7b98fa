// The store that the killed processes share, by its address.

import type { Clock } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";

/** Opens `sqlite:path` or `postgres://…`. */
export async function openStore(address: string, clock: Clock): Promise<Stores> {
  if (address.startsWith("sqlite:")) {
    const { openSqlite } = await import("@fairlead/stores/sqlite");
    return openSqlite(address.slice("sqlite:".length), clock);
  }
  const entry: string = "@fairlead/stores/postgres";
  const { openPostgres } = (await import(entry)) as { openPostgres(url: string, clock: Clock): Stores };
  return openPostgres(address, clock);
}
