// The books of identity as the admin address uses them: what stands in the file beside what was made here.

import { type BlockSpec, DUPLICATE_OPTIONS } from "@fairlead/engine";
import type { Config, ProjectConfig } from "../config/config.ts";
import { SAMPLING_OPTIONS, samplingField } from "../config/ledger-block.ts";
import { duplicatesField } from "../config/limit-fields.ts";
import { shown } from "../config/option-schema.ts";
import { IdentityError } from "../identity/identity-error.ts";
import type { KeyBook, KeyChange, KeyView, NewKey } from "../identity/key-book.ts";
import type { ProjectBook, ProjectView } from "../identity/project-book.ts";
import { DATA_SCOPES } from "../identity/scopes.ts";
import { digestOf, prefixOf } from "../identity/secret-text.ts";
import type { AdminKeys } from "./admin-keys.ts";
import { AdminRefusal } from "./admin-refusal.ts";
import type {
  Fragment,
  KeyChanges,
  KeyInfo,
  KeyStore,
  KeyWish,
  ProjectChange,
  ProjectInfo,
  Projects,
} from "./services.ts";

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
      const set = Object.fromEntries(Object.entries(written(change)).filter(([, one]) => one !== null));
      return ofStore(await book.create({ name, ...set }, by));
    },
    async update(name, change, expect, by) {
      return ofStore(await book.update(name, written(change), by, expect));
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
        ofProjectsOnly(wish);
        return admin.create(wish, by);
      }
      // The book checks each part again, and says which is wrong.
      const { key, secret } = await book.create(written(wish) as NewKey, by);
      return { key: ofBook(key), secret };
    },
    async update(id, change, expect, by) {
      if (!id.startsWith("ak_")) return ofBook(await book.update(id, written(change) as KeyChange, by, expect));
      ofProjectsOnly(change);
      return admin.update(id, change, expect);
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

/** Under the names of the records, without what is undefined. */
function written({
  allowedModels,
  expiresAt,
  ...rest
}: (ProjectChange | KeyWish | KeyChanges) & { readonly expiresAt?: number | null | undefined }): object {
  const all = {
    ...rest,
    allowed_models: allowedModels,
    expires_at: expiresAt == null ? expiresAt : Math.floor(expiresAt),
  };
  return Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined));
}

function ofProjectsOnly(asked: Partial<KeyWish> | KeyChanges): void {
  for (const [field, name] of PROJECTS_ONLY) {
    if ((asked as { readonly [field: string]: unknown })[field] === undefined) continue;
    throw new AdminRefusal("admin_bad_field", { where: "body", problems: `${name}: an admin key has none` });
  }
}

const PROJECTS_ONLY = [
  ["allowedModels", "allowed_models"],
  ["ip", "ip"],
  ["limits", "limits"],
  ["budget", "budget"],
  ["models", "models"],
  ["signing", "signing"],
] as const;

async function absent<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (e) {
    if (IdentityError.is(e) && e.code === "not_found") return undefined;
    throw e;
  }
}

function ofFile(project: ProjectConfig): ProjectInfo {
  const { name, allowed_models: allowedModels, ip, limits, budget, models, redaction, duplicates, sampling } = project;
  return {
    name,
    title: undefined,
    source: "config",
    disabled: false,
    allowedModels,
    ip,
    limits: fragmentOf(limits),
    budget: fragmentOf(budget),
    models: fragmentsOf(models),
    redaction: fragmentOf(withoutSecret(redaction)),
    duplicates: asFile(DUPLICATE_OPTIONS, duplicates),
    sampling: asFile(SAMPLING_OPTIONS, sampling),
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
    allowedModels: view.allowed_models,
    ip: view.ip,
    limits: fragmentOf(view.limits),
    budget: fragmentOf(view.budget),
    models: fragmentsOf(view.models),
    redaction: fragmentOf(view.redaction),
    duplicates: asFile(DUPLICATE_OPTIONS, duplicatesField.safeParse(view.duplicates).data),
    sampling: asFile(SAMPLING_OPTIONS, samplingField.safeParse(view.sampling).data),
    version: view.version,
    createdAt: view.created_at,
  };
}

function fragmentOf(value: unknown): Fragment | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fragment) : undefined;
}

function fragmentsOf(value: unknown): readonly Fragment[] | undefined {
  return Array.isArray(value) ? (value as readonly Fragment[]) : undefined;
}

/** A block with its defaults, as the file has it: times as text. */
function asFile(spec: BlockSpec, values: { readonly [option: string]: unknown } | undefined): Fragment | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(spec).map(([name, one]) => [name, shown(one, values[name] as string | number | boolean)]),
  );
}

/** What the tags of placeholders are made with is nobody's to read. */
function withoutSecret(redaction: ProjectConfig["redaction"]): object | undefined {
  if (redaction === undefined) return undefined;
  const { secret: _, ...rest } = redaction;
  return rest;
}

function fileKey(secret: string, project: ProjectConfig): KeyInfo {
  const { name, scopes = DATA_SCOPES, allowed_models: allowedModels, ip } = project;
  const own = project.keyAllowances?.find(({ keys }) => keys.includes(secret));
  return {
    id: `k_${digestOf(secret).slice(0, 8)}`,
    name: own?.name,
    project: name,
    // Only keys of our own form have a beginning that gives nothing away.
    prefix: /^fl-(?:key|dev)-/.test(secret) ? prefixOf(secret) : "(in fairlead.yaml)",
    scopes,
    allowedModels,
    ip,
    limits: fragmentOf(own?.limits),
    budget: fragmentOf(own?.budget),
    models: fragmentsOf(own?.models),
    signing: true,
    source: "config",
    version: 0,
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
    allowedModels: view.allowed_models,
    ip: view.ip,
    limits: fragmentOf(view.limits),
    budget: fragmentOf(view.budget),
    models: fragmentsOf(view.models),
    signing: view.signing,
    source: "api",
    version: view.version,
    state: view.state === "active" && view.rotated_to !== undefined ? "rotating" : view.state,
    createdAt: view.created_at,
    createdBy: view.created_by,
    expiresAt: view.expires_at,
    replacedBy: view.rotated_to,
  };
}
