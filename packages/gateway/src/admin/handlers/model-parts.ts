// The two parts of a project or key that are about models: which may be used, and limits of some.

import { AdminRefusal } from "../admin-refusal.ts";
import type { Fragment } from "../services.ts";

interface Asked {
  readonly allowed_models?: readonly string[] | null | undefined;
  readonly models?: readonly string[] | readonly Fragment[] | null | undefined;
}

/** Null only where it may be asked for. */
type Null<T> = Extract<T, null>;

/**
 * The parts under their names. A list of names in `models` is what `allowed_models` was called before.
 * @throws AdminRefusal when both are there
 */
export function modelParts<T extends Asked>(
  asked: T,
): Omit<T, "allowed_models" | "models"> & {
  readonly allowedModels: readonly string[] | Null<T["allowed_models"]> | undefined;
  readonly models: readonly Fragment[] | Null<T["models"]> | undefined;
} {
  const { allowed_models, models, ...rest } = asked;
  const allowedModels = allowed_models as readonly string[] | Null<T["allowed_models"]> | undefined;
  if (!areNames(models)) return { ...rest, allowedModels, models: models as readonly Fragment[] | Null<T["models"]> };
  if (allowedModels === undefined) return { ...rest, allowedModels: models, models: undefined };
  const problems = "models: holds names; give them in allowed_models alone";
  throw new AdminRefusal("admin_bad_field", { where: "body", problems });
}

function areNames(models: Asked["models"]): models is readonly string[] {
  return Array.isArray(models) && models.length > 0 && models.every((one) => typeof one === "string");
}
