// The stores in PostgreSQL.

export { openPostgres, type PostgresOptions } from "./open.ts";
