// Calls that were not for who made them: on record, and not able to fill the record.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { AdminRefusal } from "./admin-refusal.ts";
import type { Noter } from "./audited.ts";
import type { Caller } from "./gate/gate.ts";
import { RefusedCalls } from "./refused-calls.ts";

const MIA: Caller = {
  actor: "key:k_1",
  kind: "key",
  project: "web",
  scopes: ["admin:read"],
  from: "192.0.2.1",
  byCookie: false,
};
const FORBIDDEN = new AdminRefusal("admin_forbidden", { actor: "key:k_1", scope: "admin:write" });

function scene(note: Noter["note"] = () => true) {
  const entries: unknown[] = [];
  const { clock } = virtualRuntime("refused");
  const trail: Noter = {
    note(by, what) {
      entries.push([by, what]);
      return note(by, what);
    },
  };
  return { clock, entries, calls: new RefusedCalls(trail, clock) };
}

it("tells who tried what, from where, and why not", () => {
  const { calls, entries } = scene();
  calls.note(MIA, FORBIDDEN, "POST /api/projects");
  expect(entries).toEqual([
    [
      { actor: "key:k_1", from: "192.0.2.1" },
      {
        action: "call.refused",
        subject: "route:POST /api/projects",
        project: "web",
        detail: { code: "admin_forbidden" },
      },
    ],
  ]);
});

it("the same once a minute, all together thirty, and then again", async () => {
  const { clock, calls, entries } = scene();
  for (let i = 0; i < 5; i++) calls.note(MIA, FORBIDDEN, "POST /api/projects");
  expect(entries).toHaveLength(1);
  for (let i = 0; i < 100; i++) calls.note({ ...MIA, actor: `key:k_${i}` }, FORBIDDEN, "GET /api/config");
  expect(entries).toHaveLength(30);
  await clock.advance(60_000);
  calls.note(MIA, FORBIDDEN, "POST /api/projects");
  expect(entries).toHaveLength(31);
});

it("a wrong field is nobody's offence", () => {
  const { calls, entries } = scene();
  calls.note(MIA, new AdminRefusal("admin_bad_field", { where: "body", problems: "x" }), "POST /api/keys");
  expect(entries).toEqual([]);
});

it.each<[string, Noter["note"]]>([
  [
    "throws",
    () => {
      throw new Error("disk full");
    },
  ],
  ["rejects", () => Promise.reject(new Error("away"))],
])("a log that %s is no error of the call", async (_, note) => {
  const { calls } = scene(note);
  expect(() => calls.note(MIA, FORBIDDEN, "POST /api/projects")).not.toThrow();
  await Promise.resolve();
});
