// A value that satisfies a JSON schema, for tool inputs and structured output nobody scripted.

type Schema = Record<string, unknown>;

/** Knows type, properties, required, items, enum, const, default, anyOf/oneOf/allOf and local $ref; nests at most 12 deep. */
export function sampleOf(schema: unknown, text: string): unknown {
  return sample(schema, schema, text, 0);
}

function sample(schema: unknown, root: unknown, text: string, depth: number): unknown {
  if (typeof schema !== "object" || schema === null || depth > 12) return depth > 12 ? null : text;
  const node = schema as Schema;
  if ("const" in node) return node.const;
  if (Array.isArray(node.enum) && node.enum.length > 0) return node.enum[0];
  if ("default" in node) return node.default;
  if (typeof node.$ref === "string") return sample(resolve(root, node.$ref), root, text, depth + 1);
  for (const key of ["anyOf", "oneOf"]) {
    const options = node[key];
    if (Array.isArray(options) && options.length > 0) return sample(options[0], root, text, depth + 1);
  }
  if (Array.isArray(node.allOf)) {
    const parts = node.allOf.map((part) => sample(part, root, text, depth + 1));
    return Object.assign({}, ...parts.filter((part) => typeof part === "object" && part !== null));
  }
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  if (type === "object" || node.properties !== undefined) return object(node, root, text, depth);
  if (type === "array") {
    const count = Math.max(1, Number(node.minItems ?? 1));
    return Array.from({ length: Math.min(count, 20) }, () => sample(node.items ?? {}, root, text, depth + 1));
  }
  if (type === "number" || type === "integer") return Number(node.minimum ?? 1);
  if (type === "boolean") return true;
  if (type === "null") return null;
  if (type !== "string") return text;
  const least = Number(node.minLength ?? 0);
  return text.padEnd(least, ".").slice(0, Number(node.maxLength ?? Math.max(least, 200)));
}

function object(node: Schema, root: unknown, text: string, depth: number): Schema {
  const properties = (node.properties ?? {}) as Schema;
  const required = Array.isArray(node.required) ? node.required.map(String) : [];
  const keys = required.length > 0 ? required : Object.keys(properties);
  return Object.fromEntries(keys.map((key) => [key, sample(properties[key] ?? {}, root, text, depth + 1)]));
}

function resolve(root: unknown, ref: string): unknown {
  let at: unknown = root;
  for (const part of ref.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    at = typeof at === "object" && at !== null ? (at as Schema)[part] : undefined;
  }
  return at;
}
