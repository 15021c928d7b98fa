// Reads YAML and remembers where each key and value stands in the text.

import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
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

const TOO_DEEP = "nested too deep; nothing in a configuration is";

/** Nothing in a configuration stands deeper; a level is a key or an item. */
const DEPTH = 100;
/**
 * Longest text, characters as JSON writes it: a revision is one record of a store, whose value may have a million. A text that
 * cannot be noted could come into force, and nobody could go back to it.
 */
const LONGEST = 990_000;
/** Problems of other kinds that are told at most: telling where one stands takes as long as its file has keys. */
export const MOST_PROBLEMS = 500;
/** Most problems of syntax that are told: one mistake early in a file can make hundreds. */
const MAX_SYNTAX = 20;

/** Parses the text. Syntax errors are returned, not thrown; so is all else that has no meaning, such as an alias of nothing. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const unreadable = faultOfText(text);
  if (unreadable !== undefined) {
    const syntax = [{ line: 1, column: 1, message: unreadable }];
    return { content: undefined, syntax, place: () => ({ line: 1, column: 1 }) };
  }
  // The library's own search for keys that stand twice takes the square of their number.
  const parse = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    logLevel: "error" as const,
  };
  const document: Document = parseDocument(text, parse);
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = (error: YAMLError) => ({ offset: error.pos[0], message: plainWords(error.code, error.message) });
  const found = document.errors.map(problem);
  if (found.length === 0) {
    // To the library a tag that it does not know is worth a warning; the value would stay as if the tag were not there.
    const tags = document.warnings.filter((one) => one.code === "TAG_RESOLVE_FAILED");
    found.push(...faultsOfShape(document), ...aliasesOfNothing(document), ...tags.map(problem));
  }
  let content: unknown;
  try {
    if (found.length === 0) content = document.toJS();
  } catch {
    // The library's guard against aliases of aliases of aliases.
    found.push({ offset: 0, message: "aliases (*name) stand for more than a configuration can be; write it out" });
  }
  // One nesting that is too deep is told at each of its levels.
  const deep = found.find((one) => one.message === TOO_DEEP);
  if (deep !== undefined) found.splice(0, found.length, deep);
  const told = new Map(found.map(({ offset, message }) => [`${offset} ${message}`, { ...at(offset), message }]));
  return {
    content,
    syntax: [...told.values()].slice(0, MAX_SYNTAX),
    place: (path, onKey) => at(offsetOf(document, path, onKey)),
  };
}

function faultOfText(text: string): string | undefined {
  if (text.includes("\0")) return "holds bytes that no text has; save the file as UTF-8, not as UTF-16";
  // Quotes, backslashes and line ends count twice.
  const length = text.length * 2 <= LONGEST ? 0 : JSON.stringify(text).length;
  return length > LONGEST
    ? `the text is too long: ${length} characters with its escapes, and ${LONGEST} are the most; take comments out, or keep projects and keys in the store (fairlead projects create)`
    : undefined;
}

/** Keys that stand twice in a block, and what is nested too deep. */
function faultsOfShape(document: Document): Array<{ readonly offset: number; readonly message: string }> {
  const found: Array<{ readonly offset: number; readonly message: string }> = [];
  visit(document, (_, node, path) => {
    if (found.length >= MOST_PROBLEMS) return visit.BREAK;
    if (path.length > DEPTH && path.filter(isCollection).length > DEPTH) {
      found.push({ offset: isNode(node) ? (node.range?.[0] ?? 0) : 0, message: TOO_DEEP });
      return visit.BREAK;
    }
    if (isMap(node)) found.push(...doubledKeys(node));
    return undefined;
  });
  return found;
}

function doubledKeys({ items }: YAMLMap): ReadonlyArray<{ readonly offset: number; readonly message: string }> {
  const seen = new Set<unknown>();
  const found: Array<{ readonly offset: number; readonly message: string }> = [];
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) found.push({ offset: key.range?.[0] ?? 0, message: plainWords("DUPLICATE_KEY", "") });
    seen.add(key.value);
  }
  return found;
}

/** Aliases without an anchor before them, which a pattern without quotes looks like, and those within their own anchor. */
function aliasesOfNothing(document: Document): Array<{ readonly offset: number; readonly message: string }> {
  const found: Array<{ readonly offset: number; readonly message: string }> = [];
  visit(document, {
    Alias: (_key, alias, above) => {
      const source = alias.resolve(document);
      const offset = alias.range?.[0] ?? 0;
      if (source === undefined) {
        const name = JSON.stringify(`*${alias.source}`);
        found.push({ offset, message: `there is no anchor &${alias.source} above; is it text, write ${name}` });
      } else if (above.some((one) => one === source)) {
        found.push({ offset, message: `*${alias.source} stands within what it stands for; write it out` });
      }
    },
  });
  return found;
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
  if (message.startsWith("Maximum call stack")) return TOO_DEEP;
  switch (code) {
    case "DUPLICATE_KEY":
      return "this key stands here twice; keep one";
    case "TAB_AS_INDENT":
      return "indented with a tab; YAML wants spaces";
    case "MULTIPLE_DOCS":
      return "a second document begins here (---); a configuration is one";
    case "TAG_RESOLVE_FAILED":
      return `${/Unresolved tag: (.*)/.exec(message)?.[1] ?? "this tag"} means nothing here; quote it, or write "\${NAME}" or file:./name.key for what stands elsewhere`;
    case "BAD_ALIAS":
      return 'a value that begins with * must be in quotes, such as "*"';
    case "RESOURCE_EXHAUSTION":
      return TOO_DEEP;
    default:
      return `not valid YAML: ${message}`;
  }
}
