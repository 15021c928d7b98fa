// Checks a document against a JSON Schema: the words that the report's schema uses, and an error for any other.

type Schema = { readonly [word: string]: unknown };

const KNOWN = new Set([
  "$schema",
  "$id",
  "$defs",
  "$ref",
  "title",
  "description",
  "type",
  "const",
  "enum",
  "pattern",
  "minLength",
  "minimum",
  "maximum",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "format",
]);

/** What in a document is not as its schema says, each with its path; empty when all is. Throws for a word it does not know. */
export function schemaProblems(schema: Schema, document: unknown): string[] {
  return check(schema, document, "report", schema);
}

function check(schema: Schema, value: unknown, path: string, root: Schema): string[] {
  for (const word of Object.keys(schema))
    if (!KNOWN.has(word)) throw new Error(`the lab's checker does not know "${word}"`);
  const problems: string[] = [];
  const say = (what: string) => problems.push(`${path} ${what}`);
  if (typeof schema["$ref"] === "string") problems.push(...check(defined(root, schema["$ref"]), value, path, root));
  if (Array.isArray(schema["anyOf"])) {
    const ways = (schema["anyOf"] as Schema[]).map((one) => check(one, value, path, root));
    if (ways.every((way) => way.length > 0)) problems.push(...(ways[0] ?? []));
  }
  const types = [schema["type"]].flat().filter((type) => type !== undefined);
  if (types.length > 0 && !types.some((type) => isOf(type as string, value)))
    return [...problems, `${path} is no ${types.join(" or ")}`];
  if ("const" in schema && value !== schema["const"]) say(`is not ${schema["const"]}`);
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(value))
    say(`is ${JSON.stringify(value)}, none of ${schema["enum"].join(", ")}`);
  if (typeof value === "string") {
    if (typeof schema["pattern"] === "string" && !new RegExp(schema["pattern"], "u").test(value))
      say(`"${value}" does not match ${schema["pattern"]}`);
    if (value.length < ((schema["minLength"] as number | undefined) ?? 0)) say("is too short");
    if (schema["format"] === "date-time" && Number.isNaN(Date.parse(value))) say("is no time");
  }
  if (typeof value === "number") {
    if (value < ((schema["minimum"] as number | undefined) ?? -Infinity)) say(`is ${value}, too small`);
    if (value > ((schema["maximum"] as number | undefined) ?? Infinity)) say(`is ${value}, too large`);
  }
  if (Array.isArray(value) && schema["items"] !== undefined)
    for (const [index, item] of value.entries())
      problems.push(...check(schema["items"] as Schema, item, `${path}[${index}]`, root));
  if (isOf("object", value)) {
    const record = value as { readonly [name: string]: unknown };
    const properties = (schema["properties"] ?? {}) as { readonly [name: string]: Schema };
    for (const name of (schema["required"] as string[] | undefined) ?? []) if (!(name in record)) say(`lacks ${name}`);
    for (const [name, item] of Object.entries(record)) {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (own !== undefined) problems.push(...check(own, item, `${path}.${name}`, root));
      else if (schema["additionalProperties"] === false) say(`has ${name}, which the schema does not know`);
    }
  }
  return problems;
}

function defined(root: Schema, ref: string): Schema {
  let at: unknown = root;
  for (const part of ref.replace(/^#\//, "").split("/")) at = (at as Schema | undefined)?.[part];
  if (at === undefined) throw new Error(`the schema has no ${ref}`);
  return at as Schema;
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
