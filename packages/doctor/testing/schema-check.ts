// A strict checker for the part of JSON Schema that our own schemas use. A keyword that it does not know is a violation.

interface Schema {
  readonly [keyword: string]: unknown;
}

/** Keywords that say nothing about validity. */
const SILENT = new Set(["$schema", "$id", "$defs", "title", "description", "default", "format"]);

/** All violations of a value against a schema, as `path: what is wrong`; empty when it holds. */
export function violations(schema: unknown, value: unknown): string[] {
  return check(schema as Schema, value, "$", schema as Schema);
}

function check(schema: Schema, value: unknown, path: string, root: Schema): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (SILENT.has(keyword)) return [];
    const wrong = (what: string) => [`${path}: ${what}`];
    switch (keyword) {
      case "$ref": {
        const name = String(rule).replace("#/$defs/", "");
        const found = (root["$defs"] as { [name: string]: Schema } | undefined)?.[name];
        return found === undefined ? wrong(`no definition ${String(rule)}`) : check(found, value, path, root);
      }
      case "type": {
        const types = Array.isArray(rule) ? rule : [rule];
        return types.some((type) => isOf(type, value)) ? [] : wrong(`is ${nameOf(value)}, not ${types.join(" or ")}`);
      }
      case "const":
        return value === rule ? [] : wrong(`is not ${JSON.stringify(rule)}`);
      case "enum":
        return (rule as unknown[]).includes(value)
          ? []
          : wrong(`${JSON.stringify(value)} is none of ${JSON.stringify(rule)}`);
      case "anyOf":
        return (rule as Schema[]).some((one) => check(one, value, path, root).length === 0)
          ? []
          : (rule as Schema[]).flatMap((one) => check(one, value, path, root));
      case "required":
        return isRecord(value)
          ? (rule as string[]).filter((name) => !(name in value)).flatMap((n) => wrong(`has no ${n}`))
          : [];
      case "properties":
        return isRecord(value)
          ? Object.entries(rule as { [name: string]: Schema }).flatMap(([name, one]) =>
              name in value ? check(one, value[name], `${path}.${name}`, root) : [],
            )
          : [];
      case "additionalProperties": {
        const known = (schema["properties"] ?? {}) as object;
        const extra = isRecord(value) ? Object.keys(value).filter((name) => !(name in known)) : [];
        return rule === false ? extra.flatMap((name) => wrong(`has ${name}, which the schema does not know`)) : [];
      }
      case "items":
        return Array.isArray(value) ? value.flatMap((one, i) => check(rule as Schema, one, `${path}[${i}]`, root)) : [];
      case "pattern":
        return typeof value !== "string" || new RegExp(String(rule), "u").test(value)
          ? []
          : wrong(`${value} is not ${String(rule)}`);
      case "minLength":
        return typeof value !== "string" || value.length >= Number(rule) ? [] : wrong("is too short");
      case "minimum":
        return typeof value !== "number" || value >= Number(rule) ? [] : wrong(`${value} is below ${Number(rule)}`);
      case "maximum":
        return typeof value !== "number" || value <= Number(rule) ? [] : wrong(`${value} is above ${Number(rule)}`);
      default:
        return wrong(`the checker does not know ${keyword}`);
    }
  });
}

function isOf(type: unknown, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return isRecord(value);
  return type === nameOf(value);
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isRecord(value: unknown): value is { [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
