// The stores in SQLite.

export { openSqlite, type SqliteOptions } from "./open.ts";
