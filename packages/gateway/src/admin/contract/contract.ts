// The admin contract: every route that the admin address has. Routes, checks, clients and documents derive from it.

import { CONFIG_ROUTES } from "./config-routes.ts";
import { LIMIT_ROUTES, REQUEST_ROUTES, UPSTREAM_ROUTES } from "./operation-routes.ts";
import { KEY_ROUTES, PROJECT_ROUTES } from "./project-routes.ts";
import { RECONCILE_ROUTES } from "./reconcile-routes.ts";
import { AUDIT_ROUTES, USAGE_ROUTES } from "./record-routes.ts";
import type { RouteSpec } from "./route.ts";
import { FAMILY_ROUTES, SERVICE_ROUTES } from "./service-routes.ts";
import { SIGN_IN_ROUTES } from "./sign-in-routes.ts";
import { SYSTEM_ROUTES } from "./system-routes.ts";

/** All routes by name. */
export const CONTRACT = {
  ...SYSTEM_ROUTES,
  ...PROJECT_ROUTES,
  ...KEY_ROUTES,
  ...SERVICE_ROUTES,
  ...FAMILY_ROUTES,
  ...LIMIT_ROUTES,
  ...UPSTREAM_ROUTES,
  ...REQUEST_ROUTES,
  ...USAGE_ROUTES,
  ...RECONCILE_ROUTES,
  ...AUDIT_ROUTES,
  ...CONFIG_ROUTES,
  ...SIGN_IN_ROUTES,
} satisfies { readonly [name: string]: RouteSpec };

/** The contract's type. */
export type Contract = typeof CONTRACT;

/** Name of a route. */
export type RouteName = keyof Contract;

/** All routes with their names, in order. */
export function routes(): ReadonlyArray<readonly [RouteName, RouteSpec]> {
  return Object.entries(CONTRACT) as ReadonlyArray<readonly [RouteName, RouteSpec]>;
}
