// Makes docs/reference/options.md: every key of fairlead.yaml, and the option blocks that the client takes too.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/options.md";

export async function make() {
  const engine = await import("@fairlead/engine");
  const { configJsonSchema } = await import("@fairlead/gateway");
  const { limits, ...blocks } = optionBlocks(engine);
  const schema = configJsonSchema();
  const parts = [
    "# Options\n",
    "## fairlead.yaml\n",
    "Unknown keys are errors. Times are text such as `500ms`, `5s`, `2m`, or a number of milliseconds; sizes are text such as",
    `\`64KB\`, \`32MB\`, or a number of bytes. A secret is a reference: \`\${NAME}\` from the environment, or \`file:./path\`.\n`,
    table(["key", "type", "default", "what it does"], rowsOf(schema, "", blocks)),
    "## Policies\n",
    "The blocks of the engine's policies, the same in `fairlead.yaml` and in the options of `@fairlead/client`.\n",
  ];
  for (const [name, block] of Object.entries({ ...blocks, "limits (client only)": limits })) {
    parts.push(`### ${name}\n`, optionTable(block, engine));
  }
  return parts.join("\n").trimEnd();
}

/** The option blocks of all policies, by their keys in the configuration. */
export function optionBlocks(engine) {
  return {
    timeouts: engine.TIMEOUT_OPTIONS,
    retry: engine.RETRY_OPTIONS,
    breaker: engine.BREAKER_OPTIONS,
    recover: engine.RECOVER_OPTIONS,
    admission: engine.ADMISSION_OPTIONS,
    quota: engine.QUOTA_OPTIONS,
    balance: engine.BALANCE_OPTIONS,
    join: engine.JOIN_OPTIONS,
    cache: engine.CACHE_OPTIONS,
    hedge: engine.HEDGE_OPTIONS,
    limits: engine.LIMITS_OPTIONS,
  };
}

/** The table of one block: each option with its values, default and sentence. */
export function optionTable(block, engine) {
  const rows = Object.entries(block).map(([key, spec]) => [
    code(key),
    boundsOf(spec, engine),
    code(showDefault(spec, engine)),
    spec.says,
  ]);
  return table(["option", "values", "default", "what it does"], rows);
}

/** Rows for all keys of an object schema, deep first; a block that was documented as a policy gets one row. */
function rowsOf(schema, prefix, blocks) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const object = property.type === "array" ? property.items : property;
    const shapes = object.oneOf ?? object.anyOf ?? [];
    const inner = [object, ...shapes].find(({ properties }) => properties !== undefined);
    const isPolicy = name in blocks;
    const says = isPolicy ? `${property.description ?? ""} See [${name}](#${name}).`.trim() : property.description;
    const isRequired = required.has(name) && property.default === undefined;
    const row = [code(path), typeOf(property), isRequired ? "required" : code(showValue(property.default)), says];
    if (inner === undefined || isPolicy) return [row];
    if (object.oneOf !== undefined)
      return [row, ...rowsOfKinds(object.oneOf, `${path}${property.type === "array" ? "[]" : ""}.`)];
    const below = rowsOf(inner, `${path}${property.type === "array" ? "[]" : ""}.`, blocks);
    return property.type === "array" || property.description ? [row, ...below] : below;
  });
}

/** Rows for blocks of several kinds: what all have first, then what some have, each with the kinds that have it. */
function rowsOfKinds(shapes, prefix) {
  const kindKey = Object.keys(shapes[0].properties).find((key) =>
    shapes.every(({ properties }) => "const" in (properties[key] ?? {})),
  );
  const kindOf = (shape) => shape.properties[kindKey].const;
  const rows = [
    [
      code(`${prefix}${kindKey}`),
      shapes.map((shape) => code(kindOf(shape))).join(", "),
      "required",
      "Which kind it is.",
    ],
  ];
  const found = new Map();
  for (const shape of shapes) {
    for (const [key, property] of Object.entries(shape.properties)) {
      if (key === kindKey) continue;
      const isRequired = (shape.required ?? []).includes(key) && property.default === undefined;
      const standard = isRequired ? "required" : code(showValue(property.default));
      const same = JSON.stringify([key, typeOf(property), property.description]);
      const entry = found.get(same) ?? { key, property, standards: new Map() };
      entry.standards.set(standard, [...(entry.standards.get(standard) ?? []), kindOf(shape)]);
      found.set(same, entry);
    }
  }
  const kindsOf = ({ standards }) => [...standards.values()].flat();
  const entries = [...found.values()].sort((a, b) => kindsOf(b).length - kindsOf(a).length);
  for (const entry of entries) {
    const { key, property, standards } = entry;
    const everywhere = kindsOf(entry).length === shapes.length;
    const usual = [...standards].sort((a, b) => b[1].length - a[1].length)[0][0];
    const shown = [...standards].map(([standard, kinds]) =>
      standards.size === 1 || standard === usual ? standard : `${standard} (${kinds.join(", ")})`,
    );
    const of = everywhere ? "" : `${kindsOf(entry).map(code).join(", ")}: `;
    rows.push([
      code(`${prefix}${key}`),
      typeOf(property),
      shown.filter(Boolean).join(", "),
      `${of}${property.description ?? ""}`,
    ]);
  }
  return rows;
}

function typeOf(property) {
  if (property.enum) return property.enum.map((word) => code(word)).join(", ");
  if (property.oneOf?.every(({ properties }) => properties !== undefined)) return "block";
  if (property.anyOf) {
    const pattern = property.anyOf.find((one) => one.pattern !== undefined)?.pattern ?? "";
    if (pattern.includes("ms|s|m|h|d")) return "time";
    if (pattern.includes("KB|MB|GB")) return "size";
    return [...new Set(property.anyOf.map(typeOf))].join(" or ");
  }
  if (property.type === "array") return `list of ${typeOf(property.items)}`;
  if (property.type === "object") return "block";
  const { minimum, maximum } = property;
  const bounds = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? "" : ` from ${minimum} to ${maximum}`;
  return `${property.type === "string" ? "text" : (property.type ?? "anything")}${bounds}`;
}

function boundsOf(spec, { showDuration }) {
  if (spec.kind === "choice") return spec.words.map((word) => code(word)).join(", ");
  if (spec.kind === "switch") return "`true`, `false`";
  if (spec.kind === "duration") return `${showDuration(spec.min)} to ${showDuration(spec.max)}`;
  return `${spec.min} to ${spec.max} ${spec.unit}`;
}

function showDefault(spec, { showDuration }) {
  return spec.kind === "duration" ? showDuration(spec.default) : String(spec.default);
}

function showValue(value) {
  if (value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0))
    return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
