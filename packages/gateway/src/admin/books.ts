// The books of identity as the admin address uses them: what stands in the file beside what was made here.

import type { Config, ProjectConfig } from "../config/config.ts";
import { IdentityError } from "../identity/identity-error.ts";
import type { KeyBook, KeyView, NewKey } from "../identity/key-book.ts";
import type { ProjectBook, ProjectView } from "../identity/project-book.ts";
import { DATA_SCOPES } from "../identity/scopes.ts";
import { digestOf, prefixOf } from "../identity/secret-text.ts";
import type { AdminKeys } from "./admin-keys.ts";
import { AdminRefusal } from "./admin-refusal.ts";
import type { Fragment, KeyInfo, KeyStore, ProjectInfo, Projects } from "./services.ts";

/** Projects: those of the file, and those of the store. */
export function projectsOf(book: ProjectBook, config: () => Config): Projects {
  const filed = (name: string) => config().projects.find((one) => one.name === name);
  return {
    async list() {
      const stored: ProjectView[] = [];
      let after: string | undefined;
      for (;;) {
        const page = await book.list(after, 1_000);
        stored.push(...page);
        after = page.at(-1)?.name;
        if (page.length < 1_000 || after === undefined) break;
      }
      return [...config().projects.map(ofFile), ...stored.map(ofStore)];
    },
    async find(name) {
      const own = filed(name);
      if (own !== undefined) return ofFile(own);
      return absent(async () => ofStore(await book.get(name)));
    },
    async create(name, change, by) {
      const { title, models, limits, budget, ip } = change;
      const given = { title, models, limits, budget, ip };
      const set = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined && one !== null));
      return ofStore(await book.create({ name, ...set }, by));
    },
    async update(name, change, expect, by) {
      const set = Object.fromEntries(Object.entries(change).filter(([, one]) => one !== undefined));
      return ofStore(await book.update(name, set, by, expect));
    },
    async remove(name, by) {
      await book.remove(name, by);
    },
  };
}

/** Keys: those of the file, those of the store's projects, and admin keys. Their ids tell them apart. */
export function keysOf(book: KeyBook, admin: AdminKeys, config: () => Config): KeyStore {
  const filed = () => config().projects.flatMap((project) => project.keys.map((key) => fileKey(key, project)));
  return {
    async list(project) {
      const keys: KeyInfo[] = filed().filter((one) => project === undefined || one.project === project);
      let after: string | undefined;
      do {
        const page = await book.list({ project }, after, 1_000);
        keys.push(...page.keys.map(ofBook));
        after = page.next;
      } while (after !== undefined);
      return project === undefined ? [...(await admin.list()), ...keys] : keys;
    },
    async find(id) {
      if (id.startsWith("ak_")) return admin.find(id);
      return filed().find((one) => one.id === id) ?? absent(async () => ofBook(await book.get(id)));
    },
    async create(wish, by) {
      if (wish.project === undefined) {
        const odd = (["models", "ip", "limits", "budget", "signing"] as const).find((one) => wish[one] !== undefined);
        if (odd === undefined) return admin.create(wish, by);
        throw new AdminRefusal("admin_bad_field", { where: "body", problems: `${odd}: an admin key has none` });
      }
      const { expiresAt, ...rest } = wish;
      const asked = { ...rest, expires_at: expiresAt === undefined ? undefined : Math.floor(expiresAt) };
      const set = Object.fromEntries(Object.entries(asked).filter(([, one]) => one !== undefined));
      // The book checks each part again, and says which is wrong.
      const { key, secret } = await book.create(set as NewKey, by);
      return { key: ofBook(key), secret };
    },
    async rotate(id, overlapMs, by) {
      if (id.startsWith("ak_")) return admin.rotate(id, overlapMs, by);
      const { key, secret } = await book.rotate(id, by, overlapMs);
      return { key: ofBook(key), secret };
    },
    async revoke(id, by) {
      return id.startsWith("ak_") ? admin.revoke(id) : ofBook(await book.revoke(id, by));
    },
  };
}

async function absent<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (e) {
    if (IdentityError.is(e) && e.code === "not_found") return undefined;
    throw e;
  }
}

function ofFile({ name, allowed_models: models, limits, budget }: ProjectConfig): ProjectInfo {
  return {
    name,
    title: undefined,
    source: "config",
    disabled: false,
    models,
    limits: fragmentOf(limits),
    budget: fragmentOf(budget),
    version: 0,
    createdAt: undefined,
  };
}

function ofStore(view: ProjectView): ProjectInfo {
  return {
    name: view.name,
    title: view.title,
    source: "api",
    disabled: view.disabled,
    models: view.models,
    limits: fragmentOf(view.limits),
    budget: fragmentOf(view.budget),
    version: view.version,
    createdAt: view.created_at,
  };
}

function fragmentOf(value: unknown): Fragment | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fragment) : undefined;
}

function fileKey(secret: string, { name, scopes = DATA_SCOPES, allowed_models: models }: ProjectConfig): KeyInfo {
  return {
    id: `k_${digestOf(secret).slice(0, 8)}`,
    name: undefined,
    project: name,
    // Only keys of our own form have a beginning that gives nothing away.
    prefix: /^fl-(?:key|dev)-/.test(secret) ? prefixOf(secret) : "(in fairlead.yaml)",
    scopes,
    models,
    source: "config",
    state: "active",
    createdAt: undefined,
    createdBy: undefined,
    expiresAt: undefined,
    replacedBy: undefined,
  };
}

function ofBook(view: KeyView): KeyInfo {
  return {
    id: view.id,
    name: view.name,
    project: view.project,
    prefix: view.prefix,
    scopes: view.scopes,
    models: view.models,
    source: "api",
    state: view.state === "active" && view.rotated_to !== undefined ? "rotating" : view.state,
    createdAt: view.created_at,
    createdBy: view.created_by,
    expiresAt: view.expires_at,
    replacedBy: view.rotated_to,
  };
}
