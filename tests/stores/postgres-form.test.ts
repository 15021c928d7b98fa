// The form of the tables in PostgreSQL: made once, brought forward, never back.

import { madeRow } from "@fairlead/stores/conformance";
import { expect, it } from "vitest";
import { upgradeTogether, useThroughChange } from "./forms.ts";
import { query, queryRows } from "./postgres-server.ts";
import { postgresStand } from "./postgres-stand.ts";

const stand = postgresStand();
const { open, refused } = stand;

it("is brought up once by many instances that start together, and leaves nothing of a step that fails", async () => {
  const url = await stand.server.database();
  const all = Array.from({ length: 6 }, () => open(url, { connections: 2 }));
  await Promise.all(all.map((stores, n) => stores.ledger.append([madeRow(`att_${n}`)])));
  expect(await queryRows(url, "SELECT version FROM fairlead_migrations")).toEqual([{ version: 1 }, { version: 2 }]);
  // Something of that name is in the way: the step fails after its first tables were made.
  const blocked = await stand.server.database();
  await query(blocked, "CREATE VIEW fairlead_marks AS SELECT 1");
  await refused("unavailable", open(blocked).ping());
  expect(await queryRows(blocked, "SELECT relname FROM pg_class WHERE relname LIKE 'fairlead%'")).toEqual([
    { relname: "fairlead_marks" },
  ]);
});

it("does not touch a database that a newer version has changed, and says what to do", async () => {
  const url = await stand.server.database();
  await open(url).ping();
  await query(url, "INSERT INTO fairlead_migrations VALUES (99, 'from the future', 0)");
  const message = await refused("newer", open(url).ledger.append([madeRow("att_1")]));
  expect(message).toMatch(
    /form 99, this version of Fairlead knows 2: start the newer version .* or restore the backup/,
  );
  expect(await queryRows(url, "SELECT 1 FROM fairlead_ledger")).toEqual([]);
});

it("makes no tables in a database that cannot hold every name, and says how to make one that can", async () => {
  const url = new URL(stand.server.url);
  await query(stand.server.url, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  url.pathname = "/latin";
  const stores = open(url.href);
  const row = { ...madeRow("att_1"), project: "项目" };
  expect(await refused("unavailable", stores.ledger.append([row]))).toMatch(/LATIN1.*ENCODING 'UTF8'/);
  await query(stand.server.url, "DROP DATABASE latin WITH (FORCE)");
  await query(stand.server.url, "CREATE DATABASE latin ENCODING 'UTF8' TEMPLATE template0");
  expect(await stores.ledger.append([row])).toBe(1);
});

it("is brought from the form of before to the newest by two that start together, and keeps what it has", async () => {
  const url = await stand.server.database();
  await upgradeTogether(
    () => open(url),
    async () => {
      await query(url, "DROP TABLE fairlead_custody");
      await query(url, "DELETE FROM fairlead_migrations WHERE version = 2");
    },
  );
});

it("goes on while a newer version adds to its tables", async () => {
  const url = await stand.server.database();
  await useThroughChange(open(url, { connections: 1 }), async (sql) => {
    for (const one of sql) await query(url, one);
  });
});

it("makes its tables anew when they were dropped under it", async () => {
  const url = await stand.server.database();
  const stores = open(url);
  await stores.ledger.append([madeRow("att_1")]);
  await query(url, "DROP SCHEMA public CASCADE");
  await query(url, "CREATE SCHEMA public");
  await refused("unavailable", stores.ledger.append([madeRow("att_2")]));
  expect(await stores.ledger.append([madeRow("att_2")])).toBe(1);
});
