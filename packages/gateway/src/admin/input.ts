// Validation of what came: parameters, query, body, each by the contract's schema, all problems at once.

import type { z } from "zod";
import { AdminRefusal } from "./admin-refusal.ts";
import type { RouteSpec } from "./contract/route.ts";

/** Problems that are named in one refusal. */
const NAMED = 5;
/** Levels of a body; those of the contract have fewer than ten. */
const DEPTH = 50;

/** The checked input of a route. @throws AdminRefusal admin_bad_field */
export function checked(
  spec: RouteSpec,
  params: unknown,
  query: unknown,
  body: unknown,
): { readonly params: unknown; readonly query: unknown; readonly body: unknown } {
  return {
    params: read("path", spec.params, params),
    query: spec.query === undefined ? none("query", query) : read("query", spec.query, query),
    body: spec.body === undefined ? none("body", body) : read("body", spec.body, body ?? {}),
  };
}

function read(where: string, schema: z.ZodObject | undefined, value: unknown): unknown {
  if (schema === undefined) return {};
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const all = error.issues.map((issue) => problem(issue, Object.keys(schema.shape)));
  const named = all.slice(0, NAMED).join("; ");
  const more = all.length > NAMED ? `; and ${all.length - NAMED} more` : "";
  throw new AdminRefusal("admin_bad_field", { where, problems: `${named}${more}` });
}

/** A route that reads nothing there takes nothing: what is misspelt must not be ignored. */
function none(where: string, value: unknown): unknown {
  const empty = value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
  if (empty) return {};
  throw new AdminRefusal("admin_bad_field", { where, problems: "this route takes none; leave it out" });
}

function problem(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const path = issue.path.map(String).join(".");
  const at = path === "" ? "" : `${path}: `;
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.slice(0, NAMED).map((key) => JSON.stringify(key.slice(0, 40)));
    return `${at}${keys.join(", ")} is not known here; known: ${known.join(", ")}`;
  }
  if (issue.code === "invalid_type" && path === "") return `must be a JSON object with ${known.join(", ")}`;
  if (issue.code === "invalid_type" && issue.input === undefined && /received undefined/.test(issue.message)) {
    return `${at}is missing`;
  }
  return `${at}${issue.message}`;
}

/**
 * What no body of the contract holds and code behind it must not meet: nesting that takes a machine's stack, a key that an
 * assignment would take for the prototype. Undefined: nothing.
 */
export function oddity(value: unknown): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH) return `it is nested deeper than ${DEPTH} levels`;
    const below: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      // At the top the schema itself refuses it.
      if (depth > 0 && Object.hasOwn(one, "__proto__")) return "it holds a key __proto__";
      for (const inner of Object.values(one)) below.push(inner);
    }
    level = below;
  }
  return undefined;
}
