// The entry that the engine and the client load brings nothing from outside with it.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Everything outside the room that a file reaches by its imports, types aside. */
function outside(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, kind, name = ""] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)( type)?\b[^"']*?from "([^"]+)";/gms,
  )) {
    if (kind !== undefined) continue;
    if (name.startsWith(".")) for (const one of outside(join(dirname(file), name), seen)) found.add(one);
    else found.add(name);
  }
  return found;
}

const room = fileURLToPath(new URL(".", import.meta.url));

it("reaches Node's own modules and the runtime, no driver", () => {
  expect([...outside(join(room, "index.ts"))].filter((name) => !name.startsWith("node:"))).toEqual([]);
  // The thread runs from source as it is, without the conditions by which other rooms are found there.
  expect([...outside(join(room, "sqlite/worker.ts"))].filter((name) => !name.startsWith("node:"))).toEqual([
    "better-sqlite3",
  ]);
  // The same look finds a driver where there is one.
  expect([...outside(join(room, "postgres/index.ts"))]).toContain("pg");
  expect([...outside(join(room, "sqlite/index.ts"))]).not.toContain("better-sqlite3");
});
