// Which keys may stand where in a configuration, for who wrote another.

import type { Path } from "./problem.ts";

/** The keys that may stand at a path, read from the JSON Schema. Where several blocks may stand, those of all of them. */
export function knownKeys(schema: object): (path: Path) => readonly string[] {
  return (path) => {
    let at: readonly SchemaNode[] = blocks(schema as SchemaNode);
    for (const step of path) {
      at = at.flatMap((one) => {
        const next = typeof step === "number" ? one.items : one.properties?.[step];
        return next === undefined ? [] : blocks(next);
      });
    }
    return [...new Set(at.flatMap((one) => Object.keys(one.properties ?? {})))];
  };
}

function blocks(node: SchemaNode): readonly SchemaNode[] {
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

interface SchemaNode {
  readonly properties?: { readonly [key: string]: SchemaNode };
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}
