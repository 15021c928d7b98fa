// A list to its end: the admin address gives it a page at a time.

import type { AdminContract, AdminOutput } from "@fairlead/gateway";
import { askAdmin } from "./client.ts";
import type { AdminTarget } from "./find-admin.ts";

/** The longest page there is. */
const MOST = "10000";

/** Lists that come in pages, and the field that a page holds its part in. */
const LISTS = {
  listKeys: "keys",
  listProjects: "projects",
  listServices: "services",
  listSignIns: "sign_ins",
} as const;

/** The whole list in one answer, without a next page. @throws CliError as `askAdmin` does */
export async function everyPage<N extends keyof typeof LISTS>(
  target: AdminTarget,
  name: N,
  project?: string,
): Promise<AdminOutput<AdminContract[N]>> {
  const all: unknown[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const query = {
      limit: MOST,
      ...(project === undefined ? {} : { project }),
      ...(after === undefined ? {} : { after }),
    };
    const page = (await askAdmin(target, name as "listKeys", { query })) as { readonly next: string | null };
    all.push(...((page as unknown as { readonly [field: string]: readonly unknown[] })[LISTS[name]] ?? []));
    after = page.next ?? null;
  }
  return { [LISTS[name]]: all, next: null } as AdminOutput<AdminContract[N]>;
}
