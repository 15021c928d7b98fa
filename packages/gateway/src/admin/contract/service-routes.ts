// Services, which get tokens for programs, and the sign-ins of people.

import { z } from "zod";
import { route } from "./route.ts";
import {
  addresses,
  allowed,
  allowedModels,
  anything,
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

const serviceView = z
  .object({
    id: z.string().meta({ description: "Its client id." }),
    project: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    allowed_models: allowed,
    ip: addresses.nullable(),
    limits: fragment.nullable(),
    budget: fragment.nullable(),
    models: byModel,
    disabled: z.boolean().meta({ description: "True: it gets no tokens, and those that are out are refused." }),
    state: z.enum(["active", "disabled", "expired", "revoked"]),
    version: z.int(),
    secrets: z
      .array(z.object({ prefix: z.string(), created_at: time, expires_at: time.nullable() }))
      .meta({ description: "By their first characters." }),
    public_keys: z.int().meta({ description: "How many keys of its own it may prove itself with." }),
    created_at: time,
    created_by: z.string(),
    expires_at: time.nullable().meta({ description: "Its tokens end with it." }),
  })
  .meta({ id: "Service" });

const signInView = z
  .object({
    id: z.string(),
    actor: z.string().meta({ description: "Who signed in." }),
    project: z.string(),
    client: z.string(),
    scopes: z.array(z.string()),
    allowed_models: z.array(z.string()).nullable(),
    created_at: time,
    used_at: time,
    expires_at: time,
  })
  .meta({ id: "SignIn" });

const serviceParam = z.strictObject({ service: id });

/** Routes of services. */
export const SERVICE_ROUTES = {
  listServices: route({
    method: "GET",
    path: "/api/services",
    access: "project:read",
    tag: "Services",
    says: "Services without their secrets; a credential of one project sees those of its project.",
    query: z.strictObject({ project: name.optional(), ...pageQuery }),
    answer: z.object({ services: z.array(serviceView), next: nextPage }),
  }),
  getService: route({
    method: "GET",
    path: "/api/services/{service}",
    access: "project:read",
    tag: "Services",
    says: "One service without its secrets.",
    params: serviceParam,
    answer: serviceView,
  }),
  createService: route({
    method: "POST",
    path: "/api/services",
    access: "admin:write",
    tag: "Services",
    says: "Makes a service for the grant client_credentials. The secret is in the answer, this once.",
    status: 201,
    body: z.strictObject({
      project: name,
      name: line.meta({ description: "For people: what it is for." }),
      scopes: scopes.optional().meta({ description: "Default: messages, batches, files." }),
      allowed_models: allowedModels.optional(),
      ip: addresses.optional(),
      limits: fragment.optional(),
      budget: fragment.optional(),
      models: modelLimits.optional(),
      ...endOfNew,
      public_keys: z
        .array(z.record(z.string(), anything))
        .max(5)
        .optional()
        .meta({ description: "Public keys (JWK) by which it proves itself instead of a secret (private_key_jwt)." }),
    }),
    answer: z.object({ service: serviceView, secret: z.string().nullable() }),
  }),
  updateService: route({
    method: "PATCH",
    path: "/api/services/{service}",
    access: "admin:write",
    tag: "Services",
    says: "Changes what is given of a service, and leaves the rest as it is. What is null is taken away, also from tokens that are out.",
    params: serviceParam,
    body: z.strictObject({
      name: line.optional(),
      scopes: scopes.optional(),
      allowed_models: allowedModels.nullish(),
      ip: addresses.nullish(),
      limits: fragment.nullish(),
      budget: fragment.nullish(),
      models: modelLimits.nullish(),
      disabled: z.boolean({ error: "must be true or false" }).optional(),
      ...endOfChanged,
      version,
    }),
    answer: serviceView,
  }),
  rotateService: route({
    method: "POST",
    path: "/api/services/{service}/rotate",
    access: "admin:write",
    tag: "Services",
    says: "Makes a second secret; those before it work until the overlap is over.",
    status: 201,
    params: serviceParam,
    body: z.strictObject({
      overlap_seconds: whole(0, 90 * DAY_SECONDS)
        .default(DAY_SECONDS)
        .meta({ description: "How long the old ones still work." }),
    }),
    answer: z.object({ service: serviceView, secret: z.string() }),
  }),
  revokeService: route({
    method: "POST",
    path: "/api/services/{service}/revoke",
    access: "admin:write",
    tag: "Services",
    says: "Ends a service and its tokens at once, and for ever.",
    params: serviceParam,
    answer: serviceView,
  }),
};

/** Routes of people's sign-ins by `fairlead token`. */
export const FAMILY_ROUTES = {
  listSignIns: route({
    method: "GET",
    path: "/api/sign-ins",
    access: "project:read",
    tag: "Sign-ins",
    says: "Sign-ins of people whose tokens can be renewed; a credential of one project sees those for its project.",
    query: z.strictObject({ project: name.optional(), ...pageQuery }),
    answer: z.object({ sign_ins: z.array(signInView), next: nextPage }),
  }),
  endSignIn: route({
    method: "POST",
    path: "/api/sign-ins/{sign_in}/end",
    access: "admin:write",
    tag: "Sign-ins",
    says: "Ends one sign-in and its access tokens.",
    params: z.strictObject({ sign_in: id }),
    answer: z.object({ ended: z.int() }),
  }),
  endSignIns: route({
    method: "POST",
    path: "/api/sign-ins/end",
    access: "admin:write",
    tag: "Sign-ins",
    says: "Ends every sign-in of a person, of devices and of browsers: what was issued to them until now does not count.",
    body: z.strictObject({
      actor: z.string().regex(/^[^\p{Cc}]{1,194}$/u, { error: "must be an actor such as user:ada" }),
    }),
    answer: z.object({ ended: z.int() }),
  }),
};
