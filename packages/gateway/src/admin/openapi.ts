// The contract as an OpenAPI 3.1 document.

import { z } from "zod";
import { ADMIN_CODES } from "./admin-codes.ts";
import { CONTRACT, routes } from "./contract/contract.ts";
import type { RouteSpec } from "./contract/route.ts";

type Node = { [key: string]: unknown };

const ERROR_SCHEMA = "Error";

/** The document, made anew with each call. It has no servers: the address is the one that answers. */
export function openApi(): Node {
  const schemas: { [id: string]: unknown } = {
    [ERROR_SCHEMA]: {
      type: "object",
      required: ["type", "error"],
      properties: {
        type: { const: "error" },
        error: {
          type: "object",
          required: ["type", "message"],
          properties: {
            type: { type: "string" },
            message: { type: "string" },
            details: {
              type: "object",
              properties: {
                error_code: { type: "string", examples: Object.keys(ADMIN_CODES).map((code) => `fairlead_${code}`) },
              },
            },
          },
        },
        request_id: { type: "string" },
      },
    },
  };
  const paths: { [path: string]: Node } = {};
  for (const [name, spec] of routes()) {
    const method = spec.method.toLowerCase();
    paths[spec.path] = { ...paths[spec.path], [method]: operation(name, spec, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Fairlead admin API",
      version: "1",
      description:
        "Serves on the admin address, loopback by default. Every error has Anthropic's envelope with a code in error.details.error_code.",
    },
    security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An admin key or an access token." },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The same as a header of its own." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-fairlead",
          description: "A person who signed in; without TLS it is called fairlead.",
        },
      },
    },
    tags: [...new Set(Object.values(CONTRACT).map(({ tag }) => tag))].map((name) => ({ name })),
  };
}

function operation(name: string, spec: RouteSpec, schemas: { [id: string]: unknown }): Node {
  const open = spec.access === "open";
  return {
    operationId: name,
    summary: spec.says,
    tags: [spec.tag],
    ...(open ? { security: [] } : { "x-fairlead-access": spec.access }),
    parameters: [
      ...parameters("path", spec.params, schemas),
      ...parameters("query", spec.query, schemas),
      ...(changes(spec) && !open ? [CSRF_HEADER] : []),
    ],
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            // Where nothing in it is needed, it may be left out.
            required: !spec.body.safeParse({}).success,
            content: {
              [spec.page === true ? "application/x-www-form-urlencoded" : "application/json"]: {
                schema: schemaOf(spec.body, "input", schemas),
              },
            },
          },
        }),
    responses: {
      [String(spec.status ?? 200)]: { description: spec.says, content: contentOf(spec, schemas) },
      ...besides(spec),
      default: {
        description: "Refused, or failed.",
        content: {
          ...(spec.page === true ? { "text/html": { schema: { type: "string" } } } : {}),
          "application/json": { schema: { $ref: `#/components/schemas/${ERROR_SCHEMA}` } },
        },
      },
    },
  };
}

/** Answers besides the first: text of the same type, which is empty where a header leads on. */
function besides({ besides: others = {}, answer }: RouteSpec): Node {
  const [type = ""] = String(answer).split(";");
  return Object.fromEntries(
    Object.entries(others).map(([status, description]) => [
      status,
      {
        description,
        ...(status.startsWith("3") ? { headers: { location: { schema: { type: "string" } } } } : {}),
        content: { [type]: { schema: { type: "string" } } },
      },
    ]),
  );
}

const CSRF_HEADER = {
  name: "fairlead-csrf",
  in: "header",
  required: false,
  schema: { const: "1" },
  description: "Needed with a session cookie.",
};

/** Whether a route changes something. */
export function changes(spec: RouteSpec): boolean {
  return spec.access === "admin:write";
}

function contentOf(spec: RouteSpec, schemas: { [id: string]: unknown }): Node {
  const text = (type: string) => [type.split(";")[0] as string, { schema: { type: "string" } }];
  const own =
    typeof spec.answer === "string"
      ? [text(spec.answer)]
      : [["application/json", { schema: schemaOf(spec.answer, "output", schemas) }]];
  return Object.fromEntries([...own, ...(spec.also ?? []).map(text)]);
}

function parameters(
  where: "path" | "query",
  object: z.ZodObject | undefined,
  schemas: { [id: string]: unknown },
): Node[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(object, "input", schemas) as {
    properties?: { [name: string]: Node };
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** A schema as JSON Schema; those with an id go to the document's components and are referred to. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: { [id: string]: unknown }): unknown {
  const made = z.toJSONSchema(schema, { io, target: "draft-2020-12", unrepresentable: "any" }) as Node;
  const { $schema: _, $defs = {}, ...rest } = made as Node & { $defs?: Node };
  for (const [id, node] of Object.entries($defs)) schemas[id] = relinked(without(node as Node, "id"));
  return relinked(without(rest, "id"));
}

function without(node: Node, key: string): Node {
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== key));
}

/** References into a schema's own `$defs` point to the document's components. */
function relinked(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relinked);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === "$ref" && typeof value === "string"
        ? [key, value.replace("#/$defs/", "#/components/schemas/")]
        : [key, relinked(value)],
    ),
  );
}
