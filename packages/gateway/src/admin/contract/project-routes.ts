// Projects and their keys.

import { z } from "zod";
import { route } from "./route.ts";
import {
  addresses,
  allowed,
  allowedModels,
  byModel,
  DAY_SECONDS,
  endOfChanged,
  endOfNew,
  fragment,
  id,
  line,
  modelLimits,
  name,
  nextPage,
  pageQuery,
  scopes,
  time,
  version,
  whole,
} from "./shapes.ts";

/** A project as it is shown. */
export const projectView = z
  .object({
    name: z.string(),
    title: z.string().nullable().meta({ description: "For people." }),
    source: z.enum(["config", "api"]).meta({ description: "config: it stands in fairlead.yaml and is changed there." }),
    disabled: z.boolean().meta({ description: "True: its keys are refused." }),
    allowed_models: allowed,
    ip: addresses.nullable(),
    limits: fragment.nullable(),
    budget: fragment.nullable(),
    models: byModel,
    redaction: fragment.nullable(),
    duplicates: fragment
      .nullable()
      .meta({ description: "What becomes of the same request sent again; null: it is sent." }),
    sampling: fragment
      .nullable()
      .meta({ description: "Which prompts and answers are kept, and how long; null: none." }),
    version: z.int().meta({ description: "0 for what stands in the file." }),
    created_at: time.nullable(),
  })
  .meta({ id: "Project" });

/** A key as it is shown: never the secret. */
export const keyView = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    project: z.string().nullable().meta({ description: "null: an admin key, of no project." }),
    prefix: z.string().meta({ description: "The first characters, to recognise it by." }),
    scopes: z.array(z.string()),
    allowed_models: allowed,
    ip: addresses.nullable(),
    limits: fragment.nullable(),
    budget: fragment.nullable(),
    models: byModel,
    signing: z.boolean().meta({ description: "Whether requests may be signed with it." }),
    source: z.enum(["config", "api"]),
    version: z.int().meta({ description: "0 for what stands in the file." }),
    state: z.enum(["active", "rotating", "expired", "revoked"]),
    created_at: time.nullable(),
    created_by: z.string().nullable(),
    expires_at: time.nullable(),
    replaced_by: z.string().nullable().meta({ description: "The key that takes its place after a rotation." }),
  })
  .meta({ id: "Key" });

const keyMade = z
  .object({
    key: keyView,
    secret: z.string().meta({ description: "The key itself. It is shown this once and stored as a digest only." }),
  })
  .meta({ id: "KeyMade" });

const projectParam = z.strictObject({ project: name });
const keyParam = z.strictObject({ key: id });

/** Routes of projects. */
export const PROJECT_ROUTES = {
  listProjects: route({
    method: "GET",
    path: "/api/projects",
    access: "project:read",
    tag: "Projects",
    says: "All projects, of the file and made here; a credential of one project sees that one.",
    query: z.strictObject(pageQuery),
    answer: z.object({ projects: z.array(projectView), next: nextPage }),
  }),
  getProject: route({
    method: "GET",
    path: "/api/projects/{project}",
    access: "project:read",
    tag: "Projects",
    says: "One project.",
    params: projectParam,
    answer: projectView,
  }),
  createProject: route({
    method: "POST",
    path: "/api/projects",
    access: "admin:write",
    tag: "Projects",
    says: "Makes a project.",
    status: 201,
    body: z.strictObject({
      name: name.meta({ description: "Unique, for ever: logs, metrics and the ledger use it." }),
      title: line.optional(),
      allowed_models: allowedModels.optional(),
      limits: fragment.optional(),
      budget: fragment.optional(),
      models: modelLimits.optional(),
      redaction: fragment.optional(),
      duplicates: fragment.optional(),
      sampling: fragment.optional(),
      ip: addresses.optional(),
    }),
    answer: projectView,
  }),
  updateProject: route({
    method: "PATCH",
    path: "/api/projects/{project}",
    access: "admin:write",
    tag: "Projects",
    says: "Changes what is given of a project, and leaves the rest as it is.",
    params: projectParam,
    body: z.strictObject({
      title: line.nullish(),
      disabled: z.boolean({ error: "must be true or false" }).optional(),
      allowed_models: allowedModels.nullish(),
      limits: fragment.nullish(),
      budget: fragment.nullish(),
      models: modelLimits.nullish(),
      redaction: fragment.nullish(),
      duplicates: fragment.nullish(),
      sampling: fragment.nullish(),
      ip: addresses.nullish(),
      version,
    }),
    answer: projectView,
  }),
  deleteProject: route({
    method: "DELETE",
    path: "/api/projects/{project}",
    access: "admin:write",
    tag: "Projects",
    says: "Removes a project and revokes its keys. Its rows in the ledger stay.",
    params: projectParam,
    answer: z.object({ removed: z.string() }),
  }),
};

/** Routes of keys. */
export const KEY_ROUTES = {
  listKeys: route({
    method: "GET",
    path: "/api/keys",
    access: "project:read",
    tag: "Keys",
    says: "Keys without their secrets; a credential of one project sees those of its project.",
    query: z.strictObject({ project: name.optional(), ...pageQuery }),
    answer: z.object({ keys: z.array(keyView), next: nextPage }),
  }),
  getKey: route({
    method: "GET",
    path: "/api/keys/{key}",
    access: "project:read",
    tag: "Keys",
    says: "One key without its secret.",
    params: keyParam,
    answer: keyView,
  }),
  createKey: route({
    method: "POST",
    path: "/api/keys",
    access: "admin:write",
    tag: "Keys",
    says: "Makes a key. The secret is in the answer, this once.",
    status: 201,
    body: z.strictObject({
      project: name.optional().meta({ description: "Needed unless it is an admin key." }),
      name: line.meta({ description: "For people: what it is for." }),
      scopes: scopes.optional().meta({ description: "Default: messages, batches, files." }),
      allowed_models: allowedModels.optional(),
      ip: addresses.optional(),
      limits: fragment.optional(),
      budget: fragment.optional(),
      models: modelLimits.optional(),
      signing: z
        .boolean({ error: "must be true or false" })
        .optional()
        .meta({ description: "Whether requests may be signed with it (HMAC-SHA256)." }),
      ...endOfNew,
    }),
    answer: keyMade,
  }),
  updateKey: route({
    method: "PATCH",
    path: "/api/keys/{key}",
    access: "admin:write",
    tag: "Keys",
    says: "Changes what is given of a key, and leaves the rest as it is. What is null is taken away.",
    params: keyParam,
    body: z.strictObject({
      name: line.optional(),
      scopes: scopes.optional(),
      allowed_models: allowedModels.nullish(),
      ip: addresses.nullish(),
      limits: fragment.nullish(),
      budget: fragment.nullish(),
      models: modelLimits.nullish(),
      ...endOfChanged,
      version,
    }),
    answer: keyView,
  }),
  rotateKey: route({
    method: "POST",
    path: "/api/keys/{key}/rotate",
    access: "admin:write",
    tag: "Keys",
    says: "Makes a key in place of another; both work until the overlap is over.",
    status: 201,
    params: keyParam,
    body: z.strictObject({
      overlap_seconds: whole(0, 90 * DAY_SECONDS)
        .default(DAY_SECONDS)
        .meta({ description: "How long the old one still works." }),
    }),
    answer: keyMade,
  }),
  revokeKey: route({
    method: "POST",
    path: "/api/keys/{key}/revoke",
    access: "admin:write",
    tag: "Keys",
    says: "Ends a key at once, and for ever.",
    params: keyParam,
    answer: keyView,
  }),
};
