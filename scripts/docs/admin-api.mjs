// Makes docs/reference/admin-api.md: every route of the admin contract, who may use it, what it reads, and its errors.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/admin-api.md";

const ACCESS = {
  open: "anyone",
  metrics: "`admin_api.metrics_open`, else `admin:read`",
  "signed-in": "any admin credential",
  "project:read": "`admin:read`; of one project: its own",
  "admin:read": "`admin:read`",
  "admin:write": "`admin:write`",
};

export async function make() {
  const { ADMIN_CODES, CONTRACT, openApi } = await import("@fairlead/gateway");
  const { paths } = openApi();
  const tags = [...new Set(Object.values(CONTRACT).map(({ tag }) => tag))];
  const sections = tags.flatMap((tag) => {
    const routes = Object.values(CONTRACT).filter((one) => one.tag === tag);
    return [`## ${tag}\n`, ...routes.flatMap((one) => section(one, paths[one.path][one.method.toLowerCase()]))];
  });
  const codes = Object.entries(ADMIN_CODES).map(([name, row]) => [
    code(`fairlead_${name}`),
    row.status,
    code(row.type),
    row.message,
  ]);
  return [
    "# Admin API\n",
    "What the admin address serves. The same as an OpenAPI 3.1 document: [admin-api.openapi.json](admin-api.openapi.json), or",
    "`fairlead admin openapi`. How to get in and what is done with it: [docs/admin.md](../admin.md).\n",
    ...sections,
    "## Errors\n",
    "In Anthropic's envelope, with the code in `error.details.error_code`; on pages for people as a page.\n",
    table(["error_code", "status", "error.type", "message"], codes).trimEnd(),
  ].join("\n");
}

function section(route, operation) {
  const fields = [
    ...operation.parameters
      .filter((one) => one.in !== "header")
      .map((one) => [one.in, one.name, one.required, one.schema, one.description]),
    ...bodyFields(operation),
  ];
  const rows = fields.map(([where, name, required, schema, says]) => [
    where,
    code(name),
    required ? "yes" : "",
    [typeOf(schema), says].filter((one) => one !== undefined && one !== "").join(". "),
  ]);
  return [
    `### ${route.method} ${route.path}\n`,
    `${route.says} For: ${ACCESS[route.access]}.\n`,
    ...(rows.length === 0 ? [] : [table(["in", "name", "needed", "what"], rows)]),
  ];
}

function bodyFields({ requestBody }) {
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  const required = schema?.required ?? [];
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => [
    "body",
    name,
    required.includes(name),
    one,
    one.description,
  ]);
}

/** A schema in a few words. */
function typeOf(schema) {
  if (schema === undefined) return "";
  if (schema.enum !== undefined) return schema.enum.map((one) => code(one)).join(", ");
  if (schema.const !== undefined) return code(schema.const);
  const some = (schema.anyOf ?? []).filter(({ type }) => type !== "null");
  if (some.length > 0)
    return [...some.map(typeOf), ...(some.length < schema.anyOf.length ? ["null"] : [])].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const bounds =
    schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < 1e12
      ? ` ${schema.minimum} to ${schema.maximum}`
      : "";
  const standard = schema.default === undefined ? "" : `, default ${code(JSON.stringify(schema.default))}`;
  return `${schema.type ?? "anything"}${bounds}${standard}`;
}
