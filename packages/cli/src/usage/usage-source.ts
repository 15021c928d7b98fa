// Where usage is read: a store directly, or the admin address of a gateway.

import { resolve } from "node:path";
import { systemClock } from "@fairlead/runtime";
import { StoreError, type Stores } from "@fairlead/stores";
import { type Asked, askAdmin } from "../admin/client.ts";
import { findAdmin } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";
import { COUNTS, type Line, lineOfStore, type UsageQuestion } from "./usage-line.ts";

/** Which of them, as the options say. */
export interface SourceOptions {
  readonly store?: string | undefined;
  readonly admin?: string | undefined;
}

/** Reads the lines of a question. Throws a CliError when nobody answers. */
export async function readUsage(
  question: UsageQuestion,
  options: SourceOptions,
  terminal: Terminal,
): Promise<readonly Line[]> {
  return options.store === undefined
    ? fromGateway(question, options.admin, terminal)
    : fromStore(question, options.store, terminal);
}

async function fromGateway(
  { from, to, by, ...rest }: UsageQuestion,
  admin: string | undefined,
  terminal: Terminal,
): Promise<readonly Line[]> {
  const query = { ...rest, from: new Date(from).toISOString(), to: new Date(to).toISOString(), by: by.join(",") };
  const answer = (await askAdmin(findAdmin(admin, terminal), "getUsage", {
    query,
  } as unknown as Asked<"getUsage">)) as { lines?: unknown };
  return (Array.isArray(answer.lines) ? answer.lines : []).map((one) =>
    lineOfAnswer(one as { [name: string]: unknown }),
  );
}

function lineOfAnswer(one: { readonly [name: string]: unknown }): Line {
  const text = (name: string) => (typeof one[name] === "string" ? one[name] : undefined);
  const counts = Object.fromEntries(COUNTS.map((name) => [name, Number(one[name] ?? 0)]));
  const at = text("at");
  const names = Object.fromEntries(["project", "key", "model", "upstream", "actor"].map((name) => [name, text(name)]));
  return {
    ...(counts as Record<(typeof COUNTS)[number], number>),
    ...names,
    at: at === undefined ? undefined : Date.parse(at),
    pico: BigInt(text("pico_usd") ?? 0),
  };
}

async function fromStore(question: UsageQuestion, store: string, terminal: Terminal): Promise<readonly Line[]> {
  const { key, by, ...rest } = question;
  const stores = await openStore(store, terminal);
  try {
    return (await stores.ledger.usage({ ...rest, keyId: key }, by)).map(lineOfStore);
  } catch (e) {
    if (StoreError.is(e)) throw new CliError(e.message);
    throw e;
  } finally {
    await stores.close();
  }
}

/** Opens `sqlite:path` or `postgres://…`. Throws a CliError. */
export async function openStore(store: string, { folder }: Terminal): Promise<Stores> {
  if (store.startsWith("sqlite:")) {
    const file = resolve(folder, store.slice("sqlite:".length));
    const { existsSync } = await import("node:fs");
    if (!existsSync(file))
      throw new CliError(`there is no file ${file}: name the one that \`store\` in fairlead.yaml names`);
    const { openSqlite } = await import("@fairlead/stores/sqlite");
    return openSqlite(file, systemClock());
  }
  if (/^postgres(?:ql)?:\/\//.test(store)) {
    const { openPostgres } = await import("@fairlead/stores/postgres");
    return openPostgres(store, systemClock());
  }
  throw new CliError("--store must be sqlite:path or postgres://…", 2);
}
