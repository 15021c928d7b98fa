// Reads YAML and remembers where each key and value stands in the text.

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Path } from "./problem.ts";

/** A place in the text, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The content of a file and where its parts stand. */
export interface YamlText {
  /** Plain objects, arrays and scalars. */
  readonly content: unknown;
  readonly syntax: ReadonlyArray<Place & { readonly message: string }>;
  /** The value's place, or its key's; of the nearest part that exists when the path does not. */
  place(path: Path, onKey: boolean): Place;
}

/** Parses the text. Syntax errors are returned, not thrown. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const syntax = document.errors.map((error) => ({
    ...at(error.pos[0]),
    message: plainWords(error.code, error.message),
  }));
  return {
    content: syntax.length > 0 ? undefined : document.toJS(),
    syntax,
    place: (path, onKey) => at(offsetOf(document, path, onKey)),
  };
}

function offsetOf(document: Document, path: Path, onKey: boolean): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isSeq(node) && typeof step === "number") {
      const item = node.items[step];
      if (!isNode(item)) return offset;
      node = item;
    } else if (isMap(node)) {
      const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === String(step));
      if (pair === undefined) return offset;
      const keyAt = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      if (onKey && index === path.length - 1) return keyAt ?? offset;
      if (!isNode(pair.value) || pair.value.range === null || pair.value.range === undefined) return keyAt ?? offset;
      node = pair.value;
    } else return offset;
    offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function plainWords(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "this key stands here twice; keep one";
    case "TAB_AS_INDENT":
      return "indented with a tab; YAML wants spaces";
    default:
      return `not valid YAML: ${message}`;
  }
}
